//! Criterion 2: nobody holds the operations that take back what was written, or a guard refuses.

use super::{CLOSURE, CriterionProof, Judging};
use crate::case::{Case, is_certain};
use crate::catalog::Catalog;
use crate::facts::find::quoted;
use crate::facts::rows::Oid;
use crate::family::guarded;
use crate::guard::facts::{FamilyFacts, RelationKind};
use crate::guard::{FamilyVerdict, Outcome, judge_family};
use crate::path::Operation;
use crate::writers::{WriterPath, silencing_functions};

pub(super) fn judge(case: &Case<'_>) -> CriterionProof {
    let mut judging = Judging::new();
    judging.rests_on(case, &CLOSURE);
    for operation in Operation::REWRITES {
        closed(case, operation, &mut judging);
    }
    residue(case, &mut judging);
    judging.done("immutability")
}

/// Whether an operation is closed on the relation, on what shares its rows, and on companions.
pub(super) fn closed(case: &Case<'_>, operation: Operation, judging: &mut Judging) {
    for relation in case.paths.keys().copied() {
        let outsiders = case.outsiders(relation, operation);
        let name = case.facts.relation_name(relation);
        if outsiders.is_empty() {
            judging.note(format!(
                "nobody but superusers and custodians can {} `{name}` (pg_class, pg_auth_members)",
                operation.as_str()
            ));
            continue;
        }
        let family = if relation == case.relation.oid {
            case.family.clone()
        } else {
            match case.facts.relation(relation) {
                Some(row) => crate::family::family(case.facts, row, &case.declaration.custodians),
                None => continue,
            }
        };
        for path in outsiders {
            against(case, &family, path, operation, judging);
        }
    }
}

/// One outsider's path against the guard of the relation that it ends in.
fn against(
    case: &Case<'_>,
    family: &FamilyFacts,
    path: &WriterPath,
    operation: Operation,
    judging: &mut Judging,
) {
    let Some(verdict) = verdict(family, &path.relation, operation) else {
        judging.doubt(format!("{}: nothing is known of a guard", path.line()));
        return;
    };
    let reasons: Vec<String> = verdict.reasons.iter().map(ToString::to_string).collect();
    match verdict.outcome {
        Outcome::Proven => {
            judging.note(format!(
                "a guard on `{}` refuses {} whatever happens (pg_trigger, pg_proc.prosrc)",
                path.relation,
                operation.as_str()
            ));
            for reason in reasons {
                judging.note(reason);
            }
            let controls = case.outsiders(case.relation.oid, Operation::Control);
            if let Some(other) = controls.iter().find(|other| other.role == path.role) {
                judging.note(format!(
                    "`{}` could take the guard away, which is judged under writer_authority",
                    other.role
                ));
            }
        }
        Outcome::Refuted if is_certain(path) => {
            for reason in reasons {
                judging.note(reason);
            }
            match witness(case, path, &verdict) {
                Some(witness) => judging.refute(path.line(), Some(witness)),
                None => judging.doubt(format!(
                    "{}: the guard is silent in replica mode, which this role is not shown to reach",
                    path.line()
                )),
            }
        }
        Outcome::Refuted | Outcome::Unproven => {
            judging.doubt(path.line());
            for reason in reasons {
                judging.note(reason);
            }
        }
    }
}

fn verdict(family: &FamilyFacts, relation: &str, operation: Operation) -> Option<FamilyVerdict> {
    let member = family
        .members
        .iter()
        .find(|member| member.name == relation)?;
    let mut alone = family.clone();
    // A partitioned table holds no row itself: a statement on it ends in its partitions.
    if member.kind != RelationKind::Partitioned {
        alone.members = vec![member.clone()];
    }
    Some(judge_family(&alone, guarded(operation)?))
}

/// What the outsider would type; none where the guard is silent only for others.
fn witness(case: &Case<'_>, path: &WriterPath, verdict: &FamilyVerdict) -> Option<String> {
    let mut statements = path.witness.clone()?;
    let Some(exposed) = &verdict.exposed else {
        return path.witness_line();
    };
    if let Some(column) = &exposed.column
        && let Some(last) = statements.last_mut()
        && last.starts_with(&format!("UPDATE {} SET ", path.relation))
    {
        *last = format!("UPDATE {} SET {} = DEFAULT", path.relation, quoted(column));
    }
    if exposed.in_replica_mode {
        silence(case, path, &mut statements)?;
    }
    Some(format!("as `{}`: {}", path.role, statements.join("; ")))
}

/// Puts the session in replica mode, where the role can be.
fn silence(case: &Case<'_>, path: &WriterPath, statements: &mut Vec<String>) -> Option<()> {
    let inside = silencing_functions(case.facts).into_iter().any(|function| {
        let name = crate::facts::find::qualified(&function.schema, &function.name);
        path.steps.iter().any(|step| step.text.contains(&name))
    });
    if inside {
        return Some(());
    }
    let relations: Vec<Oid> = case.paths.keys().copied().collect();
    let silencer = relations
        .into_iter()
        .flat_map(|relation| case.outsiders(relation, Operation::Control))
        .filter(|other| other.role == path.role && is_certain(other))
        .find(|other| {
            let set = |step: &crate::path::Step| step.text.contains("session_replication_role");
            other.steps.iter().any(set)
        })?;
    let mut all = silencer.witness.clone()?;
    // Whom it acted as in order to be silent need not be whom it writes as.
    all.push("RESET ROLE".to_owned());
    all.append(statements);
    *statements = all;
    Some(())
}

/// Counters refute and never prove: they forget, and they count what was rolled back.
fn residue(case: &Case<'_>, judging: &mut Judging) {
    judging.rests_on(case, &[Catalog::Counters]);
    let mut members = vec![case.relation.oid];
    members.extend(case.facts.descendants(case.relation.oid));
    for counter in &case.facts.counters {
        let rewritten = counter.updated > 0 || counter.deleted > 0;
        if rewritten && members.contains(&counter.relation) {
            judging.doubt(format!(
                "rows of `{}` were updated {} times and deleted {} times (pg_stat_all_tables)",
                case.facts.relation_name(counter.relation),
                counter.updated,
                counter.deleted
            ));
        }
    }
}
