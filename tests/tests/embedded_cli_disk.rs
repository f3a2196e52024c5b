//! A disk that is full, a file or a folder that cannot be written: named, exit 6, and nothing is lost.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use holdfast_tests::fixture::Fixture;
use holdfast_tests::shell::{Said, codes, holdfast, run, run_with};
use registrar::contract::registration_decision;
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

fn register(fixture: &Fixture, request: &[u8]) -> Said {
    run_with(&mut fixture.command(&["register", "-", "--json"]), request)
}

/// Files and folders that cannot be written, until it is dropped.
struct Frozen(Vec<PathBuf>);

impl Frozen {
    /// Root writes past every mode, so the flag of the file system is what stops it; `Err` says why
    /// there is none.
    fn freeze(paths: &[&Path]) -> Result<Self, String> {
        let frozen = Self(paths.iter().map(|path| path.to_path_buf()).collect());
        let output = Command::new("chattr").arg("+i").args(paths).output();
        let output = output.map_err(|error| format!("chattr: {error}"))?;
        if output.status.success() {
            return Ok(frozen);
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let _ = Command::new("chattr").arg("-i").args(&self.0).output();
    }
}

#[test]
fn store_that_cannot_be_written_is_read_only_by_name() {
    let fixture = Fixture::new(2);
    let first = register(&fixture, &fixture.request(0)).exits(0);
    let request = fixture.request(1);
    let frozen = match Frozen::freeze(&[fixture.embedded().path()]) {
        Ok(frozen) => frozen,
        Err(reason) => {
            return println!("skipped: no file can be made read-only for root: {reason}");
        }
    };
    let add = ["authority", "principal", "add", "principal/zoe"];
    for said in [
        register(&fixture, &request),
        run(&mut fixture.command(&["gate"])),
        run(&mut fixture.command(&["recover"])),
        run(&mut fixture.command(&add)),
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
    let status = run(&mut fixture.command(&["status", "DOT_0", "--json"])).exits(0);
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
    let frozen = match Frozen::freeze(&[fixture.dir.path()]) {
        Ok(frozen) => frozen,
        Err(reason) => {
            return println!("skipped: no folder can be made read-only for root: {reason}");
        }
    };
    for said in [
        register(&fixture, &request),
        run(&mut fixture.command(&["status", "DOT_0"])),
    ] {
        let error = said.exits(6).error();
        assert!(
            error
                .cause
                .clone()
                .unwrap()
                .contains("unable to open database file"),
            "{error:?}"
        );
        assert!(error.next.unwrap().contains("write it and its folder"));
    }
    let new = holdfast(fixture.dir.path(), &["init", "--store", "sqlite:new.db"]);
    let error = run(&mut { new }).exits(6).error();
    assert_eq!(error.tried, "use the store `new.db`");
    drop(frozen);
    register(&fixture, &request).exits(0);
}

/// A small file system in memory, until it is dropped.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path, size: &str) -> Result<Self, String> {
        std::fs::create_dir_all(at).map_err(|error| error.to_string())?;
        let options = format!("size={size}");
        let output = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(at)
            .output()
            .map_err(|error| format!("mount: {error}"))?;
        if output.status.success() {
            return Ok(Self(at.to_owned()));
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Fills the disk to the last byte but for so many KiB.
    fn fill(&self, leave_kib: u64) {
        let path = self.0.join("ballast");
        let _ = std::fs::remove_file(&path);
        let mut ballast = std::fs::File::create(&path).unwrap();
        while ballast.write_all(&[0; 1024]).is_ok() {}
        let size = ballast.metadata().unwrap().len();
        ballast
            .set_len(size.saturating_sub(leave_kib * 1024))
            .unwrap();
    }

    fn free(&self) {
        let _ = std::fs::remove_file(self.0.join("ballast"));
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).output();
    }
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
    let place = TempDir::new().unwrap();
    let disk = match SmallDisk::mount(&place.path().join("disk"), "3m") {
        Ok(disk) => disk,
        Err(reason) => return println!("skipped: no file system can be mounted: {reason}"),
    };
    let folder = tempfile::Builder::new().tempdir_in(&disk.0).unwrap();
    let fixture = Fixture::in_folder(folder, 2, json!({"recovery_horizon_ms": 1}));
    let first = register(&fixture, &fixture.request(0)).exits(0);
    let mut request = fixture.request(1);
    let mut stopped = 0;
    for leave_kib in [0, 32, 48, 64, 96, 128, 192, 256] {
        disk.fill(leave_kib);
        let said = register(&fixture, &request);
        disk.free();
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
