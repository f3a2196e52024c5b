//! The fixed table of checks.

use crate::case::Case;
use crate::contract::{RejectCode, VerdictStage};
use crate::finding::Judged;
use crate::steps::{self, Steps};

/// Codes that a check does not choose itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassesOn {
    /// None: it raises its own codes only.
    Nothing,
    /// The codes of the opening path.
    Opening,
    /// Whatever the attesting block refused with.
    Refusals,
}

/// One check: what it is called, when it is judged, and what it may refuse with.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// Its name in every verdict: the class, a full stop, the idea.
    pub id: &'static str,
    /// What holds when it holds, for people.
    pub title: &'static str,
    /// The first run that can judge it; what can be judged before the write is judged again after.
    pub stage: VerdictStage,
    /// The codes that it raises itself.
    pub codes: &'static [RejectCode],
    /// The codes that it hands through.
    pub passes_on: PassesOn,
    pub(crate) steps: Steps,
    pub(crate) judge: fn(&Case<'_>) -> Judged,
}

impl Check {
    pub(crate) const fn new(
        id: &'static str,
        title: &'static str,
        codes: &'static [RejectCode],
        judge: fn(&Case<'_>) -> Judged,
    ) -> Self {
        Self {
            id,
            title,
            stage: VerdictStage::BeforeWrite,
            codes,
            passes_on: PassesOn::Nothing,
            steps: steps::none,
            judge,
        }
    }

    pub(crate) const fn after_write(mut self) -> Self {
        self.stage = VerdictStage::AfterWrite;
        self
    }

    /// Says how many steps it takes besides the one that every check takes.
    pub(crate) const fn taking(mut self, steps: Steps) -> Self {
        self.steps = steps;
        self
    }

    pub(crate) const fn passing_on(mut self, passes_on: PassesOn) -> Self {
        self.passes_on = passes_on;
        self
    }
}

/// Every check, in precedence order: the order in which each verdict reports them.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    crate::checks::CLASSES.into_iter().flatten()
}
