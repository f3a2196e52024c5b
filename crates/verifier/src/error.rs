//! Why the verifier could not answer; a failed condition is an answer and never one of these.

use canonical::{ScalarError, WriteError};
use envelope::{Refusal, SealError};

use crate::contract::generated::error::ConversionError;
use crate::port::PortError;

/// Why the verifier could not answer; the outcome stays pending.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] PortError),
    /// An envelope does not open.
    #[error("envelope `{slot}` does not open")]
    Unopenable {
        /// Which one.
        slot: &'static str,
        /// Why.
        source: Refusal,
    },
    /// An attestation that attests nothing leaves nothing to compare with.
    #[error("envelope `{slot}` attests nothing")]
    NotAttested {
        /// Which one.
        slot: &'static str,
    },
    /// The decision registered nothing, so there is nothing to verify.
    #[error("decision registered nothing")]
    NothingRegistered,
    /// The report does not keep its own contract.
    #[error("report could not be sealed")]
    Seal(#[source] Box<SealError>),
    /// A row has no canonical bytes.
    #[error("row could not be hashed")]
    Hash(#[from] WriteError),
    /// A value is not of its scalar.
    #[error("value is not usable in a report")]
    Scalar(#[from] ScalarError),
    /// A value is outside the contract's enumeration or list.
    #[error("value is outside the report's contract")]
    Contract(#[source] ConversionError),
}

impl From<SealError> for VerifyError {
    fn from(error: SealError) -> Self {
        Self::Seal(Box::new(error))
    }
}

impl From<ConversionError> for VerifyError {
    fn from(error: ConversionError) -> Self {
        Self::Contract(error)
    }
}
