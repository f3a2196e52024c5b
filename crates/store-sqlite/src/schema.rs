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

/// What is read of every schema object, whoever made it.
///
/// Automatic indexes have no text and are left out: they follow from their table's.
const OBJECTS: &str = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL";

/// Every schema object of a store, sorted.
pub(crate) fn objects(connection: &Connection) -> Result<Vec<SchemaObject>, StoreError> {
    let mut statement = connection
        .prepare_cached(OBJECTS)
        .during("read the schema")?;
    let mut objects = statement
        .query_map([], object)
        .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
        .during("read the schema")?;
    objects.sort_unstable();
    Ok(objects)
}

/// The triggers on a table that the migrations do not make, byte for byte, sorted.
///
/// The engine keeps a table's name as the trigger spelled it, in any case.
pub(crate) fn foreign_triggers(
    connection: &Connection,
    table: &str,
) -> Result<Vec<SchemaObject>, StoreError> {
    let expected = expected_schema_objects()?;
    let mut statement = connection
        .prepare_cached(
            "SELECT type, name, tbl_name, sql FROM sqlite_schema \
             WHERE type = 'trigger' AND tbl_name = ?1 COLLATE NOCASE",
        )
        .during("read a table's triggers")?;
    let mut triggers = statement
        .query_map([table], object)
        .and_then(Iterator::collect::<rusqlite::Result<Vec<_>>>)
        .during("read a table's triggers")?;
    triggers.retain(|trigger| !expected.contains(trigger));
    triggers.sort_unstable();
    Ok(triggers)
}

/// The fingerprint of a schema that hardly ever changes: its text is read every time, and hashed
/// only when it is another than before.
#[derive(Debug, Default)]
pub(crate) struct Fingerprinter {
    known: Option<(Vec<u8>, Digest)>,
}

impl Fingerprinter {
    /// The fingerprint of the schema as it is now.
    pub(crate) fn fingerprint(&mut self, connection: &Connection) -> Result<Digest, StoreError> {
        let text = text_of_all(connection).during("read the schema")?;
        if let Some((known, digest)) = &self.known
            && *known == text
        {
            return Ok(*digest);
        }
        let digest = fingerprint(connection)?;
        self.known = Some((text, digest));
        Ok(digest)
    }
}

/// Everything that a fingerprint depends on, in the order of the file.
fn text_of_all(connection: &Connection) -> rusqlite::Result<Vec<u8>> {
    let mut statement = connection.prepare_cached(OBJECTS)?;
    let mut rows = statement.query([])?;
    let mut text = Vec::new();
    while let Some(row) = rows.next()? {
        for column in 0..4 {
            text.extend_from_slice(row.get_ref(column)?.as_bytes()?);
            text.push(0);
        }
    }
    Ok(text)
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
        ObjectKind::Function => "function",
    }
}
