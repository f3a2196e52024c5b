//! The pipeline wired to the embedded store, the local file system and an observer process.
//!
//! One [`Deployment`] per process owns the group-commit writer and the observer process; each
//! thread takes a [`Pipeline`] of its own from it, with one connection per role.

#![forbid(unsafe_code)]

pub mod edge;
mod error;
mod observer;
mod reports;

use std::process::Command;

use artifact_source::LocalFiles;
use pipeline::{Caller, Gatehouse, Pipeline, Ports, World};
use store_sqlite::{
    AuditWriter, GateFacts, GroupOptions, GroupWriter, Reader, RegistrarConnection, Store,
    VerifierConnection,
};

pub use edge::{ProcessEdge, Unwatched, Watcher};
pub use error::EmbeddedError;
pub use observer::{Keeping, SharedObserver, serve};
pub use reports::StoredReports;

/// The handles of the embedded store.
#[derive(Debug, Clone, Copy)]
pub struct EmbeddedPorts;

impl Ports for EmbeddedPorts {
    type Authority = Reader;
    type Admissions = Reader;
    type Artifacts = LocalFiles;
    type Attempts = RegistrarConnection;
    type Sink = AuditWriter;
    type Committed = VerifierConnection;
    type Gate = GateFacts;
    type Observer = SharedObserver;
    type Reports = StoredReports;
    type Edge = ProcessEdge;
}

/// A pipeline on the embedded store.
pub type EmbeddedPipeline = Pipeline<EmbeddedPorts>;

/// What one process shares: the store's one writer, the observer process, and what the gate said.
#[derive(Debug, Clone)]
pub struct Deployment {
    store: Store,
    writer: GroupWriter,
    observer: SharedObserver,
    gatehouse: Gatehouse,
}

impl Deployment {
    /// Starts the writer and the observer on a store that is there.
    pub fn start(store: Store, observer: Command) -> Result<Self, EmbeddedError> {
        let writer = store.group_writer(GroupOptions::default())?;
        let observer = SharedObserver::spawn(observer)?;
        Ok(Self {
            store,
            writer,
            observer,
            gatehouse: Gatehouse::default(),
        })
    }

    /// A pipeline for one thread, which answers for whom the operating system says is calling.
    pub fn pipeline(&self, watcher: Box<dyn Watcher>) -> Result<EmbeddedPipeline, EmbeddedError> {
        let caller = Caller {
            channel: "os_uid".to_owned(),
            value: caller_uid().to_string(),
        };
        self.pipeline_for(caller, watcher)
    }

    /// A pipeline that answers for a caller whom another channel authenticated.
    pub fn pipeline_for(
        &self,
        caller: Caller,
        watcher: Box<dyn Watcher>,
    ) -> Result<EmbeddedPipeline, EmbeddedError> {
        let is_observed = self.observer.is_another_process();
        // What the gate said while there was an observer is no answer where it is gone.
        let gatehouse = is_observed.then(|| self.gatehouse.clone());
        let world = World {
            authority: self.store.reader()?,
            admissions: self.store.reader()?,
            artifacts: LocalFiles,
            attempts: self.store.registrar(&self.writer)?,
            sink: self.store.audit_writer()?,
            committed: self.store.verifier()?,
            gate: GateFacts::new(&self.store, is_observed, None)?,
            observer: self.observer.clone(),
            reports: StoredReports::new(self.store.reader()?),
            edge: ProcessEdge::new(watcher),
            caller,
            process: self.observer.parent(),
        };
        Ok(Pipeline::sharing(world, gatehouse.unwrap_or_default()))
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }
}

/// The user that this process runs as, by the kernel's word.
pub fn caller_uid() -> u32 {
    rustix::process::getuid().as_raw()
}
