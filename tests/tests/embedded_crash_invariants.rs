//! The checker of invariants itself: it finds what it is there to find.

use std::fs;
use std::path::{Path, PathBuf};

use embedded::edge;
use holdfast_tests::acts::Acts;
use holdfast_tests::fixture::{Fixture, must};
use holdfast_tests::interjection::{Interjection, Moment};
use holdfast_tests::invariants::{broken, broken_after_recovery};
use pipeline::{Outcome, Phase};
use rusqlite::Connection;
use tempfile::TempDir;

/// Damages to a store, and what must be said of each.
const DAMAGES: &[(&str, &str)] = &[
    (
        "UPDATE dot_catalogue SET status = 'active'",
        "a head is not a draft",
    ),
    (
        "DROP INDEX dot_catalogue_one_head; \
         INSERT INTO dot_catalogue SELECT 'again', dot_code, canonical_target, object_type, \
         canonical_path, origin, artifact_hash, hash_algorithm, canonicalization_version, \
         artifact_type, admission_ref, size_bytes, scope, owner_principal, status, \
         randomblob(16), ledger_key, writer_ordinal, row_hash, retirement_ref FROM dot_catalogue",
        "a code has more than one head",
    ),
    (
        "DELETE FROM decision",
        "a consumed attempt has not one key, head and decision of its own",
    ),
    (
        "DELETE FROM dot_catalogue",
        "a consumed attempt has not one key, head and decision of its own",
    ),
    (
        "UPDATE attempt SET state = 'reserved', closed_at = NULL, consumed_key = NULL \
         WHERE state = 'consumed'",
        "a key, head or decision belongs to no consumed attempt",
    ),
    (
        "UPDATE decision SET writer_ordinal = writer_ordinal + 1",
        "key, head and decision name different transactions",
    ),
    (
        "UPDATE failure_audit SET failure_digest = randomblob(32)",
        "an aborted attempt has not exactly the one audit that closed it",
    ),
    (
        "INSERT INTO failure_audit SELECT position + 1, attempt_id, randomblob(32), dot_code, \
         audit, answer, recorded_at, evidence FROM failure_audit",
        "an aborted attempt has not exactly the one audit that closed it",
    ),
    (
        "UPDATE attempt SET state = 'reserved', closed_at = NULL, failure_digest = NULL \
         WHERE state = 'aborted'",
        "an open attempt has an audit",
    ),
    (
        "UPDATE failure_audit SET position = position + 1",
        "the audit log has a gap",
    ),
    (
        "INSERT INTO writer_transaction (ordinal, opened_at) VALUES (7, 0)",
        "the registering transactions have a gap",
    ),
    (
        "DELETE FROM evidence",
        "an attempt has not one evidence frame",
    ),
    (
        "DELETE FROM snapshot WHERE phase = 'after'",
        "a report has not both captures, or no consumed attempt",
    ),
    (
        "UPDATE dot_catalogue SET scope = 'other'",
        "of `dot_catalogue` does not hash to its hash",
    ),
    (
        "UPDATE ownership SET owner = 'principal/mallory'",
        "of `ownership` does not hash to its hash",
    ),
    (
        "UPDATE policy SET issued_at = issued_at + 1",
        "of `policy` does not hash to its hash",
    ),
    (
        "UPDATE decision SET bytes = \
         CAST(replace(CAST(bytes AS TEXT), '\"draft\"', '\"ready\"') AS BLOB)",
        "does not open",
    ),
    (
        "UPDATE attempt SET request_digest = randomblob(32)",
        "is not about its own rows",
    ),
    (
        "UPDATE failure_audit SET answer = (SELECT bytes FROM decision)",
        "do not say the same",
    ),
    ("DELETE FROM ledger", "refers to nothing"),
    (
        "DELETE FROM verification_report",
        "a consumed attempt has no verification report",
    ),
    (
        "UPDATE attempt SET state = 'reserved', closed_at = NULL, failure_digest = NULL \
         WHERE state = 'aborted'; DELETE FROM failure_audit",
        "an attempt stayed open past the horizon",
    ),
    (
        "UPDATE verification_report SET report = \
         CAST(replace(CAST(report AS TEXT), '\"passed\"', '\"failed\"') AS BLOB)",
        "did not pass",
    ),
];

#[test]
fn each_damage_is_found_and_a_whole_store_has_none() {
    let fixture = whole();
    let horizon = edge::now();
    let check = |path: &Path| broken_after_recovery(path, horizon, 0);
    assert_eq!(check(fixture.embedded().path()), Vec::<String>::new());
    for (damage, said) in DAMAGES {
        let (_folder, copy) = damaged(fixture.embedded().path(), damage);
        let found = check(&copy);
        assert!(
            found.iter().any(|one| one.contains(said)),
            "`{damage}`: {found:?}"
        );
        assert!(broken(&copy).iter().all(|one| found.contains(one)));
    }
}

/// A store with a registration that passed and an attempt that was rolled back, at rest.
fn whole() -> Fixture {
    let fixture = Fixture::new(2);
    assert_eq!(
        must(fixture.pipeline().register(&fixture.request(0))).outcome,
        Outcome::Registered
    );
    let acts = Acts::on(&fixture);
    let interjection = Interjection::new(Moment::Before(Phase::Write), move || {
        acts.hold("DOT_1");
    });
    let mut pipeline = must(fixture.deployment().pipeline(interjection.boxed()));
    let held = must(pipeline.register(&fixture.request(1)));
    assert_eq!(held.outcome, Outcome::Hold);
    fixture
}

/// A copy without the triggers that would have refused the damage.
fn damaged(store: &Path, damage: &str) -> (TempDir, PathBuf) {
    let folder = must(TempDir::new());
    let copy = folder.path().join("holdfast.db");
    let source = must(Connection::open(store));
    must(source.execute("VACUUM INTO ?1", [copy.to_string_lossy()]));
    assert!(must(fs::metadata(&copy)).len() > 0);
    let connection = must(Connection::open(&copy));
    must(connection.pragma_update(None, "foreign_keys", "OFF"));
    let triggers = "SELECT name FROM sqlite_schema WHERE type = 'trigger'";
    let mut statement = must(connection.prepare(triggers));
    let names: Vec<String> = must(must(statement.query_map([], |row| row.get(0))).collect());
    drop(statement);
    for name in names {
        must(connection.execute_batch(&format!("DROP TRIGGER {name}")));
    }
    must(connection.execute_batch(damage));
    (folder, copy)
}
