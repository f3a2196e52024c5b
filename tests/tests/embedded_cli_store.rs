//! A store that cannot be used: each trouble has words of its own and says what to do, the exit code
//! is 6, and nothing is lost.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use std::path::Path;

use holdfast_tests::fixture::Fixture;
use holdfast_tests::shell::{Complaint, Said, holdfast, run, run_with};
use rusqlite::Connection;
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
        &["observe"],
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
    let whole = std::fs::read(fixture.embedded().path()).unwrap();
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
    for url in ["holdfast.db", "sqlite:", "mysql://localhost/x", ""] {
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
    let other = raw(fixture.embedded().path());
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
    let other = raw(fixture.embedded().path());
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
