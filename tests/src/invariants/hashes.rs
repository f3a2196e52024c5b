//! Row hashes, recomputed from the columns as any outsider would who knows the rule of the hash:
//! carrier, key and the governed columns, digests and instants as text.

use canonical::{Identifier, Timestamp, hash_bytes, row, tags};
use serde_json::{Map, Value};

use super::{digest, uuid};
use crate::fixture::must;
use crate::raw::{Cell, Raw};

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
pub(super) fn check(store: &mut Raw, found: &mut Vec<String>) {
    if store.is_file() {
        let tables = "SELECT m.name FROM sqlite_schema AS m \
                      JOIN pragma_table_info(m.name) AS c \
                      WHERE m.type = 'table' AND c.name = 'row_hash' ORDER BY m.name";
        for table in store.rows(tables, &[]).iter().flatten() {
            check_table(store, &table.text(), found);
        }
        return;
    }
    check_table(store, "dot_catalogue", found);
    let tables = "SELECT c.table_name::text FROM information_schema.columns AS c \
                  WHERE c.table_schema = 'holdfast' AND c.column_name = 'canonical'";
    let tables = store.rows(tables, &[]);
    if tables.is_empty() {
        found.push("no table keeps governed rows".to_owned());
    }
    for table in tables.iter().flatten() {
        check_canonical(store, &table.text(), found);
    }
}

/// Rows that are kept as the text that is hashed.
fn check_canonical(store: &mut Raw, table: &str, found: &mut Vec<String>) {
    let text = format!("SELECT row_key, canonical, row_hash FROM holdfast.{table}");
    for row in store.rows(&text, &[]) {
        let [key, canonical, hash] = row.as_slice() else {
            return must(Err(format!("{} columns", row.len())));
        };
        let hashed = hash_bytes(tags::ROW, canonical.text().as_bytes());
        if hashed != digest(hash.bytes()) {
            found.push(broken(&key.text(), table));
        }
    }
}

fn check_table(store: &mut Raw, table: &str, found: &mut Vec<String>) {
    let carrier: Identifier = must(table.parse());
    let (names, rows) = store.named_rows(&format!("SELECT * FROM {table}"), &[]);
    for row in rows {
        let row: Vec<(&str, Cell)> = names.iter().map(String::as_str).zip(row).collect();
        let key = value(&row, "row_key").text();
        let stored = digest(value(&row, "row_hash").bytes());
        if must(row::row_hash(&carrier, &key, &columns(&row))) != stored {
            found.push(broken(&key, table));
        }
    }
}

fn broken(key: &str, table: &str) -> String {
    format!("row `{key}` of `{table}` does not hash to its hash")
}

fn value<'a>(row: &'a [(&str, Cell)], name: &str) -> &'a Cell {
    let found = row.iter().find(|(column, _)| *column == name);
    &must(found.ok_or_else(|| format!("no column `{name}`"))).1
}

fn columns(row: &[(&str, Cell)]) -> Map<String, Value> {
    let mut columns = Map::new();
    for (name, value) in row {
        if *name == "ledger_key" {
            // What follows the six bytes of mint time is the replay key, which is hashed.
            let key = value.bytes();
            let replay_key = must(key.get(6..).ok_or("a short ledger key"));
            let text = digest(replay_key.to_vec()).to_string();
            columns.insert("replay_key".to_owned(), Value::String(text));
        }
        if UNHASHED.contains(name) {
            continue;
        }
        columns.insert((*name).to_owned(), hashed(name, value));
    }
    columns
}

/// A column's value as it is hashed.
fn hashed(name: &str, value: &Cell) -> Value {
    let is_instant = name.ends_with("_at") || name.starts_with("effective_");
    match value {
        Cell::Null => Value::Null,
        Cell::Integer(micros) if is_instant => {
            Value::String(must(Timestamp::from_micros(*micros)).to_string())
        }
        Cell::Integer(number) => Value::from(*number),
        Cell::Text(text) => Value::String(text.clone()),
        Cell::Bytes(bytes) if bytes.len() == 16 => Value::String(uuid(bytes.clone()).to_string()),
        Cell::Bytes(bytes) => Value::String(digest(bytes.clone()).to_string()),
    }
}
