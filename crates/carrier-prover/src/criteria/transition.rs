//! Criterion 6: where there is a lifecycle, its transitions are governed.

use super::{CLOSURE, CriterionProof, Judging, not_applicable};
use crate::body::effects;
use crate::case::{Case, is_certain};
use crate::catalog::Catalog;
use crate::doors::{fires_for, is_row_level, timing};
use crate::facts::rows::Attribute;
use crate::heads;
use crate::path::Operation;
use crate::usage::Slot;

const NAME: &str = "transition_writer";

pub(super) fn judge(case: &Case<'_>) -> CriterionProof {
    let supersession = case.slots.get(&Slot::Supersession);
    let lifecycle = case.own(Slot::Lifecycle);
    if supersession.is_none() && lifecycle.is_none() {
        return not_applicable(NAME, "no slot of a lifecycle is declared");
    }
    let mut judging = Judging::new();
    judging.rests_on(
        case,
        &[
            Catalog::Indexes,
            Catalog::Constraints,
            Catalog::Attributes,
            Catalog::Relations,
        ],
    );
    if let Some(filled) = supersession {
        successor(case, filled.column, &mut judging);
        normalised(case, filled.column, &mut judging);
    }
    if let Some(column) = lifecycle {
        state(case, column, &mut judging);
        normalised(case, column, &mut judging);
    }
    judging.done(NAME)
}

/// Whether what a writer says of a transition is what is written: a trigger may change it before.
fn normalised(case: &Case<'_>, column: &Attribute, judging: &mut Judging) {
    judging.rests_on(case, &[Catalog::Triggers, Catalog::Functions]);
    let before = case.facts.triggers_on(column.relation).filter(|trigger| {
        trigger.enabled != "D"
            && timing(trigger) == "BEFORE"
            && is_row_level(trigger)
            && [Operation::Insert, Operation::Update]
                .iter()
                .any(|operation| fires_for(trigger, *operation))
    });
    for trigger in before {
        let function = case.facts.function(trigger.function);
        let found = function.map(effects).unwrap_or_default();
        let changes = |name: &String| *name == column.name || name == "*";
        let why = if found.normalises.iter().any(changes) {
            "changes"
        } else if function.is_none() || found.opaque.is_some() {
            "may change"
        } else {
            continue;
        };
        judging.doubt(format!(
            "trigger `{}` {why} `{}` before it is written, whatever the writer said \
             (pg_trigger, pg_proc.prosrc)",
            trigger.name, column.name
        ));
    }
}

/// Superseding is an insert that names its predecessor, once; who inserts is criterion 1.
fn successor(case: &Case<'_>, column: &Attribute, judging: &mut Judging) {
    let index = case
        .facts
        .indexes_on(column.relation)
        .find(|index| heads::covers_alone(index, column.number));
    match index {
        Some(index) => judging.note(format!(
            "`{}` names each predecessor once: unique index `{}` (pg_index)",
            column.name, index.name
        )),
        None => judging.refute(
            format!("no unique index covers `{}` alone (pg_index)", column.name),
            Some(format!(
                "two rows that name the same `{}` are both accepted",
                column.name
            )),
        ),
    }
    if case.declaration.writers.is_empty() && case.declaration.transition_writers.is_empty() {
        judging.doubt("no role is declared that may supersede");
    }
}

/// A state that is changed in place: by declared transition writers only, within its domain.
fn state(case: &Case<'_>, column: &Attribute, judging: &mut Judging) {
    match heads::domain(case.facts, column) {
        Some(by) => judging.note(by),
        None => judging.doubt(format!(
            "nothing enforces the values of `{}` (pg_constraint, pg_type)",
            column.name
        )),
    }
    judging.rests_on(case, &CLOSURE);
    let outsiders = case.outsiders(case.relation.oid, Operation::Update);
    for path in outsiders {
        if case.declaration.transition_writers.contains(&path.role) {
            judging.note(path.line());
        } else if is_certain(path) {
            judging.refute(path.line(), path.witness_line());
        } else {
            judging.doubt(path.line());
        }
    }
}
