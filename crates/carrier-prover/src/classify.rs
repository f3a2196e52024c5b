//! The class of a carrier for its declared use: by rule, from slots and criteria, never from a name.

use crate::case::Case;
use crate::contract::{CarrierClass, RejectCode};
use crate::criteria::CriterionProof;
use crate::heads;
use crate::usage::{Slot, Use};

/// A class, why, and the codes that go with it.
pub(crate) struct Classified {
    pub(crate) class: CarrierClass,
    pub(crate) reason: String,
    pub(crate) codes: Vec<RejectCode>,
}

/// Applies the rules in their order (spec 4).
pub(crate) fn classify(case: &Case<'_>, criteria: &[CriterionProof]) -> Classified {
    let used_as = case.declaration.used_as;
    let mut codes = codes(used_as, criteria);
    if used_as.is_single_use() && !is_single_use(case) {
        codes.push(RejectCode::ReplaySurfaceNotFit);
    }
    let (class, reason) = class(case, criteria);
    if class == CarrierClass::SourceUnprovenFailClosed && used_as == Use::ArtifactHash {
        codes.push(RejectCode::HashCarrierUnproven);
    }
    codes.sort_unstable();
    codes.dedup();
    Classified {
        class,
        reason,
        codes,
    }
}

fn class(case: &Case<'_>, criteria: &[CriterionProof]) -> (CarrierClass, String) {
    let name = case.facts.relation_name(case.relation.oid);
    if !matches!(case.relation.kind.as_str(), "r" | "p") {
        let why = format!("`{name}` is no base table: what it shows is kept elsewhere");
        return (CarrierClass::NotFitForAuthenticity, why);
    }
    let used_as = case.declaration.used_as;
    let has_value = case.slots.contains_key(&Slot::Value);
    let missing: Vec<&str> = used_as
        .bindings()
        .iter()
        .filter(|slot| !case.slots.contains_key(slot))
        .map(|slot| slot.as_str())
        .collect();
    let binds_nothing = missing.len() == used_as.bindings().len() && !missing.is_empty();
    if has_value && binds_nothing {
        let why = format!(
            "it has a value and none of what {} binds it to: {}",
            used_as.as_str(),
            missing.join(", ")
        );
        return (CarrierClass::NotFitForAuthenticity, why);
    }
    if !has_value {
        let why = match case.absent.first() {
            Some(absent) => format!("it has no column for {absent}"),
            None => "no value column is declared for it".to_owned(),
        };
        return (CarrierClass::SourceUnprovenFailClosed, why);
    }
    if !missing.is_empty() {
        let why = format!("its binding is incomplete: no {}", missing.join(", no "));
        return (CarrierClass::SourceUnprovenFailClosed, why);
    }
    let open: Vec<&str> = criteria
        .iter()
        .filter(|proof| !proof.holds())
        .map(|proof| proof.criterion)
        .collect();
    // INVARIANT: proven only where every criterion holds; nothing else leads here.
    if open.is_empty() && criteria.len() == crate::criteria::CRITERIA.len() {
        let why = "value, bindings and all six criteria hold".to_owned();
        return (CarrierClass::ProvenAuthorityControlledCarrier, why);
    }
    let why = format!("not proven: {}", open.join(", "));
    (CarrierClass::ReuseCandidatePrecedent, why)
}

fn codes(used_as: Use, criteria: &[CriterionProof]) -> Vec<RejectCode> {
    let [writer, kept, transition] = used_as.codes();
    criteria
        .iter()
        .filter(|proof| !proof.holds())
        .map(|proof| match proof.criterion {
            "writer_authority" => writer,
            "transition_writer" => transition,
            _ => kept,
        })
        .collect()
}

/// Whether a unique index covers the value alone, of every row that is read here.
pub(crate) fn is_single_use(case: &Case<'_>) -> bool {
    // A child's rows appear here, and no index covers both.
    if case.relation.kind == "r" && !case.facts.descendants(case.relation.oid).is_empty() {
        return false;
    }
    case.own(Slot::Value).is_some_and(|value| {
        value.not_null
            && case
                .facts
                .indexes_on(case.relation.oid)
                .any(|index| heads::covers_alone(index, value.number))
    })
}
