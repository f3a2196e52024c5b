//! Why the registrar could not answer; a refusal is an answer and never one of these.

use canonical::{ScalarError, Uuid, WriteError};
use envelope::{Refusal, SealError};

use crate::contract::generated::error::ConversionError;
use crate::port::PortError;

/// Why the registrar could not answer; whoever receives it holds.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistrarError {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] PortError),
    /// The failure could not be recorded, so it is not answered either.
    #[error("failure of attempt `{attempt_id}` could not be recorded")]
    AuditSinkUnavailable {
        /// The attempt that failed.
        attempt_id: Uuid,
        /// What the sink said.
        source: PortError,
    },
    /// An envelope that this part of the system made does not open.
    #[error("envelope `{slot}` does not open")]
    Unopenable {
        /// Which one.
        slot: &'static str,
        /// Why.
        source: Refusal,
    },
    /// An envelope that must be there is not.
    #[error("envelope `{slot}` is absent")]
    Absent {
        /// Which one.
        slot: &'static str,
    },
    /// An attestation that attests nothing cannot be acted on.
    #[error("envelope `{slot}` attests nothing")]
    NotAttested {
        /// Which one.
        slot: &'static str,
    },
    /// An answer does not keep its own contract.
    #[error("answer could not be sealed")]
    Seal(#[source] Box<SealError>),
    /// A key has no canonical bytes.
    #[error("key could not be hashed")]
    Hash(#[from] WriteError),
    /// A value that was given is not of its scalar.
    #[error("value given to the registrar is not usable")]
    Scalar(#[from] ScalarError),
    /// A value that was given is not of the contract's enumeration or list.
    #[error("value given to the registrar is outside its contract")]
    Contract(#[source] ConversionError),
    /// The store contradicts its own rules.
    #[error("store is inconsistent: {what}")]
    Inconsistent {
        /// The contradiction.
        what: String,
    },
    /// A moment lies outside the calendar.
    #[error("time is out of range")]
    Time,
}

impl RegistrarError {
    /// The reject codes that tell a caller of it; none where only an operator can help.
    pub fn codes(&self) -> &'static [&'static str] {
        match self {
            Self::AuditSinkUnavailable { .. } => {
                &["AUDIT_SINK_UNAVAILABLE", "FAILURE_AUDIT_WRITE_FAILED"]
            }
            _ => &[],
        }
    }

    pub(crate) fn inconsistent(what: impl Into<String>) -> Self {
        Self::Inconsistent { what: what.into() }
    }
}

impl From<SealError> for RegistrarError {
    fn from(error: SealError) -> Self {
        Self::Seal(Box::new(error))
    }
}

impl From<ConversionError> for RegistrarError {
    fn from(error: ConversionError) -> Self {
        Self::Contract(error)
    }
}
