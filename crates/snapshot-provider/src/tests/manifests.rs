use canonical::{hash, tags};
use serde_json::{Value, json};

use super::fixture::{Scene, accepted, check, digest};
use crate::contract::RejectCode;
use crate::error::CaptureError;
use crate::filter::FilterError;
use crate::manifest::governed;
use crate::port::RowStatus;
use crate::refuse::Findings;

/// Appends to a list inside the scene.
fn push(list: &mut Value, item: Value) {
    list.as_array_mut().unwrap().push(item);
}

fn remove(list: &mut Value, place: usize) {
    list.as_array_mut().unwrap().remove(place);
}

#[test]
fn a_capture_states_the_governed_manifest_and_its_row() {
    let snapshot = Scene::standing().snapshot();
    let manifest = snapshot.manifest.unwrap();
    let formula = json!({
        "manifest_id": "manifest/default",
        "manifest_version": "1",
        "issuer": "principal/olga",
        "canonicalization_version": "jcs-rows/v1",
        "surfaces": manifest.surfaces,
    });
    assert_eq!(
        manifest.manifest_hash,
        hash(tags::MANIFEST, &formula).unwrap()
    );
    let [source] = &snapshot.header.source_refs[..] else {
        panic!("one row was read");
    };
    assert_eq!(source.carrier, "manifest");
    assert_eq!(source.row_key, "manifest/default");
    assert_eq!(source.envelope_type, "snapshot");
}

#[test]
fn no_manifest_row_is_refused() {
    let refused = check(
        |scene| scene.manifests.clear(),
        &[RejectCode::SnapshotManifestSourceUnproven],
    );
    assert!(refused.manifest.is_none());
}

#[test]
fn a_row_that_does_not_stand_any_more_is_no_manifest() {
    for status in [
        RowStatus::Superseded,
        RowStatus::Revoked,
        RowStatus::Expired,
    ] {
        let mut findings = Findings::default();
        let mut world = Scene::standing().reader();
        world.manifests[0].status = status;
        let governed = governed(&mut world, &mut findings).unwrap();
        assert!(governed.identity.is_none() && governed.sources.is_empty());
        let refusals = findings.into_refusals().unwrap();
        assert_eq!(refusals[0].code, RejectCode::SnapshotManifestSourceUnproven);
    }
    let mut findings = Findings::default();
    let governed = governed(&mut Scene::standing().reader(), &mut findings).unwrap();
    assert!(governed.identity.is_some() && findings.is_empty());
}

#[test]
fn two_manifest_rows_are_ambiguous_and_both_named() {
    let refused = check(
        |scene| {
            let mut second = scene.manifest().clone();
            second.row_key = "manifest/second";
            scene.manifests.push(second);
        },
        &[RejectCode::AmbiguousAuthority],
    );
    assert!(refused.manifest.is_none());
    assert_eq!(refused.refusals[0].source_refs.len(), 2);
}

#[test]
fn a_row_of_another_carrier_is_no_manifest() {
    check(
        |scene| scene.manifest().carrier = "ownership",
        &[RejectCode::SnapshotManifestSourceUnproven],
    );
}

/// The cases SC-01 and P2-SN-01.
#[test]
fn an_ungoverned_issuer_is_refused() {
    check(
        |scene| scene.manifest().issuer = "principal/mallory",
        &[RejectCode::ManifestUnauthorizedIssuer],
    );
    accepted(|scene| {
        scene.manifest().issuer = "principal/otto";
        scene.governed_issuers.push("principal/otto");
    });
}

#[test]
fn a_manifest_hash_over_another_set_is_refused() {
    let refused = check(
        |scene| scene.manifest().manifest_hash = Some(digest("00")),
        &[RejectCode::ManifestAggregateMembershipMismatch],
    );
    assert!(refused.manifest.is_some());
}

#[test]
fn a_manifest_hash_that_is_no_digest_is_refused() {
    check(
        |scene| scene.manifest().manifest_hash = Some("later".to_owned()),
        &[RejectCode::ManifestAggregateMembershipMismatch],
    );
}

#[test]
fn a_surface_listed_twice_is_refused() {
    let twice = |name, carrier| {
        move |scene: &mut Scene| {
            let surface = json!({"name": name, "kind": "append_only", "carrier": carrier});
            push(&mut scene.manifest().surfaces, surface);
            scene.surfaces["decisions"] = scene.surfaces["ledger"].clone();
        }
    };
    check(
        twice("ledger", "decision"),
        &[RejectCode::ManifestDuplicateSurface],
    );
    check(
        twice("decisions", "ledger"),
        &[RejectCode::ManifestDuplicateSurface],
    );
    accepted(twice("decisions", "decision"));
}

#[test]
fn an_unknown_kind_is_refused() {
    let refused = check(
        |scene| scene.manifest().surfaces[4]["kind"] = json!("stream"),
        &[RejectCode::ManifestUnknownSurface],
    );
    assert!(refused.manifest.is_none());
}

#[test]
fn a_surface_that_the_store_does_not_have_is_refused() {
    check(
        |scene| scene.surfaces["ledger"] = json!({"file": digest("3f")}),
        &[RejectCode::ManifestUnknownSurface],
    );
    check(
        |scene| drop(scene.surfaces.as_object_mut().unwrap().remove("launcher")),
        &[RejectCode::ManifestUnknownSurface],
    );
}

#[test]
fn a_manifest_that_leaves_out_configuration_gates_or_the_effect_is_refused() {
    for surface in [0, 1, 2, 3] {
        check(
            |scene| remove(&mut scene.manifest().surfaces, surface),
            &[RejectCode::SnapshotManifestSourceUnproven],
        );
    }
    accepted(|scene| remove(&mut scene.manifest().surfaces, 4));
}

#[test]
fn another_canonicalization_version_is_refused() {
    check(
        |scene| scene.manifest().canonicalization_version = "jcs-rows/v2",
        &[RejectCode::CanonicalizationUnsupported],
    );
}

#[test]
fn a_manifest_row_with_an_unreadable_surface_list_is_refused() {
    check(
        |scene| scene.manifest().surfaces = json!([{"name": "ledger"}]),
        &[RejectCode::SnapshotManifestSourceUnproven],
    );
}

#[test]
fn every_defect_is_named_and_no_surface_is_read() {
    check(
        |scene| {
            scene.manifest().issuer = "principal/mallory";
            scene.manifest().canonicalization_version = "jcs-rows/v2";
            scene.manifest().manifest_hash = Some(digest("00"));
            scene.surfaces["ledger"] =
                json!({"write_set": {"provenance": "row_count", "rows": []}});
        },
        &[
            RejectCode::ManifestUnauthorizedIssuer,
            RejectCode::ManifestAggregateMembershipMismatch,
            RejectCode::CanonicalizationUnsupported,
        ],
    );
}

/// Adds surfaces of this kind, each with its rows, until the manifest has so many.
fn surfaces(scene: &mut Scene, kind: &str, count: usize) {
    for number in 5..count {
        let name = format!("surface-{number}");
        push(
            &mut scene.manifest().surfaces,
            json!({"name": name, "kind": kind, "carrier": name}),
        );
        scene.surfaces[name] = json!({"rows": []});
    }
}

#[test]
fn a_manifest_of_more_surfaces_than_an_envelope_carries_has_no_capture() {
    accepted(|scene| surfaces(scene, "state", 64));
    let mut scene = Scene::standing();
    surfaces(&mut scene, "state", 65);
    let error = scene.capture().unwrap_err();
    let FilterError::Capture(CaptureError::Unfit { member }) = error else {
        panic!("{error:?}");
    };
    assert_eq!(member, "manifest/surfaces");
}

#[test]
fn refusals_beyond_what_an_envelope_carries_are_cut_and_still_refuse() {
    for count in [64, 65] {
        check(
            |scene| surfaces(scene, "stream", 5 + count),
            &[RejectCode::ManifestUnknownSurface; 64],
        );
    }
}
