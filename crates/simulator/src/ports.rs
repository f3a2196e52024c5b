//! Every port of the blocks, as one simulated process has it.

mod artifact;
mod committed;
mod edge;
mod gate;
mod observer;
mod registrar;
mod resolver;
mod sink;

use canonical::Timestamp;
use pipeline::{Caller, Pipeline, Ports, Process, World};

use crate::call::{Call, Fault};
use crate::coverage::CrashPoint;
use crate::kernel::{DIRECTOR, Handle, Inner};
use crate::store::{Pending, State, StoreError};

use gate::GateHandle;

pub(crate) use observer::SimulatedObserver;

/// The handles of a simulated process.
pub(crate) struct SimulatedPorts;

impl Ports for SimulatedPorts {
    type Authority = Handle;
    type Admissions = Handle;
    type Artifacts = Handle;
    type Attempts = Handle;
    type Sink = Handle;
    type Committed = Handle;
    type Gate = GateHandle;
    type Observer = SimulatedObserver;
    type Reports = Handle;
    type Edge = Handle;
}

/// The pipeline of a process in one of its lives.
pub(crate) fn pipeline(handle: &Handle, life: u32) -> Pipeline<SimulatedPorts> {
    let seat = u64::try_from(handle.seat).unwrap_or(0);
    let pid = seat.saturating_mul(1000).saturating_add(life.into());
    Pipeline::new(World {
        authority: handle.clone(),
        admissions: handle.clone(),
        artifacts: handle.clone(),
        attempts: handle.clone(),
        sink: handle.clone(),
        committed: handle.clone(),
        gate: GateHandle::new(handle),
        observer: SimulatedObserver::new(handle, life),
        reports: handle.clone(),
        edge: handle.clone(),
        caller: Caller {
            channel: "os_uid".to_owned(),
            value: "1000".to_owned(),
        },
        process: Process {
            pid,
            start_time: life.into(),
            uid: 1000,
            executable_digest: canonical::Digest::from_bytes([1; 32]),
        },
    })
}

/// What a call is answered with when it is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Trouble {
    #[error("store is busy")]
    Busy,
    #[error("connection was refused")]
    Refused,
    #[error("connection was lost and the outcome is unknown")]
    Unknown,
    #[error("it is switched off")]
    Down,
    #[error("transaction was rolled back")]
    RolledBack,
}

impl From<StoreError> for Trouble {
    fn from(_: StoreError) -> Self {
        Self::RolledBack
    }
}

/// How a transaction commits.
#[derive(Clone, Copy, Debug)]
struct Committing {
    /// Whether the commit waits for the disk.
    durable: bool,
    /// Whether it waits for the write lock; only a defect does not.
    waits: bool,
}

impl Handle {
    /// Reads committed state.
    fn read<T>(&self, call: Call, look: impl FnOnce(&Inner) -> T) -> Result<T, Trouble> {
        let step = self.step(call);
        match step.fault {
            Fault::Busy => Err(Trouble::Busy),
            Fault::Refused => Err(Trouble::Refused),
            _ => Ok(look(&step.inner)),
        }
    }

    /// Makes one transaction. `work` says what it answers and what it leaves to be committed; it is
    /// called again where the call is delivered twice.
    fn write<A>(
        &self,
        call: Call,
        committing: Committing,
        mut work: impl FnMut(&State, Timestamp) -> Result<(A, Option<Pending>), StoreError>,
    ) -> Result<A, Trouble> {
        let step = self.step(call);
        let (mut inner, fault) = (step.inner, step.fault);
        inner.note_write(call, fault);
        match fault {
            Fault::Busy => return Err(Trouble::Busy),
            Fault::Refused => return Err(Trouble::Refused),
            Fault::DiskFull => return Err(Trouble::Unknown),
            _ => {}
        }
        if committing.waits && inner.store.is_locked() {
            inner.coverage.point(CrashPoint::LockWait);
            if self.seat != DIRECTOR && inner.rng.u8(..4) == 0 {
                return Err(Trouble::Busy);
            }
            inner.end_commit();
        }
        let now = inner.clock();
        let (mut answer, mut pending) = work(&inner.store.current(), now)?;
        if fault == Fault::Twice {
            inner.land(pending.take(), committing, now);
            (answer, pending) = work(&inner.store.current(), now)?;
        }
        let (ends_later, lands) = match fault {
            Fault::EndsLater | Fault::CrashDuring => (true, inner.rng.bool()),
            _ => (false, true),
        };
        match pending {
            Some(pending) if ends_later => {
                inner
                    .store
                    .leave_under_way(pending, committing.durable, lands);
            }
            pending => inner.land(pending, committing, now),
        }
        match fault {
            Fault::CrashAfter | Fault::CrashDuring => self.die_at(inner),
            Fault::AckLost | Fault::EndsLater => Err(Trouble::Unknown),
            _ => Ok(answer),
        }
    }
}

impl Inner {
    fn note_write(&mut self, call: Call, fault: Fault) {
        match (call, fault) {
            (Call::Reserve, Fault::AckLost | Fault::EndsLater | Fault::Twice) => {
                self.coverage.point(CrashPoint::ReserveAckLost);
            }
            (Call::Consume, Fault::DiskFull) => self.coverage.point(CrashPoint::DiskFull),
            (Call::Consume, Fault::CrashDuring) => self.coverage.point(CrashPoint::CommitUnknown),
            (Call::Consume, Fault::Busy) => self.coverage.point(CrashPoint::TransientConsume),
            _ => {}
        }
    }

    /// Commits what a transaction has left.
    fn land(&mut self, pending: Option<Pending>, committing: Committing, now: Timestamp) {
        let next = match pending {
            None => return,
            Some(Pending::Whole(next)) => *next,
            Some(Pending::Consume(written)) => {
                let mut next = (*self.store.current()).clone();
                for one in &written {
                    one.apply(&mut next);
                }
                next
            }
        };
        self.store.commit(next, committing.durable, now);
        self.check();
    }
}

/// A transaction's whole outcome as something to be committed; nothing where nothing changed.
fn whole(before: &State, after: State) -> Option<Pending> {
    (*before != after).then(|| Pending::Whole(Box::new(after)))
}
