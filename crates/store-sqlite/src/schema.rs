//! The schema as the file has it, as the migrations make it, and one digest over it.

use std::sync::OnceLock;

use canonical::{ContentHasher, Digest};
use gate::port::{ObjectKind, SchemaObject};
use rusqlite::{Connection, Row};
use serde_json::{Value, json};

use crate::error::{During, StoreError};
use crate::migrations;

/// Names the purpose of a schema fingerprint.
const FINGERPRINT_TAG: &str = "holdfast/schema-fingerprint/v1";

/// Every schema object of a store, whoever made it, sorted.
///
/// Automatic indexes have no text and are left out: they follow from their table's.
pub(crate) fn objects(connection: &Connection) -> Result<Vec<SchemaObject>, StoreError> {
    let mut statement = connection
        .prepare_cached("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
        .during("read the schema")?;
    let mut objects = statement
        .query_map([], object)
        .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
        .during("read the schema")?;
    objects.sort_unstable();
    Ok(objects)
}

fn object(row: &Row<'_>) -> rusqlite::Result<SchemaObject> {
    let sql: String = row.get(3)?;
    let mut hasher = ContentHasher::new();
    hasher.update(sql.as_bytes());
    Ok(SchemaObject {
        kind: kind(&row.get::<_, String>(0)?)?,
        name: row.get(1)?,
        table: row.get(2)?,
        sql_hash: hasher.finish(),
        sql,
    })
}

fn kind(text: &str) -> rusqlite::Result<ObjectKind> {
    match text {
        "table" => Ok(ObjectKind::Table),
        "index" => Ok(ObjectKind::Index),
        "trigger" => Ok(ObjectKind::Trigger),
        "view" => Ok(ObjectKind::View),
        other => Err(rusqlite::Error::FromSqlConversionFailure(
            0,
            rusqlite::types::Type::Text,
            format!("`{other}` is not a kind of schema object").into(),
        )),
    }
}

/// Every schema object that the migrations make, sorted; made once, in memory.
pub fn expected_schema_objects() -> Result<&'static [SchemaObject], StoreError> {
    static EXPECTED: OnceLock<Vec<SchemaObject>> = OnceLock::new();
    if let Some(objects) = EXPECTED.get() {
        return Ok(objects);
    }
    let mut connection = Connection::open_in_memory().during("open a store in memory")?;
    migrations::apply(&mut connection)?;
    let objects = objects(&connection)?;
    Ok(EXPECTED.get_or_init(|| objects))
}

/// The fingerprint of a store's schema: what the gate reports and the transaction compares.
pub(crate) fn fingerprint(connection: &Connection) -> Result<Digest, StoreError> {
    fingerprint_of(&objects(connection)?)
}

/// One digest over schema objects: kind, name, table and text of each, in sorted order.
pub fn fingerprint_of(objects: &[SchemaObject]) -> Result<Digest, StoreError> {
    let mut sorted: Vec<&SchemaObject> = objects.iter().collect();
    sorted.sort_unstable();
    let listed: Vec<Value> = sorted
        .into_iter()
        .map(|object| {
            json!({
                "kind": word(object.kind),
                "name": object.name,
                "table": object.table,
                "sql_hash": object.sql_hash,
            })
        })
        .collect();
    canonical::hash(FINGERPRINT_TAG, &Value::Array(listed)).map_err(|error| {
        StoreError::Unstorable {
            what: "compute the schema fingerprint",
            reason: error.to_string(),
        }
    })
}

const fn word(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Table => "table",
        ObjectKind::Index => "index",
        ObjectKind::Trigger => "trigger",
        ObjectKind::View => "view",
    }
}
