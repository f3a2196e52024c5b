use serde_json::{Value, json};

use super::fixture::{ATTEMPT, CORRELATION, Scene, accepted, check, observer};
use crate::contract::{RejectCode, SnapshotPhase};

#[test]
fn a_capture_is_bound_to_attempt_operation_scope_and_target() {
    let snapshot = Scene::standing().snapshot();
    assert_eq!(snapshot.header.run_id, "run-2026-06-21.1");
    assert_eq!(snapshot.header.attempt_id.unwrap().to_string(), ATTEMPT);
    assert_eq!(
        snapshot.header.correlation_id.unwrap().to_string(),
        CORRELATION
    );
    assert_eq!(snapshot.header.producer, "snapshot-provider");
    let capture = snapshot.capture.unwrap();
    assert_eq!(capture.snapshot_ref.as_str(), format!("{ATTEMPT}/before"));
    assert_eq!(capture.phase, SnapshotPhase::Before);
    assert_eq!(capture.sequence.get(), 1);
    assert_eq!(capture.operation.unwrap(), "register_dot");
    assert_eq!(capture.scope.unwrap(), "catalogue");
    assert_eq!(capture.target.unwrap(), "dot:DOT_DAILY_REPORT");
    assert_eq!(capture.observer.principal, "uid:1000");
    assert_eq!(
        capture.captured_at.to_string(),
        "2026-06-21T09:00:01.000000Z"
    );
    assert_eq!(
        capture.store_clock.to_string(),
        "2026-06-21T09:00:01.000500Z"
    );
}

#[test]
fn the_same_inputs_give_the_same_bytes() {
    let scene = Scene::standing();
    assert_eq!(scene.capture().unwrap(), scene.capture().unwrap());
}

#[test]
fn an_attestation_of_another_attempt_is_refused() {
    let other = json!("0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5fff");
    let code = RejectCode::SnapshotAttemptMismatch;
    check(
        |scene| scene.owner["header"]["attempt_id"] = other.clone(),
        &[code],
    );
    check(
        |scene| scene.artifact["header"]["attempt_id"] = Value::Null,
        &[code],
    );
}

#[test]
fn an_attestation_of_another_run_is_refused() {
    check(
        |scene| scene.artifact["header"]["run_id"] = json!("run-2026-06-21.11"),
        &[RejectCode::RunIdMismatch],
    );
}

#[test]
fn an_attestation_of_another_domain_or_audience_is_refused() {
    check(
        |scene| scene.owner["header"]["trust_domain"] = json!("staging"),
        &[RejectCode::TrustDomainMismatch],
    );
    check(
        |scene| scene.owner["header"]["audience"] = json!("holdfast.other"),
        &[RejectCode::AudienceMismatch],
    );
}

#[test]
fn without_an_owner_the_capture_says_that_operation_and_scope_are_unbound() {
    let snapshot = accepted(|scene| scene.owner["trusted_attested"] = Value::Null);
    let capture = snapshot.capture.unwrap();
    assert!(capture.operation.is_none() && capture.scope.is_none());
    assert_eq!(capture.target.unwrap(), "dot:DOT_DAILY_REPORT");
}

#[test]
fn without_an_attested_target_nothing_is_captured() {
    check(
        |scene| {
            scene.owner["trusted_attested"] = Value::Null;
            scene.artifact["trusted_attested"] = Value::Null;
        },
        &[RejectCode::SnapshotScopeUnbound],
    );
}

#[test]
fn two_attested_targets_are_refused() {
    check(
        |scene| scene.artifact["trusted_attested"]["canonical_target"] = json!("dot:DOT_OTHER"),
        &[RejectCode::TargetMismatch],
    );
}

/// The cases SC-08 and P2-SN-07.
#[test]
fn the_caller_cannot_be_the_observer() {
    check(
        |scene| scene.observer["principal"] = json!("principal/alice"),
        &[RejectCode::SnapshotObserverNotIndependent],
    );
}

#[test]
fn an_observer_without_kernel_facts_is_refused() {
    let code = RejectCode::SnapshotObserverUnproven;
    check(|scene| scene.observer["process"]["pid"] = json!(0), &[code]);
    check(
        |scene| scene.observer["process"]["start_time"] = json!(0),
        &[code],
    );
}

#[test]
fn a_capture_before_ends_with_the_request_and_never_before_it_began() {
    let end = |expires_at: &str| {
        let expires_at = json!(expires_at);
        let change = |scene: &mut Scene| scene.request["header"]["expires_at"] = expires_at;
        accepted(change).header.expires_at.to_string()
    };
    assert_eq!(
        end("2026-06-21T09:00:30.000000Z"),
        "2026-06-21T09:00:30.000000Z"
    );
    assert_eq!(
        end("2026-06-22T09:00:00.000000Z"),
        "2026-06-21T09:05:01.000000Z"
    );
    assert_eq!(
        end("2026-06-21T08:00:00.000000Z"),
        "2026-06-21T09:00:01.000000Z"
    );
}

#[test]
fn a_capture_after_may_outlive_the_request() {
    let snapshot = accepted(|scene| {
        scene.phase = "after";
        scene.request["header"]["expires_at"] = json!("2026-06-21T08:00:00.000000Z");
    });
    assert_eq!(
        snapshot.header.expires_at.to_string(),
        "2026-06-21T09:05:01.000000Z"
    );
}

#[test]
fn continuity_is_stated_only_when_the_same_observer_made_both_captures() {
    let before = Scene::standing().capture().unwrap();
    let continuity = |change: &dyn Fn(&mut Scene)| {
        let snapshot = accepted(|scene| {
            scene.phase = "after";
            scene.before = Some(before.clone());
            change(scene);
        });
        snapshot.capture.unwrap().same_observer_continuity
    };
    assert!(continuity(&|_| ()));
    assert!(!continuity(&|scene| scene.observer = observer(4322)));
    assert!(!continuity(
        &|scene| scene.observer["principal"] = json!("uid:1001")
    ));
    assert!(!continuity(&|scene| scene.before = None));
    assert!(
        Scene::standing()
            .snapshot()
            .capture
            .unwrap()
            .same_observer_continuity
    );
}
