//! Criterion 2: nobody holds the operations that take back what was written, or a guard refuses.

use std::collections::{BTreeMap, BTreeSet};

use super::{CLOSURE, CriterionProof, Judging};
use crate::case::{Case, is_certain};
use crate::catalog::Catalog;
use crate::facts::rows::Oid;
use crate::family::guarded;
use crate::guard::facts::{FamilyFacts, RelationKind};
use crate::guard::{FamilyVerdict, Outcome, judge_family};
use crate::path::Operation;
use crate::writers::{WriterPath, update_of};

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
pub(crate) fn closed(case: &Case<'_>, operation: Operation, judging: &mut Judging) {
    super::applied::rewrites(case, operation, judging);
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
                Some(row) => {
                    let custodians = &case.declaration.custodians;
                    crate::family::family(case.facts, row, custodians, &case.silencing)
                }
                None => continue,
            }
        };
        // Bodies are read once for a relation, however many paths end in it.
        let mut verdicts: BTreeMap<&str, Option<FamilyVerdict>> = BTreeMap::new();
        for path in outsiders {
            let told = verdicts
                .entry(path.relation.as_str())
                .or_insert_with(|| verdict(&family, &path.relation, operation));
            against(case, told.as_ref(), path, operation, judging);
        }
    }
}

/// One outsider's path against the guard of the relation that it ends in.
fn against(
    case: &Case<'_>,
    verdict: Option<&FamilyVerdict>,
    path: &WriterPath,
    operation: Operation,
    judging: &mut Judging,
) {
    let Some(verdict) = verdict else {
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
        Outcome::Refuted if refused_above(case, path, operation) => judging.note(format!(
            "{}: a guard on what it names refuses it first (pg_trigger, pg_proc.prosrc)",
            path.line()
        )),
        Outcome::Refuted if is_certain(path) => {
            for reason in reasons {
                judging.note(reason);
            }
            match witness(case, path, verdict) {
                Some(statements) => {
                    let witness = format!("as `{}`: {}", path.role, statements.join("; "));
                    judging.refute(path.line(), Some(witness));
                }
                None => judging.doubt(format!(
                    "{}: a guard is missing or silent, and no statement of this role is shown that \
                     slips past",
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

/// Whether a statement that empties a parent is refused there, whatever its children lack: such a
/// guard fires once, for what the statement names.
fn refused_above(case: &Case<'_>, path: &WriterPath, operation: Operation) -> bool {
    let Some(entry) = path.entry.filter(|_| operation == Operation::Truncate) else {
        return false;
    };
    let name = case.facts.relation_name(entry);
    if name == path.relation
        || !case
            .facts
            .descendants(entry)
            .iter()
            .any(|child| case.facts.relation_name(*child) == path.relation)
    {
        return false;
    }
    let mut alone = case.family.clone();
    alone.members.retain(|member| member.name == name);
    for member in &mut alone.members {
        member.kind = RelationKind::Ordinary;
    }
    guarded(operation)
        .is_some_and(|guarded| judge_family(&alone, guarded).outcome == Outcome::Proven)
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
fn witness(case: &Case<'_>, path: &WriterPath, verdict: &FamilyVerdict) -> Option<Vec<String>> {
    let Some(exposed) = &verdict.exposed else {
        return path.witness.clone();
    };
    let (path, only) = straight(case, path, &exposed.relation)?;
    let mut statements = path.witness.clone()?;
    if let Some(last) = statements.last_mut() {
        if exposed.column.is_some() && path.entry_is(case.facts, &exposed.relation) {
            *last = past_the_list(case, &exposed.relation)?;
        }
        if let Some(only) = only {
            last.push_str(&only);
        }
    }
    if exposed.in_replica_mode {
        silence(case, path, &mut statements)?;
    }
    Some(statements)
}

/// What the catalogs say will happen to an outsider who takes a path.
pub(crate) enum Guarded {
    /// A guard refuses, always.
    Refused,
    /// These statements pass.
    Passes(Vec<String>),
    /// Neither is shown.
    Unknown,
}

/// The claim that a probe may try.
pub(crate) fn guarded_by(case: &Case<'_>, path: &WriterPath, operation: Operation) -> Guarded {
    let Some(verdict) = verdict(&case.family, &path.relation, operation) else {
        return Guarded::Unknown;
    };
    match verdict.outcome {
        Outcome::Proven => Guarded::Refused,
        Outcome::Refuted if refused_above(case, path, operation) => Guarded::Refused,
        // A path that is only possible has none, unless a certain one of its role is straighter.
        Outcome::Refuted => witness(case, path, &verdict).map_or(Guarded::Unknown, Guarded::Passes),
        Outcome::Unproven => Guarded::Unknown,
    }
}

/// The path whose statement names the relation that is not guarded, or a condition that keeps a
/// statement on a parent away from what is: a guard there would speak first.
fn straight<'case>(
    case: &'case Case<'_>,
    path: &'case WriterPath,
    exposed: &str,
) -> Option<(&'case WriterPath, Option<String>)> {
    if path.entry.is_none() || path.entry_is(case.facts, exposed) {
        return Some((path, None));
    }
    let same = case.outsiders(case.relation.oid, path.operation);
    let straight = same.into_iter().find(|other| {
        other.role == path.role && is_certain(other) && other.entry_is(case.facts, exposed)
    });
    if let Some(other) = straight {
        return Some((other, None));
    }
    let entry = path.entry?;
    let above =
        member(case, exposed).is_some_and(|member| case.facts.descendants(entry).contains(&member));
    match path.operation {
        Operation::Update | Operation::Delete if above => {
            let literal = exposed.replace('\'', "''");
            Some((
                path,
                Some(format!(" WHERE tableoid = '{literal}'::regclass")),
            ))
        }
        Operation::Truncate if above => None,
        _ => Some((path, None)),
    }
}

/// The relation of this name among those that share rows.
fn member(case: &Case<'_>, name: &str) -> Option<Oid> {
    std::iter::once(case.relation.oid)
        .chain(case.facts.descendants(case.relation.oid))
        .find(|oid| case.facts.relation_name(*oid) == name)
}

/// An UPDATE of none of the columns for which some trigger fires.
fn past_the_list(case: &Case<'_>, exposed: &str) -> Option<String> {
    let told = case.family.members.iter().find(|one| one.name == exposed)?;
    let relation = member(case, exposed)?;
    let listed: BTreeSet<&String> = told
        .triggers
        .iter()
        .flat_map(|trigger| &trigger.update_columns)
        .collect();
    let columns = case.facts.columns(relation).iter();
    let free: Vec<i32> = columns
        .filter(|column| !listed.contains(&column.name))
        .map(|column| column.number)
        .collect();
    update_of(case.facts, relation, Some(&free))
}

/// Puts the session in replica mode, where the role can be.
fn silence(case: &Case<'_>, path: &WriterPath, statements: &mut Vec<String>) -> Option<()> {
    let inside = case.silencing.iter().any(|function| {
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

/// Counters speak against and never for: they forget, and they count what was rolled back.
fn residue(case: &Case<'_>, judging: &mut Judging) {
    judging.rests_on(case, &[Catalog::Counters]);
    let mut members = vec![case.relation.oid];
    members.extend(case.facts.descendants(case.relation.oid));
    let counters = case.facts.counters.iter();
    for counter in counters.filter(|counter| members.contains(&counter.relation)) {
        let name = case.facts.relation_name(counter.relation);
        let (updated, deleted) = (counter.updated, counter.deleted);
        if updated > 0 {
            judging.doubt(format!(
                "rows of `{name}` were updated {updated} times (pg_stat_all_tables)"
            ));
        }
        if deleted > 0 && inserts_step_back(case, counter.relation) {
            judging.note(format!(
                "{deleted} deletions of rows of `{name}` are counted, each of which may be an INSERT … \
                 ON CONFLICT that lost to another at a unique index (pg_stat_all_tables)"
            ));
        } else if deleted > 0 {
            judging.doubt(format!(
                "rows of `{name}` were deleted {deleted} times (pg_stat_all_tables)"
            ));
        }
    }
}

/// Whether an INSERT … ON CONFLICT may take its own row back: the server puts the row first, looks for
/// a rival at each index in which two rows can collide, and counts a deletion where it finds one.
fn inserts_step_back(case: &Case<'_>, relation: Oid) -> bool {
    let mut indexes = case.facts.indexes_on(relation);
    let mut constraints = case.facts.constraints_on(relation);
    indexes.any(|index| index.is_unique) || constraints.any(|constraint| constraint.kind == "x")
}
