//! Authority rows read again at the consuming boundary, and the versions that tell when they moved.

use std::cmp::max;

use authority::carrier::{self, Head};
use authority::lifecycle::{self, Effective, FoundRow};
use authority::row_status;
use registrar::port::{HeadVersion, RereadRow, RowStatus};
use rusqlite::{Connection, OptionalExtension};

use crate::carriers;
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
    let found = match carrier::find(carrier) {
        Some(known) => carriers::by_key(connection, known, row_key)?,
        None => None,
    };
    let Some(row) = found else {
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
    let candidates = candidates(connection, &row)?;
    Ok(RereadRow {
        carrier: carrier.to_owned(),
        row_key: row_key.to_owned(),
        row_hash: row.recomputed_hash(),
        issued_at: Some(row.issued_at),
        status: Some(row_status!(status => RowStatus)),
        status_changed_at,
        active_heads: lifecycle::active_heads(&row, &candidates, scope, clock::now()?),
    })
}

/// The row's status; an approval that someone rejects is as good as revoked from then on.
fn effective(connection: &Connection, row: &FoundRow) -> Result<Effective, StoreError> {
    if row.carrier.name != "approval" {
        return Ok((row.status, row.changed_at));
    }
    let Some(carrier) = carrier::find("approval_vote") else {
        return Ok((row.status, row.changed_at));
    };
    let condition = "r.approval_ref = ?1 AND r.decision = 'reject'";
    let votes = carriers::select(connection, carrier, condition, [row.row_key.as_str()])?;
    Ok(lifecycle::of_approval(row, &votes))
}

/// The rows that could answer the same question as this one, whatever their status.
fn candidates(connection: &Connection, row: &FoundRow) -> Result<Vec<FoundRow>, StoreError> {
    let columns = match row.carrier.head {
        Head::Row => return Ok(vec![row.clone()]),
        Head::Same(columns) => columns,
        Head::Accountable => &["object_type", "object_ref"],
    };
    let name = row.carrier.name;
    let alike = columns.iter().map(|column| {
        format!(" AND r.{column} = (SELECT o.{column} FROM {name} AS o WHERE o.row_key = ?1)")
    });
    let condition = format!("?1 IS NOT NULL{}", alike.collect::<String>());
    carriers::select(connection, row.carrier, &condition, [row.row_key.as_str()])
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
