//! The reservation: it opens the attempt and burns its nonce, and consumes nothing.

use canonical::Uuid;

use crate::attempt::{Arrival, Prior, PriorDecision};
use crate::compare::reuse;
use crate::contract::{self, RejectCode};
use crate::error::RegistrarError;
use crate::keys::owner_binding;
use crate::patience::patiently;
use crate::port::{
    AttemptState, REGISTER, REREGISTER, RegistrarStore, Reservation, ReserveAnswer, StoredAttempt,
};
use crate::prepare::{Prepared, ReserveInput, prepare};
use crate::rejection::Rejection;

/// What became of a reservation.
#[derive(Clone, Debug)]
pub enum Reserved {
    /// The attempt is open and ready to be consumed.
    Open(Box<Prepared>),
    /// The same request was decided meanwhile: that answer, byte for byte.
    Prior(Prior),
    /// The same request is open elsewhere: wait, bounded, and go back to intake.
    InFlight(Box<StoredAttempt>),
    /// Refused, nothing burned: record it with [`crate::refuse`] and answer it.
    Refused(Box<Rejection>),
}

/// Opens the attempt when the verdict accepts exactly these envelopes and the gate is open.
///
/// Everything that is written later is fixed here, from attested values alone. Fails when the
/// store does not answer or an envelope of this side does not open.
///
/// Of identical requests one may have been decided since the others were new to intake. Whatever
/// speaks against those by now, that decision is their answer too (spec §3).
pub fn reserve(
    store: &mut impl RegistrarStore,
    input: &ReserveInput<'_>,
) -> Result<Reserved, RegistrarError> {
    let mut prepared = match unopposed(store, input)? {
        Ok(prepared) => prepared,
        Err(rejection) => return opposed(store, input.arrival, rejection),
    };
    let arrival = input.arrival;
    let frame = input
        .evidence
        .frame(arrival.bytes(), input.attempt, input.now);
    match reserve_one(store, prepared.reservation(arrival.bytes(), frame))? {
        ReserveAnswer::Reserved { opened_at } => {
            prepared.opened_at = opened_at;
            Ok(Reserved::Open(prepared))
        }
        ReserveAnswer::NonceTaken(stored) => nonce_taken(arrival, prepared, *stored),
        ReserveAnswer::EffectCommitted(stored) => {
            duplicate(store, &prepared, &stored).map(|it| Reserved::Refused(Box::new(it)))
        }
        ReserveAnswer::HeadExists { head_key, .. } => {
            Ok(Reserved::Refused(Box::new(head_exists(&head_key))))
        }
    }
}

/// What [`reserve`] would refuse now; writes nothing, so another attempt may still come between.
pub fn foresee(
    store: &mut impl RegistrarStore,
    input: &ReserveInput<'_>,
) -> Result<Option<Rejection>, RegistrarError> {
    let prepared = match unopposed(store, input)? {
        Ok(prepared) => prepared,
        Err(rejection) => return Ok(Some(*rejection)),
    };
    if let Some(stored) = patiently(|| store.attempt_by_nonce(input.arrival.nonce()))? {
        let same = stored.request_digest == input.arrival.digest();
        let rejection = if same {
            Rejection::in_flight()
        } else {
            taken(input.arrival, &prepared, &stored)?
        };
        return Ok(Some(rejection));
    }
    let effect = prepared.keys().effect_identity;
    if let Some(stored) = patiently(|| store.attempt_by_effect(&effect))? {
        return duplicate(store, &prepared, &stored).map(Some);
    }
    let head = patiently(|| store.current_head(prepared.dot_code()))?;
    if let Some(head_key) = head {
        return Ok(Some(head_exists(&head_key)));
    }
    let standing = patiently(|| store.standing(prepared.target()))?;
    Ok(standing.has_open_config.then(config_not_closed))
}

/// The attempt where nothing speaks against it but what others hold, which only a write can tell.
fn unopposed(
    store: &mut impl RegistrarStore,
    input: &ReserveInput<'_>,
) -> Result<Result<Box<Prepared>, Box<Rejection>>, RegistrarError> {
    let clock = patiently(|| store.clock())?;
    let prepared = match prepare(input, clock)? {
        Ok(prepared) => Box::new(prepared),
        Err(rejection) => return Ok(Err(Box::new(rejection))),
    };
    let rejection = match standing_hold(store, &prepared)? {
        Some(rejection) => Some(rejection),
        None => other_operation(store, &prepared)?,
    };
    Ok(match rejection {
        Some(rejection) => Err(Box::new(rejection)),
        None => Ok(prepared),
    })
}

/// The refusal, unless another attempt holds these very bytes by now.
fn opposed(
    store: &mut impl RegistrarStore,
    arrival: &Arrival,
    rejection: Box<Rejection>,
) -> Result<Reserved, RegistrarError> {
    let stored = patiently(|| store.attempt_by_nonce(arrival.nonce()))?;
    match stored.filter(|stored| stored.request_digest == arrival.digest()) {
        Some(stored) => same_request(stored),
        None => Ok(Reserved::Refused(rejection)),
    }
}

/// The hold that stands on the target, if any: a closed gate, whatever else could be said.
///
/// Nothing is reserved, so no nonce burns. The write looks again, under its lock.
fn standing_hold(
    store: &mut impl RegistrarStore,
    prepared: &Prepared,
) -> Result<Option<Rejection>, RegistrarError> {
    let standing = patiently(|| store.standing(prepared.target()))?;
    let reason = "a hold stands on the target until an owner releases it";
    Ok(standing
        .is_held
        .then(|| Rejection::hold(RejectCode::RegistrationHold, reason)))
}

fn reserve_one(
    store: &mut impl RegistrarStore,
    reservation: Reservation,
) -> Result<ReserveAnswer, RegistrarError> {
    let answers = patiently(|| store.reserve(vec![reservation.clone()]))?;
    let [answer] = <[ReserveAnswer; 1]>::try_from(answers)
        .map_err(|_| RegistrarError::inconsistent("one reservation got not one answer"))?;
    Ok(answer)
}

fn nonce_taken(
    arrival: &Arrival,
    mut prepared: Box<Prepared>,
    stored: StoredAttempt,
) -> Result<Reserved, RegistrarError> {
    if is_own(&prepared, stored.attempt_id, stored.owner_token) {
        // The acknowledgement was lost, not the reservation.
        prepared.opened_at = stored.opened_at;
        return match stored.state {
            AttemptState::Reserved => Ok(Reserved::Open(prepared)),
            AttemptState::Consumed | AttemptState::Aborted => {
                Ok(Reserved::Prior(Prior::of(stored)?))
            }
        };
    }
    if stored.request_digest != arrival.digest() {
        return Ok(Reserved::Refused(Box::new(taken(
            arrival, &prepared, &stored,
        )?)));
    }
    same_request(stored)
}

/// The answer to a request whose very bytes another attempt holds.
fn same_request(stored: StoredAttempt) -> Result<Reserved, RegistrarError> {
    match stored.state {
        AttemptState::Reserved => Ok(Reserved::InFlight(Box::new(stored))),
        AttemptState::Consumed | AttemptState::Aborted => Ok(Reserved::Prior(Prior::of(stored)?)),
    }
}

fn is_own(prepared: &Prepared, attempt_id: Uuid, owner_token: Uuid) -> bool {
    prepared.attempt_id == attempt_id && prepared.owner_token == owner_token
}

/// The refusal of a used nonce when both sides' keys are known, not only their requests.
fn taken(
    arrival: &Arrival,
    prepared: &Prepared,
    stored: &StoredAttempt,
) -> Result<Rejection, RegistrarError> {
    let rejection = reuse(arrival, stored)?;
    if rejection.codes() == [RejectCode::ReplayAttemptNoBypass] {
        return Ok(rejection);
    }
    let keys = prepared.keys();
    let mut finer = Vec::new();
    if stored.effect_identity != keys.effect_identity {
        finer.push(RejectCode::NonceReuseDifferentEffect);
    } else if stored.authorization_binding_digest != keys.authorization_binding_digest {
        finer.push(RejectCode::NonceReuseAuthorizationMismatch);
    }
    Ok(rejection.with_codes(finer))
}

/// The refusal of an effect that is committed already: a changed approval is not a new effect.
pub(crate) fn duplicate(
    store: &mut impl RegistrarStore,
    prepared: &Prepared,
    stored: &StoredAttempt,
) -> Result<Rejection, RegistrarError> {
    let mut codes = vec![RejectCode::ReplayDuplicate];
    if authority_changed(store, prepared, stored)? {
        codes.push(RejectCode::AuthorizationChangedSameEffectDuplicate);
    }
    let reason = format!("attempt `{}` has committed this effect", stored.attempt_id);
    let rejection = Rejection::new(codes, reason);
    Ok(rejection.with_prior(PriorDecision::of(stored)?))
}

/// Whether the committed effect rests on another owner, approval, quorum or scope than this attempt.
///
/// Read from the earlier attempt's own evidence. Its stored digest cannot tell, because a nonce is
/// part of it.
fn authority_changed(
    store: &mut impl RegistrarStore,
    prepared: &Prepared,
    stored: &StoredAttempt,
) -> Result<bool, RegistrarError> {
    let Some(evidence) = patiently(|| store.evidence(&stored.attempt_id))? else {
        return Err(RegistrarError::inconsistent(format!(
            "attempt `{}` has no evidence",
            stored.attempt_id
        )));
    };
    let unreadable = || RegistrarError::inconsistent("stored evidence is not readable");
    let frame = envelope::Frame::parse(&evidence).map_err(|_| unreadable())?;
    let bytes = frame.slot("owner_attestation").ok_or_else(unreadable)?;
    let owner = contract::owner_attestation()
        .open(bytes)
        .map_err(|_| unreadable())?;
    let owner = owner.trusted_attested.as_ref().ok_or_else(unreadable)?;
    let same = owner.scope == prepared.owner().scope
        && owner_binding(owner)? == prepared.keys().owner_binding_digest;
    Ok(!same)
}

/// The refusal of a target that has a head: a new version is another operation.
pub(crate) fn head_exists(head_key: &str) -> Rejection {
    Rejection::new(
        [RejectCode::HeadExists],
        format!("row `{head_key}` is the target's head"),
    )
}

/// The refusal of a target that may be running.
pub(crate) fn config_not_closed() -> Rejection {
    Rejection::new(
        [RejectCode::TargetConfigNotClosed],
        "the target has runtime configuration that is not closed",
    )
}

/// The refusal of an operation that does not fit the target's past.
///
/// A committed effect and a current head have answers of their own, which lead.
fn other_operation(
    store: &mut impl RegistrarStore,
    prepared: &Prepared,
) -> Result<Option<Rejection>, RegistrarError> {
    let dot_code = prepared.dot_code();
    let retired = patiently(|| store.retired_head(dot_code))?;
    let reason = match prepared.operation() {
        REGISTER if retired => {
            "the target has a retired head: it is registered by `reregister_dot`"
        }
        REREGISTER if !retired => {
            "the target has no retired head: it is registered by `register_dot`"
        }
        REGISTER | REREGISTER => return Ok(None),
        _ => {
            let codes = [RejectCode::OperationNotRegister];
            return Ok(Some(Rejection::new(
                codes,
                "the operation registers nothing",
            )));
        }
    };
    let effect = prepared.keys().effect_identity;
    let answered = patiently(|| store.current_head(dot_code))?.is_some()
        || patiently(|| store.attempt_by_effect(&effect))?.is_some();
    if answered {
        return Ok(None);
    }
    Ok(Some(Rejection::new(
        [RejectCode::OperationMismatch],
        reason,
    )))
}
