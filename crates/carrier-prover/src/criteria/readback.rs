//! Criterion 3: a declared consumer reads the carrier itself, and the catalog shows that it does.

use super::{CriterionProof, Judging};
use crate::case::Case;
use crate::catalog::Catalog;
use crate::facts::rows::Function;

pub(super) fn judge(case: &Case<'_>) -> CriterionProof {
    let mut judging = Judging::new();
    judging.rests_on(
        case,
        &[Catalog::Functions, Catalog::Dependencies, Catalog::Roles],
    );
    match &case.declaration.consumer {
        None => judging.doubt("no consumer is declared; what reads it back is no catalog fact"),
        Some(name) => declared(case, name, &mut judging),
    }
    judging.done("consumer_readback")
}

fn declared(case: &Case<'_>, name: &str, judging: &mut Judging) {
    let (schema, plain) = name.split_once('.').unwrap_or(("public", name));
    let found: Vec<&Function> = case
        .facts
        .functions
        .iter()
        .filter(|function| function.schema == schema && function.name == plain)
        .collect();
    if found.is_empty() {
        judging.doubt(format!("consumer `{name}` is no function (pg_proc)"));
    }
    for function in found {
        reads(case, name, function, judging);
    }
}

fn reads(case: &Case<'_>, name: &str, function: &Function, judging: &mut Judging) {
    if function.sql_body.is_none() {
        judging.doubt(format!(
            "consumer `{name}` finds its tables by name when it runs, so that another may be meant \
             (pg_proc.prosqlbody)"
        ));
        return;
    }
    let depends = case.facts.dependencies.iter().any(|row| {
        row.dependent_catalog == "pg_proc"
            && row.dependent == function.oid
            && row.referenced_catalog == "pg_class"
            && row.referenced == case.relation.oid
    });
    if depends {
        judging.note(format!(
            "consumer `{name}` reads `{}` itself (pg_depend)",
            case.facts.relation_name(case.relation.oid)
        ));
    } else {
        judging.refute(
            format!("consumer `{name}` does not read it (pg_depend)"),
            Some(format!("the body of `{name}` names another relation")),
        );
    }
    let owner = case.facts.role_name(function.owner);
    let trusted = case
        .facts
        .role(function.owner)
        .is_some_and(|role| role.superuser)
        || case.is_custodian(&owner);
    if !trusted {
        judging.doubt(format!(
            "consumer `{name}` belongs to `{owner}`, who may replace it (pg_proc.proowner)"
        ));
    }
}
