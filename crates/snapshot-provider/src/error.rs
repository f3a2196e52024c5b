//! Why block B could not answer at all.

use canonical::WriteError;
use envelope::{Refusal, SealError};

use crate::port::PortError;

/// Block B gave no envelope; whoever waits for one holds.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CaptureError {
    /// An input without which no answer can be addressed did not open.
    #[error("cannot open `{slot}`")]
    Unopenable {
        /// The input.
        slot: &'static str,
        /// Why it did not open.
        source: Refusal,
    },
    /// The store did not answer.
    #[error("cannot capture")]
    Port(#[from] PortError),
    /// The capture has no canonical bytes to hash.
    #[error("capture cannot be hashed")]
    Unhashable(#[from] WriteError),
    /// A value does not fit the envelope.
    #[error("capture does not fit its envelope: `{member}`")]
    Unfit {
        /// The member that it was meant for.
        member: &'static str,
    },
    /// The envelope does not keep its own contract.
    #[error("cannot seal the snapshot")]
    Seal(#[from] SealError),
}

/// Text as the scalar that a member of the envelope asks for.
pub(crate) fn fit<T: for<'a> TryFrom<&'a str>>(
    member: &'static str,
    text: &str,
) -> Result<T, CaptureError> {
    T::try_from(text).map_err(|_| CaptureError::Unfit { member })
}

/// Items as the bounded list that a member of the envelope asks for.
pub(crate) fn list<T, L: TryFrom<Vec<T>>>(
    member: &'static str,
    items: Vec<T>,
) -> Result<L, CaptureError> {
    items.try_into().map_err(|_| CaptureError::Unfit { member })
}
