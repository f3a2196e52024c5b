//! The embedded store: the blocks' ports on one SQLite file.
//!
//! What must hold is held by the file itself: strict tables, unique keys, references that are
//! checked at the commit, and triggers that refuse every change but the sanctioned ones. Each role
//! has a connection of its own, narrowed by an authorizer ([`Role`]). One thread owns the
//! registrar's write connection and commits many attempts at once ([`GroupWriter`]).
//!
//! What a file cannot hold: whoever may write the file may write every byte of it. Row hashes and
//! the schema fingerprint make that visible to readers, they do not prevent it.
//!
//! Envelopes are bytes here; nothing of this crate reads into one, but for the target of a failure
//! audit, which is only an index.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod audit;
mod authority;
mod authorizer;
mod carriers;
mod catalogue;
mod checkpoint;
mod clock;
mod connection;
mod crash;
mod error;
mod gate_facts;
mod migrations;
mod observer;
mod queries;
mod registrar;
mod resolver;
mod schema;
mod sql;
mod surfaces;
#[cfg(test)]
mod tests;
mod verifier;

pub use audit::AuditWriter;
pub use authority::AuthorityConnection;
pub use authorizer::Role;
pub use connection::Store;
pub use error::StoreError;
pub use gate_facts::GateFacts;
pub use observer::SnapshotWriter;
pub use records::{
    AttemptKey, AttemptView, AuditRecord, DotHistory, HeadView, RecordedCheckpoint, ReportView,
};
pub use registrar::{GroupOptions, GroupWriter, RegistrarConnection};
pub use resolver::Reader;
pub use schema::{expected_schema_objects, fingerprint_of};
pub use surfaces::ObserverReader;
pub use verifier::VerifierConnection;
