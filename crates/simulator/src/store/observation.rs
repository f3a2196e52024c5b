//! What the observer reads of the surfaces, and what it stores.

use std::sync::Arc;

use canonical::{Identifier, Uuid, WriteError, row};
use observer::{InsertAnswer, ReportRow, SnapshotRow};
use serde_json::{Map, Value, json};
use snapshot_provider::port::{AddedRow, SurfaceContent, SurfaceKind, SurfaceQuery};

use super::authority::text;
use super::consume::transaction_id;
use super::state::{CaptureRow, CatalogueRow, LedgerRow};
use super::{Bug, State};

/// How it is known which rows an attempt added.
const PROVENANCE: &str = "writer_ordinal";

/// Stores captures and reports, once each.
pub(crate) fn insert(
    state: &mut State,
    snapshots: &[SnapshotRow],
    reports: &[ReportRow],
    bug: Option<Bug>,
) -> Vec<InsertAnswer> {
    let mut answers = Vec::new();
    for row in snapshots {
        let same = |it: &&Arc<CaptureRow>| it.attempt_id == row.attempt_id && it.phase == row.phase;
        let stored = state.snapshots.iter().find(same);
        answers.push(match stored {
            Some(stored) if stored.bytes == row.bytes => InsertAnswer::AlreadyInserted,
            Some(_) => InsertAnswer::Different,
            None => {
                state.snapshots.push(Arc::new(CaptureRow {
                    attempt_id: row.attempt_id,
                    phase: row.phase,
                    bytes: row.bytes.clone(),
                }));
                InsertAnswer::Inserted
            }
        });
    }
    answers.extend(reports.iter().map(|row| insert_report(state, row, bug)));
    answers
}

fn insert_report(state: &mut State, row: &ReportRow, bug: Option<Bug>) -> InsertAnswer {
    let new = super::state::ReportRow {
        attempt_id: row.attempt_id,
        report: row.report.clone(),
        verdict_after: row.verdict_after.clone(),
    };
    let mut reports = state.reports.iter_mut();
    match reports.find(|it| it.attempt_id == row.attempt_id) {
        Some(stored) if **stored == new => InsertAnswer::AlreadyInserted,
        Some(stored) if bug == Some(Bug::ReportReplaced) => {
            *stored = Arc::new(new);
            InsertAnswer::Inserted
        }
        Some(_) => InsertAnswer::Different,
        None => {
            state.reports.push(Arc::new(new));
            InsertAnswer::Inserted
        }
    }
}

/// What one surface holds.
pub(crate) fn surface(
    state: &State,
    query: &SurfaceQuery<'_>,
) -> Result<SurfaceContent, WriteError> {
    let id = query.attempt_id;
    match (query.kind, query.carrier) {
        (SurfaceKind::State, carrier) => {
            Ok(SurfaceContent::Rows(rows(state, carrier, query.target)))
        }
        (SurfaceKind::AppendOnly, "ledger") => {
            let own = state.ledger.iter().filter(|row| row.attempt_id == id);
            write_set(own.map(|row| added_key(row)))
        }
        (SurfaceKind::AppendOnly, "decision") => {
            let own = state.decisions.iter().filter(|row| row.attempt_id == id);
            write_set(own.map(|row| {
                let key = row.replay_key.to_string();
                let columns = json!({"evidence_hash": row.evidence_hash});
                added("decision", key, &columns, id, row.ordinal)
            }))
        }
        (SurfaceKind::Catalogue, "dot_catalogue") => {
            let own = state
                .catalogue
                .iter()
                .filter(|row| row.head.attempt_id == id);
            write_set(own.map(|row| added_head(row)))
        }
        _ => Ok(SurfaceContent::Unknown),
    }
}

/// The rows of a carrier that concern a target.
fn rows(state: &State, carrier: &str, target: &str) -> Vec<Value> {
    let code = target.strip_prefix("dot:").unwrap_or(target);
    let column = match carrier {
        "ownership" => "object_ref",
        _ => "dot_code",
    };
    let found = state.authority.select(carrier, &[]);
    let of_target = |row: &str| row == code || row == "*";
    let mut rows: Vec<_> = found
        .iter()
        .filter(|found| of_target(text(found.row, column)))
        .map(|found| found.row)
        .collect();
    rows.sort_by(|one, other| one.key().cmp(other.key()));
    let shown = |row: &&Arc<canonical::GovernedRow>| json!({"row_key": row.key(), "row_hash": row.row_hash(), "columns": row.columns()});
    rows.iter().map(shown).collect()
}

fn write_set(
    rows: impl Iterator<Item = Result<AddedRow, WriteError>>,
) -> Result<SurfaceContent, WriteError> {
    Ok(SurfaceContent::WriteSet {
        provenance: PROVENANCE,
        rows: rows.collect::<Result<_, _>>()?,
    })
}

fn added_key(row: &LedgerRow) -> Result<AddedRow, WriteError> {
    let columns = json!({
        "nonce": row.nonce,
        "effect_identity": row.effect_identity,
        "authorization_binding_digest": row.authorization_binding_digest,
        "owner_binding_digest": row.owner_binding_digest,
        "artifact_hash": row.artifact_hash,
        "target": row.target,
        "operation": row.operation,
        "run_id": row.run_id,
        "attempt_no": row.attempt_no,
        "consumed_at": row.consumed_at,
        "expires_at": row.expires_at,
        "head_key": row.head_key,
    });
    let key = row.replay_key.to_string();
    added("ledger", key, &columns, row.attempt_id, row.ordinal)
}

fn added_head(row: &CatalogueRow) -> Result<AddedRow, WriteError> {
    Ok(AddedRow {
        row_key: row.head.row_key.clone(),
        row_hash: head_hash(row)?,
        attempt_id: Some(row.head.attempt_id),
        transaction_id: transaction_id(row.ordinal),
    })
}

fn added(
    carrier: &str,
    row_key: String,
    columns: &Value,
    attempt_id: Uuid,
    ordinal: u64,
) -> Result<AddedRow, WriteError> {
    let columns = columns.as_object().cloned().unwrap_or_default();
    Ok(AddedRow {
        row_hash: hash_of(carrier, &row_key, &columns)?,
        row_key,
        attempt_id: Some(attempt_id),
        transaction_id: transaction_id(ordinal),
    })
}

/// A head's columns with the status that it has now.
pub(crate) fn head_columns(row: &CatalogueRow) -> Map<String, Value> {
    let mut columns = row.head.columns();
    columns.insert("status".to_owned(), Value::String(row.status.clone()));
    columns
}

/// The hash of a head as it is now.
pub(crate) fn head_hash(row: &CatalogueRow) -> Result<canonical::Digest, WriteError> {
    let carrier = registrar::port::CATALOGUE;
    hash_of(carrier, &row.head.row_key, &head_columns(row))
}

fn hash_of(
    carrier: &str,
    row_key: &str,
    columns: &Map<String, Value>,
) -> Result<canonical::Digest, WriteError> {
    // A constant of this crate that is no name leaves the row without a place, and so unknown.
    match carrier.parse::<Identifier>() {
        Ok(carrier) => row::row_hash(&carrier, row_key, columns),
        Err(_) => Ok(canonical::Digest::UNSEALED),
    }
}
