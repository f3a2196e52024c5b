//! The store on PostgreSQL 15 and newer: the blocks' ports on one database.
//!
//! Every credential is a login role of its own, named after the database. What a role may do stands
//! in `migrations/V4__rights.sql`; what nobody may do is refused by the tables themselves. The
//! isolation is READ COMMITTED: every rule rests on unique keys, conditional updates and row locks
//! (spec section 3).

#![forbid(unsafe_code)]

mod address;
mod audit;
mod clock;
mod connection;
mod crash;
mod error;
mod fingerprint;
mod governed;
mod install;
mod registrar;
mod role;
mod sql;
#[cfg(test)]
mod tests;

pub use address::{Address, Credentials};
pub use audit::AuditWriter;
pub use connection::Store;
pub use error::StoreError;
pub use install::{Installed, install, schema_sql};
pub use registrar::{RegistrarConnection, RegistrarWriter};
pub use role::Role;
