//! The values that a column of states may have.

use std::collections::BTreeSet;

use crate::body::of_text;
use crate::facts::Facts;
use crate::facts::rows::{Attribute, Constraint};
use crate::guard::lexer::{Token, TokenKind, tokens};

/// What enforces the values of a state, if anything does.
pub(crate) fn domain(facts: &Facts, column: &Attribute) -> Option<String> {
    if let Some(kind) = facts.made_type(column.type_oid)
        && kind.kind == "e"
    {
        return Some(format!(
            "`{}` is of enum `{}` (pg_type)",
            column.name, kind.name
        ));
    }
    list(facts, column).map(|check| {
        format!(
            "check `{}` lists the values of `{}` (pg_constraint)",
            check.name, column.name
        )
    })
}

/// The values that an enforced check lists; none where no check does.
pub(super) fn values(facts: &Facts, column: &Attribute) -> Option<BTreeSet<String>> {
    listed(list(facts, column)?.expression.as_deref()?, &column.name)
}

fn list<'facts>(facts: &'facts Facts, column: &Attribute) -> Option<&'facts Constraint> {
    facts
        .constraints_on(column.relation)
        .filter(|check| check.kind == "c" && check.validated && check.enforced)
        .filter(|check| check.columns == [column.number])
        .find(|check| is_list(check.expression.as_deref().unwrap_or_default()))
}

/// The texts that a condition compares a column with, where it does nothing but compare: equalities
/// and lists, joined by AND. Which text belongs to which column is read from what stands before it.
pub(super) fn listed(expression: &str, column: &str) -> Option<BTreeSet<String>> {
    if !is_list(expression) {
        return None;
    }
    let found = tokens(expression).ok()?;
    let mut current: Option<&str> = None;
    let mut values = BTreeSet::new();
    for (at, token) in found.iter().enumerate() {
        match &token.kind {
            TokenKind::Text(text) if current == Some(column) => {
                values.insert(text.clone());
            }
            TokenKind::Word(name) | TokenKind::Quoted(name)
                if !is_cast(&found, at) && is_compared(&found, at) =>
            {
                current = Some(name);
            }
            _ => {}
        }
    }
    Some(values)
}

/// Whether what stands at a place is the type of a cast, or the second word of one.
fn is_cast(found: &[Token], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|last| found.get(last));
    before.is_some_and(|token| token.is_operator("::") || token.is_word("character"))
}

/// Whether what stands at a place is the left side of an equality, casts and brackets aside.
fn is_compared(found: &[Token], at: usize) -> bool {
    let mut rest = found.get(at.saturating_add(1)..).unwrap_or_default();
    while let [token, tail @ ..] = rest {
        if token.is_operator("=") {
            return true;
        }
        let is_about_its_type = token.is_operator("::")
            || token.is_mark(')')
            || token.is_word("text")
            || token.is_word("character")
            || token.is_word("varying");
        if !is_about_its_type {
            return false;
        }
        rest = tail;
    }
    false
}

/// `column = ANY (ARRAY[…])` or `column = 'one'`, with no alternative and no call.
fn is_list(expression: &str) -> bool {
    let upper = expression.to_ascii_uppercase();
    let alternative = [" OR ", " IS NULL", "NOT ", " TRUE"]
        .iter()
        .any(|word| upper.contains(word));
    // `ANY (` and casts of the list are no calls of anybody's function.
    let called = of_text(expression)
        .calls
        .iter()
        .any(|call| !matches!(call.name.as_str(), "any" | "varying" | "and"));
    !alternative && !called && expression.contains('=') && !expression.contains("<>")
}

#[cfg(test)]
mod tests;
