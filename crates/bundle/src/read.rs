//! From bytes to a bundle: one form, one spelling, nothing beside it.

use std::collections::BTreeMap;

use canonical::Digest;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::error::ReadError;
use crate::slot::Slot;
use crate::statement::{AttemptRecord, Bundle, PREDICATE_TYPE, STATEMENT_TYPE, Subject};

/// The largest bundle that is read, in bytes.
pub(crate) const SIZE_MAX_BYTES: usize = 4_194_304;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement<'a> {
    #[serde(rename = "_type")]
    statement_type: String,
    #[serde(borrow)]
    predicate: Predicate<'a>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    subject: [SubjectOf; 1],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectOf {
    name: String,
    digest: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Predicate<'a> {
    attempt: AttemptRecord,
    bundle_hash: Digest,
    #[serde(borrow)]
    envelopes: BTreeMap<String, Option<&'a RawValue>>,
    #[serde(borrow)]
    failure_audits: Vec<&'a RawValue>,
}

impl Bundle {
    /// Reads a bundle and the hash that it states; whether that is its hash, [`crate::verify`] says.
    pub fn read(bytes: &[u8]) -> Result<(Self, Digest), ReadError> {
        if bytes.len() > SIZE_MAX_BYTES {
            return Err(ReadError::TooLarge(SIZE_MAX_BYTES));
        }
        let statement: Statement<'_> = serde_json::from_slice(bytes).map_err(ReadError::Form)?;
        due("_type", statement.statement_type, STATEMENT_TYPE)?;
        due("predicateType", statement.predicate_type, PREDICATE_TYPE)?;
        let [subject] = statement.subject;
        let (algorithm, digest) = subject.digest.into_iter().next().unwrap_or_default();
        let predicate = statement.predicate;
        let raw = |value: &RawValue| value.get().as_bytes().to_vec();
        let named = |slot: Slot| predicate.envelopes.get(slot.name()).copied().flatten();
        let envelopes = Slot::ALL.into_iter();
        let envelopes = envelopes.filter_map(|slot| Some((slot, raw(named(slot)?))));
        let bundle = Self {
            subject: Subject {
                name: subject.name,
                algorithm,
                digest,
            },
            attempt: predicate.attempt,
            envelopes: envelopes.collect(),
            failure_audits: predicate
                .failure_audits
                .iter()
                .map(|one| raw(one))
                .collect(),
        };
        // Whatever was read and does not come out again as it stood was not understood.
        let again = bundle.spell(Some(predicate.bundle_hash))?;
        if again != bytes {
            let same = again
                .iter()
                .zip(bytes)
                .take_while(|(one, other)| one == other);
            return Err(ReadError::Spelling(same.count()));
        }
        Ok((bundle, predicate.bundle_hash))
    }
}

fn due(member: &'static str, found: String, due: &'static str) -> Result<(), ReadError> {
    if found == due {
        return Ok(());
    }
    Err(ReadError::Type { member, found, due })
}
