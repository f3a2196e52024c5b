//! Intake: is there an answer already? Looks at nothing but the nonce and the request's digest.

use crate::action::Who;
use crate::defect::Defect;
use crate::process::{Process, Refusal};
use crate::protocol::Protocol;
use crate::request::Request;
use crate::state::State;
use crate::step::answer::replay;
use crate::store::{Attempt, AttemptState, Store};

/// `registrar::intake`, and what `Pipeline::register` makes of it.
///
/// Waiting for an attempt in flight is taking this step later; taking it is the wait's end.
pub(super) fn intake(protocol: &Protocol, state: &mut State, who: Who) -> Option<()> {
    let Process::Asked { request } = state.process(who)? else {
        return None;
    };
    let next = match attempt_by_nonce(protocol, &state.store, request) {
        None => Process::Fresh { request },
        Some(stored) => used(protocol, stored, request),
    };
    state.turn(who, next)
}

/// What becomes of a request whose nonce an attempt has used.
pub(super) fn used(protocol: &Protocol, stored: &Attempt, request: Request) -> Process {
    let earlier = stored.id.request;
    let refusal = if earlier == request {
        match stored.state {
            AttemptState::Reserved => Refusal::InFlight,
            AttemptState::Consumed | AttemptState::Aborted => return replay(protocol, stored),
        }
    } else if earlier.is_same_but_for_counter(request) {
        Refusal::AttemptNoBypass
    } else {
        Refusal::NonceConsumed
    };
    Process::Refusing { request, refusal }
}

/// The attempt that used a request's nonce.
pub(super) fn attempt_by_nonce<'a>(
    protocol: &Protocol,
    store: &'a Store,
    request: Request,
) -> Option<&'a Attempt> {
    let is_used_by = |earlier: Request| {
        if protocol.has(Defect::AttemptNoInKey) {
            earlier.nonce() == request.nonce() && earlier.attempt_no() == request.attempt_no()
        } else if protocol.has(Defect::NonceNotUnique) {
            earlier.replay_key() == request.replay_key()
        } else {
            earlier.nonce() == request.nonce()
        }
    };
    let mut attempts = store.attempts.iter();
    attempts.find(|attempt| is_used_by(attempt.id.request))
}
