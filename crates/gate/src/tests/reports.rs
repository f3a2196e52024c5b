use envelope::Opened;

use super::world::World;
use super::{at, gate, now};
use crate::contract::{Assurance, CarrierClass, RejectCode, carrier_report, gate_report};
use crate::{Standing, assessments, evaluate, is_open};

#[test]
fn a_report_is_open_until_the_instant_it_expires() {
    let evaluation = evaluate(&mut World::open(), now(), "register_dot").unwrap();
    let report = gate_report().open(&evaluation.gate_report).unwrap();
    let expires_at = at("2026-06-21T09:00:30.000000Z");
    assert_eq!(report.header.expires_at, expires_at);
    let open = Standing::Open {
        fingerprint: report.fingerprint,
        expires_at,
        assurance: Assurance::SinglePrincipal,
    };
    let last = at("2026-06-21T09:00:29.999999Z");
    assert_eq!(is_open(&evaluation.gate_report, last), open);
    let codes = vec![RejectCode::RegistrationHold, RejectCode::GateReportStale];
    assert_eq!(
        is_open(&evaluation.gate_report, expires_at),
        Standing::Hold { codes }
    );
}

#[test]
fn a_report_from_the_future_is_stale() {
    let evaluation = evaluate(&mut World::open(), now(), "register_dot").unwrap();
    let just_before = at("2026-06-21T08:59:59.999999Z");
    let codes = vec![RejectCode::RegistrationHold, RejectCode::GateReportStale];
    assert_eq!(
        is_open(&evaluation.gate_report, just_before),
        Standing::Hold { codes }
    );
    let open = is_open(&evaluation.gate_report, now());
    assert!(matches!(open, Standing::Open { .. }));
}

#[test]
fn a_report_of_another_producer_holds() {
    let evaluation = evaluate(&mut World::open(), now(), "register_dot").unwrap();
    let mut report = gate_report()
        .open(&evaluation.gate_report)
        .unwrap()
        .into_value();
    report.header.producer = "caller".parse().unwrap();
    let forged = gate_report().seal(&report).unwrap().into_bytes();
    let codes = vec![
        RejectCode::RegistrationHold,
        RejectCode::TrustedProducerAbsent,
    ];
    assert_eq!(is_open(&forged, now()), Standing::Hold { codes });
}

#[test]
fn a_report_never_outlives_its_policy() {
    let mut world = World::open();
    let mut policy = super::world::policy_json();
    policy["header"]["expires_at"] = serde_json::json!("2026-06-21T09:00:10.000000Z");
    world.set_policy(&policy);
    assert_eq!(
        gate(&mut world).header.expires_at,
        at("2026-06-21T09:00:10.000000Z")
    );
}

#[test]
fn a_report_that_holds_says_why() {
    let mut world = World::open();
    world.clear("ownership");
    let evaluation = evaluate(&mut world, now(), "register_dot").unwrap();
    let codes = vec![
        RejectCode::RegistrationHold,
        RejectCode::OwnerOfRecordAbsent,
    ];
    assert_eq!(
        is_open(&evaluation.gate_report, now()),
        Standing::Hold { codes }
    );
}

#[test]
fn what_is_not_a_gate_report_holds() {
    let evaluation = evaluate(&mut World::open(), now(), "register_dot").unwrap();
    let codes = vec![RejectCode::RegistrationHold, RejectCode::EnvelopeMalformed];
    assert_eq!(is_open(b"", now()), Standing::Hold { codes });
    let codes = vec![
        RejectCode::RegistrationHold,
        RejectCode::EnvelopeTypeMismatch,
    ];
    assert_eq!(
        is_open(&evaluation.carrier_report, now()),
        Standing::Hold { codes }
    );
    let text = String::from_utf8(evaluation.gate_report).unwrap();
    let tampered = text.replace("single-principal", "separated-principals");
    let codes = vec![
        RejectCode::RegistrationHold,
        RejectCode::EvidenceHashMismatch,
    ];
    assert_eq!(
        is_open(tampered.as_bytes(), now()),
        Standing::Hold { codes }
    );
}

#[test]
fn both_reports_name_each_other_the_policy_and_the_schema() {
    let mut world = World::open();
    let evaluation = evaluate(&mut world, now(), "register_dot").unwrap();
    let carriers = carrier_report().open(&evaluation.carrier_report).unwrap();
    let report = gate_report().open(&evaluation.gate_report).unwrap();
    assert_eq!(report.carrier_report_hash, carriers.evidence_hash());
    assert_eq!(report.fingerprint, carriers.fingerprint);
    assert_eq!(report.header.trust_domain.as_str(), "acme");
    assert!(report.policy_ref.is_some());
    world.clear("policy");
    let without = gate(&mut world);
    assert_eq!((without.policy_ref, without.assurance), (None, None));
    world.drop_object("dot_config_is_never_changed");
    assert_ne!(gate(&mut world).fingerprint, report.fingerprint);
}

#[test]
fn the_same_store_gives_the_same_bytes() {
    let first = evaluate(&mut World::open(), now(), "register_dot").unwrap();
    let second = evaluate(&mut World::open(), now(), "register_dot").unwrap();
    assert_eq!(first, second);
}

#[test]
fn assessments_repeat_the_carrier_report() {
    let evaluation = evaluate(&mut World::open(), now(), "register_dot").unwrap();
    let assessed = assessments(&evaluation.carrier_report).unwrap();
    let ownership = assessed
        .iter()
        .find(|found| found.carrier.as_str() == "ownership");
    let class = CarrierClass::ProvenAuthorityControlledCarrier;
    assert_eq!(ownership.unwrap().class, class);
    assert!(assessments(&evaluation.gate_report).is_err());
}

#[test]
fn names_of_a_store_reach_no_terminal_as_they_are() {
    let mut world = World::open();
    let sql = "CREATE TRIGGER \"\u{1b}[31mred\" AFTER INSERT ON ledger BEGIN SELECT 1; END";
    let kind = crate::port::ObjectKind::Trigger;
    let trigger = super::world::object(kind, "\u{1b}[31mred", "ledger", sql);
    world.objects.push(trigger);
    let report: Opened<_> = gate(&mut world);
    let said = String::from_utf8(report.bytes().to_vec()).unwrap();
    assert!(said.contains("[31mred") && !said.contains("\\u001b"));
}

#[test]
fn a_flood_of_findings_fits_the_report() {
    let mut world = World::open();
    for number in 0..500 {
        let name = format!("trigger_{number}");
        let sql = format!("CREATE TRIGGER {name} AFTER INSERT ON ledger BEGIN SELECT 1; END");
        let kind = crate::port::ObjectKind::Trigger;
        world
            .objects
            .push(super::world::object(kind, &name, "ledger", &sql));
    }
    let report = gate(&mut world);
    let inventory = report
        .prerequisites
        .iter()
        .find(|found| found.id.as_str() == "trigger-inventory");
    let lines = &inventory.unwrap().evidence;
    assert_eq!(lines.len(), 64);
    assert_eq!(lines[63].as_str(), "and 438 more");
}
