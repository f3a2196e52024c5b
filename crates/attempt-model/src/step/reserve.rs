//! The reservation: it opens the attempt and burns the nonce, and commits alone.

use crate::action::Who;
use crate::defect::Defect;
use crate::process::{Process, Refusal};
use crate::protocol::Protocol;
use crate::request::Request;
use crate::state::State;
use crate::step::intake::{attempt_by_nonce, used};
use crate::store::{AttemptId, AttemptState, Store};

/// `registrar::reserve`, committed and acknowledged.
pub(super) fn reserve(protocol: &Protocol, state: &mut State, who: Who) -> Option<()> {
    let Process::Judged {
        request,
        head_version,
        own,
    } = state.process(who)?
    else {
        return None;
    };
    if !state.store.is_writable() {
        return None;
    }
    let head_version = if protocol.has(Defect::HeadsAfterRows) {
        state.store.standing(request.target()).head_version
    } else {
        head_version
    };
    let next = match objection(protocol, &state.store, request, own) {
        Some(Objection::Own(attempt)) => Process::Reserved {
            attempt,
            head_version,
        },
        Some(Objection::Ends(next)) => next,
        None => Process::Reserved {
            attempt: state.store.open(request),
            head_version,
        },
    };
    state.turn(who, next)
}

/// `registrar::reserve`, committed, and the process made to try again.
pub(super) fn unacknowledged(protocol: &Protocol, state: &mut State, who: Who) -> Option<()> {
    let Process::Judged {
        request,
        head_version,
        own,
    } = state.process(who)?
    else {
        return None;
    };
    let is_free = state.store.is_writable() && own.is_none();
    if !is_free || objection(protocol, &state.store, request, own).is_some() {
        return None;
    }
    let own = Some(state.store.open(request));
    let next = Process::Judged {
        request,
        head_version,
        own,
    };
    state.turn(who, next)
}

/// Why a reservation opens nothing.
enum Objection {
    /// This process opened the attempt before.
    Own(AttemptId),
    /// The process goes on otherwise.
    Ends(Process),
}

fn objection(
    protocol: &Protocol,
    store: &Store,
    request: Request,
    own: Option<AttemptId>,
) -> Option<Objection> {
    let refuse = |refusal| Some(Objection::Ends(Process::Refusing { request, refusal }));
    // What is tried again is the transaction, after the hold was looked for.
    if own.is_none() && store.standing(request.target()).is_held {
        return refuse(Refusal::Held);
    }
    if protocol.has(Defect::CheckThenInsert) {
        return None;
    }
    if let Some(stored) = attempt_by_nonce(protocol, store, request) {
        let is_open = stored.state == AttemptState::Reserved;
        return Some(match own.filter(|own| *own == stored.id && is_open) {
            Some(own) => Objection::Own(own),
            None => Objection::Ends(used(protocol, stored, request)),
        });
    }
    let mut effects = store.effects();
    if effects.any(|it| it.id.request.effect() == request.effect()) {
        return refuse(Refusal::Duplicate);
    }
    let mut effects = store.effects();
    if effects.any(|it| it.id.request.target() == request.target()) {
        return refuse(Refusal::HeadExists);
    }
    None
}
