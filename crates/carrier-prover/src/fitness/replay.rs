//! Fitness as a replay surface: what makes a key single-use, as far as catalogs show it (spec 3).

use super::{FitnessFinding, behaviour, carried, finding, joined};
use crate::case::Case;
use crate::classify::is_single_use;
use crate::contract::CriterionOutcome;
use crate::criteria::{CriterionProof, Judging};
use crate::heads;
use crate::usage::{Slot, Use};

/// Replay fitness, (a) to (g) of spec section 3.
pub(super) fn replay(case: &Case<'_>, criteria: &[CriterionProof]) -> Vec<FitnessFinding> {
    let conflict = case
        .own(Slot::Value)
        .filter(|_| !is_single_use(case))
        .map(|value| format!("nothing refuses a second `{}` (pg_index)", value.name));
    let refuted = |name: &str| {
        let mut proofs = criteria.iter();
        proofs.any(|proof| proof.criterion == name && proof.outcome == CriterionOutcome::Refuted)
    };
    let forgotten = refuted("retention").then(|| {
        "retention is refuted: what was decided can be gone when it is asked for".to_owned()
    });
    vec![
        finding(
            "replay.a",
            "one row per key, no counter in it",
            single_use(case),
        ),
        finding(
            "replay.b",
            "columns bind operation, target, run, artifact, authority",
            binds(case),
        ),
        behaviour(
            "replay.c",
            "registration's own domain",
            Vec::new(),
            None,
            "the tampered-copy readback",
        ),
        behaviour(
            "replay.d",
            "atomic consume with conflict",
            tied_at_commit(case),
            conflict.clone(),
            "the concurrent consume",
        ),
        finding(
            "replay.e",
            "proven governed writer, append-only evidence",
            carried(criteria, &["writer_authority", "immutability"]),
        ),
        behaviour(
            "replay.f",
            "failure audit outside the rolled-back transaction",
            Vec::new(),
            None,
            "the rollback audit",
        ),
        behaviour(
            "replay.g",
            "exact retry returns the prior decision",
            Vec::new(),
            conflict.or(forgotten),
            "the exact retry",
        ),
    ]
}

/// The foreign keys that are checked when the consuming transaction commits: what has to be there
/// together with the consumed key.
fn tied_at_commit(case: &Case<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    if is_single_use(case) {
        lines.push(
            "a second row of the same key is a conflict at once (pg_index.indimmediate)".to_owned(),
        );
    }
    let keys = case.facts.constraints_on(case.relation.oid);
    for key in keys.filter(|key| key.kind == "f" && key.validated && key.enforced) {
        lines.push(format!(
            "foreign key `{}`: no row without its row of `{}` (pg_constraint)",
            key.name,
            case.facts.relation_name(key.referenced)
        ));
    }
    lines
}

fn single_use(case: &Case<'_>) -> Judging {
    let mut judging = Judging::new();
    judging.rests_on(case, &[crate::catalog::Catalog::Indexes]);
    let Some(value) = case.own(Slot::Value) else {
        judging.doubt("no value column is declared");
        return judging;
    };
    let unique: Vec<_> = case
        .facts
        .indexes_on(case.relation.oid)
        .filter(|index| heads::is_usable(index) && heads::keys(index).contains(&value.number))
        .collect();
    if is_single_use(case) {
        judging.note(format!(
            "a unique index covers `{}` alone (pg_index)",
            value.name
        ));
        return judging;
    }
    for index in &unique {
        judging.note(format!(
            "unique index `{}` covers {} (pg_index)",
            index.name,
            joined(case, heads::keys(index))
        ));
    }
    if !value.not_null {
        judging.note(format!("`{}` may be null (pg_attribute)", value.name));
    }
    judging.refute(
        format!("no unique index covers `{}` alone (pg_index)", value.name),
        None,
    );
    judging
}

fn binds(case: &Case<'_>) -> Judging {
    let mut judging = Judging::new();
    if case.declaration.used_as == Use::Undeclared {
        judging.doubt("no slots are declared");
        return judging;
    }
    for slot in Use::ReplaySurface.bindings() {
        match case.own(*slot) {
            None => judging.refute(format!("no column for {}", slot.as_str()), None),
            Some(column) if column.not_null => {
                judging.note(format!(
                    "{} in `{}` (pg_attribute)",
                    slot.as_str(),
                    column.name
                ));
            }
            Some(column) => judging.refute(
                format!(
                    "{} in `{}`, which may be null (pg_attribute)",
                    slot.as_str(),
                    column.name
                ),
                None,
            ),
        }
    }
    judging
}
