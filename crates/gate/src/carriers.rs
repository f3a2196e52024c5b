//! Every carrier, judged for its declared use by the six criteria.

mod criteria;
mod inventory;

use canonical::Text;

use self::criteria::{Judged, SixCriteria, judge};
use crate::contract::{
    Authenticity, CarrierClass, CarrierCriteria, CarrierProof, CriterionProof, FitnessFindings,
    Fixes, RejectCode,
};
use crate::error::{GateError, stated};
use crate::facts::Facts;
use crate::port::ObjectKind;
use crate::prerequisite::accepts;
use crate::report::{codes, lines, text};
use crate::rights::{
    AUTHORITY_CARRIERS, OPERATIONAL_CARRIERS, inserters, second_writers, trespasses,
};

/// The proofs of all carriers, authority carriers first.
pub(crate) fn proofs(facts: &Facts) -> Result<Vec<CarrierProof>, GateError> {
    AUTHORITY_CARRIERS
        .into_iter()
        .chain(OPERATIONAL_CARRIERS)
        .map(|carrier| proof(facts, carrier))
        .collect()
}

fn proof(facts: &Facts, carrier: &str) -> Result<CarrierProof, GateError> {
    let criteria = judge(facts, carrier);
    let class = class(facts, carrier, &criteria);
    let proofs: Vec<CriterionProof> = criteria
        .all()
        .into_iter()
        .map(criterion_proof)
        .collect::<Result<_, _>>()?;
    let mut writers: Vec<String> = inserters(carrier)
        .iter()
        .map(|role| format!("`{role}` inserts"))
        .collect();
    writers.extend(trespasses(facts, carrier));
    writers.extend(second_writers(facts, carrier));
    Ok(CarrierProof {
        carrier: stated("carrier", carrier)?,
        declared_use: stated("declared_use", declared_use(carrier))?,
        carrier_class: class,
        reject_codes: codes(reject_codes(facts, carrier, &criteria))?,
        criteria: CarrierCriteria {
            writer_authority: criteria.writer_authority.outcome,
            immutability: criteria.immutability.outcome,
            consumer_readback: criteria.consumer_readback.outcome,
            tamper_evidence: criteria.tamper_evidence.outcome,
            retention: criteria.retention.outcome,
            transition_writer: criteria.transition_writer.outcome,
        },
        proofs: stated("proofs", proofs)?,
        writers: lines(writers)?,
        relation: inventory::relation(facts, carrier)?,
        class_reason: text(class_reason(class))?,
        authenticity: match declared_use(carrier) {
            "audit-sink" => Authenticity::None,
            _ => Authenticity::ByClass,
        },
        writer_paths: inventory::writer_paths(facts, carrier)?,
        dual_writers: lines(second_writers(facts, carrier))?,
        // Fitness is judged by the prerequisites here; no statement would make a file prove more.
        fitness: stated::<FitnessFindings, _>("fitness", Vec::new())?,
        triggers: inventory::triggers(facts, carrier)?,
        fixes: stated::<Fixes, _>("fixes", Vec::new())?,
    })
}

fn criterion_proof(judged: &Judged) -> Result<CriterionProof, GateError> {
    Ok(CriterionProof {
        criterion: stated("criterion", judged.criterion)?,
        outcome: judged.outcome,
        evidence: lines(judged.evidence.clone())?,
        witness: judged
            .witness
            .as_deref()
            .map(|witness| stated::<Text, _>("witness", witness))
            .transpose()?,
    })
}

fn declared_use(carrier: &str) -> &'static str {
    match carrier {
        "admission" => "artifact-hash",
        "manifest" => "snapshot-manifest",
        "dot_catalogue" => "head-store",
        "ledger" => "replay-surface",
        "failure_audit" => "audit-sink",
        "attempt" => "attempt-store",
        "decision" => "decision-store",
        "evidence" => "evidence-store",
        "snapshot" | "verification_report" => "observation-store",
        _ => "authority-row",
    }
}

/// The class follows from what was found by rule, never from the carrier's name.
fn class(facts: &Facts, carrier: &str, criteria: &SixCriteria) -> CarrierClass {
    if facts.schema.object(ObjectKind::View, carrier).is_some() {
        return CarrierClass::NotFitForAuthenticity;
    }
    if facts.schema.object(ObjectKind::Table, carrier).is_none() {
        return CarrierClass::SourceUnprovenFailClosed;
    }
    if criteria.all().into_iter().all(Judged::holds) {
        return CarrierClass::ProvenAuthorityControlledCarrier;
    }
    CarrierClass::ReuseCandidatePrecedent
}

/// Why, in one line.
fn class_reason(class: CarrierClass) -> &'static str {
    match class {
        CarrierClass::NotFitForAuthenticity => "it is a view, which holds nothing",
        CarrierClass::SourceUnprovenFailClosed => "the store has no such table",
        CarrierClass::ProvenAuthorityControlledCarrier => "all six criteria hold",
        CarrierClass::ReuseCandidatePrecedent => "not every criterion is proven",
    }
}

fn reject_codes(facts: &Facts, carrier: &str, criteria: &SixCriteria) -> Vec<RejectCode> {
    let (writer, mutable, transition) = codes_of_use(carrier);
    let mut found = Vec::new();
    if !criteria.writer_authority.holds() {
        found.push(writer);
    }
    let kept = [
        &criteria.immutability,
        &criteria.consumer_readback,
        &criteria.tamper_evidence,
        &criteria.retention,
    ];
    if !kept.into_iter().all(Judged::holds) {
        found.push(mutable);
    }
    if !criteria.transition_writer.holds() {
        found.push(transition);
    }
    let unaccounted = facts.schema.foreign_triggers().iter().any(|trigger| {
        let accepted = facts
            .accepted_triggers
            .iter()
            .any(|row| accepts(row, trigger));
        trigger.table == carrier && !accepted
    });
    if unaccounted {
        found.push(RejectCode::TriggerUnaccounted);
    }
    found
}

/// What a lack of writer authority, of immutability, of a governed transition is called.
fn codes_of_use(carrier: &str) -> (RejectCode, RejectCode, RejectCode) {
    let one = |code| (code, code, code);
    match carrier {
        "dot_catalogue" => (
            RejectCode::DualWriterHazard,
            RejectCode::HashCarrierUnproven,
            RejectCode::DualWriterHazard,
        ),
        "ledger" | "attempt" | "evidence" => one(RejectCode::ReplaySurfaceNotFit),
        "decision" => one(RejectCode::RegistrarContractUnproven),
        "failure_audit" => one(RejectCode::AuditSinkUnavailable),
        "snapshot" | "verification_report" => one(RejectCode::SnapshotManifestSourceUnproven),
        _ => (
            RejectCode::AuthorityWriterUnproven,
            RejectCode::AuthorityRowMutable,
            RejectCode::LifecycleTransitionAuthorityUnproven,
        ),
    }
}
