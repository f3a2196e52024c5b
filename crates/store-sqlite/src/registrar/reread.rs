//! Authority rows read again at the consuming boundary, and the versions that tell when they moved.

use std::cmp::max;

use canonical::Timestamp;
use registrar::port::{HeadVersion, RereadRow, RowStatus};
use rusqlite::{Connection, OptionalExtension};
use serde_json::Value;

use crate::carriers::{self, Carrier, FoundRow, Head, Status};
use crate::clock;
use crate::error::{During, StoreError};

/// The scope of authority rows that concern every target.
const GLOBAL: &str = "*";

/// One row again: its hash recomputed, its status in the light of every later row.
///
/// `scope` is the scope that ownership has to cover, where it is known; otherwise the row's own.
pub(crate) fn reread(
    connection: &Connection,
    carrier: &str,
    row_key: &str,
    scope: Option<&str>,
) -> Result<RereadRow, StoreError> {
    let found = match carriers::find(carrier) {
        Some(known) => carriers::by_key(connection, known, row_key)?.map(|row| (known, row)),
        None => None,
    };
    let Some((known, row)) = found else {
        return Ok(RereadRow {
            carrier: carrier.to_owned(),
            row_key: row_key.to_owned(),
            row_hash: None,
            issued_at: None,
            status: None,
            status_changed_at: None,
            active_heads: 0,
        });
    };
    let (status, status_changed_at) = effective(connection, &row)?;
    Ok(RereadRow {
        carrier: carrier.to_owned(),
        row_key: row_key.to_owned(),
        row_hash: row.recomputed_hash()?,
        issued_at: Some(row.issued_at),
        status: Some(status),
        status_changed_at,
        active_heads: active_heads(connection, known, &row, scope)?,
    })
}

/// The row's status; an approval that someone rejects is as good as revoked from then on.
fn effective(
    connection: &Connection,
    row: &FoundRow,
) -> Result<(RowStatus, Option<Timestamp>), StoreError> {
    if row.carrier == "approval"
        && row.status == Status::Active
        && let Some(rejected_at) = first_rejection(connection, &row.row_key)?
    {
        return Ok((RowStatus::Revoked, Some(rejected_at)));
    }
    Ok((row.status.into(), row.changed_at))
}

fn first_rejection(
    connection: &Connection,
    approval_ref: &str,
) -> Result<Option<Timestamp>, StoreError> {
    let Some(carrier) = carriers::find("approval_vote") else {
        return Ok(None);
    };
    let condition = "r.approval_ref = ?1 AND r.decision = 'reject'";
    let votes = carriers::select(connection, carrier, condition, [approval_ref])?;
    Ok(votes
        .into_iter()
        .find(|vote| vote.status == Status::Active)
        .map(|vote| vote.issued_at))
}

/// How many active rows answer the same question as this one.
fn active_heads(
    connection: &Connection,
    carrier: &'static Carrier,
    row: &FoundRow,
    scope: Option<&str>,
) -> Result<u64, StoreError> {
    let rivals = match carrier.head {
        Head::Row => return Ok(u64::from(row.status == Status::Active)),
        Head::Same(columns) => same(connection, carrier, row, columns)?,
        Head::Accountable => accountable(connection, carrier, row, scope)?,
    };
    let active = rivals
        .iter()
        .filter(|rival| rival.status == Status::Active)
        .count();
    Ok(u64::try_from(active).unwrap_or(u64::MAX))
}

fn same(
    connection: &Connection,
    carrier: &'static Carrier,
    row: &FoundRow,
    columns: &[&str],
) -> Result<Vec<FoundRow>, StoreError> {
    let name = carrier.name;
    let alike = columns.iter().map(|column| {
        format!(" AND r.{column} = (SELECT o.{column} FROM {name} AS o WHERE o.row_key = ?1)")
    });
    let condition = format!("?1 IS NOT NULL{}", alike.collect::<String>());
    carriers::select(connection, carrier, &condition, [row.row_key.as_str()])
}

/// Accountable ownership of the same object, in force now, in a scope that covers the scope.
fn accountable(
    connection: &Connection,
    carrier: &'static Carrier,
    row: &FoundRow,
    scope: Option<&str>,
) -> Result<Vec<FoundRow>, StoreError> {
    let condition = "r.object_type = ?1 AND r.object_ref = ?2 AND r.kind = 'accountable'";
    let object = [row.text("object_type"), row.text("object_ref")];
    let mut rivals = carriers::select(connection, carrier, condition, object)?;
    let now = clock::now()?;
    let scope = scope.unwrap_or_else(|| row.text("scope"));
    rivals.retain(|rival| covers(rival.text("scope"), scope) && is_in_force(rival, now));
    Ok(rivals)
}

/// A scope covers itself and what lies below it.
fn covers(wide: &str, narrow: &str) -> bool {
    narrow
        .strip_prefix(wide)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn is_in_force(row: &FoundRow, now: Timestamp) -> bool {
    let has_begun = row
        .instant("effective_from")
        .is_some_and(|from| from <= now);
    let has_no_end = row.columns.get("effective_to") == Some(&Value::Null);
    has_begun && (has_no_end || row.instant("effective_to").is_some_and(|end| now < end))
}

/// The versions of a target's authority head and of the one for all; 0 where no row was written.
pub(crate) fn head_versions(
    connection: &Connection,
    target: &str,
) -> Result<Vec<HeadVersion>, StoreError> {
    [target, GLOBAL]
        .into_iter()
        .map(|scope_key| {
            let version: Option<i64> = connection
                .prepare_cached("SELECT version FROM authority_head WHERE scope_key = ?1")
                .and_then(|mut statement| {
                    statement
                        .query_row([scope_key], |row| row.get(0))
                        .optional()
                })
                .during("read an authority head")?;
            Ok(HeadVersion {
                scope_key: scope_key.to_owned(),
                version: max(version.unwrap_or(0), 0).unsigned_abs(),
            })
        })
        .collect()
}
