//! Which rows stand beside which, once everything was recovered.

use std::sync::Arc;

use registrar::port::AttemptState;
use serde_json::Value;

use super::{Checker, Invariant};
use crate::store::State;
use crate::store::state::{AttemptRow, AuditRow};

pub(super) fn check(checker: &mut Checker, state: &State) {
    for row in &state.attempts {
        match row.state {
            AttemptState::Reserved => checker.broken(
                Invariant::I15,
                format!("attempt `{}` is still open", row.attempt_id),
            ),
            AttemptState::Consumed => consumed(checker, state, row),
            AttemptState::Aborted => aborted(checker, state, row),
        }
    }
    counts_by_one(checker, state);
}

fn audits_of<'a>(state: &'a State, row: &AttemptRow) -> Vec<&'a Arc<AuditRow>> {
    let audits = state.audits.iter();
    audits
        .filter(|audit| audit.attempt_id == row.attempt_id)
        .collect()
}

fn consumed(checker: &mut Checker, state: &State, row: &AttemptRow) {
    let id = row.attempt_id;
    let report = state.reports.iter().find(|report| report.attempt_id == id);
    let Some(report) = report else {
        return checker.broken(Invariant::I15, format!("attempt `{id}` was never verified"));
    };
    let outcome = text(&report.report, "/outcome");
    for audit in audits_of(state, row) {
        let codes = codes(&audit.audit);
        let failed = codes.iter().any(|code| code == "VERIFICATION_FAILED");
        checker.require(failed, Invariant::I10, || {
            format!("attempt `{id}` has an effect and the audit {codes:?}")
        });
    }
    let is_audited = !audits_of(state, row).is_empty();
    checker.require(outcome == "passed" || is_audited, Invariant::I10, || {
        format!("attempt `{id}`: verification `{outcome}`, and no audit")
    });
    // Whoever saw it fail may have found that somebody else's report stands, which passed: the
    // target is then held all the same, until an owner has looked.
    let holds = state.authority.carriers.get("hold_event");
    let hold = format!("hold/{id}");
    let is_held = holds.into_iter().flatten().any(|row| row.key() == hold);
    checker.require(is_held == is_audited, Invariant::I10, || {
        format!("attempt `{id}`: audited {is_audited}, held {is_held}")
    });
}

fn aborted(checker: &mut Checker, state: &State, row: &AttemptRow) {
    let id = row.attempt_id;
    let audits = audits_of(state, row);
    let own = audits
        .iter()
        .all(|audit| Some(audit.failure_digest) == row.failure_digest);
    checker.require(audits.len() == 1 && own, Invariant::I10, || {
        format!("attempt `{id}` was aborted and has {} audits", audits.len())
    });
    let written = state.ledger.iter().any(|key| key.attempt_id == id)
        || state
            .catalogue
            .iter()
            .any(|head| head.head.attempt_id == id)
        || state
            .decisions
            .iter()
            .any(|decision| decision.attempt_id == id);
    checker.require(!written, Invariant::I4, || {
        format!("attempt `{id}` was aborted and has written")
    });
}

/// A record stands once in the log, and transactions are numbered without a gap.
fn counts_by_one(checker: &mut Checker, state: &State) {
    let mut keys: Vec<_> = state
        .audits
        .iter()
        .map(|row| (row.attempt_id.to_string(), row.failure_digest.to_string()))
        .collect();
    keys.sort_unstable();
    let count = keys.len();
    keys.dedup();
    checker.require(keys.len() == count, Invariant::I16, || {
        "a failure is recorded twice".to_owned()
    });
    let ordinals: Vec<u64> = state.ledger.iter().map(|row| row.ordinal).collect();
    let dense: Vec<u64> = (1..).take(ordinals.len()).collect();
    checker.require(ordinals == dense, Invariant::I16, || {
        format!("transactions are numbered {ordinals:?}")
    });
}

/// A text of an envelope.
pub(super) fn text(envelope: &[u8], pointer: &str) -> String {
    let value: Option<Value> = serde_json::from_slice(envelope).ok();
    let text = value.as_ref().and_then(|value| value.pointer(pointer));
    text.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The codes of an envelope.
pub(super) fn codes(envelope: &[u8]) -> Vec<String> {
    let value: Option<Value> = serde_json::from_slice(envelope).ok();
    let codes = value.as_ref().and_then(|value| value.get("reject_codes"));
    let codes = codes.and_then(Value::as_array).into_iter().flatten();
    codes
        .filter_map(|code| code.as_str().map(str::to_owned))
        .collect()
}
