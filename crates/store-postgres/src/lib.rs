//! The store on PostgreSQL 15 and newer: the blocks' ports on one database.
//!
//! Every credential is a login role of its own, named after the database. What a role may do stands
//! in `migrations/V4__rights.sql`; what nobody may do is refused by the tables themselves. The
//! isolation is READ COMMITTED: every rule rests on unique keys, conditional updates and row locks
//! (spec section 3).

#![forbid(unsafe_code)]

mod address;
mod audit;
mod authority;
mod carriers;
mod catalogs;
mod catalogue;
mod checkpoint;
mod clock;
mod connection;
mod crash;
mod error;
mod fingerprint;
mod gate_facts;
mod governed;
mod handles;
mod install;
mod observer;
mod packed;
mod presence;
mod queries;
mod reads;
mod registrar;
mod resolver;
mod retry;
mod rights;
mod role;
mod schema;
mod sql;
mod surfaces;
#[cfg(test)]
mod tests;
mod verifier;

pub use address::{Address, Credentials};
pub use audit::AuditWriter;
pub use authority::AuthorityConnection;
pub use catalogs::{Catalogs, ScratchDatabase, ScratchError, own_carriers};
pub use connection::Store;
pub use error::StoreError;
pub use gate_facts::{Elsewhere, GateFacts, is_elsewhere};
pub use install::{Installed, install, schema_sql};
pub use observer::SnapshotWriter;
pub use presence::Presence;
pub use queries::Reader;
pub use registrar::{RegistrarConnection, RegistrarWriter};
pub use resolver::{AdmissionConnection, OwnerConnection};
pub use role::Role;
pub use surfaces::ObserverReader;
pub use verifier::VerifierConnection;
