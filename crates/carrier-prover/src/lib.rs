//! Who can really write a table, and whether append-only is really enforced (spec 4).
//!
//! [`Prover::new`] reads a database's system catalogs once, through a port, from a role that needs
//! nothing but CONNECT. [`Prover::prove`] then answers for declared carriers, criterion by
//! criterion: proven, refuted with a witness, or unproven; and for any table, declared or not, who
//! can write it and through which path.
//!
//! It knows no driver, no clock and no configuration, and it changes nothing: what would close a
//! gap is text to read. It judges by catalog rows, never by what a table is called. What it cannot
//! read is unknown, and nothing that rests on it is proven.
//!
//! # What a catalog cannot show
//!
//! Superusers, and whoever runs the machine, are outside every proof and named as assumptions.
//! Code that is made after the reading, who holds a credential, what a body in another language
//! does, what an application does with what it reads: none of it is a catalog row.

#![forbid(unsafe_code)]

mod body;
mod case;
mod catalog;
mod classify;
pub mod contract;
mod criteria;
mod declare;
mod doors;

mod error;
mod facts;
mod family;
mod fingerprint;
mod fitness;
mod fix;
pub mod guard;
mod heads;
mod inventory;
mod path;
mod port;
mod probe;
mod prove;
mod render;
mod report;
mod roles;
mod seal;
mod usage;
mod writers;

pub use catalog::Catalog;
pub use criteria::{CRITERIA, CriterionProof};
pub use declare::{Declaration, Declarations};
pub use error::ProverError;
pub use facts::{Facts, ROWS_MAX, rows};
pub use fingerprint::fingerprint;
pub use fitness::FitnessFinding;
pub use fix::Fix;
pub use inventory::TriggerEntry;
pub use path::{Certainty, Operation, Step};
pub use port::{CLOSING, CatalogSource, OPENING, SourceError};
pub use probe::{Attempt, Attempted, Scratch};
pub use prove::Prover;
pub use render::render;
pub use report::{CarrierProof, Report};
pub use seal::{Heading, seal};
pub use usage::{Slot, Use};
pub use writers::WriterPath;
