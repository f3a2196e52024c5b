//! A bundle and its one spelling.

use std::collections::BTreeMap;

use canonical::{Digest, Timestamp, Uuid, hash_bytes, write};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::error::ReadError;
use crate::slot::Slot;

/// The type of every in-toto Statement v1.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// What the predicate is: a bundle of contract version 1.
pub const PREDICATE_TYPE: &str = "https://holdfast.dev/bundle/v1";

/// The tag of the hash over a whole bundle.
const BUNDLE: &str = "holdfast/bundle/v1";

/// What a bundle is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The artifact's canonical path; without one, what was refused.
    pub name: String,
    /// How it was hashed: `sha256` over a file's bytes, or one of the hashes of `docs/blocks.md`.
    pub algorithm: String,
    /// The digest, 64 lower-case hex digits.
    pub digest: String,
}

/// What the store recorded of the attempt; its word alone, which no envelope binds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AttemptRecord {
    /// Names the attempt.
    pub attempt_id: Uuid,
    /// When it was consumed or aborted.
    pub closed_at: Option<Timestamp>,
    /// When it was reserved; none where it was refused before.
    pub opened_at: Option<Timestamp>,
    /// `consumed` or `aborted`; none where it was refused before a reservation.
    pub state: Option<String>,
    /// The transaction that consumed it.
    pub transaction_id: Option<String>,
}

/// Everything behind one decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// What it is about.
    pub subject: Subject,
    /// What the store recorded.
    pub attempt: AttemptRecord,
    /// The envelopes, each in its own bytes.
    pub envelopes: BTreeMap<Slot, Vec<u8>>,
    /// The failure audits of the attempt, in the order of the log.
    pub failure_audits: Vec<Vec<u8>>,
}

impl Bundle {
    /// One envelope.
    pub fn envelope(&self, slot: Slot) -> Option<&[u8]> {
        self.envelopes.get(&slot).map(Vec::as_slice)
    }

    /// The hash over everything in it: whether the bytes are whole, never who made them.
    pub fn hash(&self) -> Result<Digest, ReadError> {
        Ok(hash_bytes(BUNDLE, &self.spell(None)?))
    }

    /// Its bytes.
    pub fn write(&self) -> Result<Vec<u8>, ReadError> {
        self.spell(Some(self.hash()?))
    }

    /// The canonical form; envelopes are canonical already and are taken as they are.
    pub(crate) fn spell(&self, bundle_hash: Option<Digest>) -> Result<Vec<u8>, ReadError> {
        let mut bytes = Vec::with_capacity(131_072);
        bytes.extend_from_slice(b"{\"_type\":");
        bytes.extend(write(&json!(STATEMENT_TYPE))?);
        bytes.extend_from_slice(b",\"predicate\":{\"attempt\":");
        bytes.extend(write(&json!(self.attempt))?);
        bytes.extend_from_slice(b",\"bundle_hash\":");
        bytes.extend(write(&json!(bundle_hash))?);
        bytes.extend_from_slice(b",\"envelopes\":{");
        for (place, slot) in Slot::ALL.into_iter().enumerate() {
            bytes.extend_from_slice(if place == 0 { b"" } else { b"," });
            bytes.extend(write(&json!(slot.name()))?);
            bytes.push(b':');
            bytes.extend_from_slice(self.envelope(slot).unwrap_or(b"null"));
        }
        bytes.extend_from_slice(b"},\"failure_audits\":[");
        bytes.extend(self.failure_audits.join(&b','));
        bytes.extend_from_slice(b"]},\"predicateType\":");
        bytes.extend(write(&json!(PREDICATE_TYPE))?);
        bytes.extend_from_slice(b",\"subject\":[");
        bytes.extend(write(&self.subject.json())?);
        bytes.extend_from_slice(b"]}");
        Ok(bytes)
    }
}

impl Subject {
    fn json(&self) -> Value {
        json!({"name": self.name, "digest": {&self.algorithm: self.digest}})
    }

    /// What a bundle with these envelopes is about, from the attestation, or else from the request's
    /// digest in the decision. `None` where neither says anything.
    pub(crate) fn of(artifact: Option<&Value>, decision: &Value) -> Option<Self> {
        let text = |value: &Value, pointer: &str| {
            let found = value.pointer(pointer).and_then(Value::as_str);
            found.map(str::to_owned)
        };
        let digest = |value: &Value, pointer: &str| {
            let found = text(value, pointer)?;
            found.strip_prefix("sha256:").map(str::to_owned)
        };
        let attested = |name: &str| {
            let pointer = format!("/trusted_attested/{name}");
            artifact.and_then(|artifact| text(artifact, &pointer))
        };
        if let (Some(name), Some(version)) = (
            attested("canonical_path"),
            attested("canonicalization_version"),
        ) {
            // A file's digest is the plain one; a tree's is over its entries, by its own formula.
            let algorithm = if version == "raw-bytes/v1" {
                "sha256".to_owned()
            } else {
                format!("holdfast/{version}")
            };
            return Some(Self {
                name,
                algorithm,
                digest: digest(artifact?, "/trusted_attested/artifact_hash")?,
            });
        }
        Some(Self {
            name: "registration-request".to_owned(),
            algorithm: "holdfast/request/v1".to_owned(),
            digest: digest(decision, "/request_digest")?,
        })
    }
}
