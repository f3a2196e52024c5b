//! A store of authority rows in memory: what the slot `world` of a filter describes.

use std::collections::BTreeMap;

use canonical::{Digest, GovernedRow, Identifier, RowError};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::port::{AuthorityQuery, AuthorityReader, FoundRow, PortError, RowStatus};

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

    fn matching(&self, carrier: &str, columns: &[(&str, &str)]) -> Vec<FoundRow> {
        let matches = |found: &&FoundRow| {
            found.row.carrier().as_str() == carrier
                && columns
                    .iter()
                    .all(|(name, value)| found.row.text(name).is_ok_and(|text| text == *value))
        };
        self.rows.iter().filter(matches).cloned().collect()
    }
}

impl AuthorityReader for World {
    fn rows(&mut self, query: AuthorityQuery<'_>) -> Result<Vec<FoundRow>, PortError> {
        Ok(match query {
            AuthorityQuery::ActionType { operation } => {
                self.matching("action_type", &[("operation", operation)])
            }
            AuthorityQuery::Principal { principal } => {
                self.matching("principal", &[("principal", principal)])
            }
            AuthorityQuery::Binding { channel, value } => self.matching(
                "principal_binding",
                &[("channel", channel), ("value", value)],
            ),
            AuthorityQuery::Ownership {
                object_type,
                object_ref,
            } => self.matching(
                "ownership",
                &[("object_type", object_type), ("object_ref", object_ref)],
            ),
            AuthorityQuery::Approvals {
                object_type,
                object_ref,
            } => self.matching(
                "approval",
                &[("object_type", object_type), ("object_ref", object_ref)],
            ),
            AuthorityQuery::Votes { approval_ref } => {
                self.matching("approval_vote", &[("approval_ref", approval_ref)])
            }
            AuthorityQuery::Verifier { verifier_ref } => {
                self.matching("verifier", &[("verifier_ref", verifier_ref)])
            }
        })
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
