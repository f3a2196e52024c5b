//! How the prover reads a database: it hands out one of its own statements and gets its rows back.

use crate::catalog::Catalog;

/// What opens the one transaction that all statements of a proof run in.
///
/// One snapshot, so that no two catalogs contradict each other; read only; and a fixed search path,
/// so that an unqualified name in a printed definition is one of `pg_catalog` and nothing else.
pub const OPENING: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
     SET LOCAL search_path = pg_catalog, pg_temp; \
     SET LOCAL quote_all_identifiers = off; \
     SET LOCAL bytea_output = 'hex'";

/// What ends it.
pub const CLOSING: &str = "ROLLBACK";

/// A database whose catalogs can be read.
///
/// The implementation runs every statement between [`OPENING`] and [`CLOSING`], on one connection.
/// A statement that fails must not spoil the ones after it: set a savepoint before each.
pub trait CatalogSource {
    /// Runs [`Catalog::sql`], which gives rows of one text column, and hands each row's text on.
    ///
    /// An error means that the catalog is unknown, never that it is empty.
    fn read(&mut self, catalog: Catalog, row: &mut dyn FnMut(&str)) -> Result<(), SourceError>;
}

/// A catalog could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{catalog}` cannot be read: {reason}")]
pub struct SourceError {
    /// The catalog.
    pub catalog: &'static str,
    /// What the database said.
    pub reason: String,
}
