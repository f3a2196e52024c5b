//! Who can really write a table, and whether append-only is really enforced (spec 4).
//!
//! It reads system catalogs through a port and knows no driver, no clock and no configuration.

#![forbid(unsafe_code)]

mod body;
mod catalog;
pub mod contract;
mod doors;
mod error;
mod facts;
pub mod guard;
mod path;
mod port;
mod roles;
mod writers;

pub use catalog::Catalog;
pub use error::ProverError;
pub use facts::{Facts, ROWS_MAX, rows};
pub use path::{Certainty, Operation, Step};
pub use port::{CLOSING, CatalogSource, OPENING, SourceError};
pub use writers::WriterPath;
