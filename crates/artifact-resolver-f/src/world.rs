//! A store of admissions in memory: what the slot `world` of a filter describes.

use std::collections::BTreeMap;

use canonical::{Digest, GovernedRow, Identifier, RowError};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::port::{AdmissionReader, FoundRow, PortError, RowStatus};

/// The one carrier that this block reads.
const CARRIER: &str = "admission";

/// Why a described store cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// It is not `{"rows":[{"carrier","row_key","columns","row_hash"}]}`.
    #[error("world is not a list of rows")]
    Malformed(#[from] serde_json::Error),
    /// A row does not match its own hash, or has no lifecycle.
    #[error("row `{row_key}` cannot be used")]
    Row {
        /// The key of the row.
        row_key: String,
        /// What is wrong with it.
        source: RowError,
    },
    /// A row is of another carrier.
    #[error("row `{row_key}` is no admission")]
    Carrier {
        /// The key of the row.
        row_key: String,
    },
    /// A row holds a status outside the lifecycle vocabulary.
    #[error("row `{row_key}` has the unknown status `{status}`")]
    Status {
        /// The key of the row.
        row_key: String,
        /// The status.
        status: String,
    },
}

/// Rows in the order in which they were given, each with its effective status.
#[derive(Debug)]
pub(crate) struct World {
    rows: Vec<FoundRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    rows: Vec<DescribedRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DescribedRow {
    carrier: Identifier,
    row_key: String,
    columns: Map<String, Value>,
    row_hash: Digest,
}

impl World {
    pub(crate) fn read(described: &Value) -> Result<Self, WorldError> {
        let described = Described::deserialize(described)?;
        let mut rows = Vec::with_capacity(described.rows.len());
        for row in described.rows {
            let row_key = row.row_key.clone();
            if row.carrier != CARRIER {
                return Err(WorldError::Carrier { row_key });
            }
            let row = GovernedRow::reread(row.carrier, row.row_key, row.columns, row.row_hash);
            rows.push(row.map_err(|source| WorldError::Row { row_key, source })?);
        }
        Self::of(rows)
    }

    fn of(rows: Vec<GovernedRow>) -> Result<Self, WorldError> {
        let mut superseding = BTreeMap::new();
        for row in &rows {
            let old = row.optional_text("supersedes");
            if let Some(old) = old.map_err(|source| unusable(row, source))? {
                superseding.insert((row.carrier().clone(), old.to_owned()), own_status(row)?);
            }
        }
        let rows = rows.into_iter().map(|row| {
            let key = (row.carrier().clone(), row.key().to_owned());
            let status = effective(own_status(&row)?, superseding.get(&key).copied());
            Ok(FoundRow { row, status })
        });
        Ok(Self {
            rows: rows.collect::<Result<_, WorldError>>()?,
        })
    }
}

impl AdmissionReader for World {
    fn admissions(&mut self, admission_ref: &str) -> Result<Vec<FoundRow>, PortError> {
        let rows = self.rows.iter();
        let named = rows.filter(|found| found.row.key() == admission_ref);
        Ok(named.cloned().collect())
    }
}

fn own_status(row: &GovernedRow) -> Result<RowStatus, WorldError> {
    let status = row.text("lifecycle_status");
    match status.map_err(|source| unusable(row, source))? {
        "active" => Ok(RowStatus::Active),
        "superseded" => Ok(RowStatus::Superseded),
        "revoked" => Ok(RowStatus::Revoked),
        "expired" => Ok(RowStatus::Expired),
        other => Err(WorldError::Status {
            row_key: row.key().to_owned(),
            status: other.to_owned(),
        }),
    }
}

/// A row keeps its own ending; an active one takes the ending that the row after it states.
fn effective(own: RowStatus, superseding: Option<RowStatus>) -> RowStatus {
    match (own, superseding) {
        (RowStatus::Active, Some(RowStatus::Active)) => RowStatus::Superseded,
        (RowStatus::Active, Some(ended)) => ended,
        (own, _) => own,
    }
}

fn unusable(row: &GovernedRow, source: RowError) -> WorldError {
    WorldError::Row {
        row_key: row.key().to_owned(),
        source,
    }
}
