//! What block B reads of the world: manifests, and the surfaces that they protect.

use std::error::Error;

use canonical::{Digest, GovernedRow, Timestamp, Uuid};

pub use crate::contract::SurfaceKind;

/// The store could not answer; whoever receives it holds.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {what}")]
pub struct PortError {
    what: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl PortError {
    /// Names what was read and keeps the cause.
    pub fn new(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            what,
            source: source.into(),
        }
    }
}

/// The effective lifecycle of a governed row, superseding rows considered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowStatus {
    /// It stands.
    Active,
    /// A newer row replaced it.
    Superseded,
    /// A newer row withdrew it.
    Revoked,
    /// It ended.
    Expired,
}

/// A governed row as it was found, with its effective lifecycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundRow {
    /// The row, its hash recomputed.
    pub row: GovernedRow,
    /// Its effective status.
    pub status: RowStatus,
}

/// One protected surface, asked for one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SurfaceQuery<'a> {
    /// The surface's name in the manifest.
    pub name: &'a str,
    /// How it is captured.
    pub kind: SurfaceKind,
    /// The table, or for a file its path.
    pub carrier: &'a str,
    /// The attested target, `dot:<dot_code>`: which rows of a per-target table are in scope.
    pub target: &'a str,
    /// The attempt whose added rows are asked for.
    pub attempt_id: Uuid,
}

/// A row that the attempt added to an append-only surface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddedRow {
    /// Its key in the surface.
    pub row_key: String,
    /// Its hash, as its writer and its rereaders compute it.
    pub row_hash: Digest,
    /// The attempt that the row names; `None` where the surface does not record one.
    pub attempt_id: Option<Uuid>,
    /// The transaction that wrote it.
    pub transaction_id: String,
}

/// What the store holds of one surface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SurfaceContent {
    /// The rows in scope of a `state` surface, in the store's stable order (by key).
    Rows(Vec<serde_json::Value>),
    /// The rows that the attempt added to an `append_only` or `catalogue` surface.
    WriteSet {
        /// How the store knows: `writer_ordinal`, `writer_txid`, `xmin`; or `row_count`, which is
        /// no provenance and is refused.
        provenance: &'static str,
        /// The rows, in the order in which they were added.
        rows: Vec<AddedRow>,
    },
    /// The content hash of a `file` surface.
    File(Digest),
    /// The store knows no such surface, or not as this kind.
    Unknown,
}

/// Read access to manifests and surfaces; an implementation has no way to write either.
pub trait SurfaceReader {
    /// The store's own clock, now.
    fn store_clock(&mut self) -> Result<Timestamp, PortError>;

    /// The active rows of carrier `manifest`.
    fn manifests(&mut self) -> Result<Vec<FoundRow>, PortError>;

    /// What one surface holds.
    fn surface(&mut self, query: &SurfaceQuery<'_>) -> Result<SurfaceContent, PortError>;

    /// What several surfaces hold: one answer each, in order. A store may read them together.
    fn surfaces(&mut self, queries: &[SurfaceQuery<'_>]) -> Result<Vec<SurfaceContent>, PortError> {
        queries.iter().map(|query| self.surface(query)).collect()
    }

    /// Whether a principal may issue manifests: an active governed row says so.
    fn issuer_is_governed(&mut self, principal: &str) -> Result<bool, PortError>;
}
