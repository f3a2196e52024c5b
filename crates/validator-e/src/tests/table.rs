//! The table itself, the verdict's form, and the filter.

use canonical::Form;
use serde_json::{Value, json};

use super::baseline::{ATTEMPT, CORRELATION, NOW_BEFORE, at, instant};
use super::bundle::{Drop, Sealed, Set, Slot, before, sealed};
use crate::contract::{self, VerdictStage};
use crate::{FilterError, checks, filter};

#[test]
fn every_verdict_reports_every_check_in_order() {
    let ids: Vec<_> = checks().map(|check| check.id).collect();
    for edits in [vec![], vec![Drop(Slot::Policy)], vec![Drop(Slot::Owner)]] {
        let verdict = sealed(VerdictStage::BeforeWrite, &edits).verdict();
        let reported: Vec<_> = verdict
            .checks
            .iter()
            .map(|check| check.id.to_string())
            .collect();
        assert_eq!(reported, ids);
    }
}

#[test]
fn no_id_stands_twice() {
    let mut ids: Vec<_> = checks().map(|check| check.id).collect();
    ids.sort_unstable();
    let count = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), count);
}

#[test]
fn an_accepting_verdict_stays_small() {
    let bytes = sealed(VerdictStage::AfterWrite, &[]).judge();
    assert!(bytes.len() <= 13_000, "{} bytes", bytes.len());
}

#[test]
fn a_verdict_names_its_inputs_and_its_policy() {
    let bundle = sealed(VerdictStage::AfterWrite, &[]);
    let verdict = bundle.verdict();
    let slots: Vec<_> = verdict
        .inputs
        .iter()
        .map(|input| input.slot.to_string())
        .collect();
    assert_eq!(slots.len(), 9, "{slots:?}");
    assert!(
        verdict
            .inputs
            .iter()
            .all(|input| input.evidence_hash.is_some())
    );
    let policy = contract::policy()
        .open(bundle.policy.as_ref().unwrap())
        .unwrap();
    assert_eq!(verdict.policy_ref, Some(policy.evidence_hash()));
    assert_eq!(verdict.header.trust_domain, "holdfast");
}

#[test]
fn the_decision_reference_moves_with_each_input() {
    let base = before(&[], &[]).decision_ref;
    let policy = Set(Slot::Policy, "/skew_max_ms", json!(5001));
    assert_ne!(before(&[policy], &[]).decision_ref, base);
    let row = Set(Slot::Readback, "/rows/0/credential", json!("other"));
    assert_ne!(before(&[row], &[]).decision_ref, base);
    let now = super::bundle::Now(instant(NOW_BEFORE + 1));
    assert_ne!(before(&[now], &[]).decision_ref, base);
}

#[test]
fn the_same_bytes_come_out_for_the_same_bytes() {
    for stage in [VerdictStage::BeforeWrite, VerdictStage::AfterWrite] {
        let bundle = sealed(stage, &[]);
        assert_eq!(bundle.judge(), bundle.judge());
        assert_eq!(sealed(stage, &[]).judge(), bundle.judge());
    }
}

fn frame(bundle: &Sealed, stage: &str) -> Value {
    let envelope = |bytes: &[u8]| canonical::parse(bytes, Form::Canonical).unwrap();
    let optional = |bytes: &Option<Vec<u8>>| bytes.as_deref().map_or(Value::Null, envelope);
    json!({
        "stage": stage,
        "registration_request": envelope(&bundle.request),
        "owner_attestation": optional(&bundle.owner),
        "artifact_attestation": optional(&bundle.artifact),
        "snapshots": bundle.snapshots.iter().map(|one| envelope(one)).collect::<Vec<_>>(),
        "authority_readback": optional(&bundle.readback),
        "integration": optional(&bundle.integration),
        "verdict": optional(&bundle.verdict),
        "registration_decision": optional(&bundle.decision),
        "policy": optional(&bundle.policy),
        "attempt": {"attempt_id": ATTEMPT, "correlation_id": CORRELATION},
        "now": bundle.now,
    })
}

#[test]
fn the_filter_answers_as_the_function_does() {
    for (stage, name) in [
        (VerdictStage::BeforeWrite, "before_write"),
        (VerdictStage::AfterWrite, "after_write"),
    ] {
        let bundle = sealed(stage, &[]);
        let input = canonical::write(&frame(&bundle, name)).unwrap();
        assert_eq!(filter(&input).unwrap(), bundle.judge());
    }
}

#[test]
fn the_filter_refuses_frames_it_cannot_use() {
    let bundle = sealed(VerdictStage::BeforeWrite, &[]);
    let bytes = |change: &dyn Fn(&mut Value)| {
        let mut frame = frame(&bundle, "before_write");
        change(&mut frame);
        canonical::write(&frame).unwrap()
    };
    let refused = |change: &dyn Fn(&mut Value)| filter(&bytes(change)).unwrap_err();
    assert!(matches!(filter(b"[]").unwrap_err(), FilterError::Frame(_)));
    assert!(matches!(
        refused(&|frame| frame["world"] = json!({})),
        FilterError::UnknownSlot(slot) if slot == "world"
    ));
    for slot in ["stage", "attempt", "now"] {
        let without = |frame: &mut Value| drop(frame.as_object_mut().unwrap().remove(slot));
        assert!(matches!(refused(&without), FilterError::MissingSlot(found) if found == slot));
        let wrong = |frame: &mut Value| frame[slot] = json!(7);
        assert!(matches!(refused(&wrong), FilterError::Slot { slot: found, .. } if found == slot));
    }
    let no_owner = |frame: &mut Value| frame["owner_attestation"] = Value::Null;
    let verdict = filter(&bytes(&no_owner)).unwrap();
    let expected = sealed(VerdictStage::BeforeWrite, &[Drop(Slot::Owner)]).judge();
    assert_eq!(verdict, expected);
    assert!(filter(&bytes(&|frame| frame["now"] = at(1))).is_ok());
}
