//! Fitness for a use, beside the six criteria: replay surface (a) to (g), audit sink, head store.

mod audit;
mod replay;

use crate::case::Case;
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
        Use::ReplaySurface | Use::Undeclared => replay::replay(case, criteria),
        Use::AuditSink => audit::audit(case, criteria),
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

/// What only running it can prove, and catalogs can at most refute; what they show of it is said.
fn behaviour(
    id: &'static str,
    title: &'static str,
    shown: Vec<String>,
    impossible: Option<String>,
    probe: &'static str,
) -> FitnessFinding {
    let mut judging = Judging::new();
    for line in shown {
        judging.note(line);
    }
    match impossible {
        Some(why) => judging.refute(why, None),
        None => judging.doubt(format!(
            "catalogs can only refute it; that it is so is shown by running it: {probe}"
        )),
    }
    finding(id, title, judging)
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

/// Columns by their names.
fn joined(case: &Case<'_>, numbers: &[i32]) -> String {
    let columns = numbers
        .iter()
        .filter_map(|number| case.facts.column_numbered(case.relation.oid, *number));
    let names: Vec<String> = columns.map(|column| format!("`{}`", column.name)).collect();
    names.join(", ")
}

fn heads_of(case: &Case<'_>) -> Vec<FitnessFinding> {
    let mut found = vec![finding(
        "head.uniqueness",
        "one head per subject",
        heads::uniqueness(case),
    )];
    if let Some(state) = case.own(Slot::Lifecycle) {
        let mut domain = Judging::new();
        match heads::domain(case.facts, state) {
            Some(by) => domain.note(by),
            None => domain.refute(
                format!(
                    "nothing enforces the values of `{}` (pg_constraint, pg_type)",
                    state.name
                ),
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
