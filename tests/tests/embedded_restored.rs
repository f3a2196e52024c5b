//! An embedded store that was put back to an earlier copy of itself: what was noted outside it holds
//! the gate.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use std::path::{Path, PathBuf};

use holdfast_tests::acts::Acts;
use holdfast_tests::checkpointed::{BEHIND, Checkpointed};
use holdfast_tests::fixture::{Fixture, dot_code};
use holdfast_tests::kind::Kind;
use holdfast_tests::shell::run;

/// The file of an embedded store as it is now, with nothing left beside it.
fn copied(from: &Path, to: &Path) {
    for beside in ["-wal", "-shm"] {
        for file in [from, to] {
            let name = format!("{}{beside}", file.display());
            if !std::fs::exists(&name).unwrap() {
                continue;
            }
            let length = std::fs::metadata(&name).unwrap().len();
            assert!(file != from || length == 0, "{name} holds {length} bytes");
            std::fs::remove_file(&name).unwrap();
        }
    }
    std::fs::copy(from, to).unwrap();
}

/// The file of a store, and where its copy goes.
fn file_and_copy(scene: &Checkpointed) -> (PathBuf, PathBuf) {
    let file = scene.fixture.embedded().path().to_owned();
    (file, scene.kept.with_extension("copy"))
}

#[test]
fn embedded_store_put_back_to_an_earlier_copy_is_held_to_its_checkpoint() {
    let scene = Checkpointed::new(Fixture::of(Kind::Sqlite, 3));
    let (file, copy) = file_and_copy(&scene);
    copied(&file, &copy);
    scene.register(0).exits(0);
    scene.keep();
    run(&mut scene.held(&["gate"])).exits(0);

    copied(&copy, &file);
    assert_eq!(scene.heads(0), 0);
    scene.holds(0, "`ledger` 1");
    // Named by the environment and by the file it counts as much.
    let mut command = scene.fixture.command(&["gate"]);
    run(command.env("HOLDFAST_CHECKPOINT", &scene.kept)).exits(4);
    let config = scene.fixture.dir.path().join("holdfast.toml");
    std::fs::write(&config, "checkpoint = \"head.json\"\n").unwrap();
    run(&mut scene.fixture.command(&["gate"])).exits(4);
    std::fs::remove_file(config).unwrap();
    // Nothing inside the store can tell, and the gate says so.
    let explained = run(&mut scene.fixture.command(&["gate", "--explain"])).exits(0);
    let text = explained.text();
    assert!(text.contains("no checkpoint outside the store"), "{text}");
    // Nor does it help that as much is registered again.
    scene.register(1).exits(0);
    scene.holds(0, "`ledger` 1");
    // A head that hid it would be kept for nothing.
    let kept = scene.kept.to_str().unwrap();
    let none = run(&mut scene.fixture.command(&["audit", "head", "--after", kept])).exits(5);
    assert_eq!(none.error().code.as_deref(), Some(*BEHIND.last().unwrap()));
}

#[test]
fn embedded_store_that_forgot_a_revocation_is_held_to_its_checkpoint() {
    let scene = Checkpointed::new(Fixture::of(Kind::Sqlite, 1));
    let (file, copy) = file_and_copy(&scene);
    copied(&file, &copy);
    Acts::on(&scene.fixture).revoke_owner(&dot_code(0));
    scene.keep();
    copied(&copy, &file);
    scene.holds(0, "`ownership` 2");
    // The accept twin: what was forgotten stood in nobody's way before.
    scene.register(0).exits(0);
}
