//! Ports that lose one call or one answer on the way, around the real store.
//!
//! Everything else goes through untouched: what is lost is lost once, and what was committed before
//! it was lost stays committed.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use artifact_resolver_f::port::Progress;
use artifact_source::LocalFiles;
use canonical::{Digest, Timestamp, Uuid};
use deployment::{AnyRecords, ProcessEdge, SharedObserver, Unwatched, Watcher};
use pipeline::{
    Caller, Event, Observer as _, ObserverFault, Pipeline, Ports, Reports, Trace, World,
};
use records::Records as _;
use registrar::port::{
    ConsumeAnswer, ConsumeError, ConsumeItem, FailureRecord, FailureSink, HeadVersion,
    ObserverSession, PortError, RecordAnswer, RegistrarStore, RereadRow, Reservation,
    ReserveAnswer, RowRef, Standing, StoredAttempt,
};
use verifier::port::CommittedReader;

use crate::fixture::{Fixture, must};
use crate::handles::{self, Admissions, Committed, Gate, Owners};

type Once<Call> = Option<Box<Call>>;
type OnReserve = dyn FnOnce(&mut dyn RegistrarStore, Vec<Reservation>) -> Result<Vec<ReserveAnswer>, PortError>
    + Send;
type OnConsume = dyn FnOnce(&mut dyn RegistrarStore, Vec<ConsumeItem>) -> Result<Vec<ConsumeAnswer>, ConsumeError>
    + Send;
type OnRecord = dyn FnOnce(&mut dyn FailureSink, Vec<FailureRecord>) -> Result<Vec<RecordAnswer>, PortError>
    + Send;

/// What happens to the first call of each kind, instead of the call itself.
pub struct Faults {
    listed_max: u32,
    reserve: Once<OnReserve>,
    consume: Once<OnConsume>,
    record: Once<OnRecord>,
    watcher: Option<Box<dyn Watcher>>,
    paused_ms: Arc<AtomicU64>,
}

impl Faults {
    /// None yet.
    pub fn none() -> Self {
        Self {
            listed_max: u32::MAX,
            reserve: None,
            consume: None,
            record: None,
            watcher: None,
            paused_ms: Arc::default(),
        }
    }

    /// At most so many open or unverified attempts are listed at once.
    #[must_use]
    pub fn listing(mut self, listed_max: u32) -> Self {
        self.listed_max = listed_max;
        self
    }

    /// Instead of the first reservation.
    #[must_use]
    pub fn on_reserve(
        mut self,
        act: impl FnOnce(
            &mut dyn RegistrarStore,
            Vec<Reservation>,
        ) -> Result<Vec<ReserveAnswer>, PortError>
        + Send
        + 'static,
    ) -> Self {
        self.reserve = Some(Box::new(act));
        self
    }

    /// Instead of the first consume.
    #[must_use]
    pub fn on_consume(
        mut self,
        act: impl FnOnce(
            &mut dyn RegistrarStore,
            Vec<ConsumeItem>,
        ) -> Result<Vec<ConsumeAnswer>, ConsumeError>
        + Send
        + 'static,
    ) -> Self {
        self.consume = Some(Box::new(act));
        self
    }

    /// Instead of the first failure record.
    #[must_use]
    pub fn on_record(
        mut self,
        act: impl FnOnce(
            &mut dyn FailureSink,
            Vec<FailureRecord>,
        ) -> Result<Vec<RecordAnswer>, PortError>
        + Send
        + 'static,
    ) -> Self {
        self.record = Some(Box::new(act));
        self
    }

    /// Whoever watches the registrations.
    #[must_use]
    pub fn watched_by(mut self, watcher: Box<dyn Watcher>) -> Self {
        self.watcher = Some(watcher);
        self
    }

    /// Where pauses are added up instead of slept.
    #[must_use]
    pub fn pausing(mut self, paused_ms: &Arc<AtomicU64>) -> Self {
        self.paused_ms = Arc::clone(paused_ms);
        self
    }

    /// A pipeline on a fixture's store, with these faults.
    pub fn pipeline(self, fixture: &Fixture) -> Pipeline<FaultyPorts<Committed>> {
        let committed = handles::committed(&fixture.store);
        self.verified_by(fixture, observer(fixture), committed)
    }

    /// The same, with an observer process and a verifier's connection of the caller's choice.
    pub fn verified_by<C: CommittedReader>(
        self,
        fixture: &Fixture,
        observer: SharedObserver,
        committed: C,
    ) -> Pipeline<FaultyPorts<C>> {
        let store = &fixture.store;
        Pipeline::new(World {
            authority: handles::owners(store),
            admissions: handles::admissions(store),
            artifacts: LocalFiles,
            attempts: Attempts {
                inner: handles::attempts(store),
                listed_max: self.listed_max,
                reserve: self.reserve,
                consume: self.consume,
            },
            sink: Sink {
                inner: handles::sink(store),
                record: self.record,
            },
            committed,
            gate: handles::gate(store, observer.is_another_process()),
            process: observer.parent(),
            observer,
            reports: StoredReports(fixture.records()),
            edge: Edge {
                inner: ProcessEdge::new(self.watcher.unwrap_or_else(|| Box::new(Unwatched))),
                paused_ms: self.paused_ms,
            },
            caller: Caller {
                channel: "os_uid".to_owned(),
                value: embedded::caller_uid().to_string(),
            },
        })
    }
}

/// The real program as the observer process of a fixture's store.
pub fn observer(fixture: &Fixture) -> SharedObserver {
    must(SharedObserver::spawn(fixture.observer_command()))
}

/// Kills an observer process, and waits until the kernel says that it is gone.
pub fn kill(observer: &SharedObserver) {
    let mut observer = observer.clone();
    let process = must(observer.process().ok_or("the observer is gone already"));
    let pid = must(i32::try_from(process.pid));
    let pid = must(rustix::process::Pid::from_raw(pid).ok_or("no process id"));
    must(rustix::process::kill_process(
        pid,
        rustix::process::Signal::KILL,
    ));
    while observer.process().is_some() {
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

/// The handles of a faulty pipeline.
#[derive(Debug)]
pub struct FaultyPorts<C>(std::marker::PhantomData<C>);

impl<C: CommittedReader> Ports for FaultyPorts<C> {
    type Authority = Owners;
    type Admissions = Admissions;
    type Artifacts = LocalFiles;
    type Attempts = Attempts;
    type Sink = Sink;
    type Committed = C;
    type Gate = Gate;
    type Observer = SharedObserver;
    type Reports = StoredReports;
    type Edge = Edge;
}

/// The registrar's store, with one fault of each kind at most.
pub struct Attempts {
    inner: handles::Attempts,
    listed_max: u32,
    reserve: Once<OnReserve>,
    consume: Once<OnConsume>,
}

impl fmt::Debug for Attempts {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Attempts").finish_non_exhaustive()
    }
}

impl RegistrarStore for Attempts {
    fn credential(&self) -> String {
        self.inner.credential()
    }

    fn observer_session(
        &mut self,
        attempt_id: &Uuid,
    ) -> Result<Option<ObserverSession>, PortError> {
        self.inner.observer_session(attempt_id)
    }

    fn clock(&mut self) -> Result<Timestamp, PortError> {
        self.inner.clock()
    }

    fn attempt_by_nonce(&mut self, nonce: &str) -> Result<Option<StoredAttempt>, PortError> {
        self.inner.attempt_by_nonce(nonce)
    }

    fn attempt_by_replay_key(&mut self, key: &Digest) -> Result<Option<StoredAttempt>, PortError> {
        self.inner.attempt_by_replay_key(key)
    }

    fn attempt_by_id(&mut self, id: &Uuid) -> Result<Option<StoredAttempt>, PortError> {
        self.inner.attempt_by_id(id)
    }

    fn attempt_by_effect(&mut self, effect: &Digest) -> Result<Option<StoredAttempt>, PortError> {
        self.inner.attempt_by_effect(effect)
    }

    fn current_head(&mut self, dot_code: &str) -> Result<Option<String>, PortError> {
        self.inner.current_head(dot_code)
    }

    fn retired_head(&mut self, dot_code: &str) -> Result<bool, PortError> {
        self.inner.retired_head(dot_code)
    }

    fn standing(&mut self, target: &str) -> Result<Standing, PortError> {
        self.inner.standing(target)
    }

    fn reread(&mut self, refs: &[RowRef]) -> Result<Vec<RereadRow>, PortError> {
        self.inner.reread(refs)
    }

    fn head_versions(&mut self, target: &str) -> Result<Vec<HeadVersion>, PortError> {
        self.inner.head_versions(target)
    }

    fn reserve(&mut self, reservations: Vec<Reservation>) -> Result<Vec<ReserveAnswer>, PortError> {
        match self.reserve.take() {
            Some(act) => act(&mut *self.inner, reservations),
            None => self.inner.reserve(reservations),
        }
    }

    fn consume(&mut self, items: Vec<ConsumeItem>) -> Result<Vec<ConsumeAnswer>, ConsumeError> {
        match self.consume.take() {
            Some(act) => act(&mut *self.inner, items),
            None => self.inner.consume(items),
        }
    }

    fn evidence(&mut self, attempt_id: &Uuid) -> Result<Option<Vec<u8>>, PortError> {
        self.inner.evidence(attempt_id)
    }

    fn open_attempts(
        &mut self,
        opened_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredAttempt>, PortError> {
        let limit = limit.min(self.listed_max);
        self.inner.open_attempts(opened_before, limit)
    }

    fn unverified_attempts(&mut self, limit: u32) -> Result<Vec<StoredAttempt>, PortError> {
        self.inner.unverified_attempts(limit.min(self.listed_max))
    }
}

/// The audit writer, with one fault at most.
pub struct Sink {
    inner: handles::Sink,
    record: Once<OnRecord>,
}

impl fmt::Debug for Sink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sink").finish_non_exhaustive()
    }
}

impl FailureSink for Sink {
    fn record(&mut self, records: Vec<FailureRecord>) -> Result<Vec<RecordAnswer>, PortError> {
        match self.record.take() {
            Some(act) => act(&mut *self.inner, records),
            None => self.inner.record(records),
        }
    }
}

/// The edge of this process, which adds up its pauses and sleeps through none.
pub struct Edge {
    inner: ProcessEdge,
    paused_ms: Arc<AtomicU64>,
}

impl fmt::Debug for Edge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Edge").finish_non_exhaustive()
    }
}

impl Trace for Edge {
    fn event(&mut self, event: Event<'_>) {
        self.inner.event(event);
    }
}

impl Progress for Edge {
    fn advanced(&mut self, bytes: u64, total: u64) {
        self.inner.advanced(bytes, total);
    }
}

impl pipeline::Edge for Edge {
    fn now(&mut self) -> Timestamp {
        self.inner.now()
    }

    fn fresh_id(&mut self) -> Uuid {
        self.inner.fresh_id()
    }

    fn pause_ms(&mut self, milliseconds: u64) {
        self.paused_ms.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

/// Reads the reports that the observer stored.
#[derive(Debug)]
pub struct StoredReports(AnyRecords);

impl Reports for StoredReports {
    fn report(&mut self, attempt_id: &Uuid) -> Result<Option<Vec<u8>>, ObserverFault> {
        let found = self.0.report(attempt_id);
        let found = found.map_err(|error| ObserverFault::new("read a report back", error))?;
        Ok(found.map(|view| view.report))
    }
}

/// A verifier's connection that never answers.
#[derive(Debug, Clone, Copy)]
pub struct Unreachable;

/// What it says to whatever it is asked.
fn unreachable<T>() -> Result<T, verifier::port::PortError> {
    let cause = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    Err(verifier::port::PortError::new(
        "the verifier is down",
        cause,
    ))
}

impl CommittedReader for Unreachable {
    fn clock(&mut self) -> Result<Timestamp, verifier::port::PortError> {
        unreachable()
    }

    fn current_heads(
        &mut self,
        _dot_code: &str,
    ) -> Result<Vec<verifier::port::CatalogueRow>, verifier::port::PortError> {
        unreachable()
    }

    fn row_by_key(
        &mut self,
        _row_key: &str,
    ) -> Result<Option<verifier::port::CatalogueRow>, verifier::port::PortError> {
        unreachable()
    }

    fn ledger_row(
        &mut self,
        _replay_key: &Digest,
    ) -> Result<Option<verifier::port::LedgerRow>, verifier::port::PortError> {
        unreachable()
    }

    fn decision(
        &mut self,
        _replay_key: &Digest,
    ) -> Result<Option<Vec<u8>>, verifier::port::PortError> {
        unreachable()
    }

    fn open_config(&mut self, _dot_code: &str) -> Result<Vec<String>, verifier::port::PortError> {
        unreachable()
    }

    fn verifier(
        &mut self,
        _verifier_ref: &str,
    ) -> Result<Vec<verifier::port::VerifierRow>, verifier::port::PortError> {
        unreachable()
    }

    fn activation_triggers(
        &mut self,
    ) -> Result<Vec<verifier::port::ActivationTrigger>, verifier::port::PortError> {
        unreachable()
    }
}
