//! Criterion 1: only governed roles insert, and nobody but custodians controls what guards.

mod lured;

use super::{CLOSURE, CriterionProof, Judging};
use crate::case::{Case, is_certain};
use crate::path::Operation;
use crate::writers::WriterPath;

pub(super) fn judge(case: &Case<'_>) -> CriterionProof {
    let mut judging = Judging::new();
    judging.rests_on(case, &CLOSURE);
    custodians(case, &mut judging);
    governed(case, &mut judging);
    for relation in case.paths.keys().copied() {
        for path in case.outsiders(relation, Operation::Insert) {
            if case.is_governed(&path.role) {
                enumerated(path, &mut judging);
            } else {
                outside(path, &mut judging, "is no declared writer");
            }
        }
        for operation in [Operation::Control, Operation::Trigger] {
            for path in case.outsiders(relation, operation) {
                outside(
                    path,
                    &mut judging,
                    "is no declared custodian that nobody logs in as",
                );
            }
        }
    }
    super::applied::writers(case, &mut judging);
    lured::judge(case, &mut judging);
    judging.done("writer_authority")
}

fn custodians(case: &Case<'_>, judging: &mut Judging) {
    for name in &case.declaration.custodians {
        match case.facts.role_named(name) {
            None => judging.doubt(format!("custodian `{name}` is no role (pg_roles)")),
            Some(role) if role.can_login => judging.refute(
                format!("custodian `{name}` can log in (pg_roles.rolcanlogin)"),
                Some(format!("log in as `{name}`")),
            ),
            Some(_) => judging.note(format!("custodian `{name}` cannot log in (pg_roles)")),
        }
    }
}

fn governed(case: &Case<'_>, judging: &mut Judging) {
    if case.declaration.writers.is_empty() {
        judging.doubt("no governed writer is declared");
    }
    for name in &case.declaration.writers {
        let Some(role) = case.facts.role_named(name) else {
            judging.doubt(format!("declared writer `{name}` is no role (pg_roles)"));
            continue;
        };
        let powers = [
            (role.superuser, "SUPERUSER"),
            (role.createrole, "CREATEROLE"),
            (role.createdb, "CREATEDB"),
            (role.replication, "REPLICATION"),
            (role.bypass_rls, "BYPASSRLS"),
        ];
        for (_, power) in powers.iter().filter(|(held, _)| *held) {
            judging.refute(
                format!("declared writer `{name}` is an administrator: {power} (pg_roles)"),
                Some(format!("log in as `{name}` and use {power}")),
            );
        }
    }
}

fn enumerated(path: &WriterPath, judging: &mut Judging) {
    if path.grantable && is_certain(path) {
        judging.refute(
            format!(
                "`{}` may pass INSERT on to anybody (grant option)",
                path.role
            ),
            Some(format!(
                "as `{}`: GRANT INSERT ON {} TO PUBLIC",
                path.role, path.relation
            )),
        );
    } else {
        judging.note(path.line());
    }
}

fn outside(path: &WriterPath, judging: &mut Judging, why: &str) {
    let line = format!("{} ({why})", path.line());
    if is_certain(path) {
        judging.refute(line, path.witness_line());
    } else {
        judging.doubt(line);
    }
}
