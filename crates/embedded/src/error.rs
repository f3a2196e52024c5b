//! Why the wiring could not be made.

use observer::{ObserverError, ProcessError, ServeError};
use pipeline::PipelineError;
use store_sqlite::StoreError;

/// What could not be opened, started or answered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EmbeddedError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The observer process.
    #[error("the observer process is not available")]
    Observer(#[from] ObserverError),
    /// The kernel's word about a process.
    #[error("the kernel did not say who this process is")]
    Process(#[from] ProcessError),
    /// The observer's side.
    #[error("the observer could not serve")]
    Serve(#[from] ServeError),
    /// Facts that do not fit an envelope.
    #[error("the kernel's facts do not fit an envelope")]
    Facts(#[from] canonical::ScalarError),
    /// The pipeline.
    #[error(transparent)]
    Pipeline(#[from] PipelineError),
}
