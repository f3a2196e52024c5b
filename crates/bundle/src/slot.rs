//! The places of a bundle that hold an envelope.

use serde_json::Value;

use crate::error::ReadError;

/// One place, in the order in which a bundle writes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names of the envelopes say what they are")]
pub enum Slot {
    ArtifactAttestation,
    AuthorityReadback,
    GateReport,
    Integration,
    OwnerAttestation,
    Policy,
    RegistrationDecision,
    RegistrationRequest,
    SnapshotAfter,
    SnapshotBefore,
    Verdict,
    VerdictAfter,
    VerificationReport,
}

impl Slot {
    /// All places, in the order of their names.
    pub const ALL: [Self; 13] = [
        Self::ArtifactAttestation,
        Self::AuthorityReadback,
        Self::GateReport,
        Self::Integration,
        Self::OwnerAttestation,
        Self::Policy,
        Self::RegistrationDecision,
        Self::RegistrationRequest,
        Self::SnapshotAfter,
        Self::SnapshotBefore,
        Self::Verdict,
        Self::VerdictAfter,
        Self::VerificationReport,
    ];

    /// What led to the decision.
    pub(crate) const EVIDENCE: [Self; 9] = [
        Self::ArtifactAttestation,
        Self::AuthorityReadback,
        Self::GateReport,
        Self::Integration,
        Self::OwnerAttestation,
        Self::Policy,
        Self::RegistrationRequest,
        Self::SnapshotBefore,
        Self::Verdict,
    ];

    /// What followed the write.
    pub(crate) const AFTER: [Self; 3] = [
        Self::SnapshotAfter,
        Self::VerdictAfter,
        Self::VerificationReport,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ArtifactAttestation => "artifact_attestation",
            Self::AuthorityReadback => "authority_readback",
            Self::GateReport => "gate_report",
            Self::Integration => "integration",
            Self::OwnerAttestation => "owner_attestation",
            Self::Policy => "policy",
            Self::RegistrationDecision => "registration_decision",
            Self::RegistrationRequest => "registration_request",
            Self::SnapshotAfter => "snapshot_after",
            Self::SnapshotBefore => "snapshot_before",
            Self::Verdict => "verdict",
            Self::VerdictAfter => "verdict_after",
            Self::VerificationReport => "verification_report",
        }
    }

    /// Opens an envelope by the contract of this place; the refusal in words otherwise.
    pub(crate) fn open(self, bytes: &[u8]) -> Result<Value, String> {
        use registrar::contract as registrar;
        use validator_e::contract as validator;
        use verifier::contract as verifier;
        let opened = match self {
            Self::ArtifactAttestation => json(validator::artifact_attestation().open(bytes)),
            Self::AuthorityReadback => json(validator::authority_readback().open(bytes)),
            Self::GateReport => json(registrar::gate_report().open(bytes)),
            Self::Integration => json(validator::integration().open(bytes)),
            Self::OwnerAttestation => json(validator::owner_attestation().open(bytes)),
            Self::Policy => json(validator::policy().open(bytes)),
            Self::RegistrationDecision => json(registrar::registration_decision().open(bytes)),
            Self::RegistrationRequest => json(validator::registration_request().open(bytes)),
            Self::SnapshotAfter | Self::SnapshotBefore => json(validator::snapshot().open(bytes)),
            Self::Verdict | Self::VerdictAfter => json(validator::verdict().open(bytes)),
            Self::VerificationReport => json(verifier::verification_report().open(bytes)),
        };
        opened.map_err(|refusal| format!("`{}` does not open: {refusal}", self.name()))
    }
}

/// An opened envelope as JSON.
pub(crate) fn json<T>(
    opened: Result<envelope::Opened<T>, envelope::Refusal>,
) -> Result<Value, envelope::Refusal> {
    opened.map(|opened| opened.json())
}

/// The JSON of bytes that a store keeps.
pub(crate) fn plain(name: &'static str, bytes: &[u8]) -> Result<Value, ReadError> {
    serde_json::from_slice(bytes).map_err(|_| ReadError::Evidence(name))
}
