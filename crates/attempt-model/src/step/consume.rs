//! Phase 3: one transaction consumes the key, writes the one head and stores the decision.

use crate::action::Who;
use crate::defect::Defect;
use crate::process::{Answer, Loss, Process};
use crate::protocol::Protocol;
use crate::state::State;
use crate::step::answer::{replay, stored_decision};
use crate::store::{AttemptId, AttemptState, InDoubt, Instant, Store, Write};

/// `registrar::consume`, answered: committed, or rolled back and why.
pub(super) fn consume(protocol: &Protocol, state: &mut State, who: Who) -> Option<()> {
    let Process::Reserved {
        attempt,
        head_version,
    } = state.process(who)?
    else {
        return None;
    };
    if !state.store.is_writable() {
        return None;
    }
    let next = match judge(protocol, &state.store, attempt, head_version) {
        Ok(write) => {
            commit(protocol, &mut state.store, attempt, write)?;
            committed(protocol, state, attempt)?
        }
        Err(Objection::Lost(loss)) => Process::Lost { attempt, loss },
        Err(Objection::NotReserved) => replay(protocol, state.store.attempt(attempt)?),
    };
    state.turn(who, next)
}

/// `registrar::consume` up to a commit that is sent and not answered.
pub(super) fn unacknowledged(protocol: &Protocol, state: &mut State, who: Who) -> Option<()> {
    let Process::Reserved {
        attempt,
        head_version,
    } = state.process(who)?
    else {
        return None;
    };
    if !state.store.is_writable() {
        return None;
    }
    let write = judge(protocol, &state.store, attempt, head_version).ok()?;
    state.store.in_doubt = Some(InDoubt { attempt, write });
    state.store.attempt_mut(attempt)?.was_in_doubt = true;
    state.turn(who, Process::OutcomeUnknown { attempt })
}

/// The commit in doubt comes through, whoever still waits for it.
pub(super) fn lands(protocol: &Protocol, state: &mut State) -> Option<()> {
    let InDoubt { attempt, write } = state.store.in_doubt.take()?;
    commit(protocol, &mut state.store, attempt, write)
}

/// The commit in doubt is rolled back.
pub(super) fn is_undone(state: &mut State) -> Option<()> {
    state.store.in_doubt.take().map(|_| ())
}

/// The head in a transaction of its own, which only a defect has.
pub(super) fn write_head(state: &mut State, who: Who) -> Option<()> {
    let Process::WritingHead { attempt } = state.process(who)? else {
        return None;
    };
    if !state.store.is_writable() {
        return None;
    }
    state.store.attempt_mut(attempt)?.has_head = true;
    let is_asked = true;
    state.turn(who, Process::Verifying { attempt, is_asked })
}

/// Why nothing is written.
enum Objection {
    /// The attempt has ended.
    NotReserved,
    /// Rolled back.
    Lost(Loss),
}

/// What the transaction judges under its lock, in the order of `store_sqlite::registrar::consume`.
fn judge(
    protocol: &Protocol,
    store: &Store,
    id: AttemptId,
    head_version: u8,
) -> Result<Write, Objection> {
    let attempt = store.attempt(id).ok_or(Objection::NotReserved)?;
    let is_taken = attempt.state == AttemptState::Reserved
        || (protocol.has(Defect::LeaseWithoutFence) && attempt.consumed.is_none());
    if !is_taken {
        return Err(Objection::NotReserved);
    }
    if !protocol.has(Defect::FreshnessAtEntryOnly) {
        if store.clock > Instant::Within {
            return Err(Objection::Lost(Loss::Expired));
        }
        if store.clock < attempt.opened_at {
            return Err(Objection::Lost(Loss::ClockWentBack));
        }
    }
    let checks_gate = !protocol.has(Defect::GateOutsideTransaction);
    if checks_gate && !store.is_gate_open {
        return Err(Objection::Lost(Loss::GateChanged));
    }
    let is_unique = !protocol.has(Defect::CheckThenInsert);
    let request = id.request;
    let mut effects = store.effects();
    if is_unique && effects.any(|it| it.id.request.effect() == request.effect()) {
        return Err(Objection::Lost(Loss::EffectCommitted));
    }
    let standing = store.standing(request.target());
    if checks_gate && standing.is_held {
        return Err(Objection::Lost(Loss::HoldPlaced));
    }
    let has_moved = standing.head_version != head_version;
    let rereads = !protocol.has(Defect::OldRowsOnly);
    if has_moved && rereads && standing.is_revoked {
        return Err(Objection::Lost(Loss::AuthorityChanged));
    }
    let mut effects = store.effects();
    let is_one_head = is_unique && !protocol.has(Defect::NoUniqueHead);
    if is_one_head && effects.any(|it| it.id.request.target() == request.target()) {
        return Err(Objection::Lost(Loss::HeadExists));
    }
    Ok(Write {
        at: store.clock,
        is_allowed: store.is_gate_open && !standing.is_held,
        is_authorised: !standing.is_revoked,
        was_rechecked: has_moved,
    })
}

/// Transition, ledger, head and decision, all of them; the commit waits for the disk.
fn commit(protocol: &Protocol, store: &mut Store, id: AttemptId, write: Write) -> Option<()> {
    let attempt = store.attempt_mut(id)?;
    attempt.state = AttemptState::Consumed;
    attempt.consumed = Some(write);
    attempt.has_head = true;
    if !protocol.has(Defect::CommitNotFlushed) {
        store.flush();
    }
    Some(())
}

/// What a process does about a commit that it was told of.
fn committed(protocol: &Protocol, state: &mut State, attempt: AttemptId) -> Option<Process> {
    if protocol.has(Defect::TwoTransactions) {
        state.store.attempt_mut(attempt)?.has_head = false;
        return Some(Process::WritingHead { attempt });
    }
    if protocol.has(Defect::AnswerBeforeVerification) {
        return Some(Process::Answering {
            request: attempt.request,
            answer: Answer::Registered(stored_decision(attempt)),
            is_replayed: false,
        });
    }
    let is_asked = true;
    Some(Process::Verifying { attempt, is_asked })
}
