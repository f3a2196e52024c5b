//! The verb: one reading of the catalogs, then one proof for each declaration.

use std::collections::BTreeSet;

use canonical::Digest;

use crate::case::{Case, relations_of};
use crate::classify::classify;
use crate::contract::{Authenticity, CarrierClass, CriterionOutcome, RejectCode};
use crate::criteria::{CRITERIA, CriterionProof, judge};
use crate::declare::{Declaration, Declarations};
use crate::error::ProverError;
use crate::facts::Facts;
use crate::facts::rows::Oid;
use crate::fingerprint::{named, of};
use crate::fitness::{FitnessFinding, fitness};
use crate::fix;
use crate::inventory::{dual_writers, triggers, unaccounted};
use crate::port::CatalogSource;
use crate::probe::{Scratch, probe};
use crate::report::{CarrierProof, Report};
use crate::usage::Use;
use crate::writers::{Closure, WriterPath};

/// Proves from one reading of a database's catalogs.
#[derive(Debug)]
pub struct Prover {
    facts: Facts,
}

impl Prover {
    /// Reads the catalogs, once; everything after is computed from what was read.
    pub fn new(source: &mut impl CatalogSource) -> Result<Self, ProverError> {
        Ok(Self {
            facts: Facts::read(source)?,
        })
    }

    /// What was read.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// Judges every declaration.
    pub fn prove(&self, declarations: &Declarations) -> Result<Report, ProverError> {
        self.judge(declarations, None)
    }

    /// The same, and then tries on copies what the catalogs say of guards: a probe may refute, and
    /// proves nothing.
    pub fn probe(
        &self,
        declarations: &Declarations,
        scratch: &mut dyn Scratch,
    ) -> Result<Report, ProverError> {
        self.judge(declarations, Some(scratch))
    }

    fn judge(
        &self,
        declarations: &Declarations,
        mut scratch: Option<&mut dyn Scratch>,
    ) -> Result<Report, ProverError> {
        let mut alarms = Vec::new();
        let closure = Closure::new(&self.facts);
        let mut relations: BTreeSet<Oid> = BTreeSet::new();
        let mut carriers = Vec::new();
        for declaration in &declarations.0 {
            match self.facts.relation_named(&declaration.relation) {
                Some(relation) => {
                    let case = Case::new(&self.facts, &closure, declaration, relation);
                    relations.extend(relations_of(&self.facts, declaration));
                    let mut criteria = judge(&case);
                    if let Some(scratch) = scratch.as_deref_mut() {
                        let found = probe(&case, &closure, &mut criteria, scratch);
                        let named = |line| format!("{}: {line}", declaration.carrier);
                        alarms.extend(found.into_iter().map(named));
                    }
                    carriers.push(proof(&case, criteria));
                }
                None => carriers.push(self.absent(declaration)),
            }
        }
        Ok(Report {
            store: format!(
                "postgres {} `{}`",
                self.facts.server.version_num, self.facts.server.database
            ),
            carriers,
            trust_base: self.trust_base(declarations),
            fingerprint: of(&self.facts, &closure, &relations)?,
            unknown: self
                .facts
                .unknown
                .iter()
                .map(|(catalog, why)| format!("{}: {why}", catalog.name()))
                .collect(),
            alarms,
        })
    }

    /// Everybody who can do anything to a relation, and how.
    pub fn writers(&self, relation: &str) -> Result<Vec<WriterPath>, ProverError> {
        let found = self.facts.relation_named(relation);
        let row = found.ok_or_else(|| ProverError::NoRelation(relation.to_owned()))?;
        Ok(Closure::new(&self.facts).writers(row.oid))
    }

    /// Every relation and everybody who can do anything to it; one closure for all of them.
    pub fn all_writers(&self) -> Vec<(String, Vec<WriterPath>)> {
        let closure = Closure::new(&self.facts);
        let relations = self.facts.relations.iter();
        relations
            .map(|row| (self.facts.relation_name(row.oid), closure.writers(row.oid)))
            .collect()
    }

    /// The digest that a report of these relations carries, from a fresh reading.
    pub fn fingerprint(&self, relations: &[&str]) -> Result<Digest, ProverError> {
        named(&self.facts, relations)
    }

    /// The digest that a report of these declarations carries: what a gate compares again.
    pub fn fingerprint_of(&self, declarations: &Declarations) -> Result<Digest, ProverError> {
        let all = declarations.0.iter();
        let relations = all
            .flat_map(|declaration| relations_of(&self.facts, declaration))
            .collect();
        of(&self.facts, &Closure::new(&self.facts), &relations)
    }

    /// Superusers are in every closure: an assumption, said and not hidden.
    fn trust_base(&self, declarations: &Declarations) -> Vec<String> {
        let superusers = self.facts.roles.iter().filter(|role| role.superuser);
        let mut found: Vec<String> = superusers
            .map(|role| format!("superuser `{}`", role.name))
            .collect();
        let custodians: BTreeSet<&String> = declarations
            .0
            .iter()
            .flat_map(|declaration| &declaration.custodians)
            .collect();
        found.extend(custodians.iter().map(|name| format!("custodian `{name}`")));
        found.push("whoever runs the server's machine".to_owned());
        found
    }

    fn absent(&self, declaration: &Declaration) -> CarrierProof {
        let catalog = crate::catalog::Catalog::Relations;
        let reason = match self.facts.unknown.get(&catalog) {
            Some(why) => format!("`{}` is unknown: {why}", catalog.name()),
            None => format!("the database has no relation `{}`", declaration.relation),
        };
        CarrierProof {
            carrier: declaration.carrier.clone(),
            relation: None,
            used_as: declaration.used_as,
            class: CarrierClass::SourceUnprovenFailClosed,
            criteria: CRITERIA
                .iter()
                .map(|criterion| CriterionProof {
                    criterion,
                    outcome: CriterionOutcome::Unproven,
                    evidence: vec![reason.clone()],
                    witness: None,
                })
                .collect(),
            reason,
            expect: declaration.expect.clone(),
            writers: Vec::new(),
            dual_writers: Vec::new(),
            fitness: Vec::new(),
            triggers: Vec::new(),
            unaccounted: Vec::new(),
            fixes: Vec::new(),
            authenticity: authenticity(declaration.used_as),
            codes: declaration.used_as.codes().into_iter().take(1).collect(),
        }
    }
}

fn proof(case: &Case<'_>, criteria: Vec<CriterionProof>) -> CarrierProof {
    let declaration = case.declaration;
    let fitness = fitness(case, &criteria);
    let inventory = triggers(case);
    let unaccounted = unaccounted(case, &inventory);
    let mut classified = classify(case, &criteria);
    let missing = [
        (!unaccounted.is_empty(), RejectCode::TriggerUnaccounted),
        (
            !is_proven(&fitness, "head.uniqueness") && declaration.used_as == Use::HeadStore,
            RejectCode::HeadUniquenessAbsent,
        ),
        (
            is_refuted(&fitness, "head.status_domain"),
            RejectCode::StatusDomainUnenforced,
        ),
    ];
    let codes = missing
        .iter()
        .filter(|(lacks, _)| *lacks)
        .map(|(_, code)| *code);
    classified.codes.extend(codes);
    let dual = dual_writers(case);
    if !dual.is_empty() && declaration.used_as == Use::HeadStore {
        classified.codes.push(RejectCode::DualWriterHazard);
    }
    classified.codes.sort_unstable();
    classified.codes.dedup();
    CarrierProof {
        carrier: declaration.carrier.clone(),
        relation: Some(case.facts.relation_name(case.relation.oid)),
        used_as: declaration.used_as,
        class: classified.class,
        reason: classified.reason,
        expect: declaration.expect.clone(),
        fixes: fix::fixes(case, &criteria),
        criteria,
        writers: case.own_paths().to_vec(),
        dual_writers: dual,
        fitness,
        triggers: inventory,
        unaccounted,
        authenticity: authenticity(declaration.used_as),
        codes: classified.codes,
    }
}

fn is_proven(fitness: &[FitnessFinding], id: &str) -> bool {
    fitness
        .iter()
        .any(|finding| finding.id == id && finding.outcome == CriterionOutcome::Proven)
}

fn is_refuted(fitness: &[FitnessFinding], id: &str) -> bool {
    fitness
        .iter()
        .any(|finding| finding.id == id && finding.outcome == CriterionOutcome::Refuted)
}

fn authenticity(used_as: Use) -> Authenticity {
    match used_as {
        Use::AuditSink => Authenticity::None,
        Use::AuthorityRow
        | Use::HeadStore
        | Use::OpArtifactBinding
        | Use::OpTargetProposal
        | Use::ArtifactHash
        | Use::SnapshotManifest
        | Use::ReplaySurface
        | Use::AttemptStore
        | Use::DecisionStore
        | Use::EvidenceStore
        | Use::ObservationStore
        | Use::Undeclared => Authenticity::ByClass,
    }
}
