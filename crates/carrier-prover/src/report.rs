//! What the prover answers: typed, before it becomes an envelope or a text.

use canonical::Digest;

use crate::contract::{Authenticity, CarrierClass, CriterionOutcome, RejectCode};
use crate::criteria::CriterionProof;
use crate::fitness::FitnessFinding;
use crate::fix::Fix;
use crate::inventory::TriggerEntry;
use crate::usage::Use;
use crate::writers::WriterPath;

/// All carriers of one proof.
#[derive(Clone, Debug)]
pub struct Report {
    /// The server and database, for people.
    pub store: String,
    /// One for each declaration, in their order.
    pub carriers: Vec<CarrierProof>,
    /// Whoever the proofs take on trust.
    pub trust_base: Vec<String>,
    /// Digest over the catalog rows that the proofs rest on.
    pub fingerprint: Digest,
    /// The catalogs that could not be read, each with why.
    pub unknown: Vec<String>,
    /// Where a probe and a proof disagree: one of the two is wrong.
    pub alarms: Vec<String>,
}

/// One carrier, judged for one use.
#[derive(Clone, Debug)]
pub struct CarrierProof {
    /// What people call it.
    pub carrier: String,
    /// `schema.name`; none where the database has no such relation.
    pub relation: Option<String>,
    /// For what.
    pub used_as: Use,
    /// The class it earns.
    pub class: CarrierClass,
    /// Why, in one line.
    pub reason: String,
    /// The class that somebody expected.
    pub expect: Option<String>,
    /// The six criteria, in the order of the specification.
    pub criteria: Vec<CriterionProof>,
    /// Everybody who can do anything to it, and how.
    pub writers: Vec<WriterPath>,
    /// Whoever writes it and was not declared.
    pub dual_writers: Vec<String>,
    /// Fitness for the use.
    pub fitness: Vec<FitnessFinding>,
    /// Its triggers.
    pub triggers: Vec<TriggerEntry>,
    /// Triggers that the accepted inventory lacks.
    pub unaccounted: Vec<String>,
    /// What would close the gaps.
    pub fixes: Vec<Fix>,
    /// Whether a row of it can speak for its author.
    pub authenticity: Authenticity,
    /// The codes that go with what is missing, in precedence.
    pub codes: Vec<RejectCode>,
}

impl CarrierProof {
    /// One criterion's proof.
    pub fn criterion(&self, name: &str) -> Option<&CriterionProof> {
        self.criteria.iter().find(|proof| proof.criterion == name)
    }

    /// What is known of one criterion; unproven where there is no such criterion.
    pub fn outcome(&self, name: &str) -> CriterionOutcome {
        self.criterion(name)
            .map_or(CriterionOutcome::Unproven, |proof| proof.outcome)
    }
}
