//! Why block A could not answer at all.

use canonical::{RowError, ScalarError};
use envelope::{Refusal, SealError};

use crate::port::PortError;

/// Block A gave no envelope; whoever waits for one holds.
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
    #[error("cannot resolve the authority")]
    Port(#[from] PortError),
    /// One question has more answers than are ever looked at.
    #[error("more than `{limit}` rows for one question")]
    TooManyRows {
        /// The largest number of rows that is read.
        limit: usize,
    },
    /// A governed row lacks what every row of its carrier has.
    #[error("cannot read row `{row_key}` of `{carrier}`")]
    Row {
        /// The carrier.
        carrier: String,
        /// The key of the row.
        row_key: String,
        /// What is wrong with it.
        source: RowError,
    },
    /// A governed row holds a word outside its vocabulary.
    #[error("row `{row_key}` of `{carrier}` holds an unknown `{column}`")]
    Vocabulary {
        /// The carrier.
        carrier: String,
        /// The key of the row.
        row_key: String,
        /// The column.
        column: &'static str,
    },
    /// A value of a row has no place in an envelope.
    #[error("`{member}` does not fit the envelope")]
    Unfit {
        /// The member that it was meant for.
        member: &'static str,
        /// What is wrong with it.
        source: ScalarError,
    },
    /// More is to be attested than an envelope carries.
    #[error("`{member}` has more items than the envelope carries")]
    Overfull {
        /// The member.
        member: &'static str,
    },
    /// The envelope does not keep its own contract.
    #[error("cannot seal the owner attestation")]
    Seal(#[from] SealError),
}
