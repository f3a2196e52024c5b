//! What clients were told, beside what is stored.

use std::sync::Arc;

use pipeline::{Answer, Outcome};
use registrar::port::AttemptState;
use serde_json::Value;

use super::rows::{codes, text};
use super::{Checker, Invariant};
use crate::store::State;
use crate::store::state::AttemptRow;
use crate::workload::Request;

/// An answer that reached its client.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    /// What was asked.
    pub(crate) request: Request,
    /// What was answered.
    pub(crate) answer: Answer,
    /// The committed state when it was asked.
    pub(crate) begun: Arc<State>,
    /// The committed state when it was answered.
    pub(crate) ended: Arc<State>,
}

impl Given {
    fn decision(&self) -> &[u8] {
        self.answer.decision.as_deref().unwrap_or_default()
    }

    fn says_registered(&self) -> bool {
        text(self.decision(), "/outcome") == "registered"
    }

    /// The attempt that the decision is of.
    fn attempt<'a>(&self, state: &'a State) -> Option<&'a AttemptRow> {
        let id = text(self.decision(), "/header/attempt_id");
        let mut rows = state.attempts.iter();
        let row = rows.find(|row| row.attempt_id.to_string() == id)?;
        Some(row)
    }
}

/// The answer that an attempt ended with, as it is stored.
fn stored<'a>(state: &'a State, row: &AttemptRow) -> Option<&'a [u8]> {
    let id = row.attempt_id;
    match row.state {
        AttemptState::Reserved => None,
        AttemptState::Consumed => {
            let decision = state.decisions.iter().find(|it| it.attempt_id == id)?;
            Some(&decision.bytes)
        }
        AttemptState::Aborted => {
            let mut audits = state.audits.iter();
            let audit = audits.find(|it| it.attempt_id == id && it.closes)?;
            Some(&audit.answer)
        }
    }
}

/// One answer, beside what was stored when it was asked for and when it was given.
pub(super) fn check(checker: &mut Checker, given: &Given) {
    let state = &given.ended;
    is_of_its_attempt(checker, given, state);
    if given.says_registered() {
        registered(checker, given, state);
    } else {
        refused(checker, given, state);
    }
    same_as_before(checker, given);
    counter_changes_nothing(checker, given);
    let decision: Option<Value> = serde_json::from_slice(given.decision()).ok();
    let log = decision
        .as_ref()
        .and_then(|it| it.get("decision_log_envelope"));
    checker.require(log == Some(&Value::Null), Invariant::I8, || {
        "a decision log is claimed".to_owned()
    });
}

/// A decision of an attempt that is on record is the one that is stored, for the same request.
fn is_of_its_attempt(checker: &mut Checker, given: &Given, state: &State) {
    let Some(row) = given.attempt(state) else {
        return checker.require(!given.says_registered(), Invariant::I6, || {
            "an attempt that was answered as registered is not on record".to_owned()
        });
    };
    let stored = stored(state, row);
    checker.require(stored == Some(given.decision()), Invariant::I5, || {
        format!("attempt `{}` was answered with other bytes", row.attempt_id)
    });
    checker.require(row.request == given.request.bytes, Invariant::I6, || {
        format!("attempt `{}` answers another request", row.attempt_id)
    });
}

fn registered(checker: &mut Checker, given: &Given, state: &State) {
    let id = text(given.decision(), "/header/attempt_id");
    let head = text(given.decision(), "/head/row_key");
    let written = state
        .catalogue
        .iter()
        .any(|row| row.head.row_key == head && row.head.attempt_id.to_string() == id);
    checker.require(written, Invariant::I7, || {
        format!("attempt `{id}` is registered without a head")
    });
    let audit = text(given.decision(), "/failure_audit_envelope/attempt_id");
    checker.require(audit.is_empty(), Invariant::I8, || {
        format!("attempt `{id}` is registered and names an audit")
    });
    let verified = verification(state, &id);
    let expected = match given.answer.outcome {
        Outcome::Registered | Outcome::Replayed => Some("passed"),
        Outcome::VerificationFailed => Some("failed"),
        _ => None,
    };
    // Reports do not wait for the disk. One that power took is made again from what is there by
    // then, and where a protected surface has changed since, it says otherwise.
    let made_again = checker.reports_lost.contains(&id);
    if let Some(expected) = expected.filter(|_| !made_again) {
        checker.require(verified.as_deref() == Some(expected), Invariant::I7, || {
            format!(
                "attempt `{id}` is answered as {:?}: {verified:?}",
                given.answer.outcome
            )
        });
    }
}

fn verification(state: &State, attempt_id: &str) -> Option<String> {
    let mut reports = state.reports.iter();
    let report = reports.find(|row| row.attempt_id.to_string() == attempt_id)?;
    Some(text(&report.report, "/outcome"))
}

/// A failure is on record, byte for byte, before it is answered; a closed gate needs no record.
fn refused(checker: &mut Checker, given: &Given, state: &State) {
    let id = text(given.decision(), "/failure_audit_envelope/attempt_id");
    let digest = text(given.decision(), "/failure_audit_envelope/failure_digest");
    if id.is_empty() {
        let by_the_gate = text(given.decision(), "/outcome") == "hold";
        return checker.require(by_the_gate, Invariant::I9, || {
            "a failure is answered that names no audit".to_owned()
        });
    }
    let recorded = state.audits.iter().any(|row| {
        row.attempt_id.to_string() == id
            && row.failure_digest.to_string() == digest
            && row.answer == given.decision()
    });
    checker.require(recorded, Invariant::I9, || {
        format!("failure of `{id}` was answered and is not on record")
    });
}

/// An exact retry of what had ended when it was asked gets those bytes.
fn same_as_before(checker: &mut Checker, given: &Given) {
    let mut rows = given.begun.attempts.iter();
    let Some(row) = rows.find(|row| row.request == given.request.bytes) else {
        return;
    };
    let Some(stored) = stored(&given.begun, row) else {
        return;
    };
    let replays = matches!(
        given.answer.outcome,
        Outcome::Replayed | Outcome::VerificationFailed | Outcome::Pending
    );
    checker.require(replays && given.decision() == stored, Invariant::I5, || {
        let (id, outcome) = (row.attempt_id, &given.answer.outcome);
        format!("an exact retry of `{id}` is answered as {outcome:?}, or with other bytes")
    });
}

/// What differs in the retry counter alone from a request that has ended is told so.
fn counter_changes_nothing(checker: &mut Checker, given: &Given) {
    let Some(own) = without_counter(&given.request.bytes) else {
        return;
    };
    let rows = given.begun.attempts.iter();
    let mut same = rows.filter(|row| {
        row.nonce == given.request.nonce
            && row.request != given.request.bytes
            && without_counter(&row.request).as_ref() == Some(&own)
    });
    if same.next().is_none() {
        return;
    }
    let codes = codes(given.decision());
    let bypass = codes
        .first()
        .is_some_and(|code| code == "REPLAY_ATTEMPT_NO_BYPASS");
    checker.require(bypass, Invariant::I14, || {
        format!("another retry counter is answered with {codes:?}")
    });
}

fn without_counter(request: &[u8]) -> Option<Value> {
    let mut value: Value = serde_json::from_slice(request).ok()?;
    *value.get_mut("attempt_no")? = Value::Null;
    *value.pointer_mut("/header/evidence_hash")? = Value::Null;
    Some(value)
}

/// Every answer again, beside each other and beside what is stored at the end.
pub(super) fn check_all(checker: &mut Checker, state: &State) {
    let answers = std::mem::take(&mut checker.answers);
    for given in &answers {
        if given.says_registered() || given.attempt(&given.ended).is_some() {
            is_of_its_attempt(checker, given, state);
        }
        if given.says_registered() {
            registered(checker, given, state);
        } else {
            refused(checker, given, state);
        }
    }
    for (place, given) in answers.iter().enumerate() {
        let earlier = answers.iter().take(place);
        let mut same = earlier.filter(|other| other.request.bytes == given.request.bytes);
        let contradicts = same.any(|other| {
            let final_both = is_final(other, state) && is_final(given, state);
            final_both && other.decision() != given.decision()
        });
        checker.require(!contradicts, Invariant::I6, || {
            "one request has two answers that are both final".to_owned()
        });
    }
    checker.answers = answers;
}

/// Whether an answer is the end of its request: of an attempt that burned the nonce.
fn is_final(given: &Given, state: &State) -> bool {
    given.attempt(state).is_some()
}
