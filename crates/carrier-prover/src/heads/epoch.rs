//! One head per subject where nothing is ever updated: a head is retired by opening the next epoch.
//!
//! The current head is the one of the last epoch. That leaves at most one where all of this holds:
//! the key (subject, epoch) is unique and never null; an epoch has to be opened before a head can
//! name it, by a foreign key that every session obeys; whoever opens epochs is a declared transition
//! writer and no writer of heads; nobody opens one by naming the table of epochs, but only by a row
//! elsewhere, whose trigger opens it; and an epoch once opened is never changed or taken back, so
//! that no head that was retired comes back.

use super::{is_unconditional, keys};
use crate::case::{Case, find, is_certain};
use crate::criteria::{CLOSURE, Judging, closed};
use crate::declare::Declaration;
use crate::facts::Facts;
use crate::facts::rows::{Attribute, Constraint, Oid, Relation};
use crate::guard::facts::ReplicaMode;
use crate::path::Operation;
use crate::usage::Slot;

/// The foreign key that ties the subject and the epoch of a row to an epoch that was opened.
pub(crate) fn epochs_of<'facts>(
    facts: &'facts Facts,
    declaration: &Declaration,
    relation: &'facts Relation,
) -> impl Iterator<Item = &'facts Constraint> + use<'facts> {
    let column = |slot: Slot| {
        let written = declaration.slots.get(&slot)?;
        let filled = find(facts, relation, written)?;
        (filled.relation == relation.oid).then_some(filled.column.number)
    };
    let wanted = column(Slot::Subject).zip(column(Slot::Epoch));
    facts
        .constraints_on(relation.oid)
        .filter(move |key| key.kind == "f" && key.referenced != key.relation)
        .filter(move |key| {
            wanted.is_some_and(|(subject, epoch)| same(&key.columns, &[subject, epoch]))
        })
}

fn same(columns: &[i32], wanted: &[i32]) -> bool {
    columns.len() == wanted.len() && wanted.iter().all(|column| columns.contains(column))
}

pub(super) fn judge(
    case: &Case<'_>,
    subject: &Attribute,
    epoch: &Attribute,
    judging: &mut Judging,
) {
    judging.rests_on(case, &CLOSURE);
    if !is_unique(case, subject, epoch, judging) {
        return;
    }
    let mut tied = epochs_of(case.facts, case.declaration, case.relation);
    let Some(key) = tied.next() else {
        judging.refute(
            format!(
                "whoever writes a head chooses its `{}`: no foreign key says which were opened \
                 (pg_constraint)",
                epoch.name
            ),
            None,
        );
        return;
    };
    obeyed(case, key, judging);
    opened(case, key.referenced, judging);
    for operation in Operation::REWRITES {
        closed(case, operation, judging);
    }
    ends_a_head(case, key, judging);
}

fn is_unique(
    case: &Case<'_>,
    subject: &Attribute,
    epoch: &Attribute,
    judging: &mut Judging,
) -> bool {
    let mut indexes = case.facts.indexes_on(case.relation.oid);
    let both = [subject.number, epoch.number];
    let Some(index) = indexes.find(|index| is_unconditional(index) && same(keys(index), &both))
    else {
        judging.refute(
            format!(
                "no unique index covers `{}` and the epoch `{}` alone (pg_index)",
                subject.name, epoch.name
            ),
            None,
        );
        return false;
    };
    judging.note(format!(
        "unique index `{}` leaves each `{}` one head in an epoch `{}` (pg_index)",
        index.name, subject.name, epoch.name
    ));
    for column in [subject, epoch].iter().filter(|column| !column.not_null) {
        judging.doubt(format!(
            "`{}` may be null, and nulls are not equal (pg_attribute)",
            column.name
        ));
    }
    true
}

/// Whether no session writes a head whose epoch was not opened.
fn obeyed(case: &Case<'_>, key: &Constraint, judging: &mut Judging) {
    let epochs = case.facts.relation_name(key.referenced);
    judging.note(format!(
        "foreign key `{}`: a head names an epoch that stands in `{epochs}` (pg_constraint)",
        key.name
    ));
    if !(key.validated && key.enforced) {
        judging.refute(
            format!(
                "foreign key `{}` is not validated or not enforced (pg_constraint)",
                key.name
            ),
            None,
        );
    }
    let mut checks = case.facts.triggers.iter();
    let silent = checks.find(|trigger| {
        trigger.internal
            && trigger.constraint_oid == key.oid
            && !matches!(trigger.enabled.as_str(), "O" | "A")
    });
    if let Some(trigger) = silent {
        judging.refute(
            format!(
                "`{}`, which checks foreign key `{}`, is disabled (pg_trigger.tgenabled)",
                trigger.name, key.name
            ),
            None,
        );
    }
    match &case.family.replica_mode {
        ReplicaMode::Unreachable | ReplicaMode::Trusted(_) => {}
        ReplicaMode::Reachable(how) => {
            judging.doubt(format!("no foreign key is checked in replica mode: {how}"));
        }
        ReplicaMode::Unknown => {
            judging
                .doubt("who can enter replica mode, where no key is checked, is not established");
        }
    }
}

/// Whether an epoch is opened by a governed transition only.
fn opened(case: &Case<'_>, epochs: Oid, judging: &mut Judging) {
    let name = case.facts.relation_name(epochs);
    if case.declaration.transition_writers.is_empty() {
        judging.doubt(format!(
            "no transition writer is declared that may open an epoch in `{name}`"
        ));
    }
    for path in case.outsiders(epochs, Operation::Insert) {
        let is_transition = case.declaration.transition_writers.contains(&path.role)
            && !case.declaration.writers.contains(&path.role);
        let is_direct = path.entry == Some(epochs);
        if is_transition && !is_direct {
            judging.note(format!("an epoch is opened by: {}", path.line()));
            continue;
        }
        let why = if is_direct {
            "an epoch opened without a row that says why"
        } else {
            "no declared transition writer, or one who writes heads too"
        };
        let line = format!("{} ({why})", path.line());
        if is_certain(path) {
            judging.refute(line, path.witness_line());
        } else {
            judging.doubt(line);
        }
    }
}

/// That an epoch ends a head is more than uniqueness needs, and worth saying where it is so.
fn ends_a_head(case: &Case<'_>, key: &Constraint, judging: &mut Judging) {
    let back = case.facts.constraints_on(key.referenced).find(|back| {
        back.kind == "f" && back.referenced == case.relation.oid && back.validated && back.enforced
    });
    if let Some(back) = back {
        judging.note(format!(
            "foreign key `{}`: what an epoch of `{}` ends stands here (pg_constraint)",
            back.name,
            case.facts.relation_name(key.referenced)
        ));
    }
}
