//! What the prover leaves open of one carrier, each gap charged to one prerequisite.

use super::Gap;
use super::places::{binding, home, keeping, writers};
use crate::contract::{
    CarrierClass, CarrierProof, CriterionOutcome, CriterionProof, FitnessFinding, RejectCode,
};
use crate::prerequisite::Prerequisite;

/// Lines of evidence that a gap repeats of its criterion.
const SHOWN_MAX: usize = 3;

/// How people find the carrier.
pub(super) fn name(proof: &CarrierProof) -> &str {
    let relation = proof.relation.as_ref().map(canonical::Text::as_str);
    relation.unwrap_or(proof.carrier.as_str())
}

/// Whether nothing at all is open of a carrier.
pub(super) fn is_proven(proof: &CarrierProof) -> bool {
    gaps_of(proof).is_empty()
}

/// Everything that is open of a carrier.
pub(super) fn gaps_of(proof: &CarrierProof) -> Vec<Gap> {
    let mut gaps = Vec::new();
    gaps.extend(
        proof
            .proofs
            .iter()
            .filter_map(|criterion| gap_of_criterion(proof, criterion)),
    );
    gaps.extend(
        proof
            .fitness
            .iter()
            .filter_map(|fitness| gap_of_fitness(proof, fitness)),
    );
    for writer in &proof.dual_writers {
        let line = format!("`{}` without an undeclared writer: {writer}", name(proof));
        gaps.push(writer_gap(proof, line));
    }
    coded(proof, &mut gaps);
    classed(proof, &mut gaps);
    gaps
}

// INVARIANT: a carrier that is not proven has a gap, whatever else is found of it.
fn classed(proof: &CarrierProof, gaps: &mut Vec<Gap>) {
    let says_more = match proof.carrier_class {
        CarrierClass::ProvenAuthorityControlledCarrier => return,
        // Which criteria are open is said of each.
        CarrierClass::ReuseCandidatePrecedent => gaps.is_empty(),
        CarrierClass::SourceUnprovenFailClosed | CarrierClass::NotFitForAuthenticity => true,
    };
    if says_more {
        let line = format!(
            "a proof of `{}` as {}, which is {}: {}",
            name(proof),
            proof.declared_use,
            proof.carrier_class,
            proof.class_reason
        );
        gaps.push(Gap::of(home(proof), line));
    }
}

// INVARIANT: a code that stands against a carrier is a gap where it belongs.
fn coded(proof: &CarrierProof, gaps: &mut Vec<Gap>) {
    for code in proof.reject_codes.iter().copied() {
        let place = place_of(code, proof);
        let known = |gap: &Gap| gap.prerequisite == place;
        if !gaps.iter().any(known) {
            let line = format!("`{}` as {} without {code}", name(proof), proof.declared_use);
            gaps.push(Gap::coded(place, spoken(code, place), line));
        }
    }
}

/// The prerequisite that a code of the prover's is about.
fn place_of(code: RejectCode, proof: &CarrierProof) -> Prerequisite {
    match code {
        RejectCode::TriggerUnaccounted => Prerequisite::TriggerInventory,
        RejectCode::HeadUniquenessAbsent => Prerequisite::HeadUniqueness,
        RejectCode::StatusDomainUnenforced => Prerequisite::StatusDomain,
        RejectCode::DualWriterHazard | RejectCode::AuthorityWriterUnproven => writers(proof),
        RejectCode::AuthorityRowMutable => keeping(proof),
        RejectCode::LifecycleTransitionAuthorityUnproven => binding(proof),
        _ => home(proof),
    }
}

/// The gate's own code where it has one for the same, the code of the prerequisite where it has not.
fn spoken(code: RejectCode, place: Prerequisite) -> RejectCode {
    match code {
        RejectCode::TriggerUnaccounted
        | RejectCode::HeadUniquenessAbsent
        | RejectCode::StatusDomainUnenforced
        | RejectCode::DualWriterHazard => code,
        _ => place.code(),
    }
}

fn gap_of_criterion(proof: &CarrierProof, criterion: &CriterionProof) -> Option<Gap> {
    let holds = match criterion.outcome {
        CriterionOutcome::Proven | CriterionOutcome::NotApplicable => true,
        CriterionOutcome::Refuted | CriterionOutcome::Unproven => false,
    };
    if holds {
        return None;
    }
    let mut line = format!(
        "{} of `{}` as {}, which is {}",
        criterion.criterion,
        name(proof),
        proof.declared_use,
        criterion.outcome
    );
    match &criterion.witness {
        Some(witness) => append(&mut line, witness.as_str()),
        None => {
            for why in criterion.evidence.iter().take(SHOWN_MAX) {
                append(&mut line, why.as_str());
            }
        }
    }
    Some(match criterion.criterion.as_str() {
        "writer_authority" => writer_gap(proof, line),
        "immutability" | "retention" => Gap::of(keeping(proof), line),
        _ => Gap::of(binding(proof), line),
    })
}

fn append(line: &mut String, more: &str) {
    line.push_str("; ");
    line.push_str(more);
}

/// Of a catalogue, somebody else who writes it is a hazard of its own name.
fn writer_gap(proof: &CarrierProof, line: String) -> Gap {
    let place = writers(proof);
    match proof.declared_use.as_str() {
        "head-store" => Gap::coded(place, RejectCode::DualWriterHazard, line),
        _ => Gap::of(place, line),
    }
}

fn gap_of_fitness(proof: &CarrierProof, fitness: &FitnessFinding) -> Option<Gap> {
    let refuted = fitness.outcome == CriterionOutcome::Refuted;
    let open = refuted || fitness.outcome == CriterionOutcome::Unproven;
    let is_head = proof.declared_use == *"head-store";
    let (place, stands) = match fitness.id.as_str() {
        "head.uniqueness" => (Prerequisite::HeadUniqueness, open && is_head),
        "head.status_domain" => (Prerequisite::StatusDomain, open && is_head || refuted),
        // What whoever uses a surface does, no catalog proves: it can only refute it. Here the
        // program's own store does it, by the schema that is compared beside this.
        "replay.c" | "replay.d" | "replay.f" | "replay.g" | "audit.after_rollback" => {
            (home(proof), refuted)
        }
        // Said by the criterion that it repeats.
        "replay.e" | "audit.writer" | "audit.retention" => return None,
        _ => (home(proof), open),
    };
    if !stands {
        return None;
    }
    let mut line = format!(
        "{} ({}) of `{}`, which is {}",
        fitness.title,
        fitness.id,
        name(proof),
        fitness.outcome
    );
    for why in fitness.evidence.iter().take(SHOWN_MAX) {
        append(&mut line, why.as_str());
    }
    Some(Gap::of(place, line))
}
