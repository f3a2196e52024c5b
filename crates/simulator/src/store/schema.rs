//! The schema that the gate is shown: the least of one on which it opens.

use canonical::{ContentHasher, Digest};
use gate::port::{CredentialFacts, ObjectKind, SchemaObject};

/// Tables, with the columns by which the gate knows that they can carry what they are for.
const TABLES: [(&str, &str); 22] = [
    ("action_type", ROW_HASH),
    (
        "admission",
        "artifact_hash BLOB NOT NULL, hash_algorithm TEXT, canonicalization_version TEXT, \
         row_hash BLOB NOT NULL",
    ),
    (
        "approval",
        "operation TEXT, artifact_hash BLOB, row_hash BLOB NOT NULL",
    ),
    ("approval_vote", ROW_HASH),
    ("dot_config", ROW_HASH),
    ("hold_event", ROW_HASH),
    ("manifest", ROW_HASH),
    ("ownership", ROW_HASH),
    ("policy", ROW_HASH),
    ("principal", ROW_HASH),
    ("principal_binding", ROW_HASH),
    ("retirement", ROW_HASH),
    ("trigger_inventory", ROW_HASH),
    ("verifier", ROW_HASH),
    ("attempt", "request_digest BLOB NOT NULL"),
    (
        "decision",
        "ledger_key BLOB NOT NULL PRIMARY KEY REFERENCES ledger (ledger_key), bytes BLOB NOT NULL",
    ),
    (
        "dot_catalogue",
        "status TEXT CHECK (status IN ('draft', 'active', 'deprecated', 'retired')), \
         row_hash BLOB NOT NULL",
    ),
    ("evidence", "frame BLOB NOT NULL"),
    ("failure_audit", "failure_digest BLOB NOT NULL"),
    (
        "ledger",
        "ledger_key BLOB NOT NULL PRIMARY KEY, nonce BLOB NOT NULL UNIQUE, \
         effect_identity BLOB NOT NULL UNIQUE, operation TEXT, target TEXT, run_id TEXT, \
         artifact_hash BLOB, owner_binding_digest BLOB, \
         head_key TEXT REFERENCES dot_catalogue (row_key) DEFERRABLE INITIALLY DEFERRED, \
         CHECK (consumed_at <= expires_at), FOREIGN KEY (ledger_key) \
         REFERENCES decision (ledger_key) DEFERRABLE INITIALLY DEFERRED",
    ),
    ("snapshot", "bytes BLOB NOT NULL"),
    ("verification_report", "report BLOB NOT NULL"),
];

const ROW_HASH: &str = "row_hash BLOB NOT NULL";

/// How many of the tables are authority carriers; they come first.
const AUTHORITY_TABLES: usize = 14;

/// What the migrations would make.
pub(crate) fn expected() -> Vec<SchemaObject> {
    let mut objects = Vec::new();
    for (table, columns) in TABLES {
        let sql = format!("CREATE TABLE {table} ({columns}) STRICT");
        objects.push(object(ObjectKind::Table, table, table, sql));
        for statement in ["UPDATE", "DELETE"] {
            let name = format!("{table}_refuses_{statement}");
            let sql = format!(
                "CREATE TRIGGER {name} BEFORE {statement} ON {table} \
                 BEGIN SELECT RAISE(ABORT, 'never'); END"
            );
            objects.push(object(ObjectKind::Trigger, &name, table, sql));
        }
    }
    let sql = "CREATE UNIQUE INDEX one_head ON dot_catalogue (dot_code) \
               WHERE status IN ('draft', 'active')";
    objects.push(object(
        ObjectKind::Index,
        "one_head",
        "dot_catalogue",
        sql.to_owned(),
    ));
    objects
}

/// A trigger that nobody accounted for and that notifies of every new row.
pub(crate) fn foreign_trigger(number: u32) -> SchemaObject {
    let name = format!("foreign_{number}");
    let sql = format!("CREATE TRIGGER {name} AFTER INSERT ON dot_catalogue BEGIN SELECT 1; END");
    object(ObjectKind::Trigger, &name, "dot_catalogue", sql)
}

/// The catalogue's fingerprint while it has this many foreign triggers.
pub(crate) fn fingerprint(foreign_triggers: u32) -> Digest {
    digest(&format!("schema with {foreign_triggers} foreign triggers"))
}

/// What each role may do.
pub(crate) fn credentials() -> Vec<CredentialFacts> {
    let authority: Vec<&str> = TABLES
        .iter()
        .take(AUTHORITY_TABLES)
        .map(|(table, _)| *table)
        .collect();
    vec![
        role(
            "authority",
            &authority,
            &["dot_catalogue.retirement_ref", "dot_catalogue.status"],
        ),
        role(
            "registrar",
            &["attempt", "decision", "dot_catalogue", "evidence", "ledger"],
            &["attempt.closed_at", "attempt.consumed_key", "attempt.state"],
        ),
        role("observer", &[], &[]),
        role("snapshot-writer", &["snapshot", "verification_report"], &[]),
        role(
            "audit-writer",
            &["failure_audit", "hold_event"],
            &[
                "attempt.closed_at",
                "attempt.failure_digest",
                "attempt.state",
            ],
        ),
        role("verifier", &[], &[]),
    ]
}

fn role(name: &str, may_insert: &[&str], may_update: &[&str]) -> CredentialFacts {
    let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    CredentialFacts {
        role: name.to_owned(),
        may_insert: owned(may_insert),
        may_update: owned(may_update),
        may_delete: Vec::new(),
        read_only: name == "verifier",
    }
}

fn object(kind: ObjectKind, name: &str, table: &str, sql: String) -> SchemaObject {
    SchemaObject {
        kind,
        name: name.to_owned(),
        table: table.to_owned(),
        sql_hash: digest(&sql),
        sql,
    }
}

fn digest(text: &str) -> Digest {
    let mut hasher = ContentHasher::new();
    hasher.update(text.as_bytes());
    hasher.finish()
}
