//! The codes of captures and manifests that no named case provokes; the twin is the baseline.

use serde_json::{Value, json};

use super::baseline::{self, OTHER, digest, process, source};
use super::bundle::{Edit, Extra, Set, Slot, after, before};
use crate::contract::RejectCode::*;

#[test]
fn an_observer_is_the_recorded_process() {
    let readback = |pointer, value| [Set(Slot::Readback, pointer, value)];
    before(
        &readback("/observer_process", Value::Null),
        &[SnapshotObserverUnproven],
    );
    before(
        &readback("/observer_process", process(99, 1002)),
        &[SnapshotObserverUnproven],
    );
    before(
        &readback("/registrar_process", process(42, 1001)),
        &[SnapshotObserverNotIndependent],
    );
}

#[test]
fn separated_principals_need_another_credential_too() {
    for assurance in [json!("separated-principals"), Value::Null] {
        let separated = Set(Slot::Policy, "/assurance_accepted", assurance);
        before(std::slice::from_ref(&separated), &[]);
        for (pointer, value) in [
            ("/registrar_process", process(41, 1002)),
            ("/caller", json!({"channel": "os_uid", "value": "1002"})),
            ("/rows/0/credential", json!("uid:1002")),
        ] {
            let edit = Set(Slot::Readback, pointer, value);
            before(std::slice::from_ref(&edit), &[]);
            before(
                &[separated.clone(), edit],
                &[SnapshotObserverNotIndependent],
            );
        }
    }
}

#[test]
fn what_the_store_recorded_of_the_session_counts_before_the_user() {
    let session = |principal: &str| json!({"principal": principal, "backend_pid": 7, "backend_started": baseline::at(-1)});
    let separated = Set(
        Slot::Policy,
        "/assurance_accepted",
        json!("separated-principals"),
    );
    let one_user = [
        separated.clone(),
        Set(Slot::Readback, "/registrar_process", process(41, 1002)),
    ];
    before(&one_user, &[SnapshotObserverNotIndependent]);
    let with = |value| {
        [
            &one_user[..],
            &[Set(Slot::Readback, "/observer_session", value)],
        ]
        .concat()
    };
    before(&with(session("uid:1002")), &[]);
    before(
        &with(session("uid:1003")),
        &[SnapshotObserverNotIndependent],
    );
    let shared = Set(Slot::Readback, "/rows/0/credential", json!("uid:1002"));
    before(
        &[&with(session("uid:1002"))[..], &[shared]].concat(),
        &[SnapshotObserverNotIndependent],
    );
}

#[test]
fn added_rows_have_a_provenance_and_none_were_added_before() {
    let before_write = |pointer, value| [Set(Slot::Before, pointer, value)];
    before(
        &before_write(
            "/capture/surfaces/1/write_set/provenance",
            json!("row_count"),
        ),
        &[SnapshotWritesetProvenanceAbsent],
    );
    let row = json!({"row_key": "k", "row_hash": digest("k"), "attempt_id": OTHER, "transaction_id": "txn:1"});
    before(
        &before_write("/capture/surfaces/1/write_set/rows/-", row),
        &[SnapshotWritesetMismatch],
    );
}

#[test]
fn a_surface_is_captured_as_its_kind_asks() {
    let at_surface = |pointer, value| [Set(Slot::Before, pointer, value)];
    before(
        &at_surface("/capture/surfaces/0/content_hash", Value::Null),
        &[ManifestAggregateMembershipMismatch],
    );
    before(
        &at_surface("/capture/surfaces/0/kind", json!("file")),
        &[ManifestUnknownSurface],
    );
    before(
        &at_surface("/capture/surfaces/1/content_hash", json!(digest("count"))),
        &[ManifestAggregateMembershipMismatch],
    );
}

/// What a snapshot states in one place when something else in it is another, and in another when all
/// of it fits.
fn stated(slot: Slot, hash: &'static str, edit: Edit) -> [Vec<Edit>; 2] {
    let document = match slot {
        Slot::After => baseline::after(),
        _ => baseline::before(),
    };
    let earlier = Set(slot, hash, document.pointer(hash).unwrap().clone());
    [vec![edit.clone(), earlier], vec![edit]]
}

#[test]
fn the_aggregate_is_the_hash_of_the_very_surfaces() {
    const AGGREGATE: &str = "/capture/aggregate/hash";
    let code = &[ManifestAggregateMembershipMismatch];
    let provenance = "/capture/surfaces/1/write_set/provenance";
    for (pointer, value) in [
        ("/capture/surfaces/0/content_hash", json!(digest("open"))),
        (provenance, json!("writer_txid")),
    ] {
        let edit = Set(Slot::Before, pointer, value);
        let [earlier, fitting] = stated(Slot::Before, AGGREGATE, edit);
        before(&earlier, code);
        before(&fitting, &[]);
    }
    let edit = Set(Slot::After, provenance, json!("writer_txid"));
    let [earlier, fitting] = stated(Slot::After, AGGREGATE, edit);
    after(&earlier, code);
    after(&fitting, &[]);
    before(
        &[Set(Slot::Before, AGGREGATE, json!(digest("aggregate")))],
        code,
    );
}

#[test]
fn a_manifest_states_the_hash_of_its_own_content() {
    const MANIFEST: &str = "/manifest/manifest_hash";
    let code = &[ManifestAggregateMembershipMismatch];
    for (pointer, value) in [
        ("/manifest/manifest_id", json!("manifest/other")),
        ("/manifest/manifest_version", json!("2")),
        ("/manifest/issuer", json!("principal/eve")),
        ("/manifest/surfaces/3/carrier", json!("events")),
    ] {
        let edit = Set(Slot::Before, pointer, value);
        let [earlier, fitting] = stated(Slot::Before, MANIFEST, edit);
        before(&earlier, code);
        before(&fitting, &[]);
    }
    let other = Set(Slot::After, MANIFEST, json!(digest("manifest")));
    after(&[], &[]);
    after(
        &[other],
        &[ManifestAggregateMembershipMismatch, ManifestSubstitution],
    );
}

#[test]
fn a_manifest_rests_on_a_governed_manifest_row() {
    let other = source("ownership", "own-1", "snapshot");
    let carrier = json!({"carrier": "ownership", "envelope_type": "snapshot", "lifecycle": true});
    before(
        &[
            Set(Slot::Before, "/header/source_refs/0", other),
            Set(Slot::Policy, "/carriers/-", carrier),
        ],
        &[ManifestUnauthorizedIssuer],
    );
}

#[test]
fn a_capture_after_before_the_write_is_a_second_one_before_it() {
    before(&[Extra(baseline::after())], &[SnapshotBothBeforeOp]);
}

#[test]
fn a_snapshot_beside_the_one_that_is_due_states_its_capture_too() {
    let mut beside = baseline::before();
    beside["capture"] = Value::Null;
    before(&[Extra(beside)], &[SnapshotManifestSourceUnproven]);
    before(&[], &[]);
}

#[test]
fn one_reference_or_one_phase_is_captured_once() {
    let mut other = baseline::before();
    other["capture"]["snapshot_ref"] = json!("another/before");
    before(&[Extra(other)], &[SnapshotDuplicateRef]);
    let reference = baseline::before()["capture"]["snapshot_ref"].clone();
    after(
        &[Set(Slot::After, "/capture/snapshot_ref", reference)],
        &[SnapshotDuplicateRef],
    );
}

#[test]
fn a_snapshot_after_names_the_rows_that_it_rests_on() {
    after(
        &[Set(Slot::After, "/header/source_refs", json!([]))],
        &[SourceRefMissing],
    );
    after(&[], &[]);
}

#[test]
fn a_manifest_that_lost_a_surface_and_is_another_version_is_substituted_too() {
    let fewer: Vec<Value> = baseline::after()["manifest"]["surfaces"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|spec| spec["name"] != "audit")
        .cloned()
        .collect();
    let shrunk = Set(Slot::After, "/manifest/surfaces", json!(fewer));
    let renamed = Set(Slot::After, "/manifest/manifest_version", json!("2"));
    let codes = [ManifestShrink, ManifestUnknownSurface];
    after(std::slice::from_ref(&shrunk), &codes);
    after(
        &[shrunk, renamed],
        &[ManifestSubstitution, ManifestShrink, ManifestUnknownSurface],
    );
}
