//! Where what is found of a carrier belongs, by what it is declared for.

use crate::contract::CarrierProof;
use crate::prerequisite::Prerequisite;

/// A carrier of the store that has to be judged for a use.
pub(super) struct Required {
    relation: &'static str,
    used_as: &'static str,
    pub(super) prerequisite: Prerequisite,
}

impl Required {
    pub(super) fn is(&self, proof: &CarrierProof) -> bool {
        proof.declared_use == *self.used_as
            && proof
                .relation
                .as_ref()
                .is_some_and(|relation| relation.as_str() == self.relation)
    }

    pub(super) fn line(&self) -> String {
        format!("a proof of `{}` as {}", self.relation, self.used_as)
    }
}

const fn required(
    relation: &'static str,
    used_as: &'static str,
    prerequisite: Prerequisite,
) -> Required {
    Required {
        relation,
        used_as,
        prerequisite,
    }
}

/// What no registration can do without.
///
/// `attempt` is not among them: it is the state of a protocol, changed in place by its one
/// transition, and what became of an attempt stands in the carriers that refer to it.
pub(super) const REQUIRED: [Required; 22] = {
    use Prerequisite as P;
    const ROW: &str = "authority-row";
    const SEEN: &str = "observation-store";
    [
        required("holdfast.action_type", ROW, P::ActionType),
        required("holdfast.ownership", ROW, P::RegistrationAuthority),
        required("holdfast.admission", ROW, P::ArtifactAdmission),
        required("holdfast.admission", "artifact-hash", P::HashCarrier),
        required("holdfast.approval", ROW, P::ApprovalQuorum),
        required("holdfast.approval_vote", ROW, P::ApprovalQuorum),
        required("holdfast.principal", ROW, P::ApprovalQuorum),
        required("holdfast.principal_binding", ROW, P::ApprovalQuorum),
        required("holdfast.manifest", ROW, P::SnapshotManifest),
        required("holdfast.verifier", ROW, P::SnapshotManifest),
        required("holdfast.trigger_inventory", ROW, P::TriggerInventory),
        required("holdfast.policy", ROW, P::SingleWriter),
        required("holdfast.dot_config", ROW, P::RegistrarContract),
        required("holdfast.hold_event", ROW, P::RegistrarContract),
        required("holdfast.retirement", ROW, P::RegistrarContract),
        required("holdfast.dot_catalogue", "head-store", P::HeadUniqueness),
        required("holdfast.ledger", "replay-surface", P::ReplaySurface),
        required("holdfast.evidence", "evidence-store", P::ReplaySurface),
        required("holdfast.decision", "decision-store", P::RegistrarContract),
        required("holdfast.failure_audit", "audit-sink", P::AuditSink),
        required("holdfast.snapshot", SEEN, P::SnapshotManifest),
        required("holdfast.verification_report", SEEN, P::SnapshotManifest),
    ]
};

/// The prerequisite that a carrier is there for.
pub(super) fn home(proof: &CarrierProof) -> Prerequisite {
    if let Some(required) = REQUIRED.iter().find(|required| required.is(proof)) {
        return required.prerequisite;
    }
    match proof.declared_use.as_str() {
        "authority-row" => Prerequisite::RegistrationAuthority,
        "head-store" => Prerequisite::HeadUniqueness,
        "artifact-hash" | "op-artifact-binding" => Prerequisite::HashCarrier,
        "op-target-proposal" => Prerequisite::ApprovalQuorum,
        "snapshot-manifest" | "observation-store" => Prerequisite::SnapshotManifest,
        "replay-surface" | "attempt-store" | "evidence-store" => Prerequisite::ReplaySurface,
        "audit-sink" => Prerequisite::AuditSink,
        "decision-store" => Prerequisite::RegistrarContract,
        // A use that this program does not know proves nothing about anybody's writing.
        _ => Prerequisite::SingleWriter,
    }
}

/// The prerequisite that a writer too many of a carrier is charged to.
pub(super) fn writers(proof: &CarrierProof) -> Prerequisite {
    match proof.declared_use.as_str() {
        "authority-row"
        | "head-store"
        | "artifact-hash"
        | "op-artifact-binding"
        | "op-target-proposal" => Prerequisite::SingleWriter,
        _ => home(proof),
    }
}

/// The prerequisite that a carrier whose rows can be changed or lost is charged to.
pub(super) fn keeping(proof: &CarrierProof) -> Prerequisite {
    match proof.declared_use.as_str() {
        "artifact-hash" => Prerequisite::ArtifactAdmission,
        "head-store" => Prerequisite::RegistrarContract,
        _ => home(proof),
    }
}

/// The prerequisite that a carrier whose rows bind or are reread too little is charged to.
pub(super) fn binding(proof: &CarrierProof) -> Prerequisite {
    match proof.declared_use.as_str() {
        "head-store" => Prerequisite::RegistrarContract,
        _ => home(proof),
    }
}
