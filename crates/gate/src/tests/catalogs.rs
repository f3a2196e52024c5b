//! What a prover leaves open of a carrier is charged to one prerequisite, and nothing opens without
//! its report.

use canonical::{Digest, Timestamp};
use serde_json::{Value, json};

use super::now;
use super::world::World;
use crate::catalogs::CatalogProofs;
use crate::contract::{CarrierReport, RejectCode, carrier_report};
use crate::port::{ProvenCarriers, UnaccountedTrigger};
use crate::prerequisite::{Finding, Prerequisite};
use crate::report::header;

/// Every carrier that a store has to have, with the use that it is judged for.
const CARRIERS: [(&str, &str); 22] = [
    ("action_type", "authority-row"),
    ("ownership", "authority-row"),
    ("admission", "authority-row"),
    ("admission", "artifact-hash"),
    ("approval", "authority-row"),
    ("approval_vote", "authority-row"),
    ("principal", "authority-row"),
    ("principal_binding", "authority-row"),
    ("manifest", "authority-row"),
    ("verifier", "authority-row"),
    ("trigger_inventory", "authority-row"),
    ("policy", "authority-row"),
    ("dot_config", "authority-row"),
    ("hold_event", "authority-row"),
    ("retirement", "authority-row"),
    ("dot_catalogue", "head-store"),
    ("ledger", "replay-surface"),
    ("evidence", "evidence-store"),
    ("decision", "decision-store"),
    ("failure_audit", "audit-sink"),
    ("snapshot", "observation-store"),
    ("verification_report", "observation-store"),
];

const CRITERIA: [&str; 6] = [
    "writer_authority",
    "immutability",
    "consumer_readback",
    "tamper_evidence",
    "retention",
    "transition_writer",
];

fn carrier(name: &str, used_as: &str) -> Value {
    let criteria: Value = CRITERIA.iter().map(|name| (*name, "proven")).collect();
    let proofs: Vec<Value> = CRITERIA
        .iter()
        .map(
            |name| json!({"criterion": name, "outcome": "proven", "evidence": [], "witness": null}),
        )
        .collect();
    let fitness = |ids: &[&str]| -> Vec<Value> {
        let finding =
            |id| json!({"id": id, "title": "fit", "outcome": "proven", "evidence": ["seen"]});
        ids.iter().map(finding).collect()
    };
    json!({
        "carrier": name, "declared_use": used_as,
        "carrier_class": "PROVEN_AUTHORITY_CONTROLLED_CARRIER",
        "criteria": criteria, "proofs": proofs, "writers": [], "reject_codes": [],
        "relation": format!("holdfast.{name}"), "class_reason": "all hold",
        "authenticity": "by_class", "writer_paths": [], "dual_writers": [],
        "fitness": match used_as {
            "head-store" => fitness(&["head.uniqueness", "head.status_domain"]),
            "replay-surface" => fitness(&["replay.a", "replay.d"]),
            _ => Vec::new(),
        },
        "triggers": [], "fixes": [],
    })
}

fn report() -> Value {
    let carriers = CARRIERS
        .iter()
        .map(|(name, used_as)| carrier(name, used_as));
    json!({
        "envelope_type": "carrier-report", "envelope_version": "1",
        "header": {
            "trust_domain": "acme", "audience": "acme.registration", "run_id": "gate",
            "attempt_id": null, "correlation_id": null, "producer": "carrier-prover",
            "issued_at": now(), "expires_at": now().checked_add_millis(60_000),
            "evidence_hash": Digest::UNSEALED, "source_refs": [], "key_id": null,
            "key_status_ref": null,
        },
        "store": "postgres", "carriers": carriers.collect::<Vec<_>>(),
        "trust_base": ["superuser `postgres`"], "fingerprint": Digest::UNSEALED, "unknown": [],
    })
}

fn sealed(report: &Value) -> Vec<u8> {
    let report: CarrierReport = serde_json::from_value(report.clone()).unwrap();
    carrier_report().seal(&report).unwrap().into_bytes()
}

fn proofs(proven: Option<ProvenCarriers>) -> CatalogProofs {
    let mut world = World::open();
    world.proven = proven;
    let header = header(&Err("no policy".to_owned()), now()).unwrap();
    CatalogProofs::read(&mut world, &header).unwrap()
}

/// What is charged, prerequisite by prerequisite, each with its codes.
fn charged(proofs: &CatalogProofs) -> Vec<(&'static str, Vec<RejectCode>)> {
    let mut all = Vec::new();
    for prerequisite in Prerequisite::ALL {
        let mut finding = Finding::default();
        proofs.charge(prerequisite, &mut finding);
        if !finding.holds() {
            finding.codes.dedup();
            all.push((prerequisite.id(), finding.codes));
        }
    }
    all
}

fn of(report: &Value) -> Vec<(&'static str, Vec<RejectCode>)> {
    charged(&proofs(Some(ProvenCarriers {
        report: sealed(report),
        unaccounted: Vec::new(),
        undeclared: Vec::new(),
    })))
}

/// The place of a carrier in the report.
fn place(name: &str, used_as: &str) -> usize {
    let found = CARRIERS.iter().position(|one| *one == (name, used_as));
    found.unwrap()
}

#[test]
fn a_report_in_which_everything_is_proven_leaves_nothing_open() {
    assert_eq!(of(&report()), []);
}

#[test]
fn without_a_usable_report_every_prerequisite_is_missing() {
    let all: Vec<(&str, Vec<RejectCode>)> = Prerequisite::ALL
        .into_iter()
        .map(|prerequisite| (prerequisite.id(), vec![prerequisite.code()]))
        .collect();
    assert_eq!(charged(&proofs(None)), all);
    let unusable = |report: Vec<u8>| {
        let proofs = proofs(Some(ProvenCarriers {
            report,
            unaccounted: Vec::new(),
            undeclared: Vec::new(),
        }));
        assert_eq!(charged(&proofs), all);
        assert!(proofs.unusable().is_some() && proofs.report().is_none());
    };
    unusable(b"{}".to_vec());
    let mut other = report();
    other["header"]["producer"] = json!("gate");
    unusable(sealed(&other));
    let mut earlier = report();
    earlier["header"]["issued_at"] =
        json!("2026-06-21T08:59:59.000000Z".parse::<Timestamp>().unwrap());
    unusable(sealed(&earlier));
}

#[test]
fn each_criterion_is_charged_to_what_it_is_needed_for() {
    use RejectCode as C;
    let cases: [(&str, &str, &str, &str, C); 11] = [
        (
            "ownership",
            "authority-row",
            "writer_authority",
            "single-writer",
            C::WriterAuthorityUnproven,
        ),
        (
            "ownership",
            "authority-row",
            "immutability",
            "registration-authority",
            C::OwnerOfRecordAbsent,
        ),
        (
            "approval",
            "authority-row",
            "tamper_evidence",
            "approval-quorum",
            C::ApprovalQuorumUnproven,
        ),
        (
            "admission",
            "artifact-hash",
            "retention",
            "artifact-admission",
            C::AdmissionCarrierUnproven,
        ),
        (
            "admission",
            "artifact-hash",
            "tamper_evidence",
            "hash-carrier",
            C::HashCarrierUnproven,
        ),
        (
            "dot_catalogue",
            "head-store",
            "writer_authority",
            "single-writer",
            C::DualWriterHazard,
        ),
        (
            "dot_catalogue",
            "head-store",
            "immutability",
            "registrar-contract",
            C::RegistrarContractUnproven,
        ),
        (
            "ledger",
            "replay-surface",
            "writer_authority",
            "replay-surface",
            C::ReplaySurfaceNotFit,
        ),
        (
            "decision",
            "decision-store",
            "consumer_readback",
            "registrar-contract",
            C::RegistrarContractUnproven,
        ),
        (
            "failure_audit",
            "audit-sink",
            "retention",
            "audit-sink",
            C::AuditSinkUnavailable,
        ),
        (
            "snapshot",
            "observation-store",
            "immutability",
            "snapshot-manifest",
            C::SnapshotManifestSourceUnproven,
        ),
    ];
    for (name, used_as, criterion, prerequisite, code) in cases {
        for outcome in ["refuted", "unproven"] {
            let mut report = report();
            let carrier = &mut report["carriers"][place(name, used_as)];
            let number = CRITERIA.iter().position(|one| *one == criterion).unwrap();
            carrier["criteria"][criterion] = json!(outcome);
            carrier["proofs"][number]["outcome"] = json!(outcome);
            carrier["carrier_class"] = json!("REUSE_CANDIDATE_PRECEDENT");
            assert_eq!(
                of(&report),
                [(prerequisite, vec![code])],
                "{name} {criterion} {outcome}"
            );
        }
    }
}

#[test]
fn what_is_found_beside_the_criteria_is_charged_too() {
    use RejectCode as C;
    let head = place("dot_catalogue", "head-store");
    let ledger = place("ledger", "replay-surface");
    let cases: [(usize, &str, Value, &str, C); 8] = [
        (
            head,
            "/fitness/0/outcome",
            json!("refuted"),
            "head-uniqueness",
            C::HeadUniquenessAbsent,
        ),
        (
            head,
            "/fitness/1/outcome",
            json!("unproven"),
            "status-domain",
            C::StatusDomainUnenforced,
        ),
        (
            head,
            "/dual_writers",
            json!(["`sync` INSERT"]),
            "single-writer",
            C::DualWriterHazard,
        ),
        (
            head,
            "/reject_codes",
            json!(["TRIGGER_UNACCOUNTED"]),
            "trigger-inventory",
            C::TriggerUnaccounted,
        ),
        (
            ledger,
            "/fitness/0/outcome",
            json!("unproven"),
            "replay-surface",
            C::ReplaySurfaceNotFit,
        ),
        (
            ledger,
            "/fitness/1/outcome",
            json!("refuted"),
            "replay-surface",
            C::ReplaySurfaceNotFit,
        ),
        (
            ledger,
            "/carrier_class",
            json!("NOT_FIT_FOR_AUTHENTICITY"),
            "replay-surface",
            C::ReplaySurfaceNotFit,
        ),
        (
            ledger,
            "/relation",
            json!("public.ledger"),
            "replay-surface",
            C::ReplaySurfaceNotFit,
        ),
    ];
    for (place, pointer, value, prerequisite, code) in cases {
        let mut report = report();
        let carrier = &mut report["carriers"][place];
        *carrier.pointer_mut(pointer).unwrap() = value;
        assert_eq!(
            of(&report),
            [(prerequisite, vec![code])],
            "{place} {pointer}"
        );
    }
    // What catalogs cannot prove of a behaviour, they leave to whoever compares the schema.
    let mut report = report();
    report["carriers"][ledger]["fitness"][1]["outcome"] = json!("unproven");
    assert_eq!(of(&report), []);
}

#[test]
fn a_catalog_that_was_not_read_and_a_trigger_that_nobody_declared_are_named() {
    let mut unread = report();
    unread["unknown"] = json!(["pg_policy: permission denied"]);
    let writer = RejectCode::WriterAuthorityUnproven;
    assert_eq!(of(&unread), [("single-writer", vec![writer])]);
    let proofs = proofs(Some(ProvenCarriers {
        report: sealed(&report()),
        unaccounted: vec![UnaccountedTrigger {
            relation: "holdfast.ledger".to_owned(),
            name: "notify".to_owned(),
        }],
        undeclared: Vec::new(),
    }));
    let unaccounted = RejectCode::TriggerUnaccounted;
    assert_eq!(charged(&proofs), [("trigger-inventory", vec![unaccounted])]);
}

#[test]
fn a_carrier_of_the_store_that_was_not_judged_is_missing() {
    for (number, (name, used_as)) in CARRIERS.into_iter().enumerate() {
        let mut report = report();
        report["carriers"].as_array_mut().unwrap().remove(number);
        let found = of(&report);
        assert_eq!(found.len(), 1, "{name} {used_as}: {found:?}");
    }
}

#[test]
fn of_a_carrier_with_several_uses_the_worst_is_assessed() {
    let mut report = report();
    let hash = place("admission", "artifact-hash");
    report["carriers"][hash]["carrier_class"] = json!("SOURCE_UNPROVEN_FAIL_CLOSED");
    report["carriers"][hash]["criteria"]["tamper_evidence"] = json!("unproven");
    let assessed = crate::assessments(&sealed(&report)).unwrap();
    assert_eq!(assessed.len(), CARRIERS.len() - 1);
    let found = assessed.iter().find(|one| one.carrier == *"admission");
    let found = found.unwrap();
    assert_eq!(found.class.to_string(), "SOURCE_UNPROVEN_FAIL_CLOSED");
    assert_eq!(found.criteria.tamper_evidence.to_string(), "unproven");
    assert_eq!(found.criteria.retention.to_string(), "proven");
}
