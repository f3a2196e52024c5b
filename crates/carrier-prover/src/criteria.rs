//! The six criteria, each proven, refuted with a witness, or unproven (spec 4).

mod applied;
mod immutability;
mod readback;
mod retention;
mod tamper;
mod transition;
mod writer;

pub(crate) use immutability::{Guarded, closed, guarded_by};

use crate::case::Case;
use crate::catalog::Catalog;
use crate::contract::CriterionOutcome;

/// Every criterion's name, in the order of the specification.
pub const CRITERIA: [&str; 6] = [
    "writer_authority",
    "immutability",
    "consumer_readback",
    "tamper_evidence",
    "retention",
    "transition_writer",
];

/// One criterion of one carrier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CriterionProof {
    /// Which.
    pub criterion: &'static str,
    /// What is known.
    pub outcome: CriterionOutcome,
    /// What it rests on, with the catalog of each row.
    pub evidence: Vec<String>,
    /// Of a refutation: what would do it, by whom.
    pub witness: Option<String>,
}

impl CriterionProof {
    /// Whether it stands in the way of nothing.
    pub fn holds(&self) -> bool {
        matches!(
            self.outcome,
            CriterionOutcome::Proven | CriterionOutcome::NotApplicable
        )
    }
}

/// A criterion while it is judged: it can only get worse.
pub(crate) struct Judging {
    outcome: CriterionOutcome,
    evidence: Vec<String>,
    witness: Option<String>,
    is_half_read: bool,
}

impl Judging {
    pub(crate) fn new() -> Self {
        Self {
            outcome: CriterionOutcome::Proven,
            evidence: Vec::new(),
            witness: None,
            is_half_read: false,
        }
    }

    /// What speaks for it, or is worth saying.
    pub(crate) fn note(&mut self, line: impl Into<String>) {
        let line = line.into();
        if !self.evidence.contains(&line) {
            self.evidence.push(line);
        }
    }

    /// What keeps it from being proven.
    pub(crate) fn doubt(&mut self, line: impl Into<String>) {
        self.note(line);
        if self.outcome == CriterionOutcome::Proven {
            self.outcome = CriterionOutcome::Unproven;
        }
    }

    /// What shows that it does not hold, and what would show it to anybody.
    ///
    /// From half a reading nothing is refuted either: the guard that is missed may stand in the half
    /// that was not read.
    pub(crate) fn refute(&mut self, line: impl Into<String>, witness: Option<String>) {
        if self.is_half_read {
            return self.doubt(line);
        }
        self.note(line);
        self.outcome = CriterionOutcome::Refuted;
        self.witness = self.witness.take().or(witness);
    }

    /// A catalog that was not read leaves nothing proven that rests on it, and nothing refuted.
    pub(crate) fn rests_on(&mut self, case: &Case<'_>, catalogs: &[Catalog]) {
        for line in case.unknown(catalogs) {
            self.is_half_read = true;
            if !self.evidence.contains(&line) {
                self.doubt(line);
            }
        }
    }

    pub(crate) fn done(self, criterion: &'static str) -> CriterionProof {
        CriterionProof {
            criterion,
            outcome: self.outcome,
            evidence: self.evidence,
            witness: self.witness,
        }
    }
}

pub(crate) fn not_applicable(criterion: &'static str, why: &str) -> CriterionProof {
    CriterionProof {
        criterion,
        outcome: CriterionOutcome::NotApplicable,
        evidence: vec![why.to_owned()],
        witness: None,
    }
}

/// The catalogs that who-can-write rests on: if one is unknown, so is the closure.
pub(crate) const CLOSURE: [Catalog; 17] = [
    Catalog::Roles,
    Catalog::Memberships,
    Catalog::Settings,
    Catalog::ParameterAcls,
    Catalog::Schemas,
    Catalog::Relations,
    Catalog::Attributes,
    Catalog::Constraints,
    Catalog::Triggers,
    Catalog::Functions,
    Catalog::Rules,
    Catalog::Dependencies,
    Catalog::Indexes,
    Catalog::Inheritance,
    Catalog::Policies,
    Catalog::Types,
    Catalog::Subscriptions,
];

/// All six, in order.
pub(crate) fn judge(case: &Case<'_>) -> Vec<CriterionProof> {
    if !matches!(case.relation.kind.as_str(), "r" | "p") {
        return CRITERIA
            .iter()
            .map(|name| of_no_table(case, name))
            .collect();
    }
    vec![
        writer::judge(case),
        immutability::judge(case),
        readback::judge(case),
        tamper::judge(case),
        retention::judge(case),
        transition::judge(case),
    ]
}

// A view keeps nothing: whatever it shows is kept, or not, by something else.
fn of_no_table(case: &Case<'_>, criterion: &'static str) -> CriterionProof {
    let mut judging = Judging::new();
    let name = case.facts.relation_name(case.relation.oid);
    judging.doubt(format!(
        "`{name}` is no base table (pg_class.relkind `{}`): it holds no row of its own",
        case.relation.kind
    ));
    judging.done(criterion)
}
