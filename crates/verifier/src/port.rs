//! What the verifier reads: the committed state, on its own connection, with a credential that can
//! only read. Nothing here knows of audits, because no condition asks for one.

use std::error::Error;

use canonical::{Digest, Timestamp, Uuid};
use serde_json::{Map, Value};

/// A store that did not answer.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct PortError {
    what: String,
    source: Box<dyn Error + Send + Sync>,
}

impl PortError {
    /// What was being read, and the cause.
    pub fn new(what: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            what: what.into(),
            source: source.into(),
        }
    }
}

/// A row of the catalogue as a fresh connection reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogueRow {
    /// Its key.
    pub row_key: String,
    /// Its status now; also in `columns`.
    pub status: String,
    /// Every column but the key.
    pub columns: Map<String, Value>,
    /// The hash recomputed from carrier `dot_catalogue`, key and columns.
    pub row_hash: Digest,
}

/// A consumed key as a fresh connection reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerRow {
    /// The single-use key.
    pub replay_key: Digest,
    /// The attempt that consumed it.
    pub attempt_id: Uuid,
    /// The transaction that did.
    pub transaction_id: String,
    /// The effect that was committed.
    pub effect_identity: Digest,
    /// The canonical target.
    pub target: String,
}

/// A governed row that names a postcondition verifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierRow {
    /// Its key.
    pub row_key: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// Who the store recorded as its writer, by canonical name. A credential in its place is compared
    /// with nobody: then the row counts only where one principal is accepted in every role.
    pub written_by: String,
    /// The one target it was made for; `None` when it serves any.
    pub specific_target: Option<String>,
    /// Whether it is in force.
    pub active: bool,
}

/// A trigger of the catalogue that notifies of activations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActivationTrigger {
    /// Its name.
    pub name: String,
    /// Whether its condition holds for a row in status `draft`, or cannot be shown not to.
    pub fires_on_draft: bool,
    /// What that was read from.
    pub evidence: String,
}

/// The committed state, on a connection of its own.
#[auto_impl::auto_impl(Box)]
pub trait CommittedReader {
    /// The store's clock.
    fn clock(&mut self) -> Result<Timestamp, PortError>;
    /// Every row of a code whose status is `draft` or `active`.
    fn current_heads(&mut self, dot_code: &str) -> Result<Vec<CatalogueRow>, PortError>;
    /// One row, whatever its status.
    fn row_by_key(&mut self, row_key: &str) -> Result<Option<CatalogueRow>, PortError>;
    /// The consumed key.
    fn ledger_row(&mut self, replay_key: &Digest) -> Result<Option<LedgerRow>, PortError>;
    /// The decision stored under a key.
    fn decision(&mut self, replay_key: &Digest) -> Result<Option<Vec<u8>>, PortError>;
    /// The names of the code's configuration entries that are not closed.
    fn open_config(&mut self, dot_code: &str) -> Result<Vec<String>, PortError>;
    /// Every governed row that answers to this reference.
    fn verifier(&mut self, verifier_ref: &str) -> Result<Vec<VerifierRow>, PortError>;
    /// The triggers of the catalogue that notify of activations.
    fn activation_triggers(&mut self) -> Result<Vec<ActivationTrigger>, PortError>;
}
