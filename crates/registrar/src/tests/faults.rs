//! A store that answers with trouble a given number of times before it works.

use canonical::{Digest, Timestamp, Uuid};

use crate::World;
use crate::port::*;

/// What happens to the next consumes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// Rolled back, may be tried again.
    Busy,
    /// Rolled back for good.
    Broken,
    /// The connection is lost, and nothing was committed.
    LostBeforeCommit,
    /// The connection is lost, and everything was committed.
    LostAfterCommit,
}

pub(super) struct Faulty {
    pub(super) world: World,
    pub(super) faults: Vec<Fault>,
    pub(super) consumes: usize,
    pub(super) clock_reads: usize,
}

impl Faulty {
    pub(super) fn new(world: &World, faults: &[Fault]) -> Self {
        Self {
            world: world.clone(),
            faults: faults.to_vec(),
            consumes: 0,
            clock_reads: 0,
        }
    }
}

impl RegistrarStore for Faulty {
    fn clock(&mut self) -> Result<Timestamp, PortError> {
        self.clock_reads += 1;
        self.world.clock()
    }
    fn attempt_by_nonce(&mut self, nonce: &str) -> Result<Option<StoredAttempt>, PortError> {
        self.world.attempt_by_nonce(nonce)
    }
    fn attempt_by_replay_key(&mut self, key: &Digest) -> Result<Option<StoredAttempt>, PortError> {
        self.world.attempt_by_replay_key(key)
    }
    fn attempt_by_id(&mut self, id: &Uuid) -> Result<Option<StoredAttempt>, PortError> {
        self.world.attempt_by_id(id)
    }
    fn attempt_by_effect(&mut self, effect: &Digest) -> Result<Option<StoredAttempt>, PortError> {
        self.world.attempt_by_effect(effect)
    }
    fn current_head(&mut self, dot_code: &str) -> Result<Option<String>, PortError> {
        self.world.current_head(dot_code)
    }
    fn retired_head(&mut self, dot_code: &str) -> Result<bool, PortError> {
        self.world.retired_head(dot_code)
    }
    fn standing(&mut self, target: &str) -> Result<Standing, PortError> {
        self.world.standing(target)
    }
    fn reread(&mut self, refs: &[RowRef]) -> Result<Vec<RereadRow>, PortError> {
        self.world.reread(refs)
    }
    fn head_versions(&mut self, target: &str) -> Result<Vec<HeadVersion>, PortError> {
        self.world.head_versions(target)
    }
    fn reserve(&mut self, all: Vec<Reservation>) -> Result<Vec<ReserveAnswer>, PortError> {
        self.world.reserve(all)
    }
    fn consume(&mut self, items: Vec<ConsumeItem>) -> Result<Vec<ConsumeAnswer>, ConsumeError> {
        self.consumes += 1;
        if self.faults.is_empty() {
            return self.world.consume(items);
        }
        match self.faults.remove(0) {
            Fault::Busy => Err(ConsumeError::Port(PortError::transient("busy", "busy"))),
            Fault::Broken => Err(ConsumeError::Port(PortError::new("disk full", "full"))),
            Fault::LostBeforeCommit => {
                Err(ConsumeError::OutcomeUnknown(PortError::new("lost", "gone")))
            }
            Fault::LostAfterCommit => {
                self.world.consume(items)?;
                Err(ConsumeError::OutcomeUnknown(PortError::new("lost", "gone")))
            }
        }
    }
    fn evidence(&mut self, attempt_id: &Uuid) -> Result<Option<Vec<u8>>, PortError> {
        self.world.evidence(attempt_id)
    }
    fn open_attempts(
        &mut self,
        opened_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredAttempt>, PortError> {
        self.world.open_attempts(opened_before, limit)
    }
    fn unverified_attempts(&mut self, limit: u32) -> Result<Vec<StoredAttempt>, PortError> {
        self.world.unverified_attempts(limit)
    }
}

/// A sink that cannot be reached.
pub(super) struct Deaf;

impl FailureSink for Deaf {
    fn record(&mut self, _: Vec<FailureRecord>) -> Result<Vec<RecordAnswer>, PortError> {
        Err(PortError::new("sink is gone", "gone"))
    }
}
