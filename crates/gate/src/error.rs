//! Why the gate could not answer; whoever receives it holds.

use envelope::{Refusal, SealError};

use crate::port::PortError;

/// The gate could not answer at all. Everything it could answer is in its report.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GateError {
    /// The store could not be read.
    #[error(transparent)]
    Store(#[from] PortError),
    /// What was found cannot be written down in the report.
    #[error("cannot state `{member}` in a report")]
    Unstatable {
        /// The member.
        member: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The report does not keep its own contract.
    #[error("cannot seal the {report} report")]
    Seal {
        /// Which.
        report: &'static str,
        /// Why.
        source: SealError,
    },
    /// Bytes that were given as a carrier report are not one.
    #[error("cannot open the carrier report")]
    CarrierReport(#[source] Refusal),
}

/// Names the member that a conversion refuses.
pub(crate) fn stated<T, S>(member: &'static str, value: S) -> Result<T, GateError>
where
    T: TryFrom<S, Error: Into<Box<dyn std::error::Error + Send + Sync>>>,
{
    T::try_from(value).map_err(|error| GateError::Unstatable {
        member,
        source: error.into(),
    })
}
