//! Block B as a filter: one JSON object of slots in, one snapshot envelope out.
//!
//! | slot | holds |
//! |---|---|
//! | `registration_request`, `owner_attestation`, `artifact_attestation`, `policy` | the envelopes |
//! | `attempt` | `{"attempt_id","correlation_id"}` |
//! | `phase` | `before` or `after` |
//! | `sequence` | position among the attempt's captures, from 1 |
//! | `snapshots` | list: empty or absent before, the capture before when it is after |
//! | `now` | the observer's clock |
//! | `observer` | `{"principal","process":{"pid","start_time","uid","executable_digest"}}` |
//! | `world` | `{"store_clock","manifests":[{"carrier","row_key","columns","row_hash"}],"governed_issuers":[principal],"surfaces":{name: {"rows":[…]} \| {"write_set":{"provenance","rows":[{"row_key","row_hash","attempt_id","transaction_id"}]}} \| {"file":digest}}}` |
//!
//! The observer process is asked with the slots above `now`; it knows the other three itself.

use canonical::{Form, SafeUint, Timestamp, parse};
use envelope::{Frame, FrameError};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::capture::{Attempt, Input, Observer, capture, same_observer};
use crate::contract::{ObserverIdentity, SnapshotPhase};
use crate::error::CaptureError;
use crate::world::World;
pub use crate::world::WorldError;

const ASKED: [&str; 8] = [
    "registration_request",
    "owner_attestation",
    "artifact_attestation",
    "policy",
    "attempt",
    "phase",
    "sequence",
    "snapshots",
];
const OWN: [&str; 3] = ["now", "observer", "world"];

/// Why a frame got no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FilterError {
    /// The input is no frame.
    #[error("cannot read the frame")]
    Frame(#[from] FrameError),
    /// A slot that this block does not know.
    #[error("slot `{0}` is unknown")]
    UnknownSlot(String),
    /// A slot without which there is no answer.
    #[error("slot `{0}` is missing")]
    MissingSlot(&'static str),
    /// A slot that holds something else.
    #[error("slot `{slot}` is not readable")]
    Slot {
        /// The slot.
        slot: &'static str,
        /// What it holds instead.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The `world` slot describes no store.
    #[error("cannot use the slot `world`")]
    World(#[from] WorldError),
    /// The block could not answer.
    #[error("no snapshot")]
    Capture(#[from] CaptureError),
}

/// What is asked of a capture: everything but who observes, when, and the store.
#[derive(Debug)]
pub struct CaptureFrame<'a> {
    registration_request: &'a [u8],
    owner_attestation: &'a [u8],
    artifact_attestation: &'a [u8],
    policy: &'a [u8],
    attempt: Attempt,
    phase: SnapshotPhase,
    sequence: SafeUint,
    before: Option<&'a [u8]>,
}

impl<'a> CaptureFrame<'a> {
    /// Reads a frame that holds only what is asked; any other slot is refused.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, FilterError> {
        let frame = Frame::parse(bytes)?;
        refuse_unknown(&frame, &[&ASKED])?;
        Self::of(&frame)
    }

    /// The attempt that is asked for.
    pub fn attempt(&self) -> Attempt {
        self.attempt
    }

    /// The phase that is asked for.
    pub fn phase(&self) -> SnapshotPhase {
        self.phase
    }

    /// The input of a capture by `observer` at `now`; continuity is compared, never taken over.
    pub fn input(&self, observer: Observer, now: Timestamp) -> Result<Input<'a>, CaptureError> {
        Ok(Input {
            registration_request: self.registration_request,
            owner_attestation: self.owner_attestation,
            artifact_attestation: self.artifact_attestation,
            policy: self.policy,
            attempt: self.attempt,
            phase: self.phase,
            sequence: self.sequence,
            continuity: self.continuity(&observer)?,
            observer,
            now,
        })
    }

    fn continuity(&self, observer: &Observer) -> Result<bool, CaptureError> {
        match (self.phase, self.before) {
            (SnapshotPhase::Before, _) => Ok(true),
            (SnapshotPhase::After, None) => Ok(false),
            (SnapshotPhase::After, Some(before)) => same_observer(before, self.attempt, observer),
        }
    }

    fn of(frame: &Frame<'a>) -> Result<Self, FilterError> {
        let attempt: AttemptSlot = slot(frame, "attempt")?;
        let phase = slot(frame, "phase")?;
        Ok(Self {
            registration_request: bytes(frame, "registration_request")?,
            owner_attestation: bytes(frame, "owner_attestation")?,
            artifact_attestation: bytes(frame, "artifact_attestation")?,
            policy: bytes(frame, "policy")?,
            attempt: Attempt {
                attempt_id: attempt.attempt_id,
                correlation_id: attempt.correlation_id,
            },
            phase,
            sequence: slot(frame, "sequence")?,
            before: before(frame, phase)?,
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttemptSlot {
    attempt_id: canonical::Uuid,
    correlation_id: canonical::Uuid,
}

/// The capture before: none yet, or the one that the capture after is compared with.
fn before<'a>(frame: &Frame<'a>, phase: SnapshotPhase) -> Result<Option<&'a [u8]>, FilterError> {
    match (phase, frame.list("snapshots")?.as_slice()) {
        (_, []) => Ok(None),
        (SnapshotPhase::After, [before]) => Ok(Some(before)),
        (_, several) => Err(FilterError::Slot {
            slot: "snapshots",
            source: format!("{} captures before this one", several.len()).into(),
        }),
    }
}

/// Captures from a frame that brings its own store; gives the envelope's bytes.
pub fn filter(input: &[u8]) -> Result<Vec<u8>, FilterError> {
    let frame = Frame::parse(input)?;
    refuse_unknown(&frame, &[&ASKED, &OWN])?;
    let asked = CaptureFrame::of(&frame)?;
    let observer: ObserverIdentity = slot(&frame, "observer")?;
    let observer = Observer {
        principal: observer.principal,
        process: observer.process,
    };
    let mut world = World::read(bytes(&frame, "world")?)?;
    let input = asked.input(observer, slot(&frame, "now")?)?;
    Ok(capture(&mut world, &input)?)
}

fn refuse_unknown(frame: &Frame<'_>, known: &[&[&str]]) -> Result<(), FilterError> {
    let unknown = |slot: &&str| !known.iter().any(|names| names.contains(slot));
    match frame.slots().find(unknown) {
        Some(slot) => Err(FilterError::UnknownSlot(slot.to_owned())),
        None => Ok(()),
    }
}

fn bytes<'a>(frame: &Frame<'a>, name: &'static str) -> Result<&'a [u8], FilterError> {
    frame.slot(name).ok_or(FilterError::MissingSlot(name))
}

fn slot<T: DeserializeOwned>(frame: &Frame<'_>, name: &'static str) -> Result<T, FilterError> {
    let refused = |source| FilterError::Slot { slot: name, source };
    let value = parse(bytes(frame, name)?, Form::Any).map_err(|error| refused(error.into()))?;
    T::deserialize(&value).map_err(|error| refused(error.into()))
}
