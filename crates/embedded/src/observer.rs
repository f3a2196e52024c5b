//! The observer process, as the pipeline asks it; and the process itself.

use std::io::{BufRead, Write};
use std::process::Command;

use canonical::Uuid;
use observer::{
    BatchReader, Handler, InsertAnswer, ObserverError, ObserverProcess, ProcessFacts, ReportRow,
    SinkError, SnapshotRow, SnapshotSink,
};
use pipeline::{Observer, ObserverFault, Process};
use store_sqlite::Store;

use crate::edge;
use crate::error::EmbeddedError;

/// One observer process, shared by every pipeline of this process.
#[derive(Debug, Clone)]
pub struct SharedObserver {
    process: ObserverProcess,
}

impl SharedObserver {
    /// Starts the command as the observer process; the kernel is asked who it is.
    pub fn spawn(command: Command) -> Result<Self, EmbeddedError> {
        Ok(Self {
            process: ObserverProcess::spawn(command)?,
        })
    }

    /// This process, as the kernel reports it.
    pub fn parent(&self) -> Process {
        process(self.process.parent_facts())
    }

    /// The number that the observer started under, whether or not it still runs.
    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// Whether the observer still runs, as another process than this one.
    pub fn is_another_process(&self) -> bool {
        let parent = self.process.parent_facts();
        self.process
            .facts()
            .is_ok_and(|child| (child.pid, child.start_time) != (parent.pid, parent.start_time))
    }
}

impl Observer for SharedObserver {
    fn process(&mut self) -> Option<Process> {
        self.process.facts().ok().map(process)
    }

    fn capture(&mut self, frame: &[u8]) -> Result<Vec<u8>, ObserverFault> {
        self.process
            .capture(frame)
            .map_err(|error| fault("capture", error))
    }

    fn record(
        &mut self,
        attempt_id: &Uuid,
        report: &[u8],
        verdict_after: &[u8],
    ) -> Result<(), ObserverFault> {
        self.process
            .record(attempt_id, report, verdict_after)
            .map_err(|error| fault("store a verification report", error))
    }
}

fn fault(what: &'static str, error: ObserverError) -> ObserverFault {
    ObserverFault::new(what, error)
}

pub(crate) fn process(facts: &ProcessFacts) -> Process {
    Process {
        pid: facts.pid.into(),
        start_time: facts.start_time,
        uid: facts.uid.into(),
        executable_digest: facts.executable_digest,
    }
}

/// Whether what the observer sees is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// Snapshots and reports are stored, once each.
    Stored,
    /// Nothing is stored, on connections that cannot write: a plan.
    Nothing,
}

/// Runs this process as the observer until its input ends.
pub fn serve(
    store: &Store,
    keeping: Keeping,
    input: impl BufRead + Send,
    output: impl Write,
) -> Result<(), EmbeddedError> {
    let facts = observer::own_facts()?;
    let reader = store.observer_reader()?;
    match keeping {
        Keeping::Stored => run(reader, store.snapshot_writer()?, &facts, input, output),
        Keeping::Nothing => run(reader, Forgetting, &facts, input, output),
    }
}

fn run(
    reader: impl BatchReader,
    sink: impl SnapshotSink,
    facts: &ProcessFacts,
    input: impl BufRead + Send,
    output: impl Write,
) -> Result<(), EmbeddedError> {
    let mut handler = Handler::new(reader, sink, facts, edge::now)?;
    Ok(observer::serve(input, output, &mut handler)?)
}

/// The sink of a plan: it keeps nothing.
struct Forgetting;

impl SnapshotSink for Forgetting {
    fn insert(
        &mut self,
        snapshots: &[SnapshotRow],
        reports: &[ReportRow],
    ) -> Result<Vec<InsertAnswer>, SinkError> {
        Ok(vec![
            InsertAnswer::Inserted;
            snapshots.len().saturating_add(reports.len())
        ])
    }
}
