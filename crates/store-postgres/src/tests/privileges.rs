//! Least privilege: every role really tries every statement on every table, and the server refuses
//! each that is not the role's to run.

use postgres_lab::postgres::Client;
use postgres_lab::postgres::error::SqlState;

use super::fixture::Fixture;
use crate::Role;

const AUTHORITY: [&str; 14] = ::authority::carriers::ALL;

const RESERVED_TO_SERVER: [(&str, &str); 6] = [
    ("attempt", "opened_at"),
    ("attempt", "failure_digest"),
    ("ledger", "consumed_at"),
    ("ledger", "writer_txid"),
    ("dot_catalogue", "status"),
    ("snapshot", "recorded_by"),
];

fn may_select(role: Role, table: &str) -> bool {
    match role {
        Role::Authority => {
            AUTHORITY.contains(&table)
                || ["authority_head", "dot_catalogue", "dot_epoch"].contains(&table)
        }
        Role::OwnerResolver => [
            "principal",
            "principal_binding",
            "action_type",
            "ownership",
            "approval",
            "approval_vote",
            "verifier",
        ]
        .contains(&table),
        Role::ArtifactResolver => table == "admission",
        Role::AuditWriter => ["attempt", "decision", "failure_audit"].contains(&table),
        Role::Registrar | Role::Observer | Role::Verifier | Role::Reader => true,
    }
}

fn may_insert(role: Role, table: &str) -> bool {
    match role {
        Role::Authority => AUTHORITY.contains(&table),
        Role::Registrar => {
            ["attempt", "evidence", "ledger", "dot_catalogue", "decision"].contains(&table)
        }
        Role::Observer => ["snapshot", "verification_report"].contains(&table),
        Role::OwnerResolver
        | Role::ArtifactResolver
        | Role::AuditWriter
        | Role::Verifier
        | Role::Reader => false,
    }
}

fn may_update(role: Role, table: &str, column: &str) -> bool {
    role == Role::Registrar
        && table == "attempt"
        && ["state", "closed_at", "consumed_key"].contains(&column)
}

fn may_call(role: Role, function: &str) -> bool {
    match function {
        "record_failure" => role == Role::AuditWriter,
        "lock_authority" => role == Role::Registrar,
        "backend_started_at" => role == Role::Observer,
        name => name.starts_with("reread_"),
    }
}

/// Whether the server lets a statement through as far as its rights go; what it does is undone.
fn lets(client: &mut Client, statement: &str) -> bool {
    let mut transaction = client.transaction().unwrap();
    let done = transaction.batch_execute(statement);
    transaction.rollback().unwrap();
    match done {
        Ok(()) => true,
        Err(error) => error.code() != Some(&SqlState::INSUFFICIENT_PRIVILEGE),
    }
}

struct Table {
    name: String,
    columns: Vec<String>,
}

fn tables(fixture: &Fixture) -> Vec<Table> {
    let rows = fixture.superuser().query(
        "SELECT c.relname::text, array_agg(a.attname::text) FROM pg_class AS c \
         JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND a.attgenerated = '' \
          AND a.attidentity = '' AND NOT a.attisdropped \
         WHERE c.relnamespace = 'holdfast'::regnamespace AND c.relkind = 'r' GROUP BY c.relname",
        &[],
    );
    let table = |row: &postgres_lab::postgres::Row| Table {
        name: row.get(0),
        columns: row.get(1),
    };
    rows.unwrap().iter().map(table).collect()
}

#[test]
fn every_role_reads_and_writes_its_own_tables_and_no_other() {
    let fixture = Fixture::fresh();
    let tables = tables(&fixture);
    assert!(tables.len() > 20);
    for role in Role::ALL {
        let mut client = fixture.connect(role);
        for Table { name, columns } in &tables {
            let asked = [
                (
                    format!("SELECT 1 FROM holdfast.{name}"),
                    may_select(role, name),
                ),
                (
                    format!("INSERT INTO holdfast.{name} DEFAULT VALUES"),
                    may_insert(role, name),
                ),
                (format!("DELETE FROM holdfast.{name}"), false),
                (format!("TRUNCATE holdfast.{name} CASCADE"), false),
                (
                    format!("LOCK TABLE holdfast.{name} IN EXCLUSIVE MODE"),
                    false,
                ),
                (
                    format!("ALTER TABLE holdfast.{name} DISABLE TRIGGER USER"),
                    false,
                ),
                (format!("DROP TABLE holdfast.{name} CASCADE"), false),
            ];
            for (statement, may) in asked {
                assert_eq!(lets(&mut client, &statement), may, "{role}: {statement}");
            }
            for column in columns {
                let statement = format!("UPDATE holdfast.{name} SET {column} = DEFAULT");
                let may = may_update(role, name, column);
                assert_eq!(lets(&mut client, &statement), may, "{role}: {statement}");
            }
        }
        for (table, column) in RESERVED_TO_SERVER {
            let statement = format!("INSERT INTO holdfast.{table} ({column}) VALUES (DEFAULT)");
            assert!(!lets(&mut client, &statement), "{role}: {statement}");
        }
    }
}

#[test]
fn every_role_calls_its_own_functions_and_no_other() {
    let fixture = Fixture::fresh();
    let functions = fixture.superuser().query(
        "SELECT p.proname::text, p.oid::regprocedure::text, p.pronargs::integer FROM pg_proc AS p \
         WHERE p.pronamespace = 'holdfast'::regnamespace AND p.prorettype <> 'trigger'::regtype",
        &[],
    );
    for row in functions.unwrap() {
        let (name, signature): (String, String) = (row.get(0), row.get(1));
        let inputs = signature.matches(',').count() + usize::from(!signature.ends_with("()"));
        let arguments = vec!["NULL"; inputs].join(", ");
        let statement = format!("SELECT 1 FROM holdfast.{name}({arguments})");
        for role in Role::ALL {
            let mut client = fixture.connect(role);
            let may = may_call(role, &name);
            // A reader of rows may call, and then has no right to the rows of some tables.
            let is_let = lets(&mut client, &statement);
            let rereads = name.starts_with("reread_");
            assert!(is_let == may || rereads && !is_let, "{role}: {statement}");
        }
    }
}

#[test]
fn no_role_becomes_another_or_makes_anything() {
    let fixture = Fixture::fresh();
    let database = fixture.database.name();
    let owner = format!("{database}_owner");
    for role in Role::ALL {
        let mut client = fixture.connect(role);
        let (own, other) = match role {
            Role::Reader => (role.login(database), Role::Registrar.login(database)),
            _ => (role.login(database), Role::Reader.login(database)),
        };
        let refused = [
            format!("SET ROLE \"{owner}\""),
            format!("SET ROLE \"{other}\""),
            format!("SET SESSION AUTHORIZATION \"{other}\""),
            format!("GRANT \"{owner}\" TO \"{own}\""),
            format!("ALTER ROLE \"{own}\" SUPERUSER"),
            "CREATE ROLE another".to_owned(),
            "CREATE TABLE holdfast.another ()".to_owned(),
            "CREATE TABLE public.another ()".to_owned(),
            "CREATE TEMP TABLE another ()".to_owned(),
            "CREATE SCHEMA another".to_owned(),
            "CREATE FUNCTION holdfast.another() RETURNS void LANGUAGE sql AS ''".to_owned(),
            "CREATE TRIGGER another AFTER INSERT ON holdfast.dot_catalogue \
             EXECUTE FUNCTION holdfast.refuse()"
                .to_owned(),
            "SET session_replication_role = replica".to_owned(),
            "COPY holdfast.dot_catalogue TO PROGRAM 'true'".to_owned(),
        ];
        for statement in refused {
            assert!(!lets(&mut client, &statement), "{role}: {statement}");
        }
        // The session itself works: what was refused was refused for the right.
        assert!(lets(&mut client, "SELECT session_user"), "{role}");
    }
}
