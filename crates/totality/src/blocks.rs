//! Blocks as filters: whatever they are sent, they say nothing that does not open, and nothing that
//! contradicts itself.

use std::sync::LazyLock;

use canonical::{hash_bytes, tags, write};
use serde_json::{Value, json};
use validator_e::contract as by;

use crate::edit;

/// A registration that is there already, with the request that led to it.
const AGAIN: &str = include_str!("../baselines/intake-again.json");

static FRAME: LazyLock<Value> = LazyLock::new(|| serde_json::from_str(AGAIN).unwrap());

/// A verdict opens, and passes only when nothing failed.
pub(crate) fn validator(bytes: &[u8]) {
    let Ok(verdict) = validator_e::filter(bytes) else {
        return;
    };
    let verdict = by::verdict().open(&verdict).unwrap();
    let is_accepted = verdict.outcome == by::VerdictOutcome::Accept;
    let failed = verdict.checks.iter();
    let failed = failed.filter(|check| check.outcome == by::CheckOutcome::Failed);
    assert_eq!(is_accepted, failed.count() == 0);
    assert_eq!(is_accepted, verdict.reject_codes.is_empty());
    // Block E makes a failed check of a panic; here it is a defect all the same.
    let mut shown = verdict.checks.iter().flat_map(|check| &*check.compared);
    assert!(!shown.any(|shown| shown.name == "panicked"), "{verdict:?}");
}

/// Whatever the registrar says opens as something it may say.
pub(crate) fn registrar(bytes: &[u8]) {
    use registrar::contract as own;
    let Ok(answer) = registrar::filter(bytes) else {
        return;
    };
    let opens = own::registration_request().open(&answer).is_ok()
        || own::registration_decision().open(&answer).is_ok()
        || own::authority_readback().open(&answer).is_ok();
    assert!(opens, "{}", String::from_utf8_lossy(&answer));
}

/// A nonce that was used is never fresh again, however the request around it was changed and sealed
/// (spec section 3): it is the prior decision, byte for byte, or a reject.
pub(crate) fn answer_table(bytes: &[u8]) {
    let mut frame = FRAME.clone();
    let nonce = "/registration_request/request_proposed/nonce";
    let used = frame.pointer(nonce).cloned();
    let request = frame.pointer_mut("/registration_request").unwrap();
    edit::apply(request, bytes);
    seal(request);
    let is_changed = *request != FRAME["registration_request"];
    if frame.pointer(nonce).cloned() != used {
        return;
    }
    let prior = write(&FRAME["world"]["attempts"][0]["answer"]).unwrap();
    let Ok(answer) = registrar::filter(&serde_json::to_vec(&frame).unwrap()) else {
        assert!(is_changed, "an exact retry is answered");
        return;
    };
    if is_changed {
        let decision = registrar::contract::registration_decision().open(&answer);
        let outcome = decision.unwrap().outcome;
        assert_eq!(outcome, registrar::contract::DecisionOutcome::Rejected);
    } else {
        assert_eq!(answer, prior);
    }
}

/// Makes the evidence hash fit again.
fn seal(request: &mut Value) {
    let Some(hash) = request.pointer_mut("/header/evidence_hash") else {
        return;
    };
    *hash = Value::Null;
    let Ok(bytes) = write(request) else {
        return;
    };
    let digest = hash_bytes(&tags::evidence("registration-request"), &bytes);
    request["header"]["evidence_hash"] = json!(digest);
}
