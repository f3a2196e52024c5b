//! Decision: which verdict the registrar carried out.

use crate::case::Case;
use crate::contract::{RejectCode as Code, VerdictOutcome, VerdictStage};
use crate::decision_ref::{decision_ref, hash, inputs};
use crate::finding::{Finding, Judged};
use crate::table::Check;

pub(crate) const CHECKS: &[Check] = &[Check::new(
    "decision.reference",
    "the decision carries out the verdict on these envelopes",
    &[Code::DecisionRefMissing, Code::DecisionRefMismatch],
    reference,
)
.after_write()];

fn reference(case: &Case<'_>) -> Judged {
    let (verdict, decision) = (case.verdict()?, case.decision()?);
    let mut finding = Finding::default();
    match decision.decision_ref {
        None => finding.refuse(Code::DecisionRefMissing),
        Some(carried) => finding.equal(
            "decision / verdict",
            &carried.to_string(),
            &verdict.decision_ref.to_string(),
            Code::DecisionRefMismatch,
        ),
    }
    match decision.verdict_ref {
        None => finding.refuse(Code::DecisionRefMissing),
        Some(carried) => finding.require(
            Some(carried) == hash(&case.envelopes.verdict),
            Code::DecisionRefMismatch,
        ),
    }
    finding.require(accepted(case)?, Code::DecisionRefMismatch);
    Ok(finding)
}

/// Whether the verdict is the acceptance, before the write, of exactly the envelopes given here.
fn accepted(case: &Case<'_>) -> Result<bool, crate::finding::StoppedBy> {
    let (verdict, stage) = (case.verdict()?, VerdictStage::BeforeWrite);
    let policy = hash(&case.envelopes.policy);
    let inputs = inputs(case.envelopes, stage);
    let recomputed = decision_ref(&inputs, policy, verdict.evaluated_at, stage);
    Ok(verdict.stage == stage
        && verdict.outcome == VerdictOutcome::Accept
        && recomputed.is_ok_and(|recomputed| recomputed == verdict.decision_ref))
}
