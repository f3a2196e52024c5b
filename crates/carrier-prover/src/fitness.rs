//! Fitness for a use, beside the six criteria: replay surface (a) to (g), audit sink, head store.

use crate::case::Case;
use crate::classify::is_single_use;
use crate::contract::CriterionOutcome;
use crate::criteria::{CriterionProof, Judging};
use crate::heads;
use crate::usage::{Slot, Use};

/// One condition of a fitness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FitnessFinding {
    /// Its name, such as `replay.a`.
    pub id: &'static str,
    /// What it asks.
    pub title: &'static str,
    /// What is known.
    pub outcome: CriterionOutcome,
    /// What it rests on.
    pub evidence: Vec<String>,
}

/// Every condition of the declared use.
pub(crate) fn fitness(case: &Case<'_>, criteria: &[CriterionProof]) -> Vec<FitnessFinding> {
    match case.declaration.used_as {
        Use::ReplaySurface | Use::Undeclared => replay(case, criteria),
        Use::AuditSink => audit(case, criteria),
        Use::HeadStore | Use::AuthorityRow | Use::AttemptStore => heads_of(case),
        Use::OpArtifactBinding
        | Use::OpTargetProposal
        | Use::ArtifactHash
        | Use::SnapshotManifest
        | Use::DecisionStore
        | Use::EvidenceStore
        | Use::ObservationStore => Vec::new(),
    }
}

fn finding(id: &'static str, title: &'static str, judging: Judging) -> FitnessFinding {
    let judged = judging.done(id);
    FitnessFinding {
        id,
        title,
        outcome: judged.outcome,
        evidence: judged.evidence,
    }
}

/// What only running it can prove, and what catalogs can at most refute.
fn behaviour(id: &'static str, title: &'static str, impossible: Option<String>) -> FitnessFinding {
    let mut judging = Judging::new();
    match impossible {
        Some(why) => judging.refute(why, None),
        None => judging.doubt("behaviour of whoever uses it: a probe has to show it"),
    }
    finding(id, title, judging)
}

fn replay(case: &Case<'_>, criteria: &[CriterionProof]) -> Vec<FitnessFinding> {
    let single = is_single_use(case);
    let declared = case.own(Slot::Value);
    let no_conflict = declared.filter(|_| !single).map(|value| {
        format!(
            "nothing refuses a second `{}`: no unique index on it alone (pg_index)",
            value.name
        )
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
        behaviour("replay.c", "registration's own domain", None),
        behaviour("replay.d", "atomic consume with conflict", no_conflict),
        finding(
            "replay.e",
            "proven governed writer, append-only evidence",
            carried(criteria, &["writer_authority", "immutability"]),
        ),
        behaviour(
            "replay.f",
            "failure audit outside the rolled-back transaction",
            None,
        ),
        behaviour("replay.g", "exact retry returns the prior decision", None),
    ]
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
    let columns = |index: &crate::facts::rows::Index| {
        let numbers = heads::keys(index).iter();
        let names =
            numbers.filter_map(|number| case.facts.column_numbered(case.relation.oid, *number));
        names
            .map(|column| column.name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    for index in &unique {
        judging.note(format!(
            "unique index `{}` covers ({}) (pg_index)",
            index.name,
            columns(index)
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

/// What other criteria say already.
fn carried(criteria: &[CriterionProof], names: &[&str]) -> Judging {
    let mut judging = Judging::new();
    for proof in criteria
        .iter()
        .filter(|proof| names.contains(&proof.criterion))
    {
        let line = format!("{} is {}", proof.criterion, proof.outcome);
        match proof.outcome {
            CriterionOutcome::Proven | CriterionOutcome::NotApplicable => judging.note(line),
            CriterionOutcome::Refuted => judging.refute(line, None),
            CriterionOutcome::Unproven => judging.doubt(line),
        }
    }
    judging
}

fn audit(case: &Case<'_>, criteria: &[CriterionProof]) -> Vec<FitnessFinding> {
    let mut fit = Judging::new();
    for slot in [Slot::Value, Slot::Actor, Slot::Time] {
        match case.own(slot) {
            None => fit.refute(format!("no column for {}", slot.as_str()), None),
            Some(column) if column.not_null => {
                fit.note(format!(
                    "{} in `{}` (pg_attribute)",
                    slot.as_str(),
                    column.name
                ));
            }
            Some(column) => fit.refute(
                format!(
                    "{} in `{}`, which may be null (pg_attribute)",
                    slot.as_str(),
                    column.name
                ),
                None,
            ),
        }
    }
    let mut once = Judging::new();
    match case.own(Slot::Key) {
        None => once.refute(
            "no key is declared by which one event is recorded once",
            None,
        ),
        Some(key) => {
            let unique = case
                .facts
                .indexes_on(case.relation.oid)
                .any(|index| heads::covers_alone(index, key.number));
            if unique {
                once.note(format!(
                    "a unique index covers `{}` alone (pg_index)",
                    key.name
                ));
            } else {
                once.refute(
                    format!("no unique index covers `{}` alone (pg_index)", key.name),
                    None,
                );
            }
        }
    }
    vec![
        finding(
            "audit.schema",
            "value, actor and time are there and never null",
            fit,
        ),
        finding(
            "audit.writer",
            "governed writer",
            carried(criteria, &["writer_authority"]),
        ),
        finding(
            "audit.retention",
            "records are kept",
            carried(criteria, &["retention"]),
        ),
        finding("audit.once", "a record is made once", once),
        behaviour(
            "audit.after_rollback",
            "an authorised writer after the rollback",
            None,
        ),
    ]
}

fn heads_of(case: &Case<'_>) -> Vec<FitnessFinding> {
    let lifecycle = case.own(Slot::Lifecycle);
    let mut unique = Judging::new();
    match case.own(Slot::Subject) {
        None => unique.doubt("no subject column of the carrier is declared"),
        Some(subject) => match heads::head_index(case.facts, subject, lifecycle) {
            Some(index) => unique.note(index),
            None => unique.refute(
                format!(
                    "no unique index leaves each `{}` one head (pg_index)",
                    subject.name
                ),
                None,
            ),
        },
    }
    let mut found = vec![finding("head.uniqueness", "one head per subject", unique)];
    if let Some(state) = lifecycle {
        let mut domain = Judging::new();
        match heads::domain(case.facts, state) {
            Some(by) => domain.note(by),
            None => domain.refute(
                format!("nothing enforces the values of `{}`", state.name),
                None,
            ),
        }
        found.push(finding(
            "head.status_domain",
            "the state has known values only",
            domain,
        ));
    }
    found
}
