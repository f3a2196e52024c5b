//! What passed the opening path.

use std::fmt;
use std::ops::Deref;

use canonical::{Digest, Document, Form};
use serde_json::Value;

/// An envelope that passed every check, with the very bytes that passed.
///
/// The bytes are carried on, never written again, so whoever opens them next judges the same thing.
// INVARIANT: built only at the end of the opening path.
#[derive(Clone, PartialEq)]
pub struct Opened<T> {
    pub(crate) value: T,
    pub(crate) bytes: Vec<u8>,
    pub(crate) evidence_hash: Digest,
}

impl<T> Opened<T> {
    /// The typed content.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The canonical bytes as they passed.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The evidence hash, recomputed from the bytes.
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

    /// The typed content, given away.
    pub fn into_value(self) -> T {
        self.value
    }
}

/// The tree of bytes that passed a strict parse before.
pub(crate) fn untyped(bytes: &[u8]) -> Value {
    Document::read(bytes, Form::Canonical)
        .map(|document| document.root().to_value())
        .unwrap_or_default()
}

impl<T> Deref for Opened<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: fmt::Debug> fmt::Debug for Opened<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Opened")
            .field("value", &self.value)
            .field("evidence_hash", &self.evidence_hash)
            .finish_non_exhaustive()
    }
}
