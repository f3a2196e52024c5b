//! What a recognised body consists of.

use super::condition::Condition;

/// A statement of the grammar, with the byte offset where it starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Statement {
    /// `NULL`
    Nothing,
    /// `RAISE` of level EXCEPTION.
    Raise { at: usize },
    /// `RAISE` of a lower level. `certain` if nothing in it can fail.
    Speak { at: usize, certain: bool },
    /// `RETURN`
    Return { at: usize, what: Returned },
    /// A nested block.
    Block(Vec<Statement>),
    /// `IF` or `CASE`.
    Branch(Branch),
}

/// What a `RETURN` gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Returned {
    New,
    Old,
    Null,
    /// An expression.
    Other,
}

/// The arms are tried in order; the first whose condition holds is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Branch {
    pub(super) at: usize,
    /// A CASE that no arm answers and that has no ELSE is an error; an IF goes on.
    pub(super) is_case: bool,
    pub(super) arms: Vec<Arm>,
    pub(super) otherwise: Option<Vec<Statement>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Arm {
    pub(super) condition: Condition,
    pub(super) statements: Vec<Statement>,
}

/// The first RAISE of level EXCEPTION, at any depth, reachable or not.
pub(super) fn first_raise(statements: &[Statement]) -> Option<usize> {
    statements.iter().find_map(|statement| match statement {
        Statement::Raise { at } => Some(*at),
        Statement::Block(inner) => first_raise(inner),
        Statement::Branch(branch) => {
            let arms = branch.arms.iter().map(|arm| arm.statements.as_slice());
            let mut bodies = arms.chain(branch.otherwise.as_deref());
            bodies.find_map(first_raise)
        }
        Statement::Nothing | Statement::Speak { .. } | Statement::Return { .. } => None,
    })
}
