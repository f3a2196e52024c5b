//! Stored envelopes are canonical bytes, and hash to what they state.

use canonical::{Form, hash_bytes, parse, tags, write};
use serde_json::Value;

use super::{Checker, Invariant};
use crate::store::State;

pub(super) fn check(checker: &mut Checker, state: &State) {
    let decisions = state.decisions.iter().map(|row| row.bytes.as_slice());
    let snapshots = state.snapshots.iter().map(|row| row.bytes.as_slice());
    let reports = state.reports.iter();
    let reports = reports.flat_map(|row| [row.report.as_slice(), row.verdict_after.as_slice()]);
    let audits = state.audits.iter();
    let audits = audits.flat_map(|row| [row.audit.as_slice(), row.answer.as_slice()]);
    for envelope in decisions.chain(snapshots).chain(reports).chain(audits) {
        if let Err(why) = holds(envelope) {
            checker.broken(Invariant::I20, why);
        }
    }
    for row in &state.attempts {
        let digest = hash_bytes(tags::REQUEST, &row.request);
        checker.require(digest == row.request_digest, Invariant::I20, || {
            format!(
                "the request of `{}` is not the one of its digest",
                row.attempt_id
            )
        });
    }
}

fn holds(envelope: &[u8]) -> Result<(), String> {
    let mut value = parse(envelope, Form::Canonical).map_err(|error| error.to_string())?;
    let kind = value.get("envelope_type").and_then(Value::as_str);
    let kind = kind.unwrap_or_default().to_owned();
    let hash = value.pointer_mut("/header/evidence_hash");
    let stated = hash.map(Value::take).unwrap_or_default();
    let bytes = write(&value).map_err(|error| error.to_string())?;
    let recomputed = hash_bytes(&tags::evidence(&kind), &bytes).to_string();
    if stated.as_str() == Some(&recomputed) {
        return Ok(());
    }
    Err(format!(
        "a `{kind}` states {stated} and hashes to {recomputed}"
    ))
}
