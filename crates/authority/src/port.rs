//! What the authority writer's side asks of a store.

use std::error::Error;

use canonical::{GovernedRow, Timestamp};
use serde_json::{Map, Value};

/// The store could not answer; nothing was written.
#[derive(Debug, thiserror::Error)]
#[error("cannot {what}")]
pub struct PortError {
    what: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl PortError {
    /// Names what was tried, as a verb phrase, and keeps the cause.
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

/// A row as it is stored, with its effective lifecycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRow {
    /// The row, its hash recomputed.
    pub row: GovernedRow,
    /// Its effective status.
    pub status: RowStatus,
}

/// A row that passed every check of this crate and is still to be written.
///
/// `columns` holds the carrier's own columns and `issued_at`, `lifecycle_status`, `supersedes`.
/// The store adds `written_by`, which is the principal that it saw and not what anybody says, and
/// hashes the whole with [`canonical::row::row_hash`].
#[derive(Clone, Debug, PartialEq)]
pub struct NewRow {
    /// The table.
    pub carrier: String,
    /// Its key there.
    pub row_key: String,
    /// Its columns, `written_by` and `row_key` not among them.
    pub columns: Map<String, Value>,
}

/// The authority writer's credential on a store.
#[auto_impl::auto_impl(Box)]
pub trait AuthorityWriter {
    /// The store's own clock.
    fn clock(&mut self) -> Result<Timestamp, PortError>;

    /// Inserts the rows in order, all or none, and gives them back as they were stored.
    fn insert(&mut self, rows: Vec<NewRow>) -> Result<Vec<GovernedRow>, PortError>;

    /// All rows of a carrier, of every status, in the order they were written.
    fn rows(&mut self, carrier: &str) -> Result<Vec<StoredRow>, PortError>;

    /// Inserts the retirement and moves the target's one draft or active head to retired, together.
    ///
    /// Fails, and writes nothing, when the target has no such head.
    fn retire_head(&mut self, dot_code: &str, retirement: NewRow) -> Result<(), PortError>;
}
