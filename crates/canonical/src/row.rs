//! Governed rows: a row counts only after it was reread and its hash recomputed.

use std::str::FromStr;

use serde_json::{Map, Value};

use crate::scalar::{Identifier, Timestamp};
use crate::write::{WriteError, Writer};
use crate::{Digest, hash_bytes, tags};

/// Why a row cannot be relied on, or a column not be read from it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowError {
    /// The row's content is not what its stored hash says.
    #[error("row `{key}` of `{carrier}` does not match its stored hash")]
    HashMismatch {
        /// The carrier it was read from.
        carrier: String,
        /// Its key there.
        key: String,
    },
    /// The row holds what has no canonical bytes, so it has no hash either.
    #[error("row cannot be hashed")]
    Unhashable(#[from] WriteError),
    /// The row has no such column.
    #[error("row has no column `{column}`")]
    Missing {
        /// The column that was asked for.
        column: String,
    },
    /// The column holds something else, null included.
    #[error("column `{column}` is not a {expected}")]
    WrongType {
        /// The column that was asked for.
        column: String,
        /// What it had to be.
        expected: &'static str,
    },
}

/// A row as it was reread from its carrier, with the hash that was recomputed from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GovernedRow {
    carrier: Identifier,
    key: String,
    columns: Map<String, Value>,
    row_hash: Digest,
}

impl GovernedRow {
    /// Takes a row that a carrier just gave, when its content matches the hash stored with it.
    // INVARIANT: the only constructor; holding a row is the proof that its hash was recomputed.
    pub fn reread(
        carrier: Identifier,
        key: String,
        columns: Map<String, Value>,
        stored_hash: Digest,
    ) -> Result<Self, RowError> {
        if row_hash(&carrier, &key, &columns)? != stored_hash {
            return Err(RowError::HashMismatch {
                carrier: carrier.into_string(),
                key,
            });
        }
        Ok(Self {
            carrier,
            key,
            columns,
            row_hash: stored_hash,
        })
    }

    /// The carrier it was read from.
    pub fn carrier(&self) -> &Identifier {
        &self.carrier
    }

    /// Its key there.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Its columns by name.
    pub fn columns(&self) -> &Map<String, Value> {
        &self.columns
    }

    /// The hash over carrier, key and columns.
    pub fn row_hash(&self) -> Digest {
        self.row_hash
    }

    /// A column that holds text.
    pub fn text(&self, name: &str) -> Result<&str, RowError> {
        self.optional_text(name)?.ok_or_else(|| wrong(name, "text"))
    }

    /// A column that holds text or null.
    pub fn optional_text(&self, name: &str) -> Result<Option<&str>, RowError> {
        match self.column(name)? {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text)),
            _ => Err(wrong(name, "text")),
        }
    }

    /// A column that holds an integer.
    pub fn integer(&self, name: &str) -> Result<i64, RowError> {
        self.column(name)?
            .as_i64()
            .ok_or_else(|| wrong(name, "integer"))
    }

    /// A column that holds true or false, also as the 1 or 0 of stores without booleans.
    pub fn boolean(&self, name: &str) -> Result<bool, RowError> {
        let column = self.column(name)?;
        match (column.as_bool(), column.as_i64()) {
            (Some(boolean), _) => Ok(boolean),
            (None, Some(0)) => Ok(false),
            (None, Some(1)) => Ok(true),
            (None, _) => Err(wrong(name, "boolean")),
        }
    }

    /// A column that holds a digest.
    pub fn digest(&self, name: &str) -> Result<Digest, RowError> {
        self.optional_digest(name)?
            .ok_or_else(|| wrong(name, "digest"))
    }

    /// A column that holds a digest or null.
    pub fn optional_digest(&self, name: &str) -> Result<Option<Digest>, RowError> {
        self.optional_scalar(name, "digest")
    }

    /// A column that holds an instant.
    pub fn timestamp(&self, name: &str) -> Result<Timestamp, RowError> {
        self.optional_timestamp(name)?
            .ok_or_else(|| wrong(name, "timestamp"))
    }

    /// A column that holds an instant or null.
    pub fn optional_timestamp(&self, name: &str) -> Result<Option<Timestamp>, RowError> {
        self.optional_scalar(name, "timestamp")
    }

    fn optional_scalar<T: FromStr>(
        &self,
        name: &str,
        expected: &'static str,
    ) -> Result<Option<T>, RowError> {
        let Some(text) = self
            .optional_text(name)
            .map_err(|error| retype(error, expected))?
        else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| wrong(name, expected))
    }

    fn column(&self, name: &str) -> Result<&Value, RowError> {
        self.columns.get(name).ok_or_else(|| RowError::Missing {
            column: name.to_owned(),
        })
    }
}

/// The hash that a writer stores with a row: over carrier, key and columns.
///
/// Carrier and key are inside, so that a row copied to another place does not match there.
pub fn row_hash(
    carrier: &Identifier,
    key: &str,
    columns: &Map<String, Value>,
) -> Result<Digest, WriteError> {
    let mut writer = Writer::default();
    writer.raw("{\"carrier\":");
    writer.string(carrier)?;
    writer.raw(",\"columns\":");
    writer.object(columns, 1)?;
    writer.raw(",\"key\":");
    writer.string(key)?;
    writer.raw("}");
    Ok(hash_bytes(tags::ROW, &writer.finish()?))
}

fn wrong(column: &str, expected: &'static str) -> RowError {
    RowError::WrongType {
        column: column.to_owned(),
        expected,
    }
}

fn retype(error: RowError, expected: &'static str) -> RowError {
    match error {
        RowError::WrongType { column, .. } => RowError::WrongType { column, expected },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::hash;

    fn carrier() -> Identifier {
        "approvals".parse().unwrap()
    }

    fn columns() -> Map<String, Value> {
        let columns = json!({
            "at": "2026-01-01T00:00:00.000000Z",
            "count": 3,
            "hash": Digest::UNSEALED,
            "name": "é",
            "no": false,
            "one": 1,
            "two": 2,
            "void": null,
            "zero": 0,
        });
        columns.as_object().unwrap().clone()
    }

    fn row() -> GovernedRow {
        let stored = row_hash(&carrier(), "k", &columns()).unwrap();
        GovernedRow::reread(carrier(), "k".to_owned(), columns(), stored).unwrap()
    }

    #[test]
    fn the_row_hash_covers_carrier_key_and_columns() {
        let whole = json!({"carrier": "approvals", "key": "k", "columns": columns()});
        assert_eq!(row().row_hash(), hash(tags::ROW, &whole).unwrap());
    }

    #[test]
    fn a_row_gives_back_what_was_read() {
        let row = row();
        assert_eq!(row.carrier(), &carrier());
        assert_eq!(row.key(), "k");
        assert_eq!(row.columns(), &columns());
    }

    #[test]
    fn a_row_that_differs_anywhere_from_its_stored_hash_is_refused() {
        let stored = row().row_hash();
        let reread = |carrier: &str, key: &str, columns| {
            GovernedRow::reread(carrier.parse().unwrap(), key.to_owned(), columns, stored)
        };
        assert!(reread("approvals", "k", columns()).is_ok());
        let mut changed = columns();
        changed.insert("count".to_owned(), json!(4));
        for refused in [
            reread("approvals", "k", changed),
            reread("approvals", "l", columns()),
            reread("owners", "k", columns()),
        ] {
            assert!(matches!(refused, Err(RowError::HashMismatch { .. })));
        }
    }

    #[test]
    fn a_row_without_canonical_bytes_is_refused() {
        let columns = json!({"share": 0.5}).as_object().unwrap().clone();
        let refused = GovernedRow::reread(carrier(), "k".to_owned(), columns, Digest::UNSEALED);
        assert_eq!(refused, Err(RowError::Unhashable(WriteError::Float)));
    }

    #[test]
    fn columns_are_read_as_what_they_are() {
        let row = row();
        assert_eq!(row.text("name"), Ok("é"));
        assert_eq!(row.optional_text("void"), Ok(None));
        assert_eq!(row.integer("count"), Ok(3));
        assert_eq!(row.boolean("no"), Ok(false));
        assert_eq!(row.boolean("zero"), Ok(false));
        assert_eq!(row.boolean("one"), Ok(true));
        assert_eq!(row.digest("hash"), Ok(Digest::UNSEALED));
        assert_eq!(row.optional_digest("void"), Ok(None));
        assert_eq!(
            row.timestamp("at").unwrap().to_string(),
            row.text("at").unwrap()
        );
        assert_eq!(row.optional_timestamp("void"), Ok(None));
    }

    #[test]
    fn columns_are_never_read_as_something_else() {
        let row = row();
        let column = |error: RowError| matches!(error, RowError::WrongType { .. });
        assert!(column(row.text("void").unwrap_err()));
        assert!(column(row.text("count").unwrap_err()));
        assert!(column(row.integer("name").unwrap_err()));
        assert!(column(row.boolean("two").unwrap_err()));
        assert!(column(row.boolean("void").unwrap_err()));
        assert!(column(row.digest("name").unwrap_err()));
        assert!(column(row.digest("void").unwrap_err()));
        assert!(column(row.optional_timestamp("hash").unwrap_err()));
        assert!(column(row.timestamp("count").unwrap_err()));
        assert_eq!(
            row.text("other"),
            Err(RowError::Missing {
                column: "other".to_owned()
            })
        );
    }
}
