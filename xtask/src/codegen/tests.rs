use super::*;
use crate::fixtures;
use crate::workspace::Dependency;

fn member(name: &str, consumes: &[&str], produces: &[&str]) -> Member {
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let contract = ContractMetadata {
        consumes: owned(consumes),
        produces: owned(produces),
    };
    let dependency = |name: &str| Dependency {
        name: name.to_owned(),
        is_dev: false,
        is_local: true,
    };
    Member {
        name: name.to_owned(),
        folder: PathBuf::from("crates").join(name),
        contract: Some(contract),
        features: BTreeMap::from([(
            "schemars".to_owned(),
            owned(&["dep:schemars", "canonical/schemars"]),
        )]),
        dependencies: ["canonical", "envelope", "serde"].map(dependency).to_vec(),
    }
}

fn fixture(folder: &Path) -> (Workspace, Store) {
    let members = vec![
        member("caller", &["pong"], &["ping"]),
        member("callee", &["ping"], &["pong"]),
    ];
    (
        Workspace {
            root: folder.to_owned(),
            members,
        },
        fixtures::store(),
    )
}

#[test]
fn what_was_written_passes_the_check() {
    let folder = tempfile::tempdir().unwrap();
    let (workspace, store) = fixture(folder.path());
    assert_eq!(write(&workspace, &store).unwrap(), Vec::<String>::new());
    assert_eq!(check(&workspace, &store).unwrap(), Vec::<String>::new());
}

#[test]
fn drift_missing_and_orphan_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let (mut workspace, store) = fixture(folder.path());
    write(&workspace, &store).unwrap();
    let contract = |name: &str| folder.path().join(format!("crates/{name}/src/contract"));
    std::fs::remove_file(contract("caller").join("bundle.json")).unwrap();
    std::fs::write(contract("caller").join("generated.rs"), "edited").unwrap();
    std::fs::write(contract("callee").join("old.rs"), generate::MARK).unwrap();
    std::fs::write(contract("callee").join("written_by_hand.rs"), "//! Mine.").unwrap();
    workspace.members.push(member("extra", &[], &["ping"]));
    let found = check(&workspace, &store).unwrap().join("\n");
    for expected in [
        "`crates/caller/src/contract/generated.rs` has drifted",
        "`crates/caller/src/contract/bundle.json` is missing",
        "`crates/callee/src/contract/old.rs` is an orphan",
        "`crates/extra/src/contract/generated.rs` is missing",
    ] {
        assert!(found.contains(expected), "{expected} not in\n{found}");
    }
    assert!(!found.contains("written_by_hand"), "{found}");
}

#[test]
fn an_envelope_that_nobody_produces_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (mut workspace, store) = fixture(folder.path());
    workspace.members.remove(0);
    write(&workspace, &store).unwrap();
    let found = check(&workspace, &store).unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(
        found[0].contains("`ping@1` is consumed by `callee` and produced by nobody"),
        "{found:?}"
    );
}

#[test]
fn a_crate_without_the_needed_feature_and_dependencies_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (mut workspace, store) = fixture(folder.path());
    workspace.members[0].features.clear();
    workspace.members[0].dependencies[1].is_dev = true;
    write(&workspace, &store).unwrap();
    let found = check(&workspace, &store).unwrap().join("\n");
    assert!(
        found.contains("feature `schemars` lacks `dep:schemars`"),
        "{found}"
    );
    assert!(
        found.contains("dependency `envelope` is missing"),
        "{found}"
    );
}

#[test]
fn nothing_is_written_from_schemas_outside_the_profile() {
    let folder = tempfile::tempdir().unwrap();
    let (workspace, _) = fixture(folder.path());
    let mut texts = fixtures::texts();
    fixtures::edit(&mut texts, "ping.v1.schema.json", |document| {
        document
            .as_object_mut()
            .unwrap()
            .insert("default".to_owned(), serde_json::json!({}));
    });
    let found = write(&workspace, &Store::from_texts(&texts).unwrap()).unwrap();
    assert!(found[0].contains("`default`"), "{found:?}");
    assert!(!folder.path().join("crates").exists());
}

#[test]
fn the_repository_matches_its_schemas() {
    let workspace = Workspace::load().unwrap();
    let store = Store::load(&workspace.schemas()).unwrap();
    assert_eq!(check(&workspace, &store).unwrap(), Vec::<String>::new());
}
