//! Intake: before the gate and before any judgement, is there an answer already?
//!
//! An exact retry must get its answer even when the owner, the artifact, the gate or the clock have
//! moved since, so this looks at nothing but the nonce and the request's digest.

use envelope::Refusal;

use crate::attempt::{Arrival, Prior};
use crate::compare::reuse;
use crate::error::RegistrarError;
use crate::patience::patiently;
use crate::port::{AttemptState, RegistrarStore, StoredAttempt};
use crate::rejection::Rejection;

/// What intake found.
#[derive(Clone, Debug, PartialEq)]
pub enum Intake {
    /// A nonce that nobody used: go on.
    Fresh(Box<Arrival>),
    /// An exact retry of an attempt that ended: its answer, byte for byte.
    Prior(Prior),
    /// An exact retry of an attempt that is still open: wait, bounded, and ask again.
    InFlight(Box<Arrival>, Box<StoredAttempt>),
    /// The nonce was used by another request: record the refusal and answer it.
    Refused(Box<Arrival>, Box<Rejection>),
    /// Not an envelope; counted, never stored.
    Unopenable(Refusal),
}

/// Opens a caller's bytes and looks up what its nonce has answered, if anything.
///
/// Writes nothing. Fails only when the store does not answer or contradicts itself.
pub fn intake(store: &mut impl RegistrarStore, bytes: &[u8]) -> Result<Intake, RegistrarError> {
    let arrival = match Arrival::open(bytes) {
        Ok(arrival) => Box::new(arrival),
        Err(refusal) => return Ok(Intake::Unopenable(refusal)),
    };
    let Some(stored) = patiently(|| store.attempt_by_nonce(arrival.nonce()))? else {
        return Ok(Intake::Fresh(arrival));
    };
    if stored.request_digest != arrival.digest() {
        let rejection = Box::new(reuse(&arrival, &stored)?);
        return Ok(Intake::Refused(arrival, rejection));
    }
    match stored.state {
        AttemptState::Reserved => Ok(Intake::InFlight(arrival, Box::new(stored))),
        AttemptState::Consumed | AttemptState::Aborted => Ok(Intake::Prior(Prior::of(stored)?)),
    }
}
