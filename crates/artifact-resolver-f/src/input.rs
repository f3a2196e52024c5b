//! What block F is given: envelopes as bytes, the attempt and the time.

use canonical::{Timestamp, Uuid};

/// Everything that one resolution rests on beside the admission and the artifact.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The caller's request, in canonical form.
    pub registration_request: &'a [u8],
    /// The policy in force.
    pub policy: &'a [u8],
    /// The attempt that this answer belongs to.
    pub attempt: Attempt,
    /// The time, given and never read from a clock here.
    pub now: Timestamp,
}

/// The identity of one attempt, minted by the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Names the attempt.
    pub attempt_id: Uuid,
    /// Joins everything that was done for one call.
    pub correlation_id: Uuid,
}
