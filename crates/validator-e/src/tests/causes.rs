//! A refusal is named once, by its cause: what only follows from it adds no code.

use serde_json::{Value, json};

use super::bundle::{Edit, Set, Slot, after, before};
use crate::contract::RejectCode::{self as Code, *};
use crate::contract::{CheckOutcome, Verdict};

/// A block that attests nothing and refuses with these codes.
fn refuses(slot: Slot, codes: &[Code]) -> Vec<Edit> {
    let refusals: Vec<Value> = codes
        .iter()
        .map(|code| json!({"code": code, "detail": "why", "source_refs": []}))
        .collect();
    let stated = match slot {
        Slot::Before => "/capture",
        _ => "/trusted_attested",
    };
    vec![
        Set(slot, stated, Value::Null),
        Set(slot, "/refusals", json!(refusals)),
    ]
}

/// Block F refuses, A and B answer with these codes.
fn without_artifact(owner: &[Code], snapshot: &[Code]) -> Vec<Edit> {
    let mut edits = refuses(Slot::Artifact, &[ArtifactDrift]);
    edits.extend(refuses(Slot::Owner, owner));
    edits.extend(refuses(Slot::Before, snapshot));
    edits
}

#[track_caller]
fn stopped(verdict: &Verdict, id: &str, by: &str) {
    let check = verdict.checks.iter().find(|check| check.id == id).unwrap();
    assert_eq!(check.outcome, CheckOutcome::NotReached, "{id}");
    assert_eq!(check.stopped_by.as_deref(), Some(by), "{id}");
    assert!(check.reject_codes.is_empty());
}

#[test]
fn drift_is_the_only_code_of_a_drifted_artifact() {
    let edits = without_artifact(&[TrustedProducerAbsent], &[SnapshotScopeUnbound]);
    let verdict = before(&edits, &[ArtifactDrift]);
    stopped(&verdict, "provenance.owner", "provenance.artifact");
    stopped(&verdict, "snapshot.captured", "provenance.artifact");
}

#[test]
fn a_second_cause_beside_the_first_is_named_as_well() {
    let edits = without_artifact(
        &[TrustedProducerAbsent, OwnerOfRecordAbsent],
        &[SnapshotScopeUnbound, SnapshotObserverUnproven],
    );
    before(
        &edits,
        &[OwnerOfRecordAbsent, ArtifactDrift, SnapshotObserverUnproven],
    );
}

#[test]
fn a_capture_without_scope_follows_from_a_refused_owner() {
    let mut edits = refuses(Slot::Owner, &[OwnerOfRecordAbsent]);
    edits.extend(refuses(Slot::Before, &[SnapshotScopeUnbound]));
    let verdict = before(&edits, &[OwnerOfRecordAbsent]);
    stopped(&verdict, "snapshot.captured", "provenance.owner");
}

#[test]
fn without_a_cause_the_same_refusals_stand() {
    before(
        &refuses(Slot::Owner, &[TrustedProducerAbsent]),
        &[TrustedProducerAbsent],
    );
    before(
        &refuses(Slot::Before, &[SnapshotScopeUnbound]),
        &[SnapshotScopeUnbound],
    );
    let mut edits = refuses(Slot::Artifact, &[ArtifactDrift]);
    edits.extend(refuses(Slot::Owner, &[OwnerOfRecordAbsent]));
    before(&edits, &[OwnerOfRecordAbsent, ArtifactDrift]);
}

#[test]
fn an_absent_attestation_is_no_cause_that_explains() {
    let mut edits = refuses(Slot::Owner, &[TrustedProducerAbsent]);
    edits.push(Edit::Drop(Slot::Artifact));
    let verdict = before(&edits, &[TrustedProducerAbsent]);
    let owner = verdict
        .checks
        .iter()
        .find(|check| check.id == "provenance.owner");
    assert_eq!(owner.unwrap().outcome, CheckOutcome::Failed);
}

#[test]
fn an_owner_that_neither_attests_nor_refuses_has_no_producer_beside_any_cause() {
    let mut edits = refuses(Slot::Artifact, &[ArtifactDrift]);
    edits.push(Set(Slot::Owner, "/trusted_attested", Value::Null));
    before(&edits, &[TrustedProducerAbsent, ArtifactDrift]);
}

#[test]
fn the_second_run_adds_only_that_a_refusing_verdict_was_carried_out() {
    let edits = without_artifact(&[TrustedProducerAbsent], &[SnapshotScopeUnbound]);
    let verdict = after(&edits, &[DecisionRefMismatch, ArtifactDrift]);
    stopped(&verdict, "provenance.owner", "provenance.artifact");
}

#[test]
fn a_code_of_the_gate_stands_in_a_verdict_with_what_it_judges() {
    let mut edits = refuses(
        Slot::Owner,
        &[
            OwnerOfRecordAbsent,
            ActionTypeUngoverned,
            OwnerBindingFailClosedUntilAprPayloadSupport,
        ],
    );
    edits.push(Set(Slot::Request, "/header/key_id", json!("key-1")));
    edits.push(Set(
        Slot::Readback,
        "/rows/0/lifecycle_status",
        json!("expired"),
    ));
    before(
        &edits,
        &[
            KeyIdUnsupported,
            OwnerOfRecordAbsent,
            ActionTypeUngoverned,
            OwnerBindingFailClosedUntilAprPayloadSupport,
            LifecycleNotActive,
        ],
    );
    let mut edits = refuses(Slot::Before, &[SnapshotManifestSourceUnproven]);
    edits.push(Set(
        Slot::Artifact,
        "/trusted_attested/drift_state",
        json!("content_changed"),
    ));
    before(&edits, &[ArtifactDrift, SnapshotManifestSourceUnproven]);
}

#[test]
fn who_attests_nothing_owes_no_rows() {
    let mut edits = refuses(Slot::Owner, &[OwnerOfRecordAbsent]);
    before(&edits, &[OwnerOfRecordAbsent]);
    edits.push(Set(Slot::Owner, "/header/source_refs", json!([])));
    before(&edits, &[OwnerOfRecordAbsent]);
}
