//! One head per subject, and a state that has only known values.

use crate::body::of_text;
use crate::facts::Facts;
use crate::facts::rows::{Attribute, Index};

/// Whether an index makes one column's values unique, whatever else a row says.
pub(crate) fn covers_alone(index: &Index, column: i32) -> bool {
    is_usable(index) && index.predicate.is_none() && index.immediate && keys(index) == [column]
}

/// Whether an index is unique, maintained and over plain columns.
pub(crate) fn is_usable(index: &Index) -> bool {
    index.is_unique && index.valid && index.ready && !index.has_expressions
}

/// The key columns of an index.
pub(crate) fn keys(index: &Index) -> &[i32] {
    let count = usize::try_from(index.key_count).unwrap_or_default();
    index
        .columns
        .as_deref()
        .and_then(|columns| columns.get(..count))
        .unwrap_or_default()
}

/// The unique index that leaves each subject one head, with what it says.
pub(crate) fn head_index(
    facts: &Facts,
    subject: &Attribute,
    lifecycle: Option<&Attribute>,
) -> Option<String> {
    let index = facts.indexes_on(subject.relation).find(|index| {
        is_usable(index)
            && keys(index).contains(&subject.number)
            && lifecycle.is_none_or(|state| !keys(index).contains(&state.number))
            && match (&index.predicate, lifecycle) {
                (None, _) => keys(index) == [subject.number],
                (Some(predicate), Some(state)) => predicate.contains(&state.name),
                (Some(_), None) => false,
            }
    })?;
    let where_clause = index.predicate.as_ref();
    let only = where_clause.map_or_else(String::new, |text| format!(" where {text}"));
    Some(format!("unique index `{}`{only} (pg_index)", index.name))
}

/// What enforces the values of a state, if anything does.
pub(crate) fn domain(facts: &Facts, column: &Attribute) -> Option<String> {
    if let Some(kind) = facts.types.iter().find(|row| row.oid == column.type_oid)
        && kind.kind == "e"
    {
        return Some(format!(
            "`{}` is of enum `{}` (pg_type)",
            column.name, kind.name
        ));
    }
    facts
        .constraints_on(column.relation)
        .filter(|check| check.kind == "c" && check.validated && check.enforced)
        .filter(|check| check.columns == [column.number])
        .find(|check| is_list(check.expression.as_deref().unwrap_or_default()))
        .map(|check| {
            format!(
                "check `{}` lists the values of `{}` (pg_constraint)",
                check.name, column.name
            )
        })
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
        .any(|call| !matches!(call.name.as_str(), "any" | "varying"));
    !alternative && !called && expression.contains('=') && !expression.contains("<>")
}
