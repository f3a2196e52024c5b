//! The block as a filter: frames in, envelopes out, no store.

use serde_json::{Value, json};

use super::bench::*;
use crate::contract::{self, DecisionOutcome};
use crate::{FilterError, filter};

fn raw(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// A frame for every verb; the verbs read what they need of it.
fn frame(verb: &str) -> Value {
    let trial = Trial::of(&world(), &Submission::new(1));
    let rows = [
        row("ownership", "own-1", &json!({"object_ref": "DOT_A"})),
        row("approval", "apr-1", &json!({"object_ref": "DOT_A"})),
        row("admission", "adm-1", &json!({"dot_code": "DOT_A"})),
    ];
    let rows = rows.iter().map(|row| {
        json!({"carrier": row.carrier, "row_key": row.row_key, "columns": row.columns,
            "row_hash": row.row_hash})
    });
    json!({
        "verb": verb, "now": at(6), "policy": raw(&trial.policy),
        "attempt": {"attempt_id": trial.attempt.attempt_id,
            "correlation_id": trial.attempt.correlation_id},
        "world": {"clock": at(6), "fingerprint": digest("fingerprint"),
            "rows": rows.collect::<Vec<_>>(), "attempts": [], "heads": [], "holds": [],
            "open_config": []},
        "registration_request": raw(trial.arrival.bytes()),
        "owner_attestation": raw(&trial.owner), "artifact_attestation": raw(&trial.artifact),
        "snapshots": [], "authority_readback": raw(&trial.readback.bytes),
        "verdict": raw(&trial.verdict.unwrap()), "gate_report": raw(&trial.gate),
        "owner_token": trial.owner_token,
        "readback": {"carriers": [], "carrier_report_hash": null,
            "caller": {"channel": "os_uid", "value": "1000"}, "credential": "registrar",
            "registrar_process": {"pid": 1, "start_time": 1, "uid": 1,
                "executable_digest": digest("holdfast")},
            "observer_process": null},
    })
}

fn run(frame: &Value) -> Vec<u8> {
    filter(frame.to_string().as_bytes()).unwrap()
}

#[test]
fn fresh_request_passes_intake_in_canonical_bytes() {
    assert_eq!(run(&frame("intake")), Submission::new(1).request());
}

#[test]
fn retry_gets_the_decision_that_the_world_holds() {
    let decision = run(&frame("decide"));
    let mut frame = frame("intake");
    frame["world"]["attempts"] = json!([{
        "attempt_id": uuid(1), "state": "consumed", "request": raw(&Submission::new(1).request()),
        "replay_key": digest("key"), "effect_identity": digest("effect"),
        "authorization_binding_digest": digest("binding"), "owner_token": uuid(2), "epoch": 1,
        "target": "dot:DOT_A", "opened_at": at(6), "answer": raw(&decision), "evidence": null,
    }]);
    assert_eq!(run(&frame), decision);
    frame["registration_request"] = raw(&Submission {
        attempt_no: 2,
        ..Submission::new(1)
    }
    .request());
    assert_eq!(decided_codes(&run(&frame)), ["REPLAY_ATTEMPT_NO_BYPASS"]);
    frame["registration_request"] = raw(&Submission::new(1).request());
    frame["world"]["attempts"][0]["state"] = json!("reserved");
    assert_eq!(decided_codes(&run(&frame)), ["ATTEMPT_IN_FLIGHT"]);
}

#[test]
fn what_is_no_request_gets_a_decision_too() {
    let mut frame = frame("intake");
    frame["registration_request"]["comment"] = json!("hello");
    assert_eq!(decided_codes(&run(&frame)), ["SCHEMA_VIOLATION"]);
}

#[test]
fn readback_gives_the_rows_of_the_world() {
    let readback = contract::authority_readback()
        .open(&run(&frame("readback")))
        .unwrap();
    assert_eq!(readback.rows.len(), 3);
    assert!(readback.rows.iter().all(|row| row.row_hash.is_some()));
}

#[test]
fn decide_registers_or_says_why_not() {
    let registered = run(&frame("decide"));
    assert_eq!(decision(&registered).outcome, DecisionOutcome::Registered);
    let mut held = frame("decide");
    held["world"]["holds"] = json!(["dot:DOT_A"]);
    assert_eq!(decided_codes(&run(&held)), ["REGISTRATION_HOLD"]);
    let mut taken = frame("decide");
    taken["world"]["heads"] = json!([{"dot_code": "DOT_A", "row_key": "h", "status": "draft"}]);
    assert_eq!(decided_codes(&run(&taken)), ["HEAD_EXISTS"]);
}

#[test]
fn unknown_slots_and_verbs_are_refused() {
    let mut frame = frame("intake");
    frame["extra"] = json!(1);
    let error = filter(frame.to_string().as_bytes()).unwrap_err();
    assert!(matches!(error, FilterError::UnknownSlot { slot } if slot == "extra"));
    let error = filter(super::filtering::frame("guess").to_string().as_bytes()).unwrap_err();
    assert!(matches!(error, FilterError::UnknownVerb { verb } if verb == "guess"));
}
