//! Whether a verdict is the one that was made on exactly these envelopes.

use canonical::{Digest, hash, tags};
use serde_json::{Map, Value, json};

use crate::contract::{RejectCode, Verdict, VerdictOutcome, VerdictStage};
use crate::error::RegistrarError;
use crate::evidence::Evidence;
use crate::rejection::Rejection;

/// The envelopes that a verdict must have judged.
const REQUIRED: [&str; 4] = [
    "registration_request",
    "owner_attestation",
    "artifact_attestation",
    "authority_readback",
];

/// The refusal that a verdict stands for here; `None` when it accepts exactly what is at hand.
///
/// Its `decision_ref` is recomputed from its own inputs, and every input that is at hand must be
/// the one that was judged: so a verdict of another attempt, or on an envelope that was exchanged
/// afterwards, carries nothing.
pub(crate) fn objection(
    verdict: &Verdict,
    evidence: &Evidence<'_>,
    request: Digest,
    policy: Digest,
) -> Result<Option<Rejection>, RegistrarError> {
    match verdict.outcome {
        VerdictOutcome::Accept => {}
        VerdictOutcome::Reject => return Ok(Some(Rejection::of_verdict(verdict))),
    }
    let mismatch = |reason| {
        let rejection = Rejection::new([RejectCode::DecisionRefMismatch], reason);
        Ok(Some(rejection))
    };
    if verdict.stage != VerdictStage::BeforeWrite || !verdict.reject_codes.is_empty() {
        return mismatch("the verdict is not an acceptance before the write");
    }
    if verdict.policy_ref != Some(policy) {
        return mismatch("the verdict rests on another policy");
    }
    if decision_ref(verdict)? != verdict.decision_ref {
        return mismatch("the verdict's reference does not follow from its inputs");
    }
    if !REQUIRED.iter().all(|slot| judged(verdict, slot).is_some()) {
        return mismatch("the verdict did not judge every envelope that it must");
    }
    for input in &verdict.inputs {
        let held = match &*input.slot {
            "registration_request" => Some(request),
            // This verdict itself, which it could not judge.
            "verdict" => None,
            slot => evidence.hash_of(slot),
        };
        if held.is_some() && held != input.evidence_hash {
            return mismatch("the verdict judged another envelope than the one at hand");
        }
    }
    Ok(None)
}

fn judged(verdict: &Verdict, slot: &str) -> Option<Digest> {
    let input = verdict.inputs.iter().find(|input| input.slot == slot)?;
    input.evidence_hash
}

/// `H(decision-ref, {inputs, policy, now, stage})`, from what the verdict itself states.
fn decision_ref(verdict: &Verdict) -> Result<Digest, RegistrarError> {
    let inputs: Map<String, Value> = verdict
        .inputs
        .iter()
        .map(|input| (input.slot.to_string(), json!(input.evidence_hash)))
        .collect();
    let basis = json!({
        "inputs": inputs,
        "policy": verdict.policy_ref,
        "now": verdict.evaluated_at,
        "stage": verdict.stage,
    });
    Ok(hash(tags::DECISION_REF, &basis)?)
}
