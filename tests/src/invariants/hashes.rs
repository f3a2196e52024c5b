//! Row hashes, recomputed from the columns as any outsider would who knows the rule of the hash:
//! carrier, key and the governed columns, digests and instants as text.

use canonical::{Identifier, Timestamp, row};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};
use serde_json::{Map, Value};

use super::{digest, uuid};
use crate::fixture::must;

/// Columns that are no part of a row's hash: where it lies, and what it hashes to.
const UNHASHED: [&str; 6] = [
    "row_key",
    "row_hash",
    "ordinal",
    "ledger_key",
    "writer_ordinal",
    "retirement_ref",
];

/// Every table that keeps a hash with its rows.
pub(super) fn check(store: &Connection, found: &mut Vec<String>) {
    let tables = "SELECT m.name FROM sqlite_schema AS m JOIN pragma_table_info(m.name) AS c \
                  WHERE m.type = 'table' AND c.name = 'row_hash' ORDER BY m.name";
    let mut statement = must(store.prepare(tables));
    let tables = must(statement.query_map([], |row| row.get::<_, String>(0)));
    for table in tables.map(must) {
        check_table(store, &table, found);
    }
}

fn check_table(store: &Connection, table: &str, found: &mut Vec<String>) {
    let carrier: Identifier = must(table.parse());
    let mut statement = must(store.prepare(&format!("SELECT * FROM {table}")));
    let names: Vec<String> = statement
        .column_names()
        .into_iter()
        .map(str::to_owned)
        .collect();
    let mut rows = must(statement.query([]));
    while let Some(row) = must(rows.next()) {
        let key: String = must(row.get("row_key"));
        let stored = digest(must(row.get("row_hash")));
        if must(row::row_hash(&carrier, &key, &columns(row, &names))) != stored {
            found.push(format!(
                "row `{key}` of `{table}` does not hash to its hash"
            ));
        }
    }
}

fn columns(row: &Row<'_>, names: &[String]) -> Map<String, Value> {
    let mut columns = Map::new();
    for name in names {
        if name == "ledger_key" {
            // What follows the six bytes of mint time is the replay key, which is hashed.
            let key: Vec<u8> = must(row.get("ledger_key"));
            let replay_key = must(key.get(6..).ok_or("a short ledger key"));
            let text = digest(replay_key.to_vec()).to_string();
            columns.insert("replay_key".to_owned(), Value::String(text));
        }
        if UNHASHED.contains(&name.as_str()) {
            continue;
        }
        columns.insert(name.clone(), hashed(name, must(row.get_ref(name.as_str()))));
    }
    columns
}

/// A column's value as it is hashed.
fn hashed(name: &str, value: ValueRef<'_>) -> Value {
    let is_instant = name.ends_with("_at") || name.starts_with("effective_");
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(micros) if is_instant => {
            Value::String(must(Timestamp::from_micros(micros)).to_string())
        }
        ValueRef::Integer(number) => Value::from(number),
        ValueRef::Real(number) => Value::from(number),
        ValueRef::Text(text) => Value::String(must(String::from_utf8(text.to_vec()))),
        ValueRef::Blob(bytes) if bytes.len() == 16 => {
            Value::String(uuid(bytes.to_vec()).to_string())
        }
        ValueRef::Blob(bytes) => Value::String(digest(bytes.to_vec()).to_string()),
    }
}
