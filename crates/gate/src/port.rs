//! What the gate reads of a store; it writes nothing.

use std::error::Error;

use canonical::{Digest, GovernedRow, Timestamp};

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

/// What kind of thing a schema object is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// A base table.
    Table,
    /// An index.
    Index,
    /// A trigger.
    Trigger,
    /// A view: never a carrier.
    View,
    /// A function, of a store that keeps rules in functions; its table is the schema's own name.
    Function,
}

/// One object of the store's schema, as the store's own catalogue has it.
///
/// Automatic indexes, which have no text of their own, are left out: they follow from the table's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SchemaObject {
    /// What it is.
    pub kind: ObjectKind,
    /// Its name.
    pub name: String,
    /// The table it belongs to; its own name for a table or view.
    pub table: String,
    /// The plain SHA-256 of `sql`.
    pub sql_hash: Digest,
    /// The statement that made it, byte for byte as stored.
    pub sql: String,
}

/// What one credential of this program may do to base tables, as its authorizer or grants say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CredentialFacts {
    /// The role: `authority`, `registrar`, `observer`, `snapshot-writer`, `audit-writer`,
    /// `verifier` or `reader`.
    pub role: String,
    /// The tables it may insert into, sorted.
    pub may_insert: Vec<String>,
    /// The columns it may update as `table.column`, sorted.
    pub may_update: Vec<String>,
    /// The tables it may delete from, sorted.
    pub may_delete: Vec<String>,
    /// Whether its connection was opened so that it cannot write at all.
    pub read_only: bool,
}

/// Whether the store still has all the history that was recorded outside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Checkpoint {
    /// Nothing was recorded outside; a restored backup would not show.
    Absent,
    /// The store holds everything up to the checkpoint; what was compared, for people.
    Held {
        /// What was compared.
        evidence: String,
    },
    /// The store holds less than the checkpoint.
    Behind {
        /// What is missing.
        evidence: String,
    },
}

/// What heads the carrier report that a prover makes for the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportHeading {
    /// The domain.
    pub trust_domain: String,
    /// For whom.
    pub audience: String,
    /// The run.
    pub run_id: String,
    /// When the catalogs are read, by the clock of whoever asks the gate.
    pub issued_at: Timestamp,
    /// Until when the report may be used.
    pub expires_at: Timestamp,
}

/// What a prover found in a database's catalogs just now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProvenCarriers {
    /// The sealed `carrier-report`.
    pub report: Vec<u8>,
    /// The triggers on carriers that their declarations lack.
    pub unaccounted: Vec<UnaccountedTrigger>,
    /// Whoever writes a carrier and was not declared; a report may be too short to name them all.
    pub undeclared: Vec<UndeclaredWriter>,
}

/// Somebody who writes a carrier besides those who were declared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UndeclaredWriter {
    /// The relation that is written.
    pub relation: String,
    /// Whether it is a catalogue, where a second writer is a hazard of its own name.
    pub is_catalogue: bool,
    /// Who, by which statement, and how certain that is.
    pub line: String,
}

/// A trigger that nobody declared.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnaccountedTrigger {
    /// The relation it stands on.
    pub relation: String,
    /// Its name.
    pub name: String,
}

/// The read side that the gate judges a store from.
#[auto_impl::auto_impl(Box)]
pub trait GateStore {
    /// The store's own clock.
    fn clock(&mut self) -> Result<Timestamp, PortError>;

    /// What the store is, for the report: `sqlite` or `postgres`.
    fn store_kind(&self) -> &'static str;

    /// Every schema object there is, whoever made it.
    fn schema_objects(&mut self) -> Result<Vec<SchemaObject>, PortError>;

    /// Every schema object that this program's own migrations make, from an empty store.
    fn expected_objects(&mut self) -> Result<Vec<SchemaObject>, PortError>;

    /// The fingerprint over `schema_objects`, computed as the registrar's transaction computes it.
    fn schema_fingerprint(&mut self) -> Result<Digest, PortError>;

    /// The rows of an authority carrier whose effective status is active.
    ///
    /// Empty where the carrier does not exist. A row whose stored hash does not match its columns is
    /// an error: nothing counted beside it would mean anything.
    fn active_rows(&mut self, carrier: &str) -> Result<Vec<GovernedRow>, PortError>;

    /// Proves the carriers from the database's catalogs, as they are now.
    ///
    /// `None` where there are no catalogs, as in a file: the gate then judges the schema alone. Of a
    /// store on a server the gate takes `None` as nothing proven.
    fn prove_carriers(
        &mut self,
        heading: &ReportHeading,
    ) -> Result<Option<ProvenCarriers>, PortError> {
        let _ = heading;
        Ok(None)
    }

    /// Whether the audit writer's own connection can append right now, tried without leaving a row.
    fn audit_sink_writable(&mut self) -> Result<bool, PortError>;

    /// What each credential may do, one entry for each role.
    fn credentials(&mut self) -> Result<Vec<CredentialFacts>, PortError>;

    /// Whether the roles are separated by distinct principals of the operating system or database.
    fn principals_are_distinct(&mut self) -> Result<bool, PortError>;

    /// The credentials, such as `db_role:holdfast_registrar`, that have to be bound to principals so
    /// that phase 4 can tell who wrote what; none where the store authenticates no credentials.
    fn credentials_to_bind(&mut self) -> Result<Vec<String>, PortError> {
        Ok(Vec::new())
    }

    /// Whether another process than this one observes, read from how the observer is started.
    fn observer_is_another_process(&mut self) -> Result<bool, PortError>;

    /// Facts about where the store lives, one line each: owner, mode, journal, durability.
    fn place_facts(&mut self) -> Result<Vec<String>, PortError>;

    /// How the store compares with the last checkpoint outside it.
    fn checkpoint(&mut self) -> Result<Checkpoint, PortError>;
}
