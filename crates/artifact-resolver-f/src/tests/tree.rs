use canonical::{ContentHasher, hash, tags};
use serde_json::{Value, json};

use super::fixture::{Case, TREE};
use super::memory::{Memory, Node};
use crate::contract::RejectCode::{ArtifactDrift, ArtifactTypeMismatch, OriginMismatch};
use crate::measure::{ArtifactType, MeasureError, Measured, measure};
use crate::port::{SourceError, Unwatched};

fn suite() -> Memory {
    Memory::default()
        .with(TREE, Node::Directory)
        .with("/srv/dots/suite/a", Node::Directory)
        .file("/srv/dots/suite/a/x", "one")
        .file("/srv/dots/suite/a-b", "two")
        .with("/srv/dots/suite/a0", Node::Link("a/x".to_owned()))
        .with(
            "/srv/dots/suite/run",
            Node::File {
                content: b"three".to_vec(),
                executable: true,
            },
        )
}

fn measured(files: Memory) -> Result<Measured, MeasureError> {
    measure(&mut files.clone(), &mut Unwatched, TREE, "/srv/dots")
}

fn file(path: &str, content: &str, executable: bool) -> Value {
    let mut hasher = ContentHasher::new();
    hasher.update(content.as_bytes());
    json!({"path": path, "kind": "file", "mode_exec": executable, "hash": hasher.finish(),
        "size": content.len(), "target": null})
}

#[test]
fn streamed_hash_is_the_documented_one() {
    let directory = json!({"path": "a", "kind": "directory", "mode_exec": false, "hash": null,
        "size": 0, "target": null});
    let link = json!({"path": "a0", "kind": "link", "mode_exec": false, "hash": null, "size": 0,
        "target": "a/x"});
    let entries = json!({"entries": [directory, file("a-b", "two", false),
        file("a/x", "one", false), link, file("run", "three", true)]});
    let measured = measured(suite()).unwrap();
    assert_eq!(measured.artifact_hash, hash(tags::TREE, &entries).unwrap());
    assert_eq!(measured.size_bytes, 11);
    assert_eq!(measured.artifact_type, ArtifactType::Tree);
    assert_eq!(measured.canonicalization_version, "tree/v1");
}

#[test]
fn empty_tree_has_a_hash() {
    let files = Memory::default().with(TREE, Node::Directory);
    let empty = hash(tags::TREE, &json!({"entries": []})).unwrap();
    assert_eq!(measured(files).unwrap().artifact_hash, empty);
}

#[test]
fn admitted_tree_is_attested() {
    let attested = Case::tree(suite()).attested();
    assert_eq!(attested.artifact_type, "tree");
    assert_eq!(attested.canonical_path, TREE);
    assert_eq!(attested.size_bytes.get(), 11);
}

#[test]
fn every_change_of_a_tree_is_drift() {
    let changes: [fn(Memory) -> Memory; 5] = [
        |files| files.file("/srv/dots/suite/a/x", "other"),
        |files| files.file("/srv/dots/suite/a/new", ""),
        |files| files.file("/srv/dots/suite/run", "three"),
        |files| files.with("/srv/dots/suite/a0", Node::Link("a-b".to_owned())),
        |mut files| {
            files.nodes.remove("/srv/dots/suite/a-b");
            files
        },
    ];
    for change in changes {
        let mut case = Case::tree(suite());
        case.files = change(case.files);
        assert_eq!(case.codes(), [ArtifactDrift]);
    }
}

#[test]
fn tree_that_changes_while_it_is_hashed_has_drifted() {
    let mut case = Case::tree(suite());
    case.files.appears = Some("/srv/dots/suite/late".to_owned());
    assert_eq!(case.codes(), [ArtifactDrift]);
    let mut case = Case::tree(suite());
    case.files.restless = Some("/srv/dots/suite/a/x".to_owned());
    assert_eq!(case.codes(), [ArtifactDrift]);
}

#[test]
fn link_that_leaves_the_tree_is_refused() {
    for target in ["../other.sh", "/etc/shadow", "a/../../x"] {
        let files = suite().with("/srv/dots/suite/out", Node::Link(target.to_owned()));
        let mut case = Case::tree(suite());
        case.files = files;
        assert_eq!(case.codes(), [OriginMismatch], "{target}");
    }
    let inside = suite().with("/srv/dots/suite/a/up", Node::Link("../run".to_owned()));
    assert!(measured(inside).is_ok());
}

#[test]
fn pipe_inside_a_tree_makes_it_no_tree() {
    let mut case = Case::tree(suite());
    case.files = suite().with("/srv/dots/suite/pipe", Node::Pipe);
    assert_eq!(case.codes(), [ArtifactTypeMismatch]);
    assert!(case.files.opened.iter().all(|path| !path.ends_with("pipe")));
}

#[test]
fn tree_is_bounded_in_depth() {
    let nested = |levels: usize| {
        let mut files = Memory::default().with(TREE, Node::Directory);
        let mut path = TREE.to_owned();
        for _ in 1..levels {
            path.push_str("/d");
            files = files.with(&path, Node::Directory);
        }
        files
    };
    assert!(measured(nested(64)).is_ok());
    let deeper = measured(nested(65));
    assert!(matches!(
        deeper,
        Err(MeasureError::TooLarge {
            what: "levels",
            limit: 64
        })
    ));
}

/// Links cost nothing to hash, so that a tree at the limit can be.
#[test]
fn tree_is_bounded_in_entries_of_one_directory_and_of_all() {
    let links = |mut files: Memory, directory: &str, count: usize| {
        files = files.with(directory, Node::Directory);
        for number in 0..count {
            files = files.with(&format!("{directory}/{number}"), Node::Link("x".to_owned()));
        }
        files
    };
    let level = |entries: usize| measured(links(Memory::default(), TREE, entries));
    assert!(level(100_000).is_ok());
    let more = level(100_001).unwrap_err();
    assert!(matches!(
        more,
        MeasureError::Source(SourceError::TooManyEntries { limit: 100_000, .. })
    ));
    assert_eq!(more.code(), Some(ArtifactTypeMismatch));
    let below = |entries: usize| {
        let files = links(Memory::default(), TREE, entries);
        measured(links(files, &format!("{TREE}/d"), 9))
    };
    assert!(below(99_990).is_ok());
    let more = below(99_991).unwrap_err();
    assert!(matches!(
        more,
        MeasureError::TooLarge {
            what: "entries",
            limit: 100_000
        }
    ));
    assert_eq!(more.code(), Some(ArtifactTypeMismatch));
}
