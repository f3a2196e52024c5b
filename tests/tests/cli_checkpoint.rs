//! The gate held to a checkpoint that was kept outside the store, as operators meet it.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use canonical::{Form, parse};
use holdfast_tests::acts::Acts;
use holdfast_tests::answered::texts;
use holdfast_tests::fixture::{Fixture, dot_code};
use holdfast_tests::kind::Kind;
use holdfast_tests::shell::{Said, run, run_with};
use records::Records as _;
use serde_json::{Value, json};

const BEHIND: [&str; 2] = ["REGISTRATION_HOLD", "RESTORED_STORE_BEHIND_CHECKPOINT"];

/// A store whose gate is held to a file beside it.
struct Scene {
    fixture: Fixture,
    kept: PathBuf,
}

impl Scene {
    fn new(fixture: Fixture) -> Self {
        let kept = fixture.dir.path().join("head.json");
        Self { fixture, kept }
    }

    /// The program, held to the checkpoint.
    fn held(&self, arguments: &[&str]) -> Command {
        let mut command = self.fixture.command(arguments);
        command.arg("--checkpoint").arg(&self.kept);
        command
    }

    fn register(&self, number: usize) -> Said {
        let mut command = self.fixture.command(&["register", "-"]);
        run_with(&mut command, &self.fixture.request(number))
    }

    fn register_held(&self, number: usize, plan: bool) -> Said {
        let mut command = self.held(&["register", "-", "--json"]);
        if plan {
            command.arg("--plan");
        }
        run_with(&mut command, &self.fixture.request(number))
    }

    /// Takes a checkpoint now.
    fn keep(&self) {
        let head = run(&mut self.fixture.command(&["audit", "head"])).exits(0);
        std::fs::write(&self.kept, head.stdout).unwrap();
    }

    fn heads(&self, number: usize) -> usize {
        let history = self.fixture.records().history(&dot_code(number), 9);
        history.unwrap().heads.len()
    }

    /// Everything that asks the gate holds, for this code and no other, and nothing is written.
    fn holds(&self, number: usize, lacks: &str) {
        let gate = run(&mut self.held(&["gate", "--json"])).exits(4).json();
        assert_eq!(texts(&gate, "/reject_codes"), BEHIND);
        assert!(gate.to_string().contains(lacks), "{gate}");
        for plan in [true, false] {
            let said = self.register_held(number, plan).exits(4).json();
            assert_eq!(texts(&said, "/reject_codes"), BEHIND);
        }
        assert_eq!(self.heads(number), 0);
    }

    /// Everything that asks the gate is answered as without a checkpoint.
    fn goes_on(&self, number: usize) {
        run(&mut self.held(&["gate"])).exits(0);
        self.register_held(number, true).exits(0);
        self.register_held(number, false).exits(0);
        assert_eq!(self.heads(number), 1);
    }
}

/// The file of an embedded store as it is now, with nothing left beside it.
fn copied(from: &Path, to: &Path) {
    for beside in ["-wal", "-shm"] {
        for file in [from, to] {
            let name = format!("{}{beside}", file.display());
            let length = std::fs::metadata(&name).map_or(0, |found| found.len());
            assert!(file != from || length == 0, "{name} holds {length} bytes");
            let _ = std::fs::remove_file(&name);
        }
    }
    std::fs::copy(from, to).unwrap();
}

fn store_file(fixture: &Fixture) -> PathBuf {
    fixture.embedded().path().to_owned()
}

#[test]
fn embedded_store_put_back_to_an_earlier_copy_is_held_to_its_checkpoint() {
    let scene = Scene::new(Fixture::of(Kind::Sqlite, 3));
    let (file, copy) = (
        store_file(&scene.fixture),
        scene.kept.with_extension("copy"),
    );
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
    let scene = Scene::new(Fixture::of(Kind::Sqlite, 1));
    let (file, copy) = (
        store_file(&scene.fixture),
        scene.kept.with_extension("copy"),
    );
    copied(&file, &copy);
    Acts::on(&scene.fixture).revoke_owner(&dot_code(0));
    scene.keep();
    copied(&copy, &file);
    scene.holds(0, "`ownership` 2");
    // The accept twin: what was forgotten stood in nobody's way before.
    scene.register(0).exits(0);
}

#[test]
fn store_that_went_on_from_its_checkpoint_registers() {
    let scene = Scene::new(Fixture::new(3));
    scene.register(0).exits(0);
    scene.keep();
    scene.register(1).exits(0);
    Acts::on(&scene.fixture).add_bystander();
    scene.goes_on(2);
    let explained = run(&mut scene.held(&["gate", "--explain"])).exits(0).text();
    assert!(
        explained.contains("as noted outside the store"),
        "{explained}"
    );
    let kept = scene.kept.to_str().unwrap();
    run(&mut scene.fixture.command(&["audit", "head", "--after", kept])).exits(0);
}

#[test]
fn checkpoint_of_another_store_holds() {
    let (one, other) = (Scene::new(Fixture::new(1)), Scene::new(Fixture::new(1)));
    other.keep();
    std::fs::copy(&other.kept, &one.kept).unwrap();
    one.holds(0, "`policy` 1");
    one.keep();
    one.goes_on(0);
}

/// A checkpoint with one thing changed.
fn changed(checkpoint: &[u8], change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut value = parse(checkpoint, Form::Any).unwrap();
    change(&mut value);
    value.to_string().into_bytes()
}

#[test]
fn checkpoint_that_cannot_be_used_is_an_error_and_never_ignored() {
    let scene = Scene::new(Fixture::new(1));
    scene.keep();
    let good = std::fs::read(&scene.kept).unwrap();
    let text = String::from_utf8(good.clone()).unwrap();
    let set = |member: &'static str, value: Value| {
        changed(&good, |all| {
            all.as_object_mut()
                .unwrap()
                .insert(member.to_owned(), value);
        })
    };
    let without = |member: &str| {
        changed(&good, |all| {
            all.as_object_mut().unwrap().remove(member).unwrap();
        })
    };
    let another = json!({"position": 9, "hash": canonical::Digest::UNSEALED});
    let bad = [
        Vec::new(),
        b"{}".to_vec(),
        b"\xff".to_vec(),
        good.split_last_chunk::<9>().unwrap().0.to_vec(),
        without("last_rows"),
        without("root_hash"),
        set("last_rows", json!({})),
        set("last_rows", json!({"ledger": {"position": 1}})),
        set("last_rows", json!({"no table": another})),
        set("note", json!("more")),
        text.replace("\"policy\":", &format!("\"policy\":{another},\"policy\":"))
            .into_bytes(),
        [
            good.clone(),
            vec![b' '; canonical::SIZE_MAX_BYTES],
            b"x".to_vec(),
        ]
        .concat(),
    ];
    let refused = |what: &str| {
        run(&mut scene.held(&["gate"])).exits(2);
        run(&mut scene.held(&["recover"])).exits(2);
        for plan in [true, false] {
            let error = scene.register_held(0, plan).exits(2).error();
            let next = error.next.unwrap();
            assert!(
                next.contains("checkpoint of flag --checkpoint"),
                "{what}: {next}"
            );
        }
    };
    for bytes in bad {
        std::fs::write(&scene.kept, &bytes).unwrap();
        refused(&String::from_utf8_lossy(&bytes));
    }
    std::fs::remove_file(&scene.kept).unwrap();
    refused("no file");
    std::fs::create_dir(&scene.kept).unwrap();
    refused("a folder");
    assert_eq!(scene.heads(0), 0);
    std::fs::remove_dir(&scene.kept).unwrap();
    std::fs::write(&scene.kept, &good).unwrap();
    scene.goes_on(0);
}
