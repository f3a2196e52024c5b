use serde_json::json;

use super::fixture::{Scene, digest};
use crate::contract::RejectCode;
use crate::error::CaptureError;
use crate::filter::{CaptureFrame, FilterError, WorldError, filter};

fn frame_without(slot: &str) -> Vec<u8> {
    let mut frame: serde_json::Value = serde_json::from_slice(&Scene::standing().frame()).unwrap();
    frame.as_object_mut().unwrap().remove(slot).unwrap();
    frame.to_string().into_bytes()
}

fn frame_with(slot: &str, value: serde_json::Value) -> Vec<u8> {
    let mut frame: serde_json::Value = serde_json::from_slice(&Scene::standing().frame()).unwrap();
    frame[slot] = value;
    frame.to_string().into_bytes()
}

#[test]
fn an_unknown_slot_is_refused() {
    let error = filter(&frame_with("verdict", json!({}))).unwrap_err();
    assert!(matches!(error, FilterError::UnknownSlot(slot) if slot == "verdict"));
}

#[test]
fn a_missing_slot_is_refused() {
    for slot in [
        "registration_request",
        "owner_attestation",
        "policy",
        "attempt",
        "world",
    ] {
        let error = filter(&frame_without(slot)).unwrap_err();
        assert!(matches!(error, FilterError::MissingSlot(name) if name == slot));
    }
}

#[test]
fn the_list_of_earlier_captures_may_be_absent() {
    assert!(filter(&frame_without("snapshots")).is_ok());
}

#[test]
fn an_earlier_capture_before_the_first_is_refused() {
    let error = filter(&frame_with("snapshots", json!([{}]))).unwrap_err();
    assert!(matches!(
        error,
        FilterError::Slot {
            slot: "snapshots",
            ..
        }
    ));
}

#[test]
fn an_unreadable_slot_is_refused() {
    for (slot, value) in [
        ("phase", json!("during")),
        ("now", json!("soon")),
        ("sequence", json!(-1)),
        ("attempt", json!({"attempt_id": "one"})),
        ("observer", json!("me")),
    ] {
        let error = filter(&frame_with(slot, value)).unwrap_err();
        assert!(matches!(error, FilterError::Slot { slot: name, .. } if name == slot));
    }
}

#[test]
fn an_unopenable_policy_or_request_gets_no_answer() {
    for slot in ["policy", "registration_request"] {
        let error = filter(&frame_with(slot, json!({}))).unwrap_err();
        let unopenable = matches!(
            error,
            FilterError::Capture(CaptureError::Unopenable { slot: name, .. }) if name == slot
        );
        assert!(unopenable);
    }
}

#[test]
fn an_unopenable_attestation_is_refused_with_its_opening_code() {
    let frame = String::from_utf8(Scene::standing().frame()).unwrap();
    let forged = frame.replacen("\"scope\":\"catalogue\"", "\"scope\":\"everything\"", 1);
    assert_ne!(frame, forged);
    let answer = filter(forged.as_bytes()).unwrap();
    let answer = crate::contract::snapshot().open(&answer).unwrap();
    let codes: Vec<_> = answer.refusals.iter().map(|refusal| refusal.code).collect();
    assert_eq!(codes, [RejectCode::EvidenceHashMismatch]);
    assert!(answer.capture.is_none());
}

#[test]
fn a_world_whose_manifest_row_was_changed_is_refused() {
    let frame = String::from_utf8(Scene::standing().frame()).unwrap();
    let changed = frame.replacen(
        "\"manifest_version\":\"1\"",
        "\"manifest_version\":\"2\"",
        1,
    );
    assert_ne!(frame, changed);
    let error = filter(changed.as_bytes()).unwrap_err();
    assert!(matches!(error, FilterError::World(WorldError::Row(_))));
}

#[test]
fn a_world_with_an_unknown_provenance_is_refused() {
    let mut scene = Scene::standing();
    scene.surfaces["ledger"] = json!({"write_set": {"provenance": "guess", "rows": []}});
    let error = scene.capture().unwrap_err();
    assert!(matches!(
        error,
        FilterError::World(WorldError::Provenance(_))
    ));
    scene.surfaces["ledger"] = json!({"stream": digest("3f")});
    let error = scene.capture().unwrap_err();
    assert!(matches!(error, FilterError::World(WorldError::Shape(_))));
}

#[test]
fn what_the_observer_process_is_asked_may_not_bring_its_own_world() {
    let error = CaptureFrame::parse(&Scene::standing().frame()).unwrap_err();
    assert!(matches!(error, FilterError::UnknownSlot(_)));
}
