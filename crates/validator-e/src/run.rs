//! Runs the checks: within the budget, and so that one that breaks down is a failed check.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::case::Case;
use crate::contract::RejectCode;
use crate::finding::{Finding, Judged};
use crate::steps::STEPS_MAX;
use crate::table::Check;

/// What stands beside a check that broke down. The panic's own words stay out of the verdict: they
/// may hold anything, and a verdict is the same for the same bytes.
pub(crate) const PANICKED: &str = "panicked";

/// The code of what did not come to its end.
pub(crate) const NOT_COMPLETED: RejectCode = RejectCode::CheckNotCompleted;

/// One run through the table.
#[derive(Default)]
pub(crate) struct Run {
    steps: u64,
}

impl Run {
    /// Judges by one check, if its steps are left.
    ///
    // INVARIANT: what is not judged to its end fails. Steps are taken and never given back, so after
    // the first check that is too dear every later one fails too.
    pub(crate) fn judge(&mut self, check: &Check, case: &Case<'_>) -> Judged {
        let judged = guarded(|| {
            let steps = (check.steps)(case).saturating_add(1);
            self.steps = self.steps.saturating_add(steps);
            if self.steps > STEPS_MAX {
                return Ok(too_dear(self.steps));
            }
            (check.judge)(case)
        });
        judged.unwrap_or_else(|| Ok(not_completed(PANICKED, None)))
    }
}

/// The answer, or nothing where finding it panicked.
///
/// A check only reads what it is given, so nothing is left half changed.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(work)).ok()
}

fn too_dear(steps: u64) -> Finding {
    let (taken, most) = (steps.to_string(), STEPS_MAX.to_string());
    not_completed("steps / budget", Some((&taken, &most)))
}

fn not_completed(name: &str, values: Option<(&str, &str)>) -> Finding {
    let mut finding = Finding::default();
    finding.refuse(NOT_COMPLETED);
    let (left, right) = values.unzip();
    finding.show(name, left, right);
    finding
}
