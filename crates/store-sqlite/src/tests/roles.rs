//! Every forbidden statement, as every role.

use rusqlite::ErrorCode;

use super::fixture;
use crate::Role;
use authority::carrier::CARRIERS;

/// The tables that a role inserts into, written down once more: the test's own opinion.
fn insertable(role: Role) -> Vec<&'static str> {
    match role {
        Role::Authority => CARRIERS.iter().map(|carrier| carrier.name).collect(),
        Role::Registrar => vec![
            "attempt",
            "evidence",
            "ledger",
            "dot_catalogue",
            "decision",
            "writer_transaction",
        ],
        Role::SnapshotWriter => vec!["snapshot", "verification_report"],
        Role::AuditWriter => vec!["failure_audit", "hold_event"],
        Role::Observer | Role::Verifier | Role::Reader => vec![],
    }
}

fn updatable(role: Role) -> &'static [(&'static str, &'static str)] {
    match role {
        Role::Authority => &[
            ("dot_catalogue", "status"),
            ("dot_catalogue", "retirement_ref"),
        ],
        Role::Registrar => &[
            ("attempt", "state"),
            ("attempt", "consumed_key"),
            ("attempt", "closed_at"),
        ],
        Role::AuditWriter => &[
            ("attempt", "state"),
            ("attempt", "failure_digest"),
            ("attempt", "closed_at"),
        ],
        Role::SnapshotWriter | Role::Observer | Role::Verifier | Role::Reader => &[],
    }
}

fn tables_and_columns() -> Vec<(String, Vec<String>)> {
    let fixture = fixture();
    let raw = fixture.raw();
    let mut statement = raw
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .unwrap();
    let tables: Vec<String> = statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let columns = |table: &str| {
        let text = format!("SELECT name FROM pragma_table_info('{table}')");
        let mut statement = raw.prepare(&text).unwrap();
        statement
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    };
    tables
        .into_iter()
        .map(|table| {
            let columns = columns(&table);
            (table, columns)
        })
        .collect()
}

#[test]
fn roles_write_their_own_tables_and_no_other() {
    let fixture = fixture();
    let tables = tables_and_columns();
    assert_eq!(tables.len(), 24);
    for role in Role::ALL {
        let connection = fixture.store.connect(role).unwrap();
        let may = |text: &str| match connection.prepare(text) {
            Ok(_) => true,
            Err(refused) => {
                let code = refused.sqlite_error_code();
                let denied = code == Some(ErrorCode::AuthorizationForStatementDenied);
                assert!(denied, "{role:?}: {text}: {refused}");
                false
            }
        };
        for (table, columns) in &tables {
            let inserts = insertable(role).contains(&table.as_str());
            let insert = format!("INSERT INTO {table} DEFAULT VALUES");
            assert_eq!(may(&insert), inserts, "{role:?}: {insert}");
            let replace = format!("REPLACE INTO {table} DEFAULT VALUES");
            assert_eq!(may(&replace), inserts, "{role:?}: {replace}");
            for column in columns {
                let update = format!("UPDATE {table} SET {column} = NULL");
                let updates = updatable(role).contains(&(table.as_str(), column.as_str()));
                assert_eq!(may(&update), updates, "{role:?}: {update}");
            }
            for never in [
                format!("DELETE FROM {table}"),
                format!("DROP TABLE {table}"),
                format!("ALTER TABLE {table} RENAME TO other"),
                format!("ALTER TABLE {table} ADD COLUMN other TEXT"),
                format!("CREATE INDEX other ON {table} ({})", columns[0]),
                format!("CREATE TRIGGER other AFTER INSERT ON {table} BEGIN SELECT 1; END"),
                format!("CREATE TEMP TRIGGER other AFTER INSERT ON {table} BEGIN SELECT 1; END"),
            ] {
                assert!(!may(&never), "{role:?}: {never}");
            }
        }
    }
}

#[test]
fn roles_cannot_reach_beyond_the_tables() {
    let fixture = fixture();
    for role in Role::ALL {
        let connection = fixture.store.connect(role).unwrap();
        for never in [
            "DROP TRIGGER ledger_is_never_deleted",
            "DROP INDEX dot_catalogue_one_head",
            "CREATE TABLE other (text TEXT)",
            "CREATE TEMP TABLE other (text TEXT)",
            "CREATE VIEW other AS SELECT 1",
            "CREATE TEMP VIEW ledger AS SELECT 1",
            "CREATE VIRTUAL TABLE other USING fts5(text)",
            "ATTACH DATABASE ':memory:' AS other",
            "PRAGMA writable_schema = ON",
            "PRAGMA foreign_keys = OFF",
            "PRAGMA recursive_triggers = OFF",
            "PRAGMA journal_mode = DELETE",
            "PRAGMA synchronous = OFF",
            "PRAGMA user_version = 9",
            "PRAGMA trusted_schema = ON",
            "UPDATE sqlite_schema SET sql = NULL",
            "DELETE FROM sqlite_schema",
            "REINDEX",
            "ANALYZE",
            "SELECT load_extension('other')",
            "SELECT writefile('other', 'text')",
        ] {
            assert!(connection.prepare(never).is_err(), "{role:?}: {never}");
        }
        let count = connection.prepare("SELECT count(*) FROM attempt");
        assert!(count.is_ok(), "{role:?}");
    }
}

#[test]
fn writers_of_evidence_read_only_what_they_need() {
    let fixture = fixture();
    for (role, may, may_not) in [
        (Role::SnapshotWriter, "snapshot", "ledger"),
        (Role::AuditWriter, "failure_audit", "ownership"),
    ] {
        let connection = fixture.store.connect(role).unwrap();
        assert!(connection.prepare(&format!("SELECT * FROM {may}")).is_ok());
        assert!(
            connection
                .prepare(&format!("SELECT * FROM {may_not}"))
                .is_err()
        );
    }
}

#[test]
fn report_on_credentials_matches_what_they_may_do() {
    for role in Role::ALL {
        let facts = role.facts();
        let mut insertable = insertable(role);
        insertable.sort_unstable();
        assert_eq!(facts.may_insert, insertable);
        let mut updatable: Vec<String> = updatable(role)
            .iter()
            .map(|(table, column)| format!("{table}.{column}"))
            .collect();
        updatable.sort_unstable();
        assert_eq!(facts.may_update, updatable);
        assert!(facts.may_delete.is_empty());
        assert_eq!(facts.read_only, role == Role::Verifier);
    }
}
