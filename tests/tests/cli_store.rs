//! A store that cannot be used: each trouble has words of its own and says what to do, the exit code
//! is 6, and nothing is lost.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use holdfast_tests::fixture::Fixture;
use holdfast_tests::shell::{Complaint, Said, codes, holdfast, run, run_with};
use registrar::contract::registration_decision;
use rusqlite::Connection;
use serde_json::json;
use tempfile::TempDir;

fn register(fixture: &Fixture, request: &[u8]) -> Said {
    run_with(&mut fixture.command(&["register", "-", "--json"]), request)
}

fn raw(path: &Path) -> Connection {
    Connection::open(path).unwrap()
}

/// Asserts that every way into a store at this path ends with exit 6 and the same words.
fn unusable(folder: &Path, name: &str, cause: &str, next: &str) {
    let store = format!("sqlite:{name}");
    std::fs::write(folder.join("request.json"), b"{}").unwrap();
    for arguments in [
        &["gate"][..],
        &["status", "DOT_0"],
        &["history", "DOT_0"],
        &["audit", "list"],
        &["recover"],
        &["authority", "show"],
        &["register", "request.json"],
        &["register", "request.json", "--plan"],
        &["observe", name],
    ] {
        let said = run(holdfast(folder, arguments).args(["--store", &store])).exits(6);
        let error = said.error();
        assert_eq!(
            error.tried,
            format!("use the store `{name}`"),
            "{arguments:?}"
        );
        assert!(
            error.cause.clone().unwrap().contains(cause),
            "{arguments:?}: {error:?}"
        );
        assert!(
            error.next.clone().unwrap().contains(next),
            "{arguments:?}: {error:?}"
        );
    }
}

#[test]
fn file_that_is_no_store_is_named_and_left_as_it_is() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(
        at("garbage.db"),
        "no database at all, but long enough to be read\n".repeat(9),
    )
    .unwrap();
    std::fs::write(at("empty.db"), b"").unwrap();
    raw(&at("other.db"))
        .execute_batch("CREATE TABLE t(x)")
        .unwrap();
    std::fs::create_dir(at("folder.db")).unwrap();
    let no_store = "is not a holdfast store";
    for (name, cause, next) in [
        (
            "nowhere.db",
            "no store at",
            "holdfast init --store sqlite:nowhere.db",
        ),
        ("garbage.db", no_store, "left as it is"),
        ("empty.db", no_store, "left as it is"),
        ("other.db", no_store, "left as it is"),
        (
            "folder.db",
            "unable to open",
            "check that the path is a file",
        ),
    ] {
        let content = |name: &str| std::fs::read(at(name)).ok();
        let before = content(name);
        unusable(folder.path(), name, cause, next);
        assert_eq!(content(name), before, "{name}");
    }
    for name in ["garbage.db", "other.db", "folder.db"] {
        let content = std::fs::read(at(name)).ok();
        let store = format!("sqlite:{name}");
        run(&mut holdfast(folder.path(), &["init", "--store", &store])).exits(6);
        assert_eq!(std::fs::read(at(name)).ok(), content, "{name}");
    }
    run(&mut holdfast(
        folder.path(),
        &["init", "--store", "sqlite:nowhere.db"],
    ))
    .exits(0);
    run(&mut holdfast(
        folder.path(),
        &["init", "--store", "sqlite:nowhere.db"],
    ))
    .exits(0);
    run(&mut holdfast(
        folder.path(),
        &["gate", "--store", "sqlite:nowhere.db"],
    ))
    .exits(4);
}

#[test]
fn store_of_another_version_or_with_damage_is_refused_by_name() {
    let fixture = Fixture::new(1);
    register(&fixture, &fixture.request(0)).exits(0);
    let whole = std::fs::read(fixture.store.path()).unwrap();
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (name, version) in [("newer.db", 9999), ("older.db", 1)] {
        std::fs::write(at(name), &whole).unwrap();
        raw(&at(name))
            .pragma_update(None, "user_version", version)
            .unwrap();
    }
    std::fs::write(at("cut.db"), &whole[..9000]).unwrap();
    unusable(
        folder.path(),
        "newer.db",
        "schema version `9999`",
        "or a newer one",
    );
    unusable(
        folder.path(),
        "older.db",
        "schema version `1`",
        "holdfast init",
    );
    unusable(
        folder.path(),
        "cut.db",
        "the store is damaged",
        "restore the last good one",
    );
}

#[test]
fn url_that_names_no_store_is_a_usage_error() {
    let folder = TempDir::new().unwrap();
    for url in ["holdfast.db", "sqlite:", "postgres://localhost/x", ""] {
        let error = run(&mut holdfast(folder.path(), &["gate", "--store", url]))
            .exits(2)
            .error();
        assert_eq!(error.tried, format!("use the store `{url}` (flag --store)"));
        assert!(error.next.unwrap().contains("--store sqlite:holdfast.db"));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

fn assert_locked(error: &Complaint) {
    let cause = error.cause.clone().unwrap();
    assert!(
        cause.contains("the store is locked by another program"),
        "{error:?}"
    );
    assert!(
        error
            .next
            .clone()
            .unwrap()
            .contains("which program holds the lock"),
        "{error:?}"
    );
}

#[test]
fn store_that_another_program_writes_without_end_is_locked_and_still_readable() {
    let fixture = Fixture::new(2);
    let first = register(&fixture, &fixture.request(0)).exits(0);
    let request = fixture.request(1);
    let other = raw(fixture.store.path());
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let add = ["authority", "principal", "add", "principal/zoe"];
    std::thread::scope(|scope| {
        let tries = [
            scope.spawn(|| register(&fixture, &request)),
            scope.spawn(|| run(&mut fixture.command(&["gate"]))),
            scope.spawn(|| run(&mut fixture.command(&["recover"]))),
            scope.spawn(|| run(&mut fixture.command(&add))),
        ];
        let status = run(&mut fixture.command(&["status", "DOT_0", "--json"])).exits(0);
        assert_eq!(status.stdout, first.stdout);
        for tried in tries {
            assert_locked(&tried.join().unwrap().exits(6).error());
        }
    });
    other.execute_batch("ROLLBACK").unwrap();
    register(&fixture, &request).exits(0);
}

#[test]
fn store_that_another_program_keeps_for_itself_is_locked() {
    let fixture = Fixture::new(1);
    let other = raw(fixture.store.path());
    other
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
        .unwrap();
    let request = fixture.request(0);
    std::thread::scope(|scope| {
        let tries = [
            scope.spawn(|| register(&fixture, &request)),
            scope.spawn(|| run(&mut fixture.command(&["status", "DOT_0"]))),
            scope.spawn(|| run(&mut fixture.command(&["init"]))),
        ];
        for tried in tries {
            assert_locked(&tried.join().unwrap().exits(6).error());
        }
    });
    drop(other);
    register(&fixture, &request).exits(0);
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
    let frozen = match Frozen::freeze(&[fixture.store.path()]) {
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
    let sound: String = raw(fixture.store.path())
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
    let mut stopped = 0;
    for leave_kib in [0, 32, 48, 64, 96, 128, 192, 256] {
        disk.fill(leave_kib);
        let said = register(&fixture, &fixture.request(1));
        match said.exit {
            Some(0) => break,
            // The key could not be consumed, and there was room to say so.
            Some(3) => {
                let codes = codes(&said.envelope(registration_decision()));
                assert_eq!(codes, ["OUTCOME_ABANDONED"], "{leave_kib} KiB left");
            }
            _ => {
                assert_eq!(said.exit, Some(6), "{leave_kib} KiB left: {said:?}");
                let error = said.error();
                let cause = error.cause.clone().unwrap();
                assert!(
                    cause.contains("the disk is full"),
                    "{leave_kib} KiB left: {error:?}"
                );
                // What the observer's process could not do arrives here in words alone.
                let own = !cause.contains("observer could not");
                let next = error.next.unwrap();
                assert_eq!(next.contains("free some space"), own, "{next}");
                stopped += 1;
            }
        }
        disk.free();
        nothing_lost(&fixture, &first);
    }
    assert!(stopped > 2, "the disk was never full enough");
    disk.free();
    run(&mut fixture.command(&["recover"])).exits(0);
    nothing_lost(&fixture, &first);
    let history = run(&mut fixture.command(&["history", "DOT_1", "--json"]))
        .exits(0)
        .json();
    if history["heads"] == json!([]) {
        register(&fixture, &fixture.request(1)).exits(0);
    }
    let history = run(&mut fixture.command(&["history", "DOT_1", "--json"]))
        .exits(0)
        .json();
    assert_eq!(history["heads"].as_array().unwrap().len(), 1);
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
