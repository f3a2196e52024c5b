//! What a file may turn out to be, and what is said of it.

use std::fs;

use authority::port::AuthorityWriter as _;
use rusqlite::Connection;
use serde_json::json;

use super::{at_once, fixture, new_row};
use crate::error::{During, StoreError};
use crate::{Role, Store, expected_schema_objects, fingerprint_of, schema};
use authority::carrier::CARRIERS;

fn config(row_key: &str) -> authority::port::NewRow {
    new_row(
        "dot_config",
        row_key,
        json!({"dot_code": "DOT_A", "name": row_key, "value": "closed"}),
    )
}

fn unbound(connection: &Connection) {
    use rusqlite::hooks::{AuthContext, Authorization};
    connection
        .authorizer(None::<fn(AuthContext<'_>) -> Authorization>)
        .unwrap();
}

#[test]
fn making_a_store_twice_changes_nothing() {
    let fixture = fixture();
    fixture.register("DOT_A");
    Store::create(fixture.store.path()).unwrap();
    assert_eq!(fixture.count("dot_catalogue"), 1);
}

#[test]
fn a_new_store_is_its_owners_alone_and_so_is_its_log() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    let store = Store::create(&path).unwrap();
    let _open = store.connect(Role::Authority).unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&directory.path().join("store.db-wal")), 0o600);
}

#[test]
fn eight_makers_at_once_make_one_store() {
    for _ in 0..20 {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.db");
        at_once(8, |_| Store::create(&path).map(drop))
            .into_iter()
            .for_each(Result::unwrap);
        let found = schema::objects(&Connection::open(&path).unwrap()).unwrap();
        assert_eq!(found, expected_schema_objects().unwrap());
    }
}

#[test]
fn carriers_are_defined_as_their_tables_are() {
    let fixture = fixture();
    let raw = fixture.raw();
    for carrier in &CARRIERS {
        let text = format!("SELECT name FROM pragma_table_info('{}')", carrier.name);
        let mut statement = raw.prepare(&text).unwrap();
        let mut in_table: Vec<String> = statement
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .filter(|name: &String| !matches!(name.as_str(), "ordinal" | "row_key" | "row_hash"))
            .collect();
        let mut defined: Vec<&str> = carrier.all_columns().map(|column| column.name).collect();
        in_table.sort_unstable();
        defined.sort_unstable();
        assert_eq!(in_table, defined, "{}", carrier.name);
    }
}

#[test]
fn fingerprint_moves_with_any_schema_object() {
    let fixture = fixture();
    let raw = fixture.raw();
    let before = schema::fingerprint(&raw).unwrap();
    assert_eq!(
        before,
        fingerprint_of(expected_schema_objects().unwrap()).unwrap()
    );
    raw.execute_batch("DROP TRIGGER ledger_is_never_deleted")
        .unwrap();
    assert_ne!(schema::fingerprint(&raw).unwrap(), before);
}

#[test]
fn missing_file_asks_for_init() {
    let directory = tempfile::tempdir().unwrap();
    let refused = Store::open(directory.path().join("none.db")).unwrap_err();
    assert!(matches!(refused, StoreError::Missing { .. }), "{refused:?}");
    assert!(refused.to_string().contains("holdfast init"));
}

#[test]
fn foreign_files_are_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let text = directory.path().join("notes.txt");
    fs::write(
        &text,
        "not a database at all, but long enough to look like one".repeat(20),
    )
    .unwrap();
    let other = directory.path().join("other.db");
    Connection::open(&other)
        .unwrap()
        .execute_batch("CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('mine')")
        .unwrap();
    for path in [&text, &other] {
        let before = fs::read(path).unwrap();
        for refused in [Store::open(path), Store::create(path)] {
            let refused = refused.unwrap_err();
            assert!(
                matches!(refused, StoreError::NotAStore { .. }),
                "{refused:?}"
            );
        }
        assert_eq!(fs::read(path).unwrap(), before);
    }
}

#[test]
fn store_that_journals_in_another_way_is_refused_until_it_is_made_whole() {
    let fixture = fixture();
    let copy = fixture.directory.path().join("copy.db");
    let raw = fixture.raw();
    raw.execute("VACUUM INTO ?1", [copy.to_str().unwrap()])
        .unwrap();
    let refused = Store::open(&copy).unwrap_err();
    assert!(
        matches!(&refused, StoreError::OtherJournal { journal, .. } if journal == "delete"),
        "{refused:?}"
    );
    Store::open(fixture.store.path()).unwrap();
    Store::create(&copy).unwrap();
    Store::open(&copy).unwrap();
}

#[test]
fn empty_file_is_no_store_until_it_is_made_one() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store.db");
    fs::write(&path, "").unwrap();
    assert!(matches!(
        Store::open(&path),
        Err(StoreError::NotAStore { .. })
    ));
    Store::create(&path).unwrap();
    Store::open(&path).unwrap();
}

#[test]
fn schema_of_another_version_is_named() {
    let fixture = fixture();
    let version = |number: i64| {
        let raw = fixture.raw();
        raw.pragma_update(None, "user_version", number).unwrap();
    };
    version(4);
    for refused in [
        Store::open(fixture.store.path()),
        Store::create(fixture.store.path()),
    ] {
        assert!(matches!(
            refused,
            Err(StoreError::NewerSchema { found: 4, known: 3 })
        ));
    }
    version(2);
    assert!(matches!(
        Store::open(fixture.store.path()),
        Err(StoreError::OlderSchema { found: 2, known: 3 })
    ));
    version(3);
    Store::open(fixture.store.path()).unwrap();
}

#[test]
fn locked_store_says_so_and_takes_the_row_later() {
    let fixture = fixture();
    let connection = fixture.store.connect(Role::Authority).unwrap();
    connection
        .busy_timeout(std::time::Duration::from_millis(30))
        .unwrap();
    let raw = fixture.raw();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    let refused = connection
        .execute_batch("BEGIN IMMEDIATE")
        .during("begin a transaction")
        .unwrap_err();
    assert!(matches!(refused, StoreError::Locked { .. }), "{refused:?}");
    assert!(refused.is_transient());
    raw.execute_batch("ROLLBACK").unwrap();
    fixture.authority().insert(vec![config("one")]).unwrap();
}

#[test]
fn waiting_for_a_lock_outlasts_a_short_writer() {
    let fixture = fixture();
    let raw = fixture.raw();
    raw.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| fixture.authority().insert(vec![config("one")]));
        std::thread::sleep(std::time::Duration::from_millis(150));
        raw.execute_batch("COMMIT").unwrap();
        waiting.join().unwrap().unwrap();
    });
}

#[test]
fn full_store_says_so_and_keeps_what_it_had() {
    let fixture = fixture();
    fixture.authority().insert(vec![config("kept")]).unwrap();
    let connection = fixture.store.connect(Role::Authority).unwrap();
    unbound(&connection);
    connection
        .query_row("PRAGMA max_page_count = 1", [], |row| row.get::<_, i64>(0))
        .unwrap();
    let fill = |number: usize| {
        connection
            .execute(
                "INSERT INTO policy (policy_id, body, issued_at, written_by, lifecycle_status, \
                 supersedes, row_hash, row_key) \
                 VALUES ('p', ?1, 0, 'w', 'active', NULL, zeroblob(32), ?2)",
                (
                    vec![b' '; 9000].escape_ascii().to_string(),
                    number.to_string(),
                ),
            )
            .during("insert an authority row")
    };
    let refused = (0..200).find_map(|number| fill(number).err()).unwrap();
    assert!(matches!(refused, StoreError::Full { .. }), "{refused:?}");
    drop(connection);
    assert_eq!(fixture.count("dot_config"), 1);
    fixture.authority().insert(vec![config("later")]).unwrap();
}

#[test]
fn verifiers_connection_cannot_write_even_without_its_authorizer() {
    let fixture = fixture();
    let connection = fixture.store.connect(Role::Verifier).unwrap();
    unbound(&connection);
    let refused = connection
        .execute("INSERT INTO writer_transaction (opened_at) VALUES (1)", [])
        .during("number a transaction")
        .unwrap_err();
    assert!(
        matches!(refused, StoreError::ReadOnly { .. }),
        "{refused:?}"
    );
}

#[test]
fn damaged_file_is_called_damaged() {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::create(directory.path().join("store.db")).unwrap();
    let mut bytes = fs::read(store.path()).unwrap();
    bytes.iter_mut().skip(4096).for_each(|byte| *byte = 0xff);
    fs::write(store.path(), bytes).unwrap();
    let refused = Store::open(store.path())
        .and_then(|store| store.reader())
        .and_then(|reader| reader.audit_count())
        .unwrap_err();
    assert!(matches!(refused, StoreError::Corrupt { .. }), "{refused:?}");
}

#[test]
fn every_connection_checks_references_and_waits_for_the_disk() {
    let fixture = fixture();
    for role in Role::ALL {
        let connection = fixture.store.connect(role).unwrap();
        unbound(&connection);
        let pragma = |name: &str| {
            connection
                .query_row(&format!("PRAGMA {name}"), [], |row| {
                    row.get::<_, rusqlite::types::Value>(0)
                })
                .unwrap()
        };
        let on = rusqlite::types::Value::Integer(1);
        assert_eq!(pragma("foreign_keys"), on, "{role:?}");
        assert_eq!(pragma("recursive_triggers"), on, "{role:?}");
        assert_eq!(
            pragma("trusted_schema"),
            rusqlite::types::Value::Integer(0),
            "{role:?}"
        );
        let waits = if role == Role::SnapshotWriter { 1 } else { 2 };
        assert_eq!(
            pragma("synchronous"),
            rusqlite::types::Value::Integer(waits),
            "{role:?}"
        );
        assert_eq!(
            pragma("journal_mode"),
            rusqlite::types::Value::Text("wal".to_owned()),
            "{role:?}"
        );
    }
}
