//! What must hold, judged from rows and answers alone.
//!
//! Shares no code with what writes the rows: it reads tables as they lie there, statuses and
//! decisions in its own way. A checker that shared the store's reading would share its mistakes.

mod answers;
mod envelopes;
mod rows;
mod standing;
mod transition;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::store::{State, Transition};

pub(crate) use answers::Given;

/// The invariants, numbered as where they are listed; those after it are the simulator's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Invariant {
    /// At most one effect for each replay key, and for each effect identity.
    I1,
    /// At most one use of each nonce.
    I2,
    /// At most one head for each target.
    I3,
    /// Consumed, key, head and decision: all or none.
    I4,
    /// An exact retry gets the same bytes.
    I5,
    /// Answers never contradict each other, nor what is stored.
    I6,
    /// A registered answer has its head and a report that passed.
    I7,
    /// A success names no audit and no decision log.
    I8,
    /// A failure that was answered is recorded, and stays so.
    I9,
    /// An aborted attempt has exactly one audit; beside an effect only a failed verification.
    I10,
    /// What is written is a draft.
    I11,
    /// Nothing is written under a hold.
    I12,
    /// Nothing is consumed past its end.
    I13,
    /// The retry counter changes nothing.
    I14,
    /// No reservation outlives a recovery.
    I15,
    /// Audits and transactions count by one.
    I16,
    /// What is written stands in authority rows that hold at that moment.
    I18,
    /// An internal fault is never an answer: no panic, no endless run.
    I19,
    /// Stored envelopes are canonical, and hash to what they state.
    I20,
    /// Rows are only added, but for the transitions that there are.
    AppendOnly,
}

/// An invariant that was broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Which.
    pub invariant: Invariant,
    /// How.
    pub detail: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}: {}", self.invariant, self.detail)
    }
}

/// Collects what is broken.
#[derive(Debug, Default)]
pub(crate) struct Checker {
    violations: Vec<Violation>,
    answers: Vec<Given>,
    /// The attempts whose report power took, by name.
    reports_lost: BTreeSet<String>,
}

impl Checker {
    fn broken(&mut self, invariant: Invariant, detail: impl Into<String>) {
        self.violations.push(Violation {
            invariant,
            detail: detail.into(),
        });
    }

    fn require(&mut self, holds: bool, invariant: Invariant, detail: impl FnOnce() -> String) {
        if !holds {
            self.broken(invariant, detail());
        }
    }

    /// A transition of the committed state.
    pub(crate) fn transition(&mut self, transition: &Transition) {
        if !transition.power_loss {
            return transition::check(self, transition);
        }
        // What a power loss takes away is judged by the answers that were given.
        let kept = |id| {
            transition
                .after
                .reports
                .iter()
                .any(|row| row.attempt_id == id)
        };
        let ids = transition.before.reports.iter().map(|row| row.attempt_id);
        let lost = ids.filter(|id| !kept(*id));
        self.reports_lost.extend(lost.map(|id| id.to_string()));
    }

    /// An answer that reached its client.
    pub(crate) fn answered(&mut self, given: Given) {
        answers::check(self, &given);
        self.answers.push(given);
    }

    pub(crate) fn has_answers(&self) -> bool {
        !self.answers.is_empty()
    }

    /// The end: everything was recovered, and every question asked again.
    pub(crate) fn finish(&mut self, state: &Arc<State>) {
        rows::check(self, state);
        envelopes::check(self, state);
        answers::check_all(self, state);
    }

    pub(crate) fn panicked(&mut self, words: String) {
        self.broken(Invariant::I19, format!("a process panicked: {words}"));
    }

    pub(crate) fn does_not_end(&mut self, steps: u64) {
        self.broken(Invariant::I19, format!("still running after {steps} steps"));
    }

    pub(crate) fn not_recovered(&mut self, why: String) {
        self.broken(Invariant::I15, why);
    }

    pub(crate) fn take_violations(&mut self) -> Vec<Violation> {
        std::mem::take(&mut self.violations)
    }
}
