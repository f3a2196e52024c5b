//! The producer's side: a value becomes an envelope only through the checks that will open it.

use canonical::{SIZE_MAX_BYTES, WriteError, locate, write};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::contract::{Contract, EVIDENCE_HASH, deserialize};
use crate::opened::Opened;
use crate::refusal::Refusal;

/// Why a value was not let out as an envelope.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The value cannot be written as JSON.
    #[error("envelope cannot be serialised")]
    Serialize(#[source] serde_json::Error),
    /// The value has no canonical bytes.
    #[error("envelope has no canonical form")]
    Canonical(#[source] WriteError),
    /// The value has no place for its own hash.
    #[error("envelope has no member `/header/evidence_hash`")]
    NoEvidenceHash,
    /// The envelope would be refused by whoever opens it.
    #[error("envelope does not keep its own contract")]
    Refused(#[source] Refusal),
}

impl<T: Serialize + for<'de> Deserialize<'de>> Contract<T> {
    /// Writes a value as an envelope; whatever stands in `header.evidence_hash` is replaced.
    ///
    /// What comes out would be opened by the same contract: type, version, schema and
    /// deserialisation are checked before it is let out.
    pub fn seal(&self, value: &T) -> Result<Opened<T>, SealError> {
        let mut json = serde_json::to_value(value).map_err(SealError::Serialize)?;
        *evidence_member(&mut json)? = Value::Null;
        let unsealed = write(&json).map_err(SealError::Canonical)?;
        let place = locate(&unsealed, &EVIDENCE_HASH).ok_or(SealError::NoEvidenceHash)?;
        let before = unsealed
            .get(..place.start)
            .ok_or(SealError::NoEvidenceHash)?;
        let after = unsealed.get(place.end..).ok_or(SealError::NoEvidenceHash)?;
        let evidence_hash = self.evidence_hash(before, after);
        let stated = evidence_hash.to_string();
        let bytes = [before, b"\"", stated.as_bytes(), b"\"", after].concat();
        if bytes.len() > SIZE_MAX_BYTES {
            return Err(SealError::Canonical(WriteError::TooLarge));
        }
        *evidence_member(&mut json)? = Value::String(stated);
        let value = self.keep(&json).map_err(SealError::Refused)?;
        Ok(Opened {
            value,
            json,
            bytes,
            evidence_hash,
        })
    }

    fn keep(&self, json: &Value) -> Result<T, Refusal> {
        self.check_type(json)?;
        self.check_schema(json)?;
        deserialize(json)
    }
}

fn evidence_member(json: &mut Value) -> Result<&mut Value, SealError> {
    let mut member = json;
    for name in EVIDENCE_HASH {
        member = member.get_mut(name).ok_or(SealError::NoEvidenceHash)?;
    }
    Ok(member)
}
