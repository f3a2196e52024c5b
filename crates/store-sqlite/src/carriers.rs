//! The authority carriers in the file: how their rows are read and written.

use authority::carrier::{Carrier, Kind, Misfit};
use authority::lifecycle::{self, FoundRow};
use authority::port::RowStatus;
use canonical::{Digest, GovernedRow, Identifier, Timestamp};
use rusqlite::types::Value as Stored;
use rusqlite::{Connection, Params, Row};
use serde_json::{Map, Value};

use crate::error::{During, StoreError};
use crate::sql::Sql;

mod write;

pub(crate) use write::insert;

/// The row, when its content matches the hash stored with it.
pub(crate) fn governed(row: FoundRow) -> Result<GovernedRow, StoreError> {
    let (carrier, row_key) = (row.carrier.name, row.row_key.clone());
    row.governed().map_err(|misfit| match misfit {
        Misfit::Row(source) => StoreError::TamperedRow {
            carrier: carrier.to_owned(),
            row_key,
            source,
        },
        other => StoreError::Unstorable {
            what: "read an authority row",
            reason: other.to_string(),
        },
    })
}

/// The rows of a carrier for which `condition` holds, of every status, in the order of writing.
///
/// `condition` is SQL of this crate over the alias `r`; whatever came from outside is a parameter.
pub(crate) fn select(
    connection: &Connection,
    carrier: &'static Carrier,
    condition: &str,
    parameters: impl Params,
) -> Result<Vec<FoundRow>, StoreError> {
    let text = statement(carrier, condition);
    let mut statement = connection
        .prepare_cached(&text)
        .during("read an authority carrier")?;
    let rows = statement
        .query_map(parameters, |row| found(carrier, row))
        .during("read an authority carrier")?;
    rows.collect::<rusqlite::Result<_>>()
        .during("read an authority carrier")
}

/// The row with this key.
pub(crate) fn by_key(
    connection: &Connection,
    carrier: &'static Carrier,
    row_key: &str,
) -> Result<Option<FoundRow>, StoreError> {
    Ok(select(connection, carrier, "r.row_key = ?1", [row_key])?.pop())
}

fn statement(carrier: &Carrier, condition: &str) -> String {
    let mut columns = String::new();
    for column in carrier.all_columns() {
        columns.push_str(", r.");
        columns.push_str(column.name);
    }
    let name = carrier.name;
    format!(
        "SELECT r.row_key, r.row_hash, s.lifecycle_status AS later_status, \
         s.issued_at AS later_at{columns} \
         FROM {name} AS r LEFT JOIN {name} AS s ON s.supersedes = r.row_key \
         WHERE {condition} ORDER BY r.ordinal"
    )
}

fn found(carrier: &'static Carrier, row: &Row<'_>) -> rusqlite::Result<FoundRow> {
    let mut columns = Map::new();
    for (place, column) in (4..).zip(carrier.all_columns()) {
        columns.insert(column.name.to_owned(), read(column.kind, row, place)?);
    }
    let issued_at = row.get::<_, Sql<Timestamp>>("issued_at")?.0;
    let own = status(&row.get::<_, String>("lifecycle_status")?)?;
    let later: Option<String> = row.get(2)?;
    let later = later.as_deref().map(status).transpose()?;
    let later_at = row.get::<_, Option<Sql<Timestamp>>>(3)?.map(|at| at.0);
    let later = later.zip(later_at);
    let (status, changed_at) = lifecycle::effective(own, issued_at, later);
    Ok(FoundRow {
        carrier,
        row_key: row.get(0)?,
        columns,
        stored_hash: row.get::<_, Sql<Digest>>(1)?.0,
        issued_at,
        status,
        changed_at,
    })
}

fn status(text: &str) -> rusqlite::Result<RowStatus> {
    RowStatus::of(text).ok_or_else(|| {
        rusqlite::Error::FromSqlConversionFailure(
            2,
            rusqlite::types::Type::Text,
            format!("`{text}` is not a lifecycle status").into(),
        )
    })
}

/// A name of this crate's own tables as an identifier.
pub(crate) fn identifier(name: &str) -> Result<Identifier, StoreError> {
    Identifier::try_from(name).map_err(|error| StoreError::Unstorable {
        what: "name a carrier",
        reason: error.to_string(),
    })
}

/// A column's value as the row hash sees it.
fn read(kind: Kind, row: &Row<'_>, place: usize) -> rusqlite::Result<Value> {
    Ok(match kind {
        Kind::Text => Value::String(row.get(place)?),
        Kind::OptionalText => row
            .get::<_, Option<String>>(place)?
            .map_or(Value::Null, Value::String),
        Kind::Flag => Value::from(row.get::<_, i64>(place)?),
        Kind::Digest => Value::String(row.get::<_, Sql<Digest>>(place)?.0.to_string()),
        Kind::OptionalDigest => row
            .get::<_, Option<Sql<Digest>>>(place)?
            .map_or(Value::Null, |digest| Value::String(digest.0.to_string())),
        Kind::Instant => Value::String(row.get::<_, Sql<Timestamp>>(place)?.0.to_string()),
        Kind::OptionalInstant => row
            .get::<_, Option<Sql<Timestamp>>>(place)?
            .map_or(Value::Null, |at| Value::String(at.0.to_string())),
    })
}

/// A hashed value as the column stores it; `None` where it has no place in the column.
fn stored(kind: Kind, value: &Value) -> Option<Stored> {
    match (kind, value) {
        (Kind::Text | Kind::OptionalText, Value::String(text)) => Some(Stored::Text(text.clone())),
        (Kind::Flag, Value::Number(flag)) => flag.as_i64().map(Stored::Integer),
        (Kind::Digest | Kind::OptionalDigest, Value::String(text)) => {
            let digest: Digest = text.parse().ok()?;
            Some(Stored::Blob(digest.as_bytes().to_vec()))
        }
        (Kind::Instant | Kind::OptionalInstant, Value::String(text)) => {
            let at: Timestamp = text.parse().ok()?;
            Some(Stored::Integer(at.micros()))
        }
        (Kind::OptionalText | Kind::OptionalDigest | Kind::OptionalInstant, Value::Null) => {
            Some(Stored::Null)
        }
        _ => None,
    }
}
