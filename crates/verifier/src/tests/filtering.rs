//! The block as a filter.

use serde_json::{Value, json};

use super::bench::*;
use crate::contract::VerificationOutcome;
use crate::{FilterError, filter};

fn raw(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

fn frame() -> Value {
    let sealed = Bench::new().seal();
    let row = head(ATTEMPT);
    json!({
        "registration_decision": raw(&sealed.decision), "owner_attestation": raw(&sealed.owner),
        "artifact_attestation": raw(&sealed.artifact), "verdict": raw(&sealed.verdict),
        "verdict_after": raw(&sealed.after), "policy": raw(&sealed.policy),
        "attempt": {"attempt_id": ATTEMPT, "correlation_id": CORRELATION}, "now": at(20),
        "attempt_opened_at": at(0), "registrar_principal": "principal/registrar",
        "world": {
            "clock": at(30),
            "catalogue": [{"row_key": row.row_key, "columns": row.columns}],
            "ledger": [{"replay_key": digest("key"), "attempt_id": ATTEMPT,
                "transaction_id": "txn:42", "effect_identity": digest("effect"),
                "target": "dot:DOT_A"}],
            "decisions": [{"replay_key": digest("key"), "decision": raw(&sealed.decision)}],
            "open_config": [],
            "verifiers": [{"verifier_ref": "verifier/1", "row_key": "ver-1", "issued_at": at(-1),
                "written_by": "principal/root", "specific_target": null, "active": true}],
            "activation_triggers": [],
        },
    })
}

#[test]
fn frame_is_verified_without_a_store() {
    let report = open(&filter(frame().to_string().as_bytes()).unwrap());
    assert_eq!(report.outcome, VerificationOutcome::Passed);
}

#[test]
fn world_that_lacks_the_write_fails_the_verification() {
    let mut frame = frame();
    frame["world"]["catalogue"] = json!([]);
    let report = open(&filter(frame.to_string().as_bytes()).unwrap());
    assert_eq!(report.outcome, VerificationOutcome::Failed);
}

#[test]
fn slots_and_world_members_that_nobody_reads_are_refused() {
    let mut extra = frame();
    extra["failure_audit"] = json!({});
    let error = filter(extra.to_string().as_bytes()).unwrap_err();
    assert!(matches!(error, FilterError::Unknown { slot } if slot == "failure_audit"));
    let mut audited = frame();
    audited["world"]["audits"] = json!([]);
    let error = filter(audited.to_string().as_bytes()).unwrap_err();
    assert!(matches!(error, FilterError::World(_)));
}
