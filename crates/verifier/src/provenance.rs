//! Beside the six: the decision belongs to its verdict, and the validator accepted the write too.

use canonical::Digest;
use envelope::Opened;

use crate::condition::Condition;
use crate::contract::{
    ArtifactAttestation, OwnerAttestation, Policy, RegistrationDecision, RejectCode, Verdict,
    VerdictOutcome, VerdictStage,
};

/// The decision carries out exactly the verdict that was made on these attestations and this policy.
pub(crate) fn decision_ref(
    decision: &Opened<RegistrationDecision>,
    verdict: &Opened<Verdict>,
    owner: &Opened<OwnerAttestation>,
    artifact: &Opened<ArtifactAttestation>,
    policy: &Opened<Policy>,
) -> Condition {
    const CODE: RejectCode = RejectCode::DecisionRefMismatch;
    let mut condition = Condition::new(
        "verify.decision_ref",
        "the decision carries out the verdict made on these attestations",
    );
    let Some(stated) = decision.decision_ref else {
        condition.requires(false, RejectCode::DecisionRefMissing);
        return condition;
    };
    condition.same(
        "decision ref",
        Some(stated),
        Some(verdict.decision_ref),
        CODE,
    );
    let verdict_ref = Some(verdict.evidence_hash());
    condition.same("verdict", decision.verdict_ref, verdict_ref, CODE);
    let accepts = verdict.outcome == VerdictOutcome::Accept;
    let before = verdict.stage == VerdictStage::BeforeWrite;
    condition.requires(accepts && before, CODE);
    let judged = judged(verdict, "owner_attestation");
    condition.same(
        "owner attestation",
        judged,
        Some(owner.evidence_hash()),
        CODE,
    );
    let judged = self::judged(verdict, "artifact_attestation");
    condition.same(
        "artifact attestation",
        judged,
        Some(artifact.evidence_hash()),
        CODE,
    );
    // The policy says which assurance is accepted, so another one could excuse a missing separation.
    let policy = Some(policy.evidence_hash());
    condition.same("policy", verdict.policy_ref, policy, CODE);
    condition
}

/// The validator's second run judged this decision and accepted it.
pub(crate) fn second_verdict(
    decision: &Opened<RegistrationDecision>,
    verdict: &Verdict,
) -> Condition {
    let mut condition = Condition::new(
        "verify.second_verdict",
        "the validator accepts the captures before and after with the decision",
    );
    for code in &verdict.reject_codes {
        condition.requires(false, *code);
    }
    let accepts = verdict.outcome == VerdictOutcome::Accept;
    condition.requires(accepts, RejectCode::VerificationFailed);
    condition.same(
        "stage",
        Some(VerdictStage::AfterWrite),
        Some(verdict.stage),
        RejectCode::DecisionRefMismatch,
    );
    condition.same(
        "decision judged",
        Some(decision.evidence_hash()),
        judged(verdict, "registration_decision"),
        RejectCode::DecisionRefMismatch,
    );
    condition
}

fn judged(verdict: &Verdict, slot: &str) -> Option<Digest> {
    let input = verdict.inputs.iter().find(|input| input.slot == slot)?;
    input.evidence_hash
}
