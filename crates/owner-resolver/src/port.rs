//! What block A reads of the world: the authority rows that bear on one request.

use std::error::Error;

use canonical::GovernedRow;

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

/// One question to the authority store.
///
/// Every text in it may come from a caller: an implementation binds it, never splices it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuthorityQuery<'a> {
    /// The rows of carrier `action_type` for an operation.
    ActionType {
        /// The operation asked for.
        operation: &'a str,
    },
    /// The rows of carrier `principal` with this canonical name.
    Principal {
        /// The canonical name.
        principal: &'a str,
    },
    /// The rows of carrier `principal_binding` for a value of a channel.
    Binding {
        /// `alias`, `os_uid`, `db_role` or `token_subject`.
        channel: &'a str,
        /// What the channel authenticated, or for an alias the other name.
        value: &'a str,
    },
    /// The rows of carrier `ownership` for an object.
    Ownership {
        /// The kind of object.
        object_type: &'a str,
        /// The object.
        object_ref: &'a str,
    },
    /// The rows of carrier `approval` for an object, whatever they are bound to beside it.
    Approvals {
        /// The kind of object.
        object_type: &'a str,
        /// The object.
        object_ref: &'a str,
    },
    /// The rows of carrier `approval_vote` for an approval.
    Votes {
        /// The key of the approval row.
        approval_ref: &'a str,
    },
    /// The rows of carrier `verifier` with this reference.
    Verifier {
        /// The reference.
        verifier_ref: &'a str,
    },
}

/// Read access to the authority rows; an implementation has no way to write any.
#[auto_impl::auto_impl(Box)]
pub trait AuthorityReader {
    /// The rows that answer a query, of every status, in the order in which they were written.
    ///
    /// Superseded and revoked rows are wanted too: they tell why there is no authority.
    fn rows(&mut self, query: AuthorityQuery<'_>) -> Result<Vec<FoundRow>, PortError>;
}
