//! The schema as the catalogs have it, object by object, and as the migrations make it.

use std::sync::OnceLock;

use canonical::ContentHasher;
use deadpool_postgres::GenericClient;
use gate::port::{ObjectKind, SchemaObject};
#[cfg(test)]
use serde_json::Value;

use crate::connection::Session;
use crate::error::StoreError;

const WHAT: &str = "read the schema";

/// Every object of the schema: kind, name, table and text, the same on every server version.
const STATEMENT: &str = include_str!("schema.sql");

/// The same, of the catalogue's triggers alone: the condition reaches every branch of the statement,
/// so that nothing else is written out.
const CATALOGUE_TRIGGERS: &str = concat!(
    "SELECT o.* FROM (",
    include_str!("schema.sql"),
    ") AS o WHERE o.kind = 'trigger' AND o.of_table = 'dot_catalogue'"
);

/// What a fresh store has; a test compares it with one, and writes it anew when asked to.
const EXPECTED: &str = include_str!("../expected-schema.json");

/// Every object of a store's schema, sorted.
pub(crate) async fn objects(
    session: &Session,
    client: &impl GenericClient,
) -> Result<Vec<SchemaObject>, StoreError> {
    query(session, client, STATEMENT).await
}

/// The triggers of the catalogue, sorted: the same lines as among all objects.
pub(crate) async fn catalogue_triggers(
    session: &Session,
    client: &impl GenericClient,
) -> Result<Vec<SchemaObject>, StoreError> {
    query(session, client, CATALOGUE_TRIGGERS).await
}

async fn query(
    session: &Session,
    client: &impl GenericClient,
    text: &str,
) -> Result<Vec<SchemaObject>, StoreError> {
    let failed = |error| session.failed(WHAT, error);
    let statement = client.prepare_cached(text).await.map_err(failed)?;
    let rows = client.query(&statement, &[]).await.map_err(failed)?;
    let mut objects = Vec::with_capacity(rows.len());
    for row in &rows {
        let text = |place: usize| row.try_get::<_, String>(place).map_err(failed);
        objects.push(object(&text(0)?, text(1)?, text(2)?, text(3)?)?);
    }
    objects.sort_unstable();
    Ok(objects)
}

/// Every object that the migrations make, sorted.
pub(crate) fn expected() -> Result<&'static [SchemaObject], StoreError> {
    static OBJECTS: OnceLock<Vec<SchemaObject>> = OnceLock::new();
    if let Some(objects) = OBJECTS.get() {
        return Ok(objects);
    }
    let listed: Vec<[String; 4]> = serde_json::from_str(EXPECTED)
        .map_err(|error| unreadable(format!("the expected schema: {error}")))?;
    let mut objects = listed
        .into_iter()
        .map(|[kind, name, table, text]| object(&kind, name, table, text))
        .collect::<Result<Vec<_>, _>>()?;
    objects.sort_unstable();
    Ok(OBJECTS.get_or_init(|| objects))
}

/// Objects as the file of expected ones lists them.
#[cfg(test)]
pub(crate) fn listed(objects: &[SchemaObject]) -> Value {
    let list = objects.iter().map(|object| {
        serde_json::json!([word(object.kind), object.name, object.table, object.sql])
    });
    Value::Array(list.collect())
}

fn object(
    kind: &str,
    name: String,
    table: String,
    text: String,
) -> Result<SchemaObject, StoreError> {
    let mut hasher = ContentHasher::new();
    hasher.update(text.as_bytes());
    Ok(SchemaObject {
        kind: kind_of(kind)?,
        name,
        table,
        sql_hash: hasher.finish(),
        sql: text,
    })
}

fn kind_of(text: &str) -> Result<ObjectKind, StoreError> {
    match text {
        "table" => Ok(ObjectKind::Table),
        "index" => Ok(ObjectKind::Index),
        "trigger" => Ok(ObjectKind::Trigger),
        "view" => Ok(ObjectKind::View),
        "function" => Ok(ObjectKind::Function),
        other => Err(unreadable(format!("`{other}` is not a kind of object"))),
    }
}

#[cfg(test)]
const fn word(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Table => "table",
        ObjectKind::Index => "index",
        ObjectKind::Trigger => "trigger",
        ObjectKind::View => "view",
        ObjectKind::Function => "function",
    }
}

fn unreadable(reason: String) -> StoreError {
    StoreError::Unstorable { what: WHAT, reason }
}
