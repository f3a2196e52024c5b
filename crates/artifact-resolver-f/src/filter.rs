//! Block F as a filter: one JSON object of slots in, one artifact attestation out.
//!
//! | slot | holds |
//! |---|---|
//! | `registration_request`, `policy` | the envelopes |
//! | `attempt` | `{"attempt_id","correlation_id"}` |
//! | `now` | the time |
//! | `world` | `{"rows":[{"carrier","row_key","columns","row_hash"}]}`: the admissions |
//!
//! The artifact itself is read through the source that the caller passes.

use canonical::{Form, Timestamp, Uuid, parse};
use envelope::{Frame, FrameError};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::ResolveError;
use crate::input::{Attempt, Input};
use crate::port::{ArtifactSource, Progress};
use crate::resolve::resolve;
use crate::world::World;
pub use crate::world::WorldError;

const SLOTS: [&str; 5] = ["registration_request", "policy", "attempt", "now", "world"];

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
    #[error("no artifact attestation")]
    Resolve(#[from] ResolveError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttemptSlot {
    attempt_id: Uuid,
    correlation_id: Uuid,
}

/// Resolves from a frame that brings its own admissions; gives the envelope's bytes.
pub fn filter(
    input: &[u8],
    source: &mut impl ArtifactSource,
    progress: &mut impl Progress,
) -> Result<Vec<u8>, FilterError> {
    let frame = Frame::parse(input)?;
    if let Some(slot) = frame.slots().find(|slot| !SLOTS.contains(slot)) {
        return Err(FilterError::UnknownSlot(slot.to_owned()));
    }
    let attempt: AttemptSlot = slot(&frame, "attempt")?;
    let now: Timestamp = slot(&frame, "now")?;
    let mut world = World::read(&slot::<Value>(&frame, "world")?)?;
    let input = Input {
        registration_request: bytes(&frame, "registration_request")?,
        policy: bytes(&frame, "policy")?,
        attempt: Attempt {
            attempt_id: attempt.attempt_id,
            correlation_id: attempt.correlation_id,
        },
        now,
    };
    Ok(resolve(&mut world, source, progress, &input)?)
}

fn bytes<'a>(frame: &Frame<'a>, name: &'static str) -> Result<&'a [u8], FilterError> {
    frame.slot(name).ok_or(FilterError::MissingSlot(name))
}

fn slot<T: DeserializeOwned>(frame: &Frame<'_>, name: &'static str) -> Result<T, FilterError> {
    let refused = |source| FilterError::Slot { slot: name, source };
    let value = parse(bytes(frame, name)?, Form::Any).map_err(|error| refused(error.into()))?;
    T::deserialize(&value).map_err(|error| refused(error.into()))
}
