//! Criterion 4: a digest that may not be null binds what the row says.

use std::collections::BTreeSet;

use super::{CriterionProof, Judging};
use crate::case::{Case, is_certain};
use crate::catalog::Catalog;
use crate::facts::Facts;
use crate::facts::rows::{Attribute, Constraint, Oid};
use crate::guard::{
    Binding, BindingCode, BindingColumn, BindingFacts, BindingRefusal, BindingSource, fixed_length,
    judge_binding,
};
use crate::path::Operation;
use crate::usage::Slot;

mod derived;

use derived::Bound;

pub(super) fn judge(case: &Case<'_>) -> CriterionProof {
    let mut judging = Judging::new();
    judging.rests_on(
        case,
        &[
            Catalog::Constraints,
            Catalog::Attributes,
            Catalog::Inheritance,
            Catalog::Dependencies,
        ],
    );
    let Some(value) = case.own(Slot::Value) else {
        judging.doubt("no value column of the carrier is declared, so nothing is there to bind");
        return judging.done("tamper_evidence");
    };
    let mut members = vec![case.relation.oid];
    members.extend(case.facts.descendants(case.relation.oid));
    let holding = members
        .into_iter()
        .filter(|oid| case.facts.relation(*oid).is_some_and(|row| row.kind != "p"));
    for member in holding {
        bound(case, member, value, &mut judging);
    }
    judging.done("tamper_evidence")
}

/// Whether some check on one relation binds the value.
fn bound(case: &Case<'_>, relation: Oid, value: &Attribute, judging: &mut Judging) {
    let name = case.facts.relation_name(relation);
    let mut refusals: Vec<(String, BindingRefusal)> = Vec::new();
    let mut is_bound_somehow = false;
    for (said, facts) in candidates(case.facts, relation, value) {
        match judge_binding(&facts) {
            Ok(binding) if !covers(case, relation, &binding, value) => judging.note(format!(
                "{said} binds `{}`, not the declared value",
                joined(&binding.columns)
            )),
            Ok(binding) => match &binding.ambiguous {
                None => {
                    judging.note(format!(
                        "{said} binds {} to `{}` by {} (pg_constraint)",
                        joined(&binding.columns),
                        binding.checksum,
                        binding.digest
                    ));
                    Bound::of(case.facts, relation, &binding).say(case, judging);
                    return;
                }
                Some((left, right)) => {
                    is_bound_somehow = true;
                    judging.doubt(format!(
                        "{said} does not show where `{left}` ends and `{right}` begins"
                    ));
                }
            },
            Err(refusal) => refusals.push((said, refusal)),
        }
    }
    if refusals.is_empty() && !is_bound_somehow {
        let witness = unbound_row(case, &name, value);
        judging.refute(
            format!(
                "no check on `{name}` binds `{}` to a digest (pg_constraint)",
                value.name
            ),
            Some(witness),
        );
    }
    for (said, refusal) in refusals {
        let line = format!("{said}: {} ({})", refusal.code.as_str(), refusal.detail);
        if lets_any_row_in(refusal.code) {
            judging.refute(line, Some(unbound_row(case, &name, value)));
        } else {
            judging.doubt(line);
        }
    }
}

/// Whether a gap is one that a false row certainly passes.
fn lets_any_row_in(code: BindingCode) -> bool {
    matches!(
        code,
        BindingCode::NotEnforced
            | BindingCode::Tautology
            | BindingCode::NullableChecksum
            | BindingCode::NullablePart
            | BindingCode::NothingBound
    )
}

fn covers(case: &Case<'_>, relation: Oid, binding: &Binding, value: &Attribute) -> bool {
    let stated = |slot: Slot, holds: &dyn Fn(&str) -> bool| {
        case.own(slot).is_none_or(|column| holds(&column.name))
    };
    let bound = Bound::of(case.facts, relation, binding);
    (binding.checksum == value.name || bound.has(&value.name))
        && stated(Slot::Checksum, &|name| binding.checksum == name)
        && stated(Slot::Payload, &|name| bound.has(name))
}

/// The checks and generated columns that speak of the value, or of what it is generated from.
fn candidates(facts: &Facts, relation: Oid, value: &Attribute) -> Vec<(String, BindingFacts)> {
    let columns = binding_columns(facts, relation);
    let mut numbers: Vec<i32> = facts
        .column(relation, &value.name)
        .map(|column| column.number)
        .into_iter()
        .collect();
    if let Some(column) = facts.column(relation, &value.name) {
        numbers.extend(derived::sources(facts, column).into_iter().flatten());
    }
    let mut found: Vec<(String, BindingFacts)> = facts
        .constraints_on(relation)
        .filter(|check| check.kind == "c")
        .filter(|check| numbers.iter().any(|number| check.columns.contains(number)))
        .filter(|check| !only_a_domain(check))
        .map(|check| {
            let told = BindingFacts {
                source: BindingSource::Check(check.definition.clone()),
                validated: check.validated,
                enforced: check.enforced,
                columns: columns.clone(),
            };
            (format!("check `{}`", check.name), told)
        })
        .collect();
    for column in facts.columns(relation) {
        let Some(expression) = column
            .default_expression
            .as_ref()
            .filter(|_| column.generated == "s")
        else {
            continue;
        };
        let told = BindingFacts {
            source: BindingSource::Generated {
                column: column.name.clone(),
                expression: expression.clone(),
            },
            validated: true,
            enforced: true,
            columns: columns.clone(),
        };
        found.push((format!("generated column `{}`", column.name), told));
    }
    found
}

/// A check on one column alone restricts its values and binds nothing: no candidate.
fn only_a_domain(check: &Constraint) -> bool {
    let distinct: BTreeSet<i32> = check.columns.iter().copied().collect();
    distinct.len() < 2
}

fn binding_columns(facts: &Facts, relation: Oid) -> Vec<BindingColumn> {
    let fixed: BTreeSet<String> = facts
        .constraints_on(relation)
        .filter(|check| check.kind == "c" && check.validated && check.enforced)
        .filter_map(|check| fixed_length(&check.definition))
        .collect();
    facts
        .columns(relation)
        .iter()
        .map(|column| BindingColumn {
            name: column.name.clone(),
            type_name: column
                .type_name
                .split('(')
                .next()
                .unwrap_or_default()
                .to_owned(),
            not_null: column.not_null && !is_unchecked(facts, relation, column.number),
            fixed_length: fixed.contains(&column.name),
        })
        .collect()
}

/// From version 18 NOT NULL is a constraint, which may be there without having been checked.
fn is_unchecked(facts: &Facts, relation: Oid, number: i32) -> bool {
    facts
        .constraints_on(relation)
        .any(|row| row.kind == "n" && row.columns == [number] && !(row.validated && row.enforced))
}

/// A row that says anything, by whoever may insert.
fn unbound_row(case: &Case<'_>, name: &str, value: &Attribute) -> String {
    let inserts = case.own_paths().iter().filter(|path| {
        path.operation == Operation::Insert && is_certain(path) && !path.superuser && path.can_login
    });
    inserts
        .min_by_key(|path| (!case.is_governed(&path.role), path.steps.len()))
        .and_then(crate::writers::WriterPath::witness_line)
        .unwrap_or_else(|| {
            let column = &value.name;
            format!("whoever may insert: INSERT INTO {name} with any `{column}` beside anything")
        })
}

fn joined(columns: &BTreeSet<String>) -> String {
    columns
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}
