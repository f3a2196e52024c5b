//! The observer process: the real handler, over a simulated store, in a simulated child.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use canonical::{Digest, Timestamp, Uuid};
use observer::{
    BatchReader, Handler, InsertAnswer, ObserverAnswer, ObserverHandler, ObserverRequest,
    ObserverVerb, ProcessFacts, ReportRow, SinkError, SnapshotRow, SnapshotSink,
};
use pipeline::{Observer, ObserverFault, Process};
use registrar::port::RowStatus;
use snapshot_provider::port::{FoundRow, PortError, SurfaceContent, SurfaceQuery, SurfaceReader};

use super::{Committing, Trouble, whole};
use crate::call::{Call, Fault};
use crate::kernel::{Handle, Inner, Stage};
use crate::store::authority::Found;
use crate::store::{State, observation};

/// The observer's commits do not wait for the disk.
const STORING: Committing = Committing {
    durable: false,
    waits: true,
};

/// What the child reads and writes with. A child that has died answers nothing and stores nothing.
#[derive(Clone)]
struct Child {
    handle: Handle,
    dead: Rc<Cell<bool>>,
    seen: Rc<RefCell<Option<Arc<State>>>>,
}

type Clock = Box<dyn FnMut() -> Timestamp>;

/// The observer of one process.
pub(crate) struct SimulatedObserver {
    handle: Handle,
    life: u32,
    children: u32,
    child: Option<(Child, Handler<Child, Child, Clock>)>,
}

impl SimulatedObserver {
    /// An observer for a process in one of its lives.
    pub(crate) fn new(handle: &Handle, life: u32) -> Self {
        let mut observer = Self {
            handle: handle.clone(),
            life,
            children: 0,
            child: None,
        };
        observer.spawn();
        observer
    }

    fn spawn(&mut self) {
        self.children = self.children.saturating_add(1);
        let child = Child {
            handle: self.handle.clone(),
            dead: Rc::default(),
            seen: Rc::default(),
        };
        let clock = self.handle.clone();
        let clock: Clock = Box::new(move || clock.now());
        let handler = Handler::new(child.clone(), child.clone(), &self.facts(), clock);
        // The facts are numbers of this crate's own, all of which fit.
        self.child = handler.ok().map(|handler| (child, handler));
    }

    fn facts(&self) -> ProcessFacts {
        let seat = u32::try_from(self.handle.seat).unwrap_or(0);
        ProcessFacts {
            pid: seat
                .saturating_mul(1000)
                .saturating_add(500)
                .saturating_add(self.life.saturating_mul(10))
                .saturating_add(self.children),
            start_time: u64::from(self.life),
            uid: 1000,
            executable_digest: Digest::from_bytes([1; 32]),
        }
    }

    fn alive(&self) -> bool {
        self.child
            .as_ref()
            .is_some_and(|(child, _)| !child.dead.get())
    }

    /// Asks the child; asks twice where the line is delivered twice.
    fn ask(
        &mut self,
        call: Call,
        what: &'static str,
        verb: impl Fn() -> ObserverVerb,
    ) -> Result<ObserverAnswer, ObserverFault> {
        let fault = self.handle.step(call).fault;
        let lost = || ObserverFault::new(what, Trouble::Refused);
        if fault == Fault::Refused {
            return Err(lost());
        }
        let (child, handler) = self.child.as_mut().ok_or_else(lost)?;
        if child.dead.get() {
            return Err(lost());
        }
        let request = || ObserverRequest {
            id: 1,
            verb: verb(),
        };
        let mut replies = handler.batch(vec![request()]);
        if fault == Fault::Twice {
            replies = handler.batch(vec![request()]);
        }
        if child.dead.get() || fault == Fault::AckLost {
            return Err(lost());
        }
        let reply = replies.pop().ok_or_else(lost)?;
        let answered = reply.outcome;
        answered.map_err(|reason| ObserverFault::new(what, reason))
    }
}

impl Observer for SimulatedObserver {
    fn process(&mut self) -> Option<Process> {
        drop(self.handle.step(Call::ObserverProcess));
        let facts = self.facts();
        self.alive().then(|| Process {
            pid: facts.pid.into(),
            start_time: facts.start_time,
            uid: facts.uid.into(),
            executable_digest: facts.executable_digest,
        })
    }

    fn capture(&mut self, frame: &[u8]) -> Result<Vec<u8>, ObserverFault> {
        const WHAT: &str = "capture";
        let asked = self.ask(Call::ObserverCapture, WHAT, || ObserverVerb::Capture {
            frame: frame.to_vec(),
        });
        match asked? {
            ObserverAnswer::Captured(bytes) => Ok(bytes),
            ObserverAnswer::Recorded => Err(ObserverFault::new(WHAT, Trouble::Refused)),
        }
    }

    fn record(
        &mut self,
        attempt_id: &Uuid,
        report: &[u8],
        verdict_after: &[u8],
    ) -> Result<(), ObserverFault> {
        let asked = self.ask(Call::ObserverRecord, "store a report", || {
            ObserverVerb::Record {
                attempt_id: *attempt_id,
                report: report.to_vec(),
                verdict_after: verdict_after.to_vec(),
            }
        });
        asked.map(|_| self.handle.stage(Stage::Settled))
    }
}

impl Child {
    /// A read of the child; one that fails for good ends it.
    fn look<T>(&self, call: Call, look: impl FnOnce(&Inner) -> T) -> Result<T, Trouble> {
        if self.dead.get() {
            return Err(Trouble::Down);
        }
        let read = self.handle.read(call, look);
        if read.is_err() {
            self.dead.set(true);
        }
        read
    }

    /// What the child's read transaction sees.
    fn seen(&self, inner: &Inner) -> Arc<State> {
        let seen = self.seen.borrow();
        seen.clone().unwrap_or_else(|| inner.store.current())
    }
}

fn failed(what: &'static str) -> impl Fn(Trouble) -> PortError {
    move |trouble| PortError::new(what, trouble)
}

impl SurfaceReader for Child {
    fn store_clock(&mut self) -> Result<Timestamp, PortError> {
        self.look(Call::SurfaceClock, Inner::clock)
            .map_err(failed("the store's clock"))
    }

    fn manifests(&mut self) -> Result<Vec<FoundRow>, PortError> {
        let read = self.look(Call::Manifests, |inner| {
            let state = self.seen(inner);
            let rows = state.authority.select("manifest", &[]);
            let active = rows
                .iter()
                .filter(|found| found.status == RowStatus::Active);
            let found = active.map(|found| FoundRow {
                row: (**found.row).clone(),
                status: snapshot_provider::port::RowStatus::Active,
            });
            found.collect()
        });
        read.map_err(failed("the manifests"))
    }

    fn surface(&mut self, query: &SurfaceQuery<'_>) -> Result<SurfaceContent, PortError> {
        let read = self.look(Call::Surface, |inner| {
            observation::surface(&self.seen(inner), query)
        });
        read.map_err(failed("a surface"))?
            .map_err(|error| PortError::new("a surface", error))
    }

    fn issuer_is_governed(&mut self, principal: &str) -> Result<bool, PortError> {
        let read = self.look(Call::Issuer, |inner| {
            let state = self.seen(inner);
            let rows = state
                .authority
                .select("principal", &[("principal", principal)]);
            rows.iter().any(Found::is_active)
        });
        read.map_err(failed("the issuer"))
    }
}

impl BatchReader for Child {
    fn begin(&mut self) -> Result<(), PortError> {
        let read = self.look(Call::SurfaceBegin, |inner| inner.store.current());
        *self.seen.borrow_mut() = Some(read.map_err(failed("the store"))?);
        Ok(())
    }

    fn end(&mut self) -> Result<(), PortError> {
        *self.seen.borrow_mut() = None;
        self.look(Call::SurfaceEnd, |_| ())
            .map_err(failed("the store"))
    }
}

impl SnapshotSink for Child {
    fn insert(
        &mut self,
        snapshots: &[SnapshotRow],
        reports: &[ReportRow],
    ) -> Result<Vec<InsertAnswer>, SinkError> {
        let failed = |trouble| SinkError::new("snapshots and reports", trouble);
        if self.dead.get() {
            return Err(failed(Trouble::Down));
        }
        let bug = self.handle.kernel.lock().store.bug;
        let inserted = self
            .handle
            .write(Call::SnapshotInsert, STORING, |state, _| {
                let mut next = state.clone();
                let answers = observation::insert(&mut next, snapshots, reports, bug);
                Ok((answers, whole(state, next)))
            });
        inserted.map_err(failed)
    }
}
