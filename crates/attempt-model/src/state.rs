//! Everything that is so at one moment: the store, the processes, what callers were told.

use std::collections::BTreeSet;

use crate::action::{Action, Who};
use crate::process::{Answer, Process};
use crate::request::Request;
use crate::store::Store;

/// One state of the whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    /// What is committed.
    pub store: Store,
    /// The processes. They are interchangeable, so they are kept in order.
    pub processes: Vec<Process>,
    /// Every decision that callers were told.
    pub told: BTreeSet<(Request, Answer)>,
    /// What may still happen from outside.
    pub left: Budget,
}

/// How often each thing may happen that the protocol does not do by itself.
///
/// Each of them is spent and nothing else goes round in circles, so every run ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Budget {
    /// Requests.
    pub asks: u8,
    /// Deaths of processes.
    pub crashes: u8,
    /// Commits, of reservations or of writes, whose acknowledgement is lost.
    pub lost_acknowledgements: u8,
    /// Moves of the store's clock.
    pub clock_moves: u8,
    /// Changes of catalogue or policy.
    pub gate_changes: u8,
    /// Authority rows, revoking or not.
    pub authority_rows: u8,
    /// Holds.
    pub holds: u8,
    /// Disturbances of what verification looks at.
    pub disturbances: u8,
    /// Losses of power.
    pub power_losses: u8,
}

impl Budget {
    /// Nothing happens from outside.
    pub const NOTHING: Self = Self {
        asks: 0,
        crashes: 0,
        lost_acknowledgements: 0,
        clock_moves: 0,
        gate_changes: 0,
        authority_rows: 0,
        holds: 0,
        disturbances: 0,
        power_losses: 0,
    };

    /// Whether an action can be paid for.
    pub(crate) fn allows(mut self, action: Action) -> bool {
        self.spend(action).is_some()
    }

    /// Pays for an action.
    pub(crate) fn spend(&mut self, action: Action) -> Option<()> {
        if let Some(left) = self.purse(action) {
            *left = left.checked_sub(1)?;
        }
        Some(())
    }

    /// What an action is paid from; none where the protocol does it by itself.
    fn purse(&mut self, action: Action) -> Option<&mut u8> {
        match action {
            Action::Ask(..) => Some(&mut self.asks),
            Action::Crash(_) => Some(&mut self.crashes),
            Action::ReserveUnacknowledged(_) | Action::ConsumeUnacknowledged(_) => {
                Some(&mut self.lost_acknowledgements)
            }
            Action::MoveClock(_) => Some(&mut self.clock_moves),
            Action::CloseGate => Some(&mut self.gate_changes),
            Action::InsertAuthorityRow(_) | Action::Revoke(_) => Some(&mut self.authority_rows),
            Action::PlaceHold(_) => Some(&mut self.holds),
            Action::Disturb(_) => Some(&mut self.disturbances),
            Action::LosePower => Some(&mut self.power_losses),
            Action::Intake(_)
            | Action::Gate(_)
            | Action::Gather(_)
            | Action::Reserve(_)
            | Action::Consume(_)
            | Action::WriteHead(_)
            | Action::ResolveUnknown(_)
            | Action::Fail(_)
            | Action::Record(_)
            | Action::Refuse(_)
            | Action::Verify(_)
            | Action::RecordFailedVerification(_)
            | Action::StoreReport(_)
            | Action::Answer(_)
            | Action::Recover(_)
            | Action::FinishUnverified(..)
            | Action::CommitLands
            | Action::CommitIsUndone => None,
        }
    }
}

impl State {
    pub(crate) fn initial(processes: usize, left: Budget) -> Self {
        Self {
            store: Store::empty(),
            processes: vec![Process::Idle; processes],
            told: BTreeSet::new(),
            left,
        }
    }

    /// What a process has in memory.
    pub(crate) fn process(&self, who: Who) -> Option<Process> {
        self.processes.get(who).copied()
    }

    /// Gives a process other memory.
    pub(crate) fn turn(&mut self, who: Who, next: Process) -> Option<()> {
        *self.processes.get_mut(who)? = next;
        Some(())
    }
}
