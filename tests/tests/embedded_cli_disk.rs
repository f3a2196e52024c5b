//! A disk that is full, a file or a folder that cannot be written: named, exit 6, and nothing is lost.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use holdfast_tests::disk::{SmallDisk, ran_in_a_namespace};
use holdfast_tests::fixture::Fixture;
use holdfast_tests::shell::{Said, bound_by_modes, codes, holdfast, run, run_with};
use registrar::contract::registration_decision;
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

fn register(fixture: &Fixture, request: &[u8]) -> Said {
    run_with(&mut fixture.command(&["register", "-", "--json"]), request)
}

/// A file or a folder that cannot be written, until it is dropped.
struct Frozen {
    path: PathBuf,
    mode: u32,
}

impl Frozen {
    fn freeze(path: &Path) -> Self {
        let mode = path.metadata().unwrap().permissions().mode();
        let frozen = Self {
            path: path.to_path_buf(),
            mode,
        };
        frozen.set(mode & !0o222);
        frozen
    }

    fn set(&self, mode: u32) {
        std::fs::set_permissions(&self.path, Permissions::from_mode(mode)).unwrap();
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        self.set(self.mode);
    }
}

/// The program as somebody runs it to whom modes apply.
fn bound(fixture: &Fixture, arguments: &[&str]) -> Command {
    bound_by_modes(&fixture.command(arguments))
}

fn register_bound(fixture: &Fixture, request: &[u8]) -> Said {
    run_with(&mut bound(fixture, &["register", "-", "--json"]), request)
}

#[test]
fn store_that_cannot_be_written_is_read_only_by_name() {
    let fixture = Fixture::new(2);
    let first = register(&fixture, &fixture.request(0)).exits(0);
    let request = fixture.request(1);
    let frozen = Frozen::freeze(fixture.embedded().path());
    let add = ["authority", "principal", "add", "principal/zoe"];
    for said in [
        register_bound(&fixture, &request),
        run(&mut bound(&fixture, &["gate"])),
        run(&mut bound(&fixture, &["recover"])),
        run(&mut bound(&fixture, &add)),
    ] {
        let error = said.exits(6).error();
        assert!(
            error
                .cause
                .clone()
                .unwrap()
                .contains("the store is read-only"),
            "{error:?}"
        );
        assert!(
            error
                .next
                .unwrap()
                .contains("make the file and its folder writable")
        );
    }
    let status = run(&mut bound(&fixture, &["status", "DOT_0", "--json"])).exits(0);
    assert_eq!(
        status.stdout, first.stdout,
        "reading needs no right to write"
    );
    drop(frozen);
    register(&fixture, &request).exits(0);
}

#[test]
fn folder_that_cannot_be_written_is_named_with_what_to_do() {
    let fixture = Fixture::new(1);
    let request = fixture.request(0);
    let frozen = Frozen::freeze(fixture.dir.path());
    for said in [
        register_bound(&fixture, &request),
        run(&mut bound(&fixture, &["status", "DOT_0"])),
    ] {
        let error = said.exits(6).error();
        assert!(
            error
                .cause
                .clone()
                .unwrap()
                .contains("the store is read-only"),
            "{error:?}"
        );
        assert!(
            error
                .next
                .unwrap()
                .contains("make the file and its folder writable")
        );
    }
    let new = holdfast(fixture.dir.path(), &["init", "--store", "sqlite:new.db"]);
    let error = run(&mut bound_by_modes(&new)).exits(6).error();
    assert_eq!(error.tried, "use the store `new.db`");
    drop(frozen);
    register(&fixture, &request).exits(0);
}

/// What was decided before is there byte for byte, and the file is sound.
fn nothing_lost(fixture: &Fixture, first: &Said) {
    let status = run(&mut fixture.command(&["status", "DOT_0", "--json"])).exits(0);
    assert_eq!(status.stdout, first.stdout);
    let sound: String = Connection::open(fixture.embedded().path())
        .unwrap()
        .query_row("PRAGMA integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok");
}

#[test]
fn full_disk_is_named_at_whatever_point_it_fills_and_nothing_is_lost() {
    if ran_in_a_namespace("full_disk_is_named_at_whatever_point_it_fills_and_nothing_is_lost") {
        return;
    }
    let place = TempDir::new().unwrap();
    let disk = SmallDisk::mount(&place.path().join("disk"), "size=3m");
    let folder = tempfile::Builder::new().tempdir_in(disk.path()).unwrap();
    let fixture = Fixture::in_folder(folder, 2, json!({"recovery_horizon_ms": 1}));
    let first = register(&fixture, &fixture.request(0)).exits(0);
    let mut request = fixture.request(1);
    let mut stopped = 0;
    for leave_kib in [0, 32, 48, 64, 96, 128, 192, 256] {
        disk.fill(leave_kib);
        let said = register(&fixture, &request);
        disk.make_room();
        nothing_lost(&fixture, &first);
        println!("{leave_kib} KiB left: exit {:?}", said.exit);
        match said.exit {
            Some(0) => break,
            Some(3) => {
                abandoned(&said);
                request = fixture.request(1);
            }
            _ => unknown(said),
        }
        run(&mut fixture.command(&["recover"])).exits(0);
        stopped += 1;
    }
    assert!(stopped > 2, "the disk was never full enough");
    run(&mut fixture.command(&["recover"])).exits(0);
    nothing_lost(&fixture, &first);
    let settled = register(&fixture, &request);
    if settled.exit == Some(3) {
        abandoned(&settled);
        register(&fixture, &fixture.request(1)).exits(0);
    } else {
        settled.exits(0);
    }
    let history = run(&mut fixture.command(&["history", "DOT_1", "--json"])).exits(0);
    let history = history.json();
    assert_eq!(history.pointer("/heads/0/status"), Some(&json!("draft")));
    assert_eq!(history.pointer("/heads/1"), None);
}

/// The key could not be consumed, and there was room to say so.
fn abandoned(said: &Said) {
    let decision = said.envelope(registration_decision());
    assert_eq!(codes(&decision), ["OUTCOME_ABANDONED"]);
}

/// Nothing could be decided, or the decision not be verified.
fn unknown(said: Said) {
    let said = said.exits(6);
    if !said.stdout.is_empty() {
        let decision = said.envelope(registration_decision());
        assert_eq!(decision.get("outcome"), Some(&json!("registered")));
        return;
    }
    let error = said.error();
    let cause = error.cause.unwrap();
    assert!(cause.contains("the disk is full"), "{cause}");
    // What the observer's process could not do arrives here in words alone.
    let own = !cause.contains("observer could not");
    let next = error.next.unwrap();
    assert_eq!(next.contains("free some space"), own, "{next}");
}

#[test]
fn files_that_may_not_grow_lose_nothing() {
    let fixture = Fixture::new(2);
    let first = register(&fixture, &fixture.request(0)).exits(0);
    std::fs::write(fixture.dir.path().join("request.json"), fixture.request(1)).unwrap();
    for blocks in [0, 8, 64, 128] {
        let plain = fixture.command(&["register", "request.json"]);
        let mut limited = Command::new("sh");
        let script = format!("trap '' XFSZ; ulimit -f {blocks} && exec \"$0\" \"$@\"");
        limited
            .args(["-c", &script])
            .arg(plain.get_program())
            .args(plain.get_args())
            .current_dir(fixture.dir.path());
        let said = run(&mut limited).exits(6);
        assert!(said.error().next.is_some());
        nothing_lost(&fixture, &first);
    }
    run(&mut fixture.command(&["register", "request.json"])).exits(0);
}
