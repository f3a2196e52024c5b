//! The envelopes gathered for one attempt, in the order in which they are made.

use canonical::Uuid;
use envelope::{Frame, Opened, Refusal};
use registrar::Attempt;

use crate::error::PipelineError;

/// All envelopes of one attempt so far; `None` where a block has not spoken yet.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The attempt they belong to.
    pub attempt: Attempt,
    /// The caller's request, canonical.
    pub registration_request: Vec<u8>,
    /// The policy in force.
    pub policy: Vec<u8>,
    /// The gate's report.
    pub gate_report: Vec<u8>,
    /// Block F.
    pub artifact_attestation: Option<Vec<u8>>,
    /// Block A.
    pub owner_attestation: Option<Vec<u8>>,
    /// Block B: before, then after.
    pub snapshots: Vec<Vec<u8>>,
    /// The registrar's reread.
    pub authority_readback: Option<Vec<u8>>,
    /// The pipeline's assembly.
    pub integration: Option<Vec<u8>>,
    /// Block E's first verdict.
    pub verdict: Option<Vec<u8>>,
}

impl Evidence {
    /// What is known before any block has spoken.
    pub(crate) fn new(attempt: Attempt, request: &[u8], policy: &[u8], gate_report: &[u8]) -> Self {
        Self {
            attempt,
            registration_request: request.to_vec(),
            policy: policy.to_vec(),
            gate_report: gate_report.to_vec(),
            artifact_attestation: None,
            owner_attestation: None,
            snapshots: Vec::new(),
            authority_readback: None,
            integration: None,
            verdict: None,
        }
    }

    /// The captures as slices.
    pub(crate) fn snapshots(&self) -> Vec<&[u8]> {
        self.snapshots.iter().map(Vec::as_slice).collect()
    }

    /// The view that the registrar works with.
    pub(crate) fn for_registrar<'a>(
        &'a self,
        snapshots: &'a [&'a [u8]],
    ) -> registrar::Evidence<'a> {
        registrar::Evidence {
            owner_attestation: self.owner_attestation.as_deref(),
            artifact_attestation: self.artifact_attestation.as_deref(),
            snapshots,
            authority_readback: self.authority_readback.as_deref(),
            integration: self.integration.as_deref(),
            verdict: self.verdict.as_deref(),
            gate_report: Some(&self.gate_report),
            policy: Some(&self.policy),
        }
    }

    /// Reads the frame that was stored beside a reservation.
    pub(crate) fn from_frame(attempt_id: Uuid, bytes: &[u8]) -> Result<Self, PipelineError> {
        let broken = |what: String| PipelineError::StoredEvidence { attempt_id, what };
        let frame = Frame::parse(bytes).map_err(|error| broken(error.to_string()))?;
        let take = |slot: &str| frame.slot(slot).map(<[u8]>::to_vec);
        let need = |slot: &str| take(slot).ok_or_else(|| broken(format!("no slot `{slot}`")));
        let snapshots = frame
            .list("snapshots")
            .map_err(|error| broken(error.to_string()))?;
        let correlation_id = frame
            .slot("attempt")
            .and_then(|json| serde_json::from_slice::<serde_json::Value>(json).ok())
            .and_then(|attempt| attempt.get("correlation_id")?.as_str()?.parse().ok())
            .ok_or_else(|| broken("no correlation id".to_owned()))?;
        Ok(Self {
            attempt: Attempt {
                attempt_id,
                correlation_id,
            },
            registration_request: need("registration_request")?,
            policy: need("policy")?,
            gate_report: need("gate_report")?,
            artifact_attestation: take("artifact_attestation"),
            owner_attestation: take("owner_attestation"),
            snapshots: snapshots.into_iter().map(<[u8]>::to_vec).collect(),
            authority_readback: take("authority_readback"),
            integration: take("integration"),
            verdict: take("verdict"),
        })
    }

    /// An envelope that an earlier step must have made.
    pub(crate) fn need<'a>(
        slot: &'static str,
        bytes: Option<&'a [u8]>,
    ) -> Result<&'a [u8], PipelineError> {
        bytes.ok_or(PipelineError::Absent(slot))
    }
}

/// An own envelope that does not open is a fault of this program, not an answer.
pub(crate) fn opened<T>(result: Result<Opened<T>, Refusal>) -> Result<Opened<T>, PipelineError> {
    result.map_err(PipelineError::Open)
}

/// The attempt as frames carry it.
pub(crate) fn attempt_json(attempt: Attempt) -> Vec<u8> {
    format!(
        r#"{{"attempt_id":"{}","correlation_id":"{}"}}"#,
        attempt.attempt_id, attempt.correlation_id
    )
    .into_bytes()
}
