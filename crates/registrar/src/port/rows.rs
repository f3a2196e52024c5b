//! Authority rows and heads as they are read again.

use canonical::{Digest, Timestamp};

/// The effective status of a governed row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowStatus {
    /// In force.
    Active,
    /// Replaced by a later row.
    Superseded,
    /// Taken back.
    Revoked,
    /// Past its end.
    Expired,
}

/// The version of one authority head: it moves with every insert of an authority row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeadVersion {
    /// `dot:<dot_code>`, or `*` for rows that concern every target.
    pub scope_key: String,
    /// The number of inserts so far; 0 where there was none.
    pub version: u64,
}

/// A governed row by its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowRef {
    /// The carrier.
    pub carrier: String,
    /// The row's key there.
    pub row_key: String,
}

/// A governed row read again at the consuming boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RereadRow {
    /// The carrier.
    pub carrier: String,
    /// The row's key there.
    pub row_key: String,
    /// Recomputed from the columns; `None` when the row is not there or its stored hash differs.
    pub row_hash: Option<Digest>,
    /// When the row was issued.
    pub issued_at: Option<Timestamp>,
    /// Its effective status; a rejecting vote makes an approval `Revoked`.
    pub status: Option<RowStatus>,
    /// When another row changed it; none while it is the one that it was issued with.
    pub status_changed_at: Option<Timestamp>,
    /// Active rows for the same logical head, normally 1.
    ///
    /// For ownership: active accountable rows of the same object whose scope covers the same scope.
    pub active_heads: u64,
}

/// A row that must still be what the envelopes said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedRow {
    /// The carrier.
    pub carrier: String,
    /// The row's key there.
    pub row_key: String,
    /// The hash that was attested and reread.
    pub row_hash: Digest,
}

/// What stands against a write to a target, whatever a request says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// A hold on the target, or on all targets, was placed and not released.
    pub is_held: bool,
    /// The target has runtime configuration that is not closed.
    pub has_open_config: bool,
}
