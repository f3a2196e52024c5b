//! The invariants. Each is named by its number and says what it forbids to happen.

use crate::process::{Answer, Process};
use crate::property::Named;
use crate::protocol::Protocol;
use crate::request::Request;
use crate::state::State;
use crate::store::{Attempt, AttemptId, AttemptState, Instant, Report, Write};

/// Every invariant that the protocol has to keep by itself.
pub const SAFETY: [Named; 14] = [
    ("I1: at most one effect per replay key", |_, state| {
        effects_differ_in(state, Request::replay_key)
    }),
    ("I2: at most one effect per nonce", |_, state| {
        effects_differ_in(state, Request::nonce)
    }),
    ("I3: at most one head per target", |_, state| {
        effects_differ_in(state, Request::target)
    }),
    (
        "I4: consumed, head and decision stand together",
        |_, state| state.store.attempts.iter().all(stands_together),
    ),
    (
        "I5: an exact retry is answered in the same bytes",
        |_, state| told_alike(state, bytes),
    ),
    (
        "I6: answers to one request do not contradict",
        |_, state| told_alike(state, outcome),
    ),
    (
        "I7: registered is answered with a head and a passing report",
        |protocol, state| {
            state
                .told
                .iter()
                .all(|(_, answer)| is_earned(protocol, state, *answer))
        },
    ),
    (
        "I9: a failure is recorded before it is answered",
        |_, state| {
            let told = state.told.iter().map(|(_, answer)| *answer);
            told.chain(being_told(state))
                .all(|answer| is_recorded(state, answer))
        },
    ),
    (
        "I10: aborted is audited exactly once, and has no effect",
        |_, state| state.store.attempts.iter().all(is_audited_rightly),
    ),
    (
        "I12: nothing is written behind a closed gate",
        |_, state| written(state).all(|(_, write)| write.is_allowed),
    ),
    ("I13: consumed between opening and end", |_, state| {
        written(state)
            .all(|(attempt, write)| attempt.opened_at <= write.at && write.at <= Instant::Within)
    }),
    (
        "I14: a raised retry counter opens no attempt",
        |_, state| is_one_attempt_but_for_counter(state),
    ),
    (
        "I15: at rest nothing is open or unverified",
        |protocol, state| !is_owed(state) || !protocol.is_at_rest(state),
    ),
    (
        "I18: what is written rests on authority that stands",
        |_, state| written(state).all(|(_, write)| write.is_authorised),
    ),
];

/// What was committed, with its attempt.
fn written(state: &State) -> impl Iterator<Item = (&Attempt, Write)> {
    let attempts = state.store.attempts.iter();
    attempts.filter_map(|attempt| Some((attempt, attempt.consumed?)))
}

/// Whether no two effects have the same of something.
fn effects_differ_in<K: PartialEq>(state: &State, of: impl Fn(Request) -> K) -> bool {
    state.store.effects().all(|one| {
        let mut later = state.store.effects().filter(|other| other.id > one.id);
        later.all(|other| of(other.id.request) != of(one.id.request))
    })
}

fn stands_together(attempt: &Attempt) -> bool {
    let is_consumed = attempt.state == AttemptState::Consumed;
    is_consumed == attempt.has_head && is_consumed == attempt.consumed.is_some()
}

/// Whether what every request was told is, in one respect, always the same.
fn told_alike<K: PartialEq>(state: &State, of: fn(Answer) -> Option<K>) -> bool {
    state.told.iter().all(|(request, answer)| {
        let others = state.told.iter().filter(|(other, _)| other == request);
        others
            .filter_map(|(_, other)| of(*other))
            .all(|other| of(*answer).is_none_or(|one| one == other))
    })
}

/// What of a decision's bytes could differ although it says the same.
fn bytes(answer: Answer) -> Option<u8> {
    match answer {
        Answer::Registered(decision)
        | Answer::VerificationFailed(decision)
        | Answer::Rejected(decision) => Some(decision.edition),
        Answer::Refused { .. } | Answer::Hold => None,
    }
}

/// What a caller makes of a decided answer: which attempt, and how it ended.
fn outcome(answer: Answer) -> Option<(AttemptId, u8)> {
    match answer {
        Answer::Registered(decision) => Some((decision.attempt, 0)),
        Answer::VerificationFailed(decision) => Some((decision.attempt, 1)),
        Answer::Rejected(decision) => Some((decision.attempt, 2)),
        Answer::Refused { .. } | Answer::Hold => None,
    }
}

/// A report that is lost with power is owed again; the head never is.
fn is_earned(protocol: &Protocol, state: &State, answer: Answer) -> bool {
    let Answer::Registered(decision) = answer else {
        return true;
    };
    let attempt = state.store.attempt(decision.attempt);
    attempt.is_some_and(|it| {
        let is_reported = match it.report {
            Some(report) => report == Report::Passed,
            None => protocol.has_lost_power(state),
        };
        it.has_head && is_reported
    })
}

/// The answers that processes are about to give.
fn being_told(state: &State) -> impl Iterator<Item = Answer> {
    state.processes.iter().filter_map(|process| match process {
        Process::Answering { answer, .. } => Some(*answer),
        _ => None,
    })
}

fn is_recorded(state: &State, answer: Answer) -> bool {
    let attempt = |id| state.store.attempt(id);
    match answer {
        Answer::Refused { is_recorded, .. } => is_recorded,
        Answer::Rejected(decision) => {
            attempt(decision.attempt).is_some_and(|it| it.audits.failures > 0)
        }
        Answer::VerificationFailed(decision) => {
            attempt(decision.attempt).is_some_and(|it| it.audits.is_verification)
        }
        Answer::Registered(_) | Answer::Hold => true,
    }
}

/// The audit of a failed verification closes nothing, and stands only beside an effect.
fn is_audited_rightly(attempt: &Attempt) -> bool {
    let is_aborted = attempt.state == AttemptState::Aborted;
    let has_effect = attempt.has_head || attempt.consumed.is_some();
    attempt.audits.failures == u8::from(is_aborted)
        && !(is_aborted && has_effect)
        && (has_effect || !attempt.audits.is_verification)
}

fn is_one_attempt_but_for_counter(state: &State) -> bool {
    let attempts = &state.store.attempts;
    attempts.iter().all(|one| {
        let mut others = attempts.iter().filter(|other| other.id > one.id);
        !others.any(|other| other.id.request.is_same_but_for_counter(one.id.request))
    })
}

/// Whether recovery has something to do.
fn is_owed(state: &State) -> bool {
    state
        .store
        .attempts
        .iter()
        .any(|attempt| match attempt.state {
            AttemptState::Reserved => true,
            AttemptState::Consumed => attempt.report.is_none(),
            AttemptState::Aborted => false,
        })
}
