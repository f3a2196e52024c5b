//! What a carrier is declared to be used for, and what that use needs of it.

use serde::{Deserialize, Serialize};

use crate::contract::RejectCode;

/// A declared use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Use {
    /// Rows that speak for whoever wrote them.
    #[serde(alias = "authority_row")]
    AuthorityRow,
    /// The one active row of each subject.
    #[serde(alias = "head_store")]
    HeadStore,
    /// What binds an operation to an artifact.
    #[serde(alias = "op_artifact_binding")]
    OpArtifactBinding,
    /// What proposes an operation on a target.
    #[serde(alias = "op_target_proposal")]
    OpTargetProposal,
    /// The hash of an admitted artifact.
    #[serde(alias = "artifact_hash")]
    ArtifactHash,
    /// The manifest of a snapshot.
    #[serde(alias = "snapshot_manifest")]
    SnapshotManifest,
    /// What makes a key single-use.
    #[serde(
        alias = "replay_surface",
        alias = "single_use_replay",
        alias = "single-use-replay"
    )]
    ReplaySurface,
    /// Where failures are recorded.
    #[serde(alias = "audit_sink")]
    AuditSink,
    /// Attempts and their state.
    #[serde(alias = "attempt_store")]
    AttemptStore,
    /// Decisions, once each.
    #[serde(alias = "decision_store")]
    DecisionStore,
    /// The evidence behind decisions.
    #[serde(alias = "evidence_store")]
    EvidenceStore,
    /// What was observed.
    #[serde(alias = "observation_store")]
    ObservationStore,
    /// Nothing declared: writers and immutability are reported all the same.
    Undeclared,
}

impl Use {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthorityRow => "authority-row",
            Self::HeadStore => "head-store",
            Self::OpArtifactBinding => "op-artifact-binding",
            Self::OpTargetProposal => "op-target-proposal",
            Self::ArtifactHash => "artifact-hash",
            Self::SnapshotManifest => "snapshot-manifest",
            Self::ReplaySurface => "replay-surface",
            Self::AuditSink => "audit-sink",
            Self::AttemptStore => "attempt-store",
            Self::DecisionStore => "decision-store",
            Self::EvidenceStore => "evidence-store",
            Self::ObservationStore => "observation-store",
            Self::Undeclared => "undeclared",
        }
    }

    /// The slots that bind the value to what it is meant for; all are needed.
    pub fn bindings(self) -> &'static [Slot] {
        match self {
            Self::AuthorityRow => &[Slot::Subject, Slot::Verdict],
            Self::HeadStore => &[Slot::Subject, Slot::Lifecycle],
            Self::OpArtifactBinding => &[Slot::Subject, Slot::Operation],
            Self::OpTargetProposal | Self::EvidenceStore | Self::DecisionStore => &[Slot::Subject],
            // A hash that nobody admitted is an observation, whatever it is of.
            Self::ArtifactHash => &[Slot::Subject, Slot::Admission],
            Self::SnapshotManifest => &[Slot::Operation, Slot::Scope, Slot::Run],
            Self::ReplaySurface => &[
                Slot::Operation,
                Slot::Subject,
                Slot::Run,
                Slot::Artifact,
                Slot::Authority,
            ],
            Self::AuditSink => &[Slot::Actor, Slot::Time],
            Self::AttemptStore => &[Slot::Lifecycle],
            Self::ObservationStore => &[Slot::Subject, Slot::Time],
            Self::Undeclared => &[],
        }
    }

    /// Whether a value may be used once only.
    pub fn is_single_use(self) -> bool {
        self == Self::ReplaySurface
    }

    /// What a lack of writer authority, of keeping, of a governed transition is called.
    pub(crate) fn codes(self) -> [RejectCode; 3] {
        match self {
            Self::ArtifactHash => [RejectCode::HashCarrierUnproven; 3],
            Self::SnapshotManifest | Self::ObservationStore => {
                [RejectCode::SnapshotManifestSourceUnproven; 3]
            }
            Self::ReplaySurface | Self::AttemptStore | Self::EvidenceStore => {
                [RejectCode::ReplaySurfaceNotFit; 3]
            }
            Self::AuditSink => [RejectCode::AuditSinkUnavailable; 3],
            Self::DecisionStore => [RejectCode::RegistrarContractUnproven; 3],
            Self::AuthorityRow
            | Self::HeadStore
            | Self::OpArtifactBinding
            | Self::OpTargetProposal
            | Self::Undeclared => [
                RejectCode::AuthorityWriterUnproven,
                RejectCode::AuthorityRowMutable,
                RejectCode::LifecycleTransitionAuthorityUnproven,
            ],
        }
    }
}

/// What a column is, to a use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slot {
    /// What the row is there for.
    Value,
    /// The digest that binds the row.
    Checksum,
    /// What the digest binds.
    Payload,
    /// Whom or what it concerns.
    #[serde(alias = "target")]
    Subject,
    /// The operation it allows or records.
    Operation,
    /// The artifact's hash.
    Artifact,
    /// Where it holds.
    Scope,
    /// The run.
    Run,
    /// The attempt's counter.
    Attempt,
    /// The owner or approval it rests on.
    Authority,
    /// Who issued it.
    Issuer,
    /// What was said.
    Verdict,
    /// Until when it holds.
    Validity,
    /// The column of the state.
    Lifecycle,
    /// What it supersedes, or what superseded it.
    Supersession,
    /// The approval.
    Approval,
    /// The admission.
    Admission,
    /// Who did it.
    Actor,
    /// When.
    Time,
    /// The epoch or version.
    Epoch,
    /// The row's own key.
    Key,
}

impl Slot {
    /// The name in declarations and reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Checksum => "checksum",
            Self::Payload => "payload",
            Self::Subject => "subject",
            Self::Operation => "operation",
            Self::Artifact => "artifact",
            Self::Scope => "scope",
            Self::Run => "run",
            Self::Attempt => "attempt",
            Self::Authority => "authority",
            Self::Issuer => "issuer",
            Self::Verdict => "verdict",
            Self::Validity => "validity",
            Self::Lifecycle => "lifecycle",
            Self::Supersession => "supersession",
            Self::Approval => "approval",
            Self::Admission => "admission",
            Self::Actor => "actor",
            Self::Time => "time",
            Self::Epoch => "epoch",
            Self::Key => "key",
        }
    }
}
