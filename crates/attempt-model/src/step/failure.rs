//! Phase 5: a failure is recorded, together with the end of the attempt, before it is answered.

use crate::action::Who;
use crate::defect::Defect;
use crate::process::{Answer, Process};
use crate::protocol::Protocol;
use crate::state::State;
use crate::step::answer::{replay, stored_decision};
use crate::store::{AttemptId, AttemptState};

/// `registrar::fail`: the conditional update and the audit, one transaction.
pub(super) fn fail(protocol: &Protocol, state: &mut State, who: Who) -> Option<()> {
    let Process::Lost { attempt, .. } = state.process(who)? else {
        return None;
    };
    if protocol.has(Defect::AnswerBeforeAudit) {
        return state.turn(who, rejected(attempt));
    }
    if !state.store.is_writable() {
        return None;
    }
    if protocol.has(Defect::AuditApart) {
        let row = state.store.attempt_mut(attempt)?;
        if row.state == AttemptState::Reserved {
            row.state = AttemptState::Aborted;
            return state.turn(who, Process::Recording { attempt });
        }
    }
    let next = end(protocol, state, attempt, false)?;
    state.turn(who, next)
}

/// `registrar::resolve_unknown`: the same, and it waits for the lock that the commit holds.
pub(super) fn resolve_unknown(protocol: &Protocol, state: &mut State, who: Who) -> Option<()> {
    let Process::OutcomeUnknown { attempt } = state.process(who)? else {
        return None;
    };
    if protocol.has(Defect::PlainReadResolve) {
        let row = state.store.attempt_mut(attempt)?;
        let next = if row.state == AttemptState::Reserved {
            row.audits.record(true);
            rejected(attempt)
        } else {
            replay(protocol, row)
        };
        return state.turn(who, next);
    }
    if !state.store.is_writable() {
        return None;
    }
    let next = end(protocol, state, attempt, true)?;
    state.turn(who, next)
}

/// The audit in a transaction of its own, which only a defect has.
pub(super) fn record(state: &mut State, who: Who) -> Option<()> {
    let Process::Recording { attempt } = state.process(who)? else {
        return None;
    };
    if !state.store.is_writable() {
        return None;
    }
    state.store.attempt_mut(attempt)?.audits.record(false);
    state.turn(who, rejected(attempt))
}

/// `registrar::refuse`: there is no attempt to close.
pub(super) fn refuse(protocol: &Protocol, state: &mut State, who: Who) -> Option<()> {
    let Process::Refusing { request, refusal } = state.process(who)? else {
        return None;
    };
    let is_recorded = !protocol.has(Defect::AnswerBeforeAudit);
    if is_recorded && !state.store.is_writable() {
        return None;
    }
    let answer = Answer::Refused {
        refusal,
        is_recorded,
    };
    let next = Process::Answering {
        request,
        answer,
        is_replayed: false,
    };
    state.turn(who, next)
}

/// Closed here, or ended already: that answer.
fn end(
    protocol: &Protocol,
    state: &mut State,
    attempt: AttemptId,
    is_abandoned: bool,
) -> Option<Process> {
    if state.store.close(attempt, is_abandoned) {
        return Some(rejected(attempt));
    }
    Some(replay(protocol, state.store.attempt(attempt)?))
}

fn rejected(attempt: AttemptId) -> Process {
    Process::Answering {
        request: attempt.request,
        answer: Answer::Rejected(stored_decision(attempt)),
        is_replayed: false,
    }
}
