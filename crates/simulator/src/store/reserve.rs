//! Opening attempts: the nonce is burned here.

use std::sync::Arc;

use canonical::Timestamp;
use registrar::port::{AttemptState, Reservation, ReserveAnswer};

use super::state::AttemptRow;
use super::{Bug, State};

/// Opens one attempt, or says what stands in its way.
pub(crate) fn reserve(
    state: &mut State,
    reservation: &Reservation,
    now: Timestamp,
    bug: Option<Bug>,
) -> ReserveAnswer {
    let by_nonce = bug != Some(Bug::NonceNotUnique);
    let taken = state.attempt(|row| {
        (by_nonce && row.nonce == reservation.nonce) || row.replay_key == reservation.replay_key
    });
    if let Some(row) = taken {
        return ReserveAnswer::NonceTaken(Box::new(state.stored(row, bug)));
    }
    let effect = &reservation.effect_identity;
    if let Some(row) = state.by_effect(effect) {
        return ReserveAnswer::EffectCommitted(Box::new(state.stored(row, bug)));
    }
    let dot_code = dot_code(&reservation.target);
    let by_head = !matches!(bug, Some(Bug::HeadNotUnique));
    if let Some(head_key) = state.current_head(dot_code).filter(|_| by_head) {
        return ReserveAnswer::HeadExists {
            head_key,
            dot_code: dot_code.to_owned(),
        };
    }
    state.attempts.push(Arc::new(AttemptRow {
        attempt_id: reservation.attempt_id,
        state: AttemptState::Reserved,
        nonce: reservation.nonce.clone(),
        request_digest: reservation.request_digest,
        request: reservation.request.clone(),
        replay_key: reservation.replay_key,
        effect_identity: reservation.effect_identity,
        authorization_binding_digest: reservation.authorization_binding_digest,
        owner_token: reservation.owner_token,
        epoch: reservation.epoch,
        target: reservation.target.clone(),
        opened_at: now,
        expires_at: reservation.expires_at,
        closed_at: None,
        failure_digest: None,
        evidence: reservation.evidence.as_slice().into(),
    }));
    ReserveAnswer::Reserved { opened_at: now }
}

/// The code inside a canonical target.
fn dot_code(target: &str) -> &str {
    target.split_once(':').map_or(target, |(_, code)| code)
}
