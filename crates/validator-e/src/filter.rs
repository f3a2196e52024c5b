//! Block E as a filter: one JSON object of slots in, one verdict envelope out.
//!
//! | slot | holds |
//! |---|---|
//! | `stage` | `before_write` or `after_write` |
//! | `registration_request`, `owner_attestation`, `artifact_attestation`, `authority_readback`, `integration`, `policy` | the envelopes |
//! | `snapshots` | list of envelopes: the capture before; after the write also the one after |
//! | `verdict`, `registration_decision` | the envelopes; read after the write only |
//! | `attempt` | `{"attempt_id","correlation_id"}` |
//! | `now` | the instant to judge at |
//!
//! An envelope slot that is absent or null holds no envelope. Unknown slots are refused.

use canonical::{Timestamp, Uuid};
use envelope::{Frame, FrameError};
use serde::Deserialize;

use crate::contract::VerdictStage;
use crate::input::{Attempt, Input, ValidateError};
use crate::verdict::validate;

const SLOTS: [&str; 12] = [
    "stage",
    "registration_request",
    "owner_attestation",
    "artifact_attestation",
    "snapshots",
    "authority_readback",
    "integration",
    "verdict",
    "registration_decision",
    "policy",
    "attempt",
    "now",
];

/// Why a frame got no verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// The input is no frame.
    #[error("cannot read the frame")]
    Frame(#[from] FrameError),
    /// A slot that this block does not know.
    #[error("slot `{0}` is unknown")]
    UnknownSlot(String),
    /// A slot without which nothing can be judged.
    #[error("slot `{0}` is missing")]
    MissingSlot(&'static str),
    /// A slot that holds something else.
    #[error("slot `{slot}` is not readable")]
    Slot {
        /// The slot.
        slot: &'static str,
        /// What it holds instead.
        source: serde_json::Error,
    },
    /// The block itself could not answer.
    #[error("cannot validate")]
    Validate(#[from] ValidateError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttemptSlot {
    attempt_id: Uuid,
    correlation_id: Uuid,
}

/// Validates what a frame holds and answers with the verdict's bytes.
///
/// Fails when the frame itself cannot be used; what is wrong with an envelope is in the verdict.
pub fn filter(input: &[u8]) -> Result<Vec<u8>, FilterError> {
    let frame = Frame::parse(input)?;
    if let Some(unknown) = frame.slots().find(|slot| !SLOTS.contains(slot)) {
        return Err(FilterError::UnknownSlot(unknown.to_owned()));
    }
    let attempt: AttemptSlot = read(&frame, "attempt")?;
    let stage: VerdictStage = read(&frame, "stage")?;
    let now: Timestamp = read(&frame, "now")?;
    let snapshots = frame.list("snapshots")?;
    let verdict = validate(&Input {
        stage,
        registration_request: envelope(&frame, "registration_request").unwrap_or_default(),
        owner_attestation: envelope(&frame, "owner_attestation"),
        artifact_attestation: envelope(&frame, "artifact_attestation"),
        snapshots: &snapshots,
        authority_readback: envelope(&frame, "authority_readback"),
        integration: envelope(&frame, "integration"),
        verdict: envelope(&frame, "verdict"),
        registration_decision: envelope(&frame, "registration_decision"),
        policy: envelope(&frame, "policy"),
        attempt: Attempt {
            attempt_id: attempt.attempt_id,
            correlation_id: attempt.correlation_id,
        },
        now,
    })?;
    Ok(verdict)
}

fn envelope<'a>(frame: &Frame<'a>, slot: &str) -> Option<&'a [u8]> {
    frame.slot(slot).filter(|bytes| *bytes != b"null")
}

fn read<T: serde::de::DeserializeOwned>(
    frame: &Frame<'_>,
    slot: &'static str,
) -> Result<T, FilterError> {
    let bytes = frame.slot(slot).ok_or(FilterError::MissingSlot(slot))?;
    serde_json::from_slice(bytes).map_err(|source| FilterError::Slot { slot, source })
}
