//! The pipeline wired to the store that an address names: the embedded one (`sqlite:PATH`) or a
//! PostgreSQL server (`postgres://…`).
//!
//! One [`Deployment`] per process owns what its pipelines share: the writer, the observer process
//! and what the gate said. Each thread takes a pipeline of its own from it, with one handle per role.

#![forbid(unsafe_code)]

mod address;
mod elsewhere;
mod error;
mod observer;
mod ports;
mod records;
mod store;

use std::process::Command;

use ::records::RecordedCheckpoint;
use artifact_source::LocalFiles;
use carrier_prover::Declarations;
use gate::GateEvaluation;
use pipeline::{Caller, Gatehouse, Pipeline, World};
use store_postgres::RegistrarWriter;
use store_sqlite::GroupWriter;

pub use address::{AddressError, StoreAddress};
pub use batching::BatchOptions;
pub use elsewhere::Elsewhere;
pub use embedded::{Keeping, ProcessEdge, SharedObserver, Unwatched, Watcher, caller_uid, edge};
pub use error::DeploymentError;
pub use observer::serve;
pub use ports::{AnyPorts, StoredReports};
pub use records::AnyRecords;
pub use store::{Authority, Store};
pub use store_postgres::Credentials;

/// The statements that make a store at this address, for reading.
pub fn schema_sql(address: &StoreAddress) -> Vec<String> {
    match address {
        StoreAddress::Sqlite(_) => store_sqlite::Store::schema_sql()
            .into_iter()
            .map(str::to_owned)
            .collect(),
        StoreAddress::Postgres(address) => store_postgres::schema_sql(address.database()),
    }
}

/// The operation that the gate is asked about.
const OPERATION: &str = "register_dot";

/// A pipeline on any store.
pub type AnyPipeline = Pipeline<AnyPorts>;

/// What one process shares: the registrar's writer, the observer process, and what the gate said.
#[derive(Clone, Debug)]
pub struct Deployment {
    store: Store,
    writer: Writer,
    observer: SharedObserver,
    gatehouse: Gatehouse,
    noted: Option<RecordedCheckpoint>,
    only_plans: bool,
}

/// The one writing side of the registrar in this process.
#[derive(Clone, Debug)]
enum Writer {
    Sqlite(GroupWriter),
    Postgres(RegistrarWriter),
}

impl Deployment {
    /// Starts the writer and the observer on a store that is there.
    pub fn start(store: Store, observer: Command) -> Result<Self, DeploymentError> {
        Self::start_with(store, observer, BatchOptions::default())
    }

    /// The same, forming batches of registrations as the options say.
    pub fn start_with(
        store: Store,
        observer: Command,
        options: BatchOptions,
    ) -> Result<Self, DeploymentError> {
        let writer = match &store {
            Store::Sqlite(store) => Writer::Sqlite(store.group_writer(options)?),
            Store::Postgres(store) => Writer::Postgres(store.registrar_writer(options)?),
        };
        let observer = SharedObserver::spawn(observer)?;
        Ok(Self {
            store,
            writer,
            observer,
            gatehouse: Gatehouse::default(),
            noted: None,
            only_plans: false,
        })
    }

    /// The same, whose gate holds where the store lacks anything of what was noted of it outside.
    #[must_use]
    pub fn held_to(mut self, noted: Option<RecordedCheckpoint>) -> Self {
        self.noted = noted;
        self
    }

    /// The same for plans, whose observer keeps nothing. On a server the registrar of such a pipeline
    /// refuses to write, and knows the observer by the session that shows itself.
    #[must_use]
    pub fn planning(mut self) -> Self {
        self.only_plans = true;
        self
    }

    /// A pipeline for one thread, which answers for whom the operating system says is calling.
    pub fn pipeline(&self, watcher: Box<dyn Watcher>) -> Result<AnyPipeline, DeploymentError> {
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
    ) -> Result<AnyPipeline, DeploymentError> {
        let is_observed = self.observer.is_another_process();
        // What the gate said while there was an observer is no answer where it is gone.
        let gatehouse = is_observed.then(|| self.gatehouse.clone());
        let world = World {
            authority: self.store.owners()?,
            admissions: self.store.admissions()?,
            artifacts: LocalFiles,
            attempts: self.attempts()?,
            sink: self.store.sink()?,
            committed: self.store.committed()?,
            gate: self.store.gate(is_observed, self.noted.as_ref())?,
            observer: self.observer.clone(),
            reports: StoredReports::new(self.store.records()?),
            edge: ProcessEdge::new(watcher),
            caller,
            process: self.observer.parent(),
        };
        Ok(Pipeline::sharing(world, gatehouse.unwrap_or_default()))
    }

    /// What the gate says now, asked afresh; with these carriers declared beside the store's own.
    ///
    /// It opens nothing by itself: a registration asks for itself, and compares what the report rests
    /// on again where it writes.
    pub fn ask_gate(&self, declared: &Declarations) -> Result<GateEvaluation, DeploymentError> {
        let is_observed = self.observer.is_another_process();
        let noted = self.noted.as_ref();
        let mut facts = self.store.gate_declaring(is_observed, noted, declared)?;
        Ok(gate::evaluate(&mut facts, edge::now(), OPERATION)?)
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The observer process.
    pub fn observer(&self) -> &SharedObserver {
        &self.observer
    }

    fn attempts(&self) -> Result<ports::Attempts, DeploymentError> {
        match (&self.store, &self.writer) {
            (Store::Sqlite(store), Writer::Sqlite(writer)) => {
                Ok(Box::new(store.registrar(writer)?))
            }
            (Store::Postgres(store), Writer::Postgres(writer)) => {
                let registrar = store.registrar(writer)?;
                Ok(Box::new(if self.only_plans {
                    registrar.planning(self.observer.pid())
                } else {
                    registrar
                }))
            }
            _ => Err(DeploymentError::OtherWriter),
        }
    }
}
