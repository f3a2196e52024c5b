//! The producer's side: a value becomes an envelope only through the checks that will open it.

use std::fmt;

use canonical::{
    Digest, Document, Form, SIZE_MAX_BYTES, SerializeError, WriteError, Written, serialize,
};
use serde::Serialize;
use serde_json::Value;

use crate::contract::{Contract, EVIDENCE_HASH, around};
use crate::opened::untyped;
use crate::refusal::Refusal;

/// Why a value was not let out as an envelope.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The value has no canonical bytes.
    #[error("envelope has no canonical form")]
    Serialize(#[source] SerializeError),
    /// The value has no place for its own hash.
    #[error("envelope has no member `/header/evidence_hash`")]
    NoEvidenceHash,
    /// The envelope would be refused by whoever opens it.
    #[error("envelope does not keep its own contract")]
    Refused(#[source] Refusal),
}

/// An envelope as its producer lets it out.
// INVARIANT: built only by sealing, which runs the checks of the opening path.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    bytes: Vec<u8>,
    evidence_hash: Digest,
}

impl Sealed {
    /// The canonical bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The hash that they state of themselves.
    pub fn evidence_hash(&self) -> Digest {
        self.evidence_hash
    }

    /// The untyped content, read from the bytes anew.
    pub fn json(&self) -> Value {
        untyped(&self.bytes)
    }

    /// The canonical bytes, given away.
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Sealed")
            .field("evidence_hash", &self.evidence_hash)
            .finish_non_exhaustive()
    }
}

impl<T: Serialize> Contract<T> {
    /// Writes a value as an envelope; whatever stands in `header.evidence_hash` is replaced.
    ///
    /// What comes out would be opened by the same contract: type, version and schema are checked
    /// before it is let out.
    pub fn seal(&self, value: &T) -> Result<Sealed, SealError> {
        let written = serialize(value, &EVIDENCE_HASH).map_err(SealError::Serialize)?;
        let sealed = self.stamp(&written).ok_or(SealError::NoEvidenceHash)?;
        if sealed.bytes.len() > SIZE_MAX_BYTES {
            return Err(SealError::Serialize(WriteError::TooLarge.into()));
        }
        self.keep(&sealed.bytes).map_err(SealError::Refused)?;
        Ok(sealed)
    }

    fn stamp(&self, written: &Written) -> Option<Sealed> {
        let (before, after) = around(&written.bytes, written.place.clone()?)?;
        let evidence_hash = self.evidence_hash(before, after);
        let stated = evidence_hash.to_string();
        Some(Sealed {
            bytes: [before, b"\"", stated.as_bytes(), b"\"", after].concat(),
            evidence_hash,
        })
    }

    fn keep(&self, bytes: &[u8]) -> Result<(), Refusal> {
        let document = Document::read(bytes, Form::Canonical)?;
        self.check_type(document.root())?;
        self.check_schema(document.root())
    }
}
