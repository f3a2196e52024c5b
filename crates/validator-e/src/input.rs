//! What a verdict is made from.

use canonical::{Timestamp, Uuid};
use envelope::SealError;

use crate::contract::VerdictStage;

/// The attempt that is judged, as intake minted it; the envelopes must name the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// New for each attempt.
    pub attempt_id: Uuid,
    /// What ties the attempt's records together.
    pub correlation_id: Uuid,
}

/// Everything a verdict rests on: envelopes as they passed, the attempt, and the clock's word.
///
/// An absent envelope is `None`; it fails the check that asks for it, it is never made up for.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Which of the two runs.
    pub stage: VerdictStage,
    /// The caller's request, canonical.
    pub registration_request: &'a [u8],
    /// Block A's answer.
    pub owner_attestation: Option<&'a [u8]>,
    /// Block F's answer.
    pub artifact_attestation: Option<&'a [u8]>,
    /// Block B's captures: one before the write; after it the same one and the second.
    pub snapshots: &'a [&'a [u8]],
    /// The rows as the registrar reread them.
    pub authority_readback: Option<&'a [u8]>,
    /// What was proposed beside what was attested.
    pub integration: Option<&'a [u8]>,
    /// The first run's verdict; read after the write only.
    pub verdict: Option<&'a [u8]>,
    /// The registrar's decision; read after the write only.
    pub registration_decision: Option<&'a [u8]>,
    /// Every number and choice; without it nothing is accepted.
    pub policy: Option<&'a [u8]>,
    /// The attempt.
    pub attempt: Attempt,
    /// Now, by the clock of whoever asks.
    pub now: Timestamp,
}

/// No verdict could be given; whoever receives this holds.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ValidateError {
    /// A member of the verdict does not fit its contract.
    #[error("verdict has no fitting `{0}`")]
    Unfit(&'static str),
    /// The inputs have no canonical bytes to refer to.
    #[error("decision reference cannot be computed")]
    DecisionRef(#[source] canonical::WriteError),
    /// The verdict would not open.
    #[error("verdict cannot be sealed")]
    Seal(#[source] SealError),
}
