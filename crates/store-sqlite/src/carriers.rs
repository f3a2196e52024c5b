//! The authority carriers as data: their columns, and how rows are read, judged and written.

use canonical::{Digest, GovernedRow, Identifier, Timestamp};
use rusqlite::types::Value as Stored;
use rusqlite::{Connection, Params, Row};
use serde_json::{Map, Value};

use crate::error::{During, StoreError};
use crate::sql::Sql;

mod definitions;
mod write;

pub(crate) use definitions::{CARRIERS, Carrier, Head, Kind, Target, find};
pub(crate) use write::insert;

/// The effective status of a governed row; each port has its own word for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Active,
    Superseded,
    Revoked,
    Expired,
}

impl Status {
    /// A status as a row says it; any text that the table would have refused is damage.
    fn of(text: &str) -> Option<Self> {
        match text {
            "active" => Some(Self::Active),
            "superseded" => Some(Self::Superseded),
            "revoked" => Some(Self::Revoked),
            "expired" => Some(Self::Expired),
            _ => None,
        }
    }

    /// What a row becomes when a row of this status supersedes it.
    const fn of_superseded(self) -> Self {
        match self {
            Self::Revoked => Self::Revoked,
            Self::Expired => Self::Expired,
            Self::Active | Self::Superseded => Self::Superseded,
        }
    }
}

/// The ports' words for a status.
macro_rules! port_status {
    ($($port:path),+) => {$(
        impl From<Status> for $port {
            fn from(status: Status) -> Self {
                match status {
                    Status::Active => Self::Active,
                    Status::Superseded => Self::Superseded,
                    Status::Revoked => Self::Revoked,
                    Status::Expired => Self::Expired,
                }
            }
        }
    )+};
}

port_status!(
    artifact_resolver_f::port::RowStatus,
    ::authority::port::RowStatus,
    owner_resolver::port::RowStatus,
    ::registrar::port::RowStatus,
    snapshot_provider::port::RowStatus
);

/// A row as it lies in the file, its hash not yet recomputed.
#[derive(Clone, Debug)]
pub(crate) struct FoundRow {
    pub(crate) carrier: &'static str,
    pub(crate) row_key: String,
    pub(crate) columns: Map<String, Value>,
    pub(crate) stored_hash: Digest,
    pub(crate) issued_at: Timestamp,
    /// Its effective status: its own, unless a later row superseded it.
    pub(crate) status: Status,
    /// When that status was reached, where it is not the one it began with as active.
    pub(crate) changed_at: Option<Timestamp>,
}

impl FoundRow {
    /// The row, when its content matches the hash stored with it.
    pub(crate) fn governed(self) -> Result<GovernedRow, StoreError> {
        let tampered = |row_key: &str, source| StoreError::TamperedRow {
            carrier: self.carrier.to_owned(),
            row_key: row_key.to_owned(),
            source,
        };
        let key = self.row_key.clone();
        GovernedRow::reread(
            identifier(self.carrier)?,
            self.row_key,
            self.columns,
            self.stored_hash,
        )
        .map_err(|source| tampered(&key, source))
    }

    /// The recomputed hash, `None` where it is not the stored one.
    pub(crate) fn recomputed_hash(&self) -> Result<Option<Digest>, StoreError> {
        let carrier = identifier(self.carrier)?;
        let hash = canonical::row::row_hash(&carrier, &self.row_key, &self.columns);
        Ok(hash.ok().filter(|hash| *hash == self.stored_hash))
    }

    /// A column that holds text; empty where the row holds none.
    pub(crate) fn text(&self, column: &str) -> &str {
        self.columns
            .get(column)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// A column that holds an instant.
    pub(crate) fn instant(&self, column: &str) -> Option<Timestamp> {
        self.text(column).parse().ok()
    }
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
        columns.insert(column.name.to_owned(), column.kind.read(row, place)?);
    }
    let issued_at = row.get::<_, Sql<Timestamp>>("issued_at")?.0;
    let own = status(&row.get::<_, String>("lifecycle_status")?)?;
    let later: Option<String> = row.get(2)?;
    let later = later.as_deref().map(status).transpose()?;
    let later_at = row.get::<_, Option<Sql<Timestamp>>>(3)?.map(|at| at.0);
    let (status, changed_at) = match (own, later) {
        (Status::Active, None) => (Status::Active, None),
        (Status::Active, Some(later)) => (later.of_superseded(), later_at),
        (ended, _) => (ended, Some(issued_at)),
    };
    Ok(FoundRow {
        carrier: carrier.name,
        row_key: row.get(0)?,
        columns,
        stored_hash: row.get::<_, Sql<Digest>>(1)?.0,
        issued_at,
        status,
        changed_at,
    })
}

fn status(text: &str) -> rusqlite::Result<Status> {
    Status::of(text).ok_or_else(|| {
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

impl Kind {
    /// A column's value as the row hash sees it.
    fn read(self, row: &Row<'_>, place: usize) -> rusqlite::Result<Value> {
        Ok(match self {
            Self::Text => Value::String(row.get(place)?),
            Self::OptionalText => row
                .get::<_, Option<String>>(place)?
                .map_or(Value::Null, Value::String),
            Self::Flag => Value::from(row.get::<_, i64>(place)?),
            Self::Digest => Value::String(row.get::<_, Sql<Digest>>(place)?.0.to_string()),
            Self::OptionalDigest => row
                .get::<_, Option<Sql<Digest>>>(place)?
                .map_or(Value::Null, |digest| Value::String(digest.0.to_string())),
            Self::Instant => Value::String(row.get::<_, Sql<Timestamp>>(place)?.0.to_string()),
            Self::OptionalInstant => row
                .get::<_, Option<Sql<Timestamp>>>(place)?
                .map_or(Value::Null, |at| Value::String(at.0.to_string())),
        })
    }

    /// A value as the column stores it; `None` where it has no place in the column.
    fn stored(self, value: &Value) -> Option<Stored> {
        match (self, value) {
            (Self::Text | Self::OptionalText, Value::String(text)) => {
                Some(Stored::Text(text.clone()))
            }
            (Self::Flag, Value::Bool(flag)) => Some(Stored::Integer(i64::from(*flag))),
            (Self::Flag, Value::Number(number)) => number
                .as_i64()
                .filter(|flag| matches!(flag, 0 | 1))
                .map(Stored::Integer),
            (Self::Digest | Self::OptionalDigest, Value::String(text)) => {
                let digest: Digest = text.parse().ok()?;
                Some(Stored::Blob(digest.as_bytes().to_vec()))
            }
            (Self::Instant | Self::OptionalInstant, Value::String(text)) => {
                let at: Timestamp = text.parse().ok()?;
                Some(Stored::Integer(at.micros()))
            }
            (Self::OptionalText | Self::OptionalDigest | Self::OptionalInstant, Value::Null) => {
                Some(Stored::Null)
            }
            _ => None,
        }
    }
}
