//! Writing an authority row: every column there and of its kind, the hash computed here.

use authority::carrier::Carrier;
use canonical::GovernedRow;
use rusqlite::types::Value as Stored;
use rusqlite::{Connection, params_from_iter};
use serde_json::{Map, Value};

use super::identifier;
use crate::error::{During, StoreError};

/// Inserts a row into its carrier and gives it back as it will be read.
///
/// `columns` are all of the carrier's columns, the common ones among them, and no other; flags may
/// be given as booleans and are hashed as the 0 or 1 that is stored.
pub(crate) fn insert(
    connection: &Connection,
    carrier: &'static Carrier,
    row_key: &str,
    columns: &Map<String, Value>,
) -> Result<GovernedRow, StoreError> {
    let key = identifier(row_key)?;
    let (columns, mut values) = stored(carrier, columns)?;
    let name = identifier(carrier.name)?;
    let hash = canonical::row::row_hash(&name, &key, &columns)
        .map_err(|error| refused(carrier, &error.to_string()))?;
    values.push(Stored::Blob(hash.as_bytes().to_vec()));
    values.push(Stored::Text(key.to_string()));
    connection
        .prepare_cached(&statement(carrier))
        .and_then(|mut statement| statement.execute(params_from_iter(values)))
        .during("insert an authority row")?;
    GovernedRow::reread(name, key.into_string(), columns, hash)
        .map_err(|error| refused(carrier, &error.to_string()))
}

fn statement(carrier: &Carrier) -> String {
    let mut names = String::new();
    let mut marks = String::new();
    for column in carrier.all_columns() {
        names.push_str(column.name);
        names.push_str(", ");
        marks.push_str("?, ");
    }
    format!(
        "INSERT INTO {} ({names}row_hash, row_key) VALUES ({marks}?, ?)",
        carrier.name
    )
}

/// The columns as hashed and as stored, in the order of the carrier's definition.
fn stored(
    carrier: &'static Carrier,
    given: &Map<String, Value>,
) -> Result<(Map<String, Value>, Vec<Stored>), StoreError> {
    let columns = carrier
        .hashed(given)
        .map_err(|misfit| refused(carrier, &misfit.to_string()))?;
    let values = carrier
        .all_columns()
        .map(|column| {
            let value = columns.get(column.name).unwrap_or(&Value::Null);
            super::stored(column.kind, value)
                .ok_or_else(|| refused(carrier, &format!("column `{}`", column.name)))
        })
        .collect::<Result<_, _>>()?;
    Ok((columns, values))
}

fn refused(carrier: &Carrier, reason: &str) -> StoreError {
    StoreError::Unstorable {
        what: "insert an authority row",
        reason: format!("a row of `{}`: {reason}", carrier.name),
    }
}
