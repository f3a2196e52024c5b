//! The authority carriers in the database: how their rows are read, and judged in the light of each
//! other.

use std::collections::BTreeMap;

use ::authority::carrier::{self, Carrier, Misfit};
use ::authority::lifecycle::{self, Effective, FoundRow};
use ::authority::port::RowStatus;
use canonical::{Digest, GovernedRow};
use deadpool_postgres::GenericClient;
use serde_json::{Map, Value};
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use crate::connection::Session;
use crate::error::StoreError;
use crate::sql::Sql;

mod reread;

pub(crate) use reread::{absent, approval, reread};

const WHAT: &str = "read authority rows";

/// Parameters of a condition.
pub(crate) type Parameters<'a> = &'a [&'a (dyn ToSql + Sync)];

/// The carrier of this name, for a call that names one of this program's own.
pub(crate) fn known(name: &str) -> Result<&'static Carrier, StoreError> {
    carrier::find(name).ok_or_else(|| StoreError::Unstorable {
        what: "find an authority carrier",
        reason: format!("there is no carrier `{name}`"),
    })
}

/// The rows of a carrier for which a condition holds, of every status, in the order of writing.
///
/// `condition` is SQL of this crate over the alias `r`; whatever came from outside is a parameter.
pub(crate) async fn select(
    session: &Session,
    client: &impl GenericClient,
    carrier: &'static Carrier,
    condition: &str,
    parameters: Parameters<'_>,
) -> Result<Vec<FoundRow>, StoreError> {
    let failed = |error| session.failed(WHAT, error);
    let name = carrier.name;
    let text = format!(
        "SELECT r.canonical, r.row_hash, s.canonical \
         FROM holdfast.{name} AS r LEFT JOIN holdfast.{name} AS s ON s.supersedes = r.row_key \
         WHERE {condition} ORDER BY r.ordinal"
    );
    let statement = client.prepare_cached(&text).await.map_err(failed)?;
    let rows = client.query(&statement, parameters).await.map_err(failed)?;
    rows.iter()
        .map(|row| found(session, carrier, row))
        .collect()
}

/// As [`select`], on a connection of its own.
pub(crate) fn find(
    session: &Session,
    carrier: &'static Carrier,
    condition: &str,
    parameters: Parameters<'_>,
) -> Result<Vec<FoundRow>, StoreError> {
    session.try_run(WHAT, async |client| {
        select(session, client, carrier, condition, parameters).await
    })
}

/// The rows with these keys by the consumer's own reading, in no order.
pub(crate) async fn by_keys(
    session: &Session,
    client: &impl GenericClient,
    carrier: &'static Carrier,
    keys: &[&str],
) -> Result<BTreeMap<String, FoundRow>, StoreError> {
    let failed = |error| session.failed(WHAT, error);
    let text = format!(
        "SELECT canonical, row_hash, later FROM holdfast.reread_{}($1)",
        carrier.name
    );
    let statement = client.prepare_cached(&text).await.map_err(failed)?;
    let rows = client.query(&statement, &[&keys]).await.map_err(failed)?;
    rows.iter()
        .map(|row| found(session, carrier, row).map(|row| (row.row_key.clone(), row)))
        .collect()
}

/// A row of canonical text, hash, and the canonical text of the row that supersedes it.
fn found(session: &Session, carrier: &'static Carrier, row: &Row) -> Result<FoundRow, StoreError> {
    let failed = |error| session.failed(WHAT, error);
    let text: &str = row.try_get(0).map_err(failed)?;
    let stored_hash = row.try_get::<_, Sql<Digest>>(1).map_err(failed)?.0;
    let later: Option<&str> = row.try_get(2).map_err(failed)?;
    understood(carrier, text, stored_hash, later).ok_or_else(|| StoreError::Unstorable {
        what: WHAT,
        reason: format!("a row of `{}` is not of its form: {text}", carrier.name),
    })
}

/// What a row's own text says; `None` where it is not the text of such a row.
///
/// Only the text counts: the table generates its columns from it, and its hash binds it.
fn understood(
    carrier: &'static Carrier,
    text: &str,
    stored_hash: Digest,
    later: Option<&str>,
) -> Option<FoundRow> {
    let (row_key, columns) = members(carrier, text)?;
    if carrier.hashed(&columns).as_ref() != Ok(&columns) {
        return None;
    }
    let own = status(&columns)?;
    let issued_at = instant(&columns)?;
    let later = match later {
        Some(later) => {
            let (_, columns) = members(carrier, later)?;
            Some((status(&columns)?, instant(&columns)?))
        }
        None => None,
    };
    let (status, changed_at): Effective = lifecycle::effective(own, issued_at, later);
    Some(FoundRow {
        carrier,
        row_key,
        columns,
        stored_hash,
        issued_at,
        status,
        changed_at,
    })
}

fn members(carrier: &Carrier, text: &str) -> Option<(String, Map<String, Value>)> {
    let mut row: Map<String, Value> = serde_json::from_str(text).ok()?;
    if row.get("carrier")?.as_str()? != carrier.name {
        return None;
    }
    match (row.remove("key")?, row.remove("columns")?) {
        (Value::String(key), Value::Object(columns)) => Some((key, columns)),
        _ => None,
    }
}

fn status(columns: &Map<String, Value>) -> Option<RowStatus> {
    RowStatus::of(columns.get("lifecycle_status")?.as_str()?)
}

fn instant(columns: &Map<String, Value>) -> Option<canonical::Timestamp> {
    columns.get("issued_at")?.as_str()?.parse().ok()
}

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
            what: WHAT,
            reason: other.to_string(),
        },
    })
}
