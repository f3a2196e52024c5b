//! Everything outside, handed in: one handle per role, a clock, fresh identities, and the caller
//! whom the channel authenticated.
//!
//! The handles are separate on purpose: each is a connection with a credential of its own, and no
//! step is given a handle that it does not need.

use std::error::Error;

use artifact_resolver_f::port::{AdmissionReader, ArtifactSource, Progress};
use canonical::{Timestamp, Uuid};
use gate::port::GateStore;
use owner_resolver::port::AuthorityReader;
use registrar::port::{FailureSink, RegistrarStore};
use verifier::port::CommittedReader;

use crate::event::Trace;

/// The kinds of the handles; a store names its own.
pub trait Ports {
    /// Block A's authority rows.
    type Authority: AuthorityReader;
    /// Block F's admission rows.
    type Admissions: AdmissionReader;
    /// Block F's artifacts.
    type Artifacts: ArtifactSource;
    /// The registrar's attempts, ledger and catalogue.
    type Attempts: RegistrarStore;
    /// The audit writer's sink.
    type Sink: FailureSink;
    /// The verifier's read-only connection.
    type Committed: CommittedReader;
    /// What the gate reads.
    type Gate: GateStore;
    /// The process that captures.
    type Observer: Observer;
    /// Verification reports that were stored.
    type Reports: Reports;
    /// Clock, identities, progress and trace.
    type Edge: Edge;
}

/// One handle per role.
pub struct World<P: Ports> {
    /// Block A's authority rows.
    pub authority: P::Authority,
    /// Block F's admission rows.
    pub admissions: P::Admissions,
    /// Block F's artifacts.
    pub artifacts: P::Artifacts,
    /// The registrar's attempts, ledger and catalogue.
    pub attempts: P::Attempts,
    /// The audit writer's sink.
    pub sink: P::Sink,
    /// The verifier's read-only connection.
    pub committed: P::Committed,
    /// What the gate reads.
    pub gate: P::Gate,
    /// The process that captures.
    pub observer: P::Observer,
    /// Verification reports that were stored.
    pub reports: P::Reports,
    /// Clock, identities, progress and trace.
    pub edge: P::Edge,
    /// Whom the channel authenticated; never whom the request names.
    pub caller: Caller,
    /// This process, as the kernel reports it.
    pub process: Process,
}

/// Whom the channel authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// How, for example `os_uid`.
    pub channel: String,
    /// Who, for example `1000`.
    pub value: String,
}

/// A process as the kernel reports it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Process id.
    pub pid: u64,
    /// Start time in clock ticks since boot; with the pid it names one process.
    pub start_time: u64,
    /// User id.
    pub uid: u64,
    /// SHA-256 of the executable.
    pub executable_digest: canonical::Digest,
}

/// Clock, identities, progress and trace: what a pure program cannot make.
pub trait Edge: Progress + Trace {
    /// The clock of this process, in UTC.
    fn now(&mut self) -> Timestamp;
    /// A new identity that was never used before.
    fn fresh_id(&mut self) -> Uuid;
    /// Waits a moment for somebody else's attempt to end.
    fn pause_ms(&mut self, milliseconds: u64);
}

/// Why the observer process could not answer.
#[derive(Debug, thiserror::Error)]
#[error("the observer process could not {what}")]
pub struct ObserverFault {
    what: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl ObserverFault {
    /// Keeps what the observer was asked and why it failed.
    pub fn new(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            what,
            source: source.into(),
        }
    }
}

/// The snapshot provider as another process, seen from here.
pub trait Observer {
    /// The process as its parent's kernel reports it; `None` when it has none of its own.
    fn process(&mut self) -> Option<Process>;
    /// Captures as the frame asks; the snapshot row is stored before this returns.
    fn capture(&mut self, frame: &[u8]) -> Result<Vec<u8>, ObserverFault>;
    /// Stores a verification report, once.
    fn record(
        &mut self,
        attempt_id: &Uuid,
        report: &[u8],
        verdict_after: &[u8],
    ) -> Result<(), ObserverFault>;
}

/// Reads verification reports back; a registered answer needs one that passed.
#[auto_impl::auto_impl(Box)]
pub trait Reports {
    /// The report of an attempt; `None` where its phase 4 has not ended.
    fn report(&mut self, attempt_id: &Uuid) -> Result<Option<Vec<u8>>, ObserverFault>;
}
