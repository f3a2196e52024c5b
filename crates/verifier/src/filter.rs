//! The verifier as a filter: one frame in, one verification report out.
//!
//! Slots: `registration_decision`, `owner_attestation`, `artifact_attestation`, `verdict` (the
//! first), `verdict_after`, `policy`, `attempt`, `now`, `attempt_opened_at`, `registrar_principal`,
//! and `world`: what the store would have answered (see [`World`]).

use canonical::{ScalarError, Timestamp, Uuid};
use envelope::{Frame, FrameError};
use serde::Deserialize;

use crate::error::VerifyError;
use crate::verify::{Attempt, Input, verify};
use crate::world::{World, WorldError};

const SLOTS: [&str; 11] = [
    "registration_decision",
    "owner_attestation",
    "artifact_attestation",
    "verdict",
    "verdict_after",
    "policy",
    "attempt",
    "now",
    "attempt_opened_at",
    "registrar_principal",
    "world",
];

/// Why a frame was not answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// The frame, or one of its slots, is not usable.
    #[error(transparent)]
    Frame(#[from] FrameError),
    /// A slot that must be there is not.
    #[error("slot `{slot}` is absent")]
    Absent {
        /// The slot.
        slot: &'static str,
    },
    /// A slot that nobody reads.
    #[error("slot `{slot}` is not known")]
    Unknown {
        /// The slot.
        slot: String,
    },
    /// A slot holds something else than it must.
    #[error("slot `{slot}` is not readable")]
    Slot {
        /// The slot.
        slot: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// A slot holds no instant.
    #[error("slot `{slot}` holds no instant")]
    Instant {
        /// The slot.
        slot: &'static str,
        /// Why.
        source: ScalarError,
    },
    /// The world is not usable.
    #[error(transparent)]
    World(#[from] WorldError),
    /// The verifier could not answer.
    #[error(transparent)]
    Verify(#[from] VerifyError),
}

/// Verifies what a frame holds against the world in it; no store is needed.
pub fn filter(input: &[u8]) -> Result<Vec<u8>, FilterError> {
    let frame = Frame::parse(input)?;
    if let Some(slot) = frame.slots().find(|slot| !SLOTS.contains(slot)) {
        let slot = slot.to_owned();
        return Err(FilterError::Unknown { slot });
    }
    let mut world = World::parse(slot(&frame, "world")?)?;
    let attempt: AttemptText =
        serde_json::from_slice(slot(&frame, "attempt")?).map_err(|source| FilterError::Slot {
            slot: "attempt",
            source,
        })?;
    let registrar_principal = word(&frame, "registrar_principal")?;
    let input = Input {
        reported_decision: slot(&frame, "registration_decision")?,
        owner_attestation: slot(&frame, "owner_attestation")?,
        artifact_attestation: slot(&frame, "artifact_attestation")?,
        verdict: slot(&frame, "verdict")?,
        verdict_after: slot(&frame, "verdict_after")?,
        policy: slot(&frame, "policy")?,
        attempt: Attempt {
            attempt_id: attempt.attempt_id,
            correlation_id: attempt.correlation_id,
        },
        now: instant(&frame, "now")?,
        attempt_opened_at: instant(&frame, "attempt_opened_at")?,
        registrar_principal: &registrar_principal,
    };
    Ok(verify(&mut world, &input)?)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttemptText {
    attempt_id: Uuid,
    correlation_id: Uuid,
}

fn slot<'a>(frame: &Frame<'a>, slot: &'static str) -> Result<&'a [u8], FilterError> {
    frame.slot(slot).ok_or(FilterError::Absent { slot })
}

fn word(frame: &Frame<'_>, slot: &'static str) -> Result<String, FilterError> {
    frame.text(slot)?.ok_or(FilterError::Absent { slot })
}

fn instant(frame: &Frame<'_>, slot: &'static str) -> Result<Timestamp, FilterError> {
    word(frame, slot)?
        .parse()
        .map_err(|source| FilterError::Instant { slot, source })
}
