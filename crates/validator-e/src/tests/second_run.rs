//! The second run: the pair of captures and the decision.

use serde_json::{Value, json};

use super::baseline::{self, CAPTURED_AFTER, OPERATION_START, OTHER, at, digest};
use super::bundle::{Set, Slot, after};
use crate::contract::RejectCode::*;
use crate::contract::{CheckOutcome, VerdictStage};

#[test]
fn a_decision_that_registered_nothing_proves_no_consume() {
    for (pointer, value) in [
        ("/consume", Value::Null),
        ("/consume/epoch", json!(0)),
        ("/replay_key", json!(digest("other"))),
        ("/outcome", json!("rejected")),
        ("/head", Value::Null),
        ("/operation_start", Value::Null),
    ] {
        after(&[Set(Slot::Decision, pointer, value)], &[ReplayStaleRow]);
    }
}

#[test]
fn a_decision_carries_out_the_accepting_verdict_on_these_envelopes() {
    after(
        &[Set(Slot::Decision, "/verdict_ref", Value::Null)],
        &[DecisionRefMissing],
    );
    after(
        &[Set(Slot::Decision, "/verdict_ref", json!(digest("other")))],
        &[DecisionRefMismatch],
    );
    for (pointer, value) in [
        ("/outcome", json!("reject")),
        ("/stage", json!("after_write")),
        ("/evaluated_at", at(499)),
        ("/decision_ref", json!(digest("other"))),
    ] {
        after(
            &[Set(Slot::Verdict, pointer, value)],
            &[DecisionRefMismatch],
        );
    }
}

#[test]
fn captures_lie_around_the_start_of_the_operation() {
    after(
        &[Set(Slot::Decision, "/operation_start", at(299))],
        &[SnapshotReversedInterval],
    );
    after(
        &[Set(Slot::After, "/capture/sequence", json!(1))],
        &[SnapshotReversedInterval],
    );
}

#[test]
fn a_protected_surface_stays_as_it_was() {
    after(
        &[Set(
            Slot::After,
            "/capture/surfaces/0/content_hash",
            json!(digest("open")),
        )],
        &[SnapshotUnexpectedChange],
    );
}

#[test]
fn the_attempt_added_exactly_its_rows() {
    for (pointer, value) in [
        ("/capture/surfaces/1/write_set/rows", json!([])),
        (
            "/capture/surfaces/1/write_set/rows/0/row_key",
            json!("other"),
        ),
        (
            "/capture/surfaces/1/write_set/rows/0/attempt_id",
            json!(OTHER),
        ),
        (
            "/capture/surfaces/1/write_set/rows/0/transaction_id",
            json!("txn:43"),
        ),
        (
            "/capture/surfaces/2/write_set/rows/0/attempt_id",
            Value::Null,
        ),
        (
            "/capture/surfaces/4/write_set/rows/0/row_hash",
            json!(digest("other")),
        ),
        ("/capture/surfaces/4/write_set/rows/0/row_key", json!(OTHER)),
    ] {
        after(
            &[Set(Slot::After, pointer, value)],
            &[SnapshotWritesetMismatch],
        );
    }
    let row = json!({"row_key": "k", "row_hash": digest("k"), "attempt_id": OTHER, "transaction_id": "txn:42"});
    for pointer in [
        "/capture/surfaces/3/write_set/rows/-",
        "/capture/surfaces/4/write_set/rows/-",
    ] {
        after(
            &[Set(Slot::After, pointer, row.clone())],
            &[SnapshotWritesetMismatch],
        );
    }
}

#[test]
fn a_manifest_that_protects_no_ledger_shows_no_effect() {
    let renamed = |slot| Set(slot, "/manifest/surfaces/1/carrier", json!("events"));
    after(
        &[renamed(Slot::Before), renamed(Slot::After)],
        &[SnapshotWritesetMismatch],
    );
    // Nor where the surface that took the ledger's place has no row that would be one too many.
    let rows = "/capture/surfaces/1/write_set/rows";
    let emptied = Set(Slot::After, rows, json!([]));
    after(
        &[renamed(Slot::Before), renamed(Slot::After), emptied],
        &[SnapshotWritesetMismatch],
    );
}

#[test]
fn another_process_of_the_same_observer_says_so() {
    let process = Set(Slot::After, "/capture/observer/process/pid", json!(43));
    let modest = Set(
        Slot::After,
        "/capture/same_observer_continuity",
        json!(false),
    );
    after(&[process.clone(), modest.clone()], &[]);
    after(&[process], &[SnapshotContinuityFalse]);
    let program = Set(
        Slot::After,
        "/capture/observer/process/executable_digest",
        json!(digest("other")),
    );
    after(&[program, modest.clone()], &[SnapshotObserverUnproven]);
    let principal = Set(Slot::After, "/capture/observer/principal", json!("uid:9"));
    after(&[principal, modest], &[SnapshotContinuityFalse]);
}

#[test]
fn a_manifest_with_another_list_is_another_manifest() {
    for (pointer, value) in [
        ("/manifest/manifest_version", json!("2")),
        ("/manifest/surfaces/3/carrier", json!("events")),
        ("/manifest/issuer", json!("principal/eve")),
    ] {
        after(&[Set(Slot::After, pointer, value)], &[ManifestSubstitution]);
    }
}

#[test]
fn checks_of_the_second_run_are_not_reached_in_the_first() {
    let verdict = super::bundle::before(&[], &[]);
    let late: Vec<_> = crate::checks()
        .filter(|check| check.stage == VerdictStage::AfterWrite)
        .map(|check| check.id)
        .collect();
    for check in &*verdict.checks {
        let stopped = check.stopped_by.as_deref();
        if late.contains(&check.id.as_str()) {
            assert_eq!(stopped, Some("stage.after_write"), "{}", check.id);
            assert_eq!(check.outcome, CheckOutcome::NotReached);
        } else {
            assert_eq!(
                (check.outcome, stopped),
                (CheckOutcome::Held, None),
                "{}",
                check.id
            );
        }
    }
    let verdict = after(&[], &[]);
    assert!(
        verdict
            .checks
            .iter()
            .all(|check| check.outcome == CheckOutcome::Held)
    );
}

#[test]
fn operation_start_is_inside_the_interval_to_the_microsecond() {
    for start in [baseline::CAPTURED_BEFORE, OPERATION_START, CAPTURED_AFTER] {
        after(&[Set(Slot::Decision, "/operation_start", at(start))], &[]);
    }
}

#[test]
fn captures_of_one_instant_are_told_apart_by_their_sequence() {
    let instant = baseline::before()["capture"]["captured_at"].clone();
    let edit = Set(Slot::After, "/capture/captured_at", instant);
    after(std::slice::from_ref(&edit), &[]);
    after(
        &[edit, Set(Slot::After, "/capture/sequence", json!(1))],
        &[SnapshotReversedInterval],
    );
}
