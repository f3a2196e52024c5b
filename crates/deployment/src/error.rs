//! Why the wiring could not be made.

use embedded::EmbeddedError;

/// What could not be opened, started or answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeploymentError {
    /// The embedded store.
    #[error(transparent)]
    Sqlite(#[from] store_sqlite::StoreError),
    /// The store on a server.
    #[error(transparent)]
    Postgres(#[from] store_postgres::StoreError),
    /// The observer process, or the kernel's word about it.
    #[error(transparent)]
    Observer(#[from] EmbeddedError),
    /// A writer of one kind of store was asked to write another.
    #[error("the writer belongs to another kind of store")]
    OtherWriter,
    /// The gate could not answer.
    #[error("the gate could not answer")]
    Gate(#[from] gate::GateError),
    /// Carriers were declared where there are no catalogs to prove them from.
    #[error("a file has no catalogs: carriers can be declared of a database on a server only")]
    NoCatalogs,
    /// A name that does not fit an envelope.
    #[error("a name does not fit an envelope")]
    Name(#[from] canonical::ScalarError),
}
