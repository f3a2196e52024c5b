//! What block A is given: envelopes as bytes, the authenticated caller, the attempt and the time.

use canonical::{Timestamp, Uuid};

/// Everything that one resolution rests on beside the authority rows.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The caller's request, in canonical form.
    pub registration_request: &'a [u8],
    /// Block F's attestation; a refusing one is fine.
    pub artifact_attestation: &'a [u8],
    /// The policy in force.
    pub policy: &'a [u8],
    /// Whom the channel authenticated.
    pub caller: Caller<'a>,
    /// The attempt that this answer belongs to.
    pub attempt: Attempt,
    /// The time, given and never read from a clock here.
    pub now: Timestamp,
}

/// Whom the channel authenticated; never whom the request names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller<'a> {
    /// `os_uid`, `db_role` or `token_subject`.
    pub channel: &'a str,
    /// What the channel says, for example `1000`.
    pub value: &'a str,
}

/// The identity of one attempt, minted by the pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Names the attempt.
    pub attempt_id: Uuid,
    /// Joins everything that was done for one call.
    pub correlation_id: Uuid,
}
