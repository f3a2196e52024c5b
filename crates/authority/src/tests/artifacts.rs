use canonical::{Digest, hash, tags};
use serde_json::{Value, json};

use super::{World, id, reason};
use crate::{ArtifactType, ConfigValue, Measured, Reason, RowStatus, default_manifest};

pub(super) fn measured(path: &str) -> Measured {
    Measured {
        canonical_path: path.parse().unwrap(),
        origin: "/srv/dots".parse().unwrap(),
        artifact_type: ArtifactType::File,
        artifact_hash: Digest::from_bytes([7; 32]),
        canonicalization_version: id("raw/v1"),
    }
}

#[test]
fn only_a_canonical_path_under_its_origin_is_admitted() {
    let mut world = World::ready();
    let dot = id("DOT_DAILY_REPORT");
    for path in [
        "srv/dots/a",
        "/srv/dots/../a",
        "/srv/dots/./a",
        "/srv/dots//a",
        "/srv/dots/a/",
    ] {
        let refused = world.write(|draft| draft.admit(&dot, &measured(path)));
        let path = path.to_owned();
        assert_eq!(reason(refused), Reason::PathNotCanonical { path });
    }
    let refused = world.write(|draft| draft.admit(&dot, &measured("/srv/dots2/a")));
    assert!(matches!(reason(refused), Reason::OutsideOrigin { .. }));
    world
        .write(|draft| draft.admit(&dot, &measured("/srv/dots/a")))
        .unwrap();
}

#[test]
fn a_new_admission_takes_the_place_of_the_old_one() {
    let mut world = World::ready();
    let dot = id("DOT_DAILY_REPORT");
    let first = world
        .write(|draft| draft.admit(&dot, &measured("/srv/dots/a")))
        .unwrap();
    let same = world.write(|draft| draft.admit(&dot, &measured("/srv/dots/a")));
    assert!(matches!(reason(same), Reason::AlreadyOnRecord { .. }));
    let mut changed = measured("/srv/dots/a");
    changed.artifact_hash = Digest::from_bytes([8; 32]);
    let second = world.write(|draft| draft.admit(&dot, &changed)).unwrap();
    assert_eq!(world.status("admission", &first), RowStatus::Superseded);
    assert_eq!(
        world.column("admission", &second, "hash_algorithm"),
        "sha256"
    );
}

#[test]
fn a_manifest_lists_each_surface_once_and_is_issued_by_a_principal() {
    let mut world = World::ready();
    let mut entry = default_manifest(id("nobody")).unwrap();
    let refused = world.write(|draft| draft.set_manifest(&entry));
    assert!(matches!(reason(refused), Reason::UnknownPrincipal { .. }));
    entry.issuer = id("principal/olga");
    let mut twice = entry.clone();
    twice.surfaces.push(twice.surfaces[0].clone());
    let refused = world.write(|draft| draft.set_manifest(&twice));
    assert!(matches!(reason(refused), Reason::DuplicateSurface { .. }));
    let mut nothing = entry.clone();
    nothing.surfaces.clear();
    let refused = world.write(|draft| draft.set_manifest(&nothing));
    assert_eq!(reason(refused), Reason::NoSurface);
    let key = world.write(|draft| draft.set_manifest(&entry)).unwrap();
    entry.manifest_version = id("2");
    let newer = world.write(|draft| draft.set_manifest(&entry)).unwrap();
    assert_eq!(world.column("manifest", &newer, "supersedes"), key.as_str());
}

#[test]
fn the_manifest_hash_recomputes_from_the_row() {
    let mut world = World::ready();
    let entry = default_manifest(id("principal/olga")).unwrap();
    let key = world.write(|draft| draft.set_manifest(&entry)).unwrap();
    let mut column = |name| world.column("manifest", &key, name);
    let surfaces: Value = serde_json::from_str(column("surfaces").as_str().unwrap()).unwrap();
    let expected = hash(
        tags::MANIFEST,
        &json!({
            "manifest_id": column("manifest_id"),
            "manifest_version": column("manifest_version"),
            "issuer": column("issuer"),
            "canonicalization_version": column("canonicalization_version"),
            "surfaces": surfaces,
        }),
    );
    assert_eq!(column("manifest_hash"), expected.unwrap().to_string());
    assert_eq!(
        surfaces[3],
        json!({"name": "ledger", "kind": "append_only", "carrier": "ledger"})
    );
}

#[test]
fn configuration_is_closed_and_opened_by_new_rows() {
    let mut world = World::ready();
    let (dot, name) = (id("DOT_DAILY_REPORT"), id("schedule"));
    let open = world
        .write(|draft| draft.set_config(&dot, &name, ConfigValue::Open))
        .unwrap();
    let closed = world
        .write(|draft| draft.set_config(&dot, &name, ConfigValue::Closed))
        .unwrap();
    assert_eq!(world.status("dot_config", &open), RowStatus::Superseded);
    assert_eq!(world.column("dot_config", &closed, "value"), "closed");
}
