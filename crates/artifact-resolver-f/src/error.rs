//! Why block F could not answer at all.

use canonical::{RowError, ScalarError};
use envelope::{Refusal, SealError};

use crate::measure::MeasureError;
use crate::port::PortError;

/// Block F gave no envelope; whoever waits for one holds.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// An input without which no answer can be addressed did not open.
    #[error("cannot open `{slot}`")]
    Unopenable {
        /// The input.
        slot: &'static str,
        /// Why it did not open.
        source: Refusal,
    },
    /// The store did not answer.
    #[error("cannot resolve the admission")]
    Port(#[from] PortError),
    /// The artifact could not be read, and it is not known why.
    #[error("cannot measure the artifact")]
    Measure(#[source] MeasureError),
    /// The admission row lacks what every admission has.
    #[error("cannot read admission `{row_key}`")]
    Row {
        /// The key of the row.
        row_key: String,
        /// What is wrong with it.
        source: RowError,
    },
    /// A value has no place in an envelope.
    #[error("`{member}` does not fit the envelope")]
    Unfit {
        /// The member that it was meant for.
        member: &'static str,
        /// What is wrong with it.
        source: ScalarError,
    },
    /// More is to be said than an envelope carries.
    #[error("`{member}` has more items than the envelope carries")]
    Overfull {
        /// The member.
        member: &'static str,
    },
    /// The envelope does not keep its own contract.
    #[error("cannot seal the artifact attestation")]
    Seal(#[from] SealError),
}
