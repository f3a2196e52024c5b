//! The simulated store: committed state, one write lock, and a log of which a power loss keeps a
//! prefix.
//!
//! It answers as the real stores do: unique nonce, replay key, effect and head; a conditional
//! transition of the attempt; everything of a transaction or nothing; append-only otherwise. A
//! commit whose outcome is not known holds the write lock until it has ended. Reads see what is
//! committed and wait for nobody.

pub(crate) mod audit;
pub(crate) mod authority;
mod bug;
pub(crate) mod consume;
pub(crate) mod observation;
pub(crate) mod read;
pub(crate) mod reserve;
pub(crate) mod schema;
pub(crate) mod state;

use std::sync::Arc;

use canonical::Timestamp;

pub use bug::Bug;
use consume::Written;
pub(crate) use state::State;

/// Why a transaction was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// A unique key stands already, or a row names one that is not there.
    #[error("row `{0}` is refused")]
    RowRefused(String),
    /// A name is no identifier.
    #[error("row has no valid name")]
    Name(#[from] canonical::ScalarError),
    /// A row has no hash.
    #[error("row cannot be hashed")]
    Hash(#[from] canonical::WriteError),
    /// A row does not match its own hash.
    #[error("row cannot be read back")]
    Row(#[from] canonical::RowError),
    /// The attempt to be closed is not there.
    #[error("there is no attempt `{0}`")]
    NoAttempt(canonical::Uuid),
}

/// What a commit that is under way will have written if it comes through.
#[derive(Clone, Debug)]
pub(crate) enum Pending {
    /// The one transaction.
    Consume(Vec<Written>),
    /// Any other.
    Whole(Box<State>),
}

#[derive(Clone, Debug)]
struct UnderWay {
    pending: Pending,
    durable: bool,
    lands: bool,
}

/// A transition of the committed state, for whoever checks it.
#[derive(Clone, Debug)]
pub(crate) struct Transition {
    /// The state before.
    pub(crate) before: Arc<State>,
    /// The state after.
    pub(crate) after: Arc<State>,
    /// The store's clock at the commit.
    pub(crate) at: Timestamp,
    /// Whether power was lost: the log ends earlier than it did.
    pub(crate) power_loss: bool,
}

/// The store.
#[derive(Clone, Debug)]
pub(crate) struct Store {
    /// Every state since the last flush, the flushed one first; the last one is current.
    log: Vec<Arc<State>>,
    under_way: Option<UnderWay>,
    transitions: Vec<Transition>,
    /// The defect that this store has, for tests of the checker.
    pub(crate) bug: Option<Bug>,
}

impl Store {
    /// A store with this state, all of it on the disk.
    pub(crate) fn new(state: Arc<State>, bug: Option<Bug>) -> Self {
        Self {
            log: vec![state],
            under_way: None,
            transitions: Vec::new(),
            bug,
        }
    }

    pub(crate) fn has(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    /// What a reader sees now.
    pub(crate) fn current(&self) -> Arc<State> {
        self.log.last().map(Arc::clone).unwrap_or_default()
    }

    /// Whether a commit is under way, so that a writer has to wait.
    pub(crate) fn is_locked(&self) -> bool {
        self.under_way.is_some()
    }

    /// Takes the write lock, once whatever holds it has ended, and gives the state to write on.
    pub(crate) fn take_lock(&mut self, now: Timestamp) -> State {
        let _ended = self.end_commit(now);
        (*self.current()).clone()
    }

    /// Ends the commit that is under way, if there is one; says whether it landed.
    pub(crate) fn end_commit(&mut self, now: Timestamp) -> Option<bool> {
        let under_way = self.under_way.take()?;
        if !under_way.lands {
            return Some(false);
        }
        let next = match under_way.pending {
            Pending::Whole(next) => *next,
            Pending::Consume(written) => {
                let mut next = (*self.current()).clone();
                for one in &written {
                    one.apply(&mut next);
                }
                next
            }
        };
        self.commit(next, under_way.durable, now);
        Some(true)
    }

    /// Leaves a commit under way; it holds the lock until it has ended.
    pub(crate) fn leave_under_way(&mut self, pending: Pending, durable: bool, lands: bool) {
        self.under_way = Some(UnderWay {
            pending,
            durable,
            lands,
        });
    }

    /// Commits; a durable one flushes everything before it, because the log is ordered.
    pub(crate) fn commit(&mut self, next: State, durable: bool, now: Timestamp) {
        let (before, after) = (self.current(), Arc::new(next));
        if before == after {
            return;
        }
        self.transitions.push(Transition {
            before,
            after: Arc::clone(&after),
            at: now,
            power_loss: false,
        });
        if durable {
            self.log.clear();
        }
        self.log.push(after);
    }

    /// Power is lost: what is under way is gone, and of the log what was flushed stays, and as much
    /// of the rest, from its beginning, as `luck` says.
    pub(crate) fn lose_power(&mut self, luck: usize, now: Timestamp) {
        self.under_way = None;
        let before = self.current();
        let kept = luck.checked_rem(self.log.len()).unwrap_or(0);
        self.log.truncate(kept.saturating_add(1));
        if let Some(after) = self.log.last().filter(|after| **after != before) {
            self.transitions.push(Transition {
                before,
                after: Arc::clone(after),
                at: now,
                power_loss: true,
            });
        }
        // What came through the loss was read back from the disk.
        let after = self.current();
        self.log = vec![after];
    }

    /// The transitions since the last time that they were asked for.
    pub(crate) fn drain_transitions(&mut self) -> Vec<Transition> {
        std::mem::take(&mut self.transitions)
    }
}
