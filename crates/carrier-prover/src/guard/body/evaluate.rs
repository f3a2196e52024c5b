//! Which ends of a body can be reached for one operation.

use super::condition::Condition;
use super::statement::{Branch, Returned, Statement, first_raise};
use super::{BodyOutcome, Finding};
use crate::guard::facts::Operation;
use crate::guard::path::Pinned;
use crate::guard::reason::ReasonCode;

/// The ends that can be reached, and what they hang on.
#[derive(Debug, Default)]
pub(super) struct Paths {
    raises: bool,
    returns: Vec<(Returned, usize)>,
    /// The end of the sequence can be reached.
    falls: bool,
    /// A CASE without ELSE that no arm answers.
    unanswered: Option<usize>,
    /// A condition that the text does not settle.
    open: Option<usize>,
    /// A condition that somebody else's operator could settle, and how the path is set.
    hijackable: Option<(usize, Pinned)>,
    /// A RAISE that raises nothing.
    speaks: Option<usize>,
    /// Something before the end may fail by itself.
    may_fail: bool,
}

/// Follows every path that `operation` can take.
pub(super) fn evaluate(statements: &[Statement], operation: Operation, path: Pinned) -> Paths {
    let mut all = Paths {
        falls: true,
        ..Paths::default()
    };
    for statement in statements {
        if !all.falls {
            break;
        }
        all.falls = false;
        all.join(step(statement, operation, path));
    }
    all
}

fn step(statement: &Statement, operation: Operation, path: Pinned) -> Paths {
    let mut paths = Paths::default();
    match statement {
        Statement::Nothing => paths.falls = true,
        Statement::Raise { .. } => paths.raises = true,
        Statement::Speak { at, certain } => {
            paths.falls = true;
            paths.speaks = Some(*at);
            paths.may_fail = !certain;
        }
        Statement::Return { at, what } => paths.returns.push((*what, *at)),
        Statement::Block(inner) => return evaluate(inner, operation, path),
        Statement::Branch(branch) => return choose(branch, operation, path),
    }
    paths
}

fn choose(branch: &Branch, operation: Operation, path: Pinned) -> Paths {
    let mut paths = Paths::default();
    for arm in &branch.arms {
        let taken = match &arm.condition {
            Condition::Operations(_) if path != Pinned::Safe => {
                paths.hijackable.get_or_insert((branch.at, path));
                None
            }
            Condition::Operations(operations) => Some(operations.contains(&operation)),
            Condition::Other { at } => {
                paths.open.get_or_insert(*at);
                None
            }
        };
        if taken != Some(false) {
            paths.join(evaluate(&arm.statements, operation, path));
        }
        if taken == Some(true) {
            return paths;
        }
    }
    match &branch.otherwise {
        Some(statements) => paths.join(evaluate(statements, operation, path)),
        None if branch.is_case => paths.unanswered = Some(branch.at),
        None => paths.falls = true,
    }
    paths
}

impl Paths {
    fn join(&mut self, other: Self) {
        self.raises |= other.raises;
        self.returns.extend(other.returns);
        self.falls |= other.falls;
        self.unanswered = self.unanswered.or(other.unanswered);
        self.open = self.open.or(other.open);
        self.hijackable = self.hijackable.or(other.hijackable);
        self.speaks = self.speaks.or(other.speaks);
        self.may_fail |= other.may_fail;
    }

    /// What every path comes to, and whether the operation certainly goes through.
    pub(super) fn outcome(&self, operation: Operation, skips_rows: bool) -> (BodyOutcome, bool) {
        if self.open.is_some() || self.hijackable.is_some() {
            return (BodyOutcome::Conditional, false);
        }
        // INVARIANT: nothing is left open, so exactly one path was followed.
        match (self.raises, self.returns.as_slice()) {
            _ if self.falls || self.unanswered.is_some() => (BodyOutcome::Unknown, false),
            (true, []) => (BodyOutcome::AlwaysRaises, false),
            (false, [(what, _)]) => {
                let (outcome, passes) = returned(*what, operation, skips_rows);
                (outcome, passes && !self.may_fail)
            }
            _ => (BodyOutcome::Unknown, false),
        }
    }

    /// Why this is no unconditional RAISE.
    pub(super) fn findings(&self, statements: &[Statement]) -> Vec<Finding> {
        let mut found = Vec::new();
        let mut add = |code, at: Option<usize>, detail: &str| {
            found.extend(at.map(|at| Finding::new(code, at, detail)));
        };
        let (unpinned, unsafe_path) = match self.hijackable {
            Some((at, Pinned::No)) => (Some(at), None),
            Some((at, _)) => (None, Some(at)),
            None => (None, None),
        };
        add(
            ReasonCode::FnSearchPathUnpinned,
            unpinned,
            "dispatch on TG_OP, and the function sets no search_path",
        );
        add(
            ReasonCode::FnPathNotSafe,
            unsafe_path,
            "dispatch on TG_OP, and search_path is not `pg_catalog, pg_temp`",
        );
        add(
            ReasonCode::FnBranches,
            self.open,
            "some path does not raise",
        );
        add(
            ReasonCode::FnCaseWithoutElse,
            self.unanswered,
            "no arm of this CASE answers, and it has no ELSE",
        );
        add(
            ReasonCode::FnRaiseNotError,
            self.speaks,
            "a RAISE below EXCEPTION goes on",
        );
        let end = self.falls.then_some(0);
        add(
            ReasonCode::FnNoReturn,
            end,
            "the end can be reached without RETURN",
        );
        for (what, at) in &self.returns {
            let (code, detail) = explained(*what);
            add(code, Some(*at), detail);
        }
        let passed_over = first_raise(statements).filter(|_| !self.raises);
        add(
            ReasonCode::FnUnreachableRaise,
            passed_over,
            "not reached for this operation",
        );
        found
    }
}

/// What returning `what` does to the row, and whether the operation happens as asked.
fn returned(what: Returned, operation: Operation, skips_rows: bool) -> (BodyOutcome, bool) {
    if what == Returned::Other {
        return (BodyOutcome::Unknown, false);
    }
    if !skips_rows {
        return (BodyOutcome::NeverRaises, true);
    }
    match (what, operation) {
        (Returned::New, Operation::Insert | Operation::Update)
        | (Returned::Old, Operation::Delete) => (BodyOutcome::NeverRaises, true),
        (Returned::Old, Operation::Update) => (BodyOutcome::NeverRaises, false),
        // NEW is null for a DELETE, OLD for an INSERT.
        (Returned::Null, _)
        | (Returned::New, Operation::Delete)
        | (Returned::Old, Operation::Insert) => (BodyOutcome::AlwaysSuppresses, false),
        (_, Operation::Truncate) | (Returned::Other, _) => (BodyOutcome::Unknown, false),
    }
}

fn explained(what: Returned) -> (ReasonCode, &'static str) {
    match what {
        Returned::New => (ReasonCode::FnNeverRaises, "returns NEW instead of raising"),
        Returned::Old => (ReasonCode::FnNeverRaises, "returns OLD instead of raising"),
        Returned::Null => (
            ReasonCode::FnSuppressesSilently,
            "returns NULL instead of raising",
        ),
        Returned::Other => (
            ReasonCode::FnOutsideGrammar,
            "returns the value of an expression",
        ),
    }
}
