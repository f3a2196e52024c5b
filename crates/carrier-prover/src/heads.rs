//! One head per subject, and a state that has only known values.

mod domain;
mod epoch;

pub(crate) use domain::domain;
pub(crate) use epoch::epochs_of;

use crate::case::Case;
use crate::catalog::Catalog;
use crate::criteria::Judging;
use crate::facts::rows::{Attribute, Index};
use crate::usage::{Slot, Use};
use domain::listed;

/// The states of the specification in which a row is the current one of its subject.
const CURRENT: [&str; 2] = ["draft", "active"];

/// Whether an index makes one column's values unique, whatever else a row says.
pub(crate) fn covers_alone(index: &Index, column: i32) -> bool {
    is_unconditional(index) && keys(index) == [column]
}

/// Whether an index is unique at once, for every row.
pub(crate) fn is_unconditional(index: &Index) -> bool {
    is_usable(index) && index.predicate.is_none() && index.immediate
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

/// Whether each subject has at most one head.
pub(crate) fn uniqueness(case: &Case<'_>) -> Judging {
    let mut judging = Judging::new();
    judging.rests_on(case, &[Catalog::Indexes, Catalog::Inheritance]);
    let Some(subject) = case.own(Slot::Subject) else {
        judging.doubt("no subject column of the carrier is declared");
        return judging;
    };
    shared_rows(case, &mut judging);
    if let Some(index) = alone(case, subject) {
        nulls(subject, index, &mut judging);
        judging.note(format!("unique index `{}` (pg_index)", index.name));
    } else if let Some(index) = while_current(case, subject, &mut judging) {
        nulls(subject, index, &mut judging);
    } else if let Some(by_epoch) = case.own(Slot::Epoch).filter(|_| has_heads(case)) {
        epoch::judge(case, subject, by_epoch, &mut judging);
    } else {
        absent(case, subject, &mut judging);
    }
    judging
}

/// Whether the use is that of the one current row, and not that of rows which readers weigh.
fn has_heads(case: &Case<'_>) -> bool {
    case.declaration.used_as != Use::AuthorityRow
}

/// What an index says of one relation it says of none of its children.
fn shared_rows(case: &Case<'_>, judging: &mut Judging) {
    let plain = case.relation.kind == "r";
    for child in case.facts.descendants(case.relation.oid) {
        if plain {
            judging.refute(
                format!(
                    "rows of `{}` are read through it and no index covers both (pg_inherits)",
                    case.facts.relation_name(child)
                ),
                None,
            );
        }
    }
}

fn nulls(subject: &Attribute, index: &Index, judging: &mut Judging) {
    if !subject.not_null && !index.nulls_not_distinct {
        judging.doubt(format!(
            "`{}` may be null, and nulls are not equal (pg_attribute)",
            subject.name
        ));
    }
}

fn alone<'facts>(case: &Case<'facts>, subject: &Attribute) -> Option<&'facts Index> {
    case.facts
        .indexes_on(case.relation.oid)
        .find(|index| covers_alone(index, subject.number))
}

/// A unique index over the subject for the rows in a current state; none where there is no such.
fn while_current<'facts>(
    case: &Case<'facts>,
    subject: &Attribute,
    judging: &mut Judging,
) -> Option<&'facts Index> {
    let state = case.own(Slot::Lifecycle)?;
    let index = case.facts.indexes_on(case.relation.oid).find(|index| {
        is_usable(index)
            && index.immediate
            && keys(index).contains(&subject.number)
            && !keys(index).contains(&state.number)
            && index
                .predicate
                .as_ref()
                .is_some_and(|predicate| predicate.contains(&state.name))
    })?;
    let predicate = index.predicate.as_deref().unwrap_or_default();
    judging.note(format!(
        "unique index `{}` where {predicate} (pg_index)",
        index.name
    ));
    let others: Vec<&str> = keys(index)
        .iter()
        .filter(|number| **number != subject.number)
        .filter_map(|number| case.facts.column_numbered(case.relation.oid, *number))
        .map(|column| column.name.as_str())
        .collect();
    if !others.is_empty() {
        judging.doubt(format!(
            "it is unique with {} beside `{}`: one head for each of them (pg_index)",
            others.join(", "),
            subject.name
        ));
    }
    covered(case, state, predicate, judging);
    Some(index)
}

/// Whether a predicate leaves out no state in which a row is current.
fn covered(case: &Case<'_>, state: &Attribute, predicate: &str, judging: &mut Judging) {
    let inside = listed(predicate, &state.name);
    let possible = domain::values(case.facts, state);
    let (Some(inside), Some(possible)) = (inside, possible) else {
        judging.doubt(format!(
            "which values of `{}` the index leaves out is not shown",
            state.name
        ));
        return;
    };
    for value in CURRENT {
        if possible.contains(value) && !inside.contains(value) {
            judging.refute(
                format!(
                    "rows with `{}` = '{value}' are current too, and the index leaves them out",
                    state.name
                ),
                None,
            );
        }
    }
    if !CURRENT.iter().any(|value| inside.contains(*value)) {
        judging.doubt(format!(
            "the index speaks of rows that `{}` does not call current",
            state.name
        ));
    }
}

/// No index: what an authority row leaves to its readers, a head store has to have.
fn absent(case: &Case<'_>, subject: &Attribute, judging: &mut Judging) {
    let line = format!(
        "no unique index leaves each `{}` one head (pg_index)",
        subject.name
    );
    let checks = case.facts.triggers_on(case.relation.oid).filter(|trigger| {
        trigger.enabled != "D"
            && crate::doors::fires_for(trigger, crate::path::Operation::Insert)
            && case
                .facts
                .function(trigger.function)
                .is_some_and(|function| crate::body::effects(function).raises)
    });
    for trigger in checks {
        judging.note(format!(
            "trigger `{}` refuses some rows; which ones is in its body and is not read (pg_proc.prosrc)",
            trigger.name
        ));
    }
    if has_heads(case) {
        judging.refute(line, None);
    } else {
        judging.doubt(format!(
            "{line}: whoever reads has to refuse two that contradict each other"
        ));
    }
}
