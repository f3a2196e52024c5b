//! What is committed: attempts with all that hangs on them, and what a write is judged by.

use crate::request::{Request, Target};

/// The store. One writer at a time; readers see what was committed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Store {
    /// The attempts, by their identities.
    pub attempts: Vec<Attempt>,
    /// The attempts as a loss of power would leave them; empty where there will be none.
    pub durable: Vec<Attempt>,
    /// A commit that was sent and has not landed; until it has, or is undone, it holds the lock.
    pub in_doubt: Option<InDoubt>,
    /// The store's clock.
    pub clock: Instant,
    /// Whether catalogue and policy are those that an open gate report describes.
    pub is_gate_open: bool,
    /// What is committed about [`Target::X`].
    pub x: Standing,
    /// What is committed about [`Target::Y`].
    pub y: Standing,
}

/// A moment, as far as it matters to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Instant {
    /// Before the request was issued: a clock set back.
    Before,
    /// Within its bounds.
    Within,
    /// Past its end.
    After,
}

/// What the store says of a target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Standing {
    /// Moved by every authority row that is inserted.
    pub head_version: u8,
    /// A row revokes what an earlier one allowed; the earlier row is unchanged.
    pub is_revoked: bool,
    /// A hold was placed.
    pub is_held: bool,
    /// Something outside the protocol changed what verification looks at.
    pub is_disturbed: bool,
}

/// A commit whose outcome nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InDoubt {
    /// The attempt that it consumes.
    pub attempt: AttemptId,
    /// What it writes.
    pub write: Write,
}

/// Names an attempt; keys nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptId {
    /// The request that it is for.
    pub request: Request,
    /// How many attempts of that request there were before; only a defect lets it be more than 0.
    pub ordinal: u8,
}

/// A row of `attempt`, with its ledger row, head, decision, audits and report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Attempt {
    /// Its identity.
    pub id: AttemptId,
    /// Its state.
    pub state: AttemptState,
    /// When it was opened, by the store's clock.
    pub opened_at: Instant,
    /// The ledger row with its decision.
    pub consumed: Option<Write>,
    /// The row of the catalogue.
    pub has_head: bool,
    /// What was recorded of it.
    pub audits: Audits,
    /// The verification report, inserted once.
    pub report: Option<Report>,
    /// Whether the outcome of its commit was unknown once.
    pub was_in_doubt: bool,
}

/// The failure audits of an attempt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Audits {
    /// How many there are of the attempt's own failure.
    pub failures: u8,
    /// Whether one of those says `OUTCOME_ABANDONED`.
    pub is_abandoned: bool,
    /// Whether there is one of a failed verification, which closes nothing.
    pub is_verification: bool,
}

/// The states of an attempt; the last two are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttemptState {
    /// Open.
    Reserved,
    /// Ended by the one transaction.
    Consumed,
    /// Ended by the failure transaction.
    Aborted,
}

/// What held when the one transaction was judged; it can not change before the commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Write {
    /// The store's clock.
    pub at: Instant,
    /// Whether the gate was open and no hold lay on the target.
    pub is_allowed: bool,
    /// Whether the authority still stood.
    pub is_authorised: bool,
    /// Whether an authority head had moved, so that the rows were judged again.
    pub was_rechecked: bool,
}

/// What the verifier reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Report {
    /// The independent reread confirmed the write.
    Passed,
    /// It did not.
    Failed,
}

impl Store {
    /// An empty store behind an open gate.
    pub(crate) fn empty() -> Self {
        Self {
            attempts: Vec::new(),
            durable: Vec::new(),
            in_doubt: None,
            clock: Instant::Within,
            is_gate_open: true,
            x: Standing::default(),
            y: Standing::default(),
        }
    }

    /// What a commit that waits for the disk does: the log is ordered, so all before it is kept too.
    pub(crate) fn flush(&mut self) {
        self.durable.clone_from(&self.attempts);
    }

    /// Whether a writer gets the lock now.
    pub(crate) fn is_writable(&self) -> bool {
        self.in_doubt.is_none()
    }

    /// A plain read of an attempt.
    pub(crate) fn attempt(&self, id: AttemptId) -> Option<&Attempt> {
        self.attempts.iter().find(|attempt| attempt.id == id)
    }

    pub(crate) fn attempt_mut(&mut self, id: AttemptId) -> Option<&mut Attempt> {
        self.attempts.iter_mut().find(|attempt| attempt.id == id)
    }

    /// The attempts with a head.
    pub(crate) fn effects(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().filter(|attempt| attempt.has_head)
    }

    /// What stands about a target.
    pub(crate) fn standing(&self, target: Target) -> &Standing {
        match target {
            Target::X => &self.x,
            Target::Y => &self.y,
        }
    }

    pub(crate) fn standing_mut(&mut self, target: Target) -> &mut Standing {
        match target {
            Target::X => &mut self.x,
            Target::Y => &mut self.y,
        }
    }

    /// Inserts an open attempt.
    pub(crate) fn open(&mut self, request: Request) -> AttemptId {
        let earlier = self.attempts.iter().filter(|it| it.id.request == request);
        let ordinal = u8::try_from(earlier.count()).unwrap_or(u8::MAX);
        let id = AttemptId { request, ordinal };
        self.attempts.push(Attempt {
            id,
            state: AttemptState::Reserved,
            opened_at: self.clock,
            consumed: None,
            has_head: false,
            audits: Audits::default(),
            report: None,
            was_in_doubt: false,
        });
        // The order of rows says nothing, so it is always the same.
        self.attempts.sort_unstable_by_key(|attempt| attempt.id);
        id
    }

    /// The conditional `RESERVED → ABORTED` together with the failure audit; false changed nothing.
    pub(crate) fn close(&mut self, id: AttemptId, is_abandoned: bool) -> bool {
        let Some(attempt) = self.attempt_mut(id) else {
            return false;
        };
        if attempt.state != AttemptState::Reserved {
            return false;
        }
        attempt.state = AttemptState::Aborted;
        attempt.audits.record(is_abandoned);
        self.flush();
        true
    }
}

impl Audits {
    /// Appends one of the attempt's own failure.
    pub(crate) fn record(&mut self, is_abandoned: bool) {
        self.failures = self.failures.saturating_add(1);
        self.is_abandoned |= is_abandoned;
    }
}
