//! The gate on a store whose carriers are proven from the catalogs, and on a database without one.

use canonical::Timestamp;
use carrier_prover::Declarations;
use gate::contract::{GateReport, RejectCode, carrier_report, gate_report};
use gate::port::GateStore as _;

use super::fixture::{Fixture, Place};
use crate::{Elsewhere, GateFacts};

const PROVEN: [&str; 22] = [
    "action_type as authority-row",
    "admission as artifact-hash",
    "admission as authority-row",
    "approval as authority-row",
    "approval_vote as authority-row",
    "decision as decision-store",
    "dot_catalogue as head-store",
    "dot_config as authority-row",
    "evidence as evidence-store",
    "failure_audit as audit-sink",
    "hold_event as authority-row",
    "ledger as replay-surface",
    "manifest as authority-row",
    "ownership as authority-row",
    "policy as authority-row",
    "principal as authority-row",
    "principal_binding as authority-row",
    "retirement as authority-row",
    "snapshot as observation-store",
    "trigger_inventory as authority-row",
    "verification_report as observation-store",
    "verifier as authority-row",
];

fn now(gate: &mut GateFacts) -> Timestamp {
    gate.clock().unwrap()
}

fn report(gate: &mut GateFacts) -> GateReport {
    let now = now(gate);
    let evaluation = gate::evaluate(gate, now, "register_dot").unwrap();
    let opened = gate_report().open(&evaluation.gate_report).unwrap();
    opened.value().clone()
}

/// What the gate says of what the catalogs do not prove, with the code of its prerequisite.
fn codes_of(report: &GateReport, prerequisite: &str) -> Vec<RejectCode> {
    let found = report
        .prerequisites
        .iter()
        .find(|one| one.id == *prerequisite);
    found.unwrap().reject_codes.to_vec()
}

fn evidence(report: &GateReport) -> Vec<String> {
    let lines = report
        .prerequisites
        .iter()
        .flat_map(|one| one.evidence.iter());
    lines.map(ToString::to_string).collect()
}

#[test]
fn every_carrier_of_a_fresh_store_is_proven_to_the_gate() {
    let fixture = Fixture::fresh();
    let mut gate = GateFacts::new(&fixture.store, true, None).unwrap();
    let report = report(&mut gate);
    let mut proven: Vec<String> = evidence(&report)
        .iter()
        .filter_map(|line| {
            line.strip_prefix("`holdfast.")?
                .split_once("` is proven as ")
        })
        .map(|(name, rest)| format!("{name} as {}", rest.split(';').next().unwrap()))
        .collect();
    proven.sort();
    proven.dedup();
    assert_eq!(proven, PROVEN);
    // What no row says yet is missing, and nothing else.
    assert_eq!(
        *report.reject_codes,
        [
            RejectCode::RegistrationHold,
            RejectCode::WriterAuthorityUnproven,
            RejectCode::ApprovalQuorumUnproven,
            RejectCode::OwnerOfRecordAbsent,
            RejectCode::ActionTypeUngoverned,
            RejectCode::SnapshotManifestSourceUnproven,
        ]
    );
}

#[test]
fn the_gate_rests_on_the_report_of_the_prover_byte_for_byte() {
    let fixture = Fixture::fresh();
    let mut gate = GateFacts::new(&fixture.store, true, None).unwrap();
    let now = now(&mut gate);
    let evaluation = gate::evaluate(&mut gate, now, "register_dot").unwrap();
    let carriers = carrier_report().open(&evaluation.carrier_report).unwrap();
    let report = gate_report().open(&evaluation.gate_report).unwrap();
    assert_eq!(carriers.header.producer, *"carrier-prover");
    assert_eq!(report.carrier_report_hash, carriers.evidence_hash());
    assert_eq!(report.header.expires_at, carriers.header.expires_at);
    // One for each carrier, though two of them are judged for more than one use.
    let assessed = gate::assessments(&evaluation.carrier_report).unwrap();
    let mut names: Vec<&str> = assessed.iter().map(|one| one.carrier.as_str()).collect();
    assert_eq!(names.len(), 21);
    names.dedup();
    assert_eq!(names.len(), 21);
}

#[test]
fn a_further_declared_carrier_has_to_be_proven_too() {
    let fixture = Fixture::fresh();
    let text = "CREATE TABLE public.beside (code text NOT NULL, status text)";
    fixture.superuser().batch_execute(text).unwrap();
    let declared = Declarations::from_toml(
        "[[carrier]]\ncarrier = \"beside\"\nrelation = \"public.beside\"\n\
         writers = [\"nobody\"]\ntriggers = []\n[[carrier.facets]]\nuse = \"head_store\"\n\
         [carrier.facets.slots]\nvalue = \"code\"\nsubject = \"code\"\nlifecycle = \"status\"\n",
    );
    let alone = GateFacts::new(&fixture.store, true, None).unwrap();
    let mut both = alone.clone().declaring(declared.unwrap());
    let mut alone = alone;
    let (alone, both) = (report(&mut alone), report(&mut both));
    let unique = |report: &GateReport| codes_of(report, "head-uniqueness");
    assert_eq!(unique(&alone), []);
    assert_eq!(unique(&both), [RejectCode::HeadUniquenessAbsent]);
    assert_eq!(
        codes_of(&both, "status-domain"),
        [RejectCode::StatusDomainUnenforced]
    );
}

#[test]
fn a_database_without_a_store_holds_for_every_prerequisite() {
    let place = Place::fresh();
    assert!(crate::is_elsewhere(&place.address(), &place.credentials()).unwrap());
    let (address, credentials) = (place.address(), place.credentials());
    let mut gate = Elsewhere::new(address, credentials, Declarations::default());
    let now = gate.clock().unwrap();
    let evaluation = gate::evaluate(&mut gate, now, "register_dot").unwrap();
    let report = gate_report().open(&evaluation.gate_report).unwrap();
    assert!(report.prerequisites.iter().all(|one| !one.held));
    let said = evidence(report.value());
    assert!(said.contains(&"missing: a proof of `holdfast.ledger` as replay-surface".to_owned()));
    place.install();
    assert!(!crate::is_elsewhere(&place.address(), &place.credentials()).unwrap());
}
