//! Each prerequisite: with it the gate is open, without exactly it the gate holds and says so.

mod carriers;
mod catalogs;
mod prerequisites;
mod reports;
mod world;

use canonical::Timestamp;
use envelope::Opened;

use crate::contract::{CarrierReport, GateReport, RejectCode, carrier_report, gate_report};
use crate::evaluate;
use world::World;

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn now() -> Timestamp {
    at("2026-06-21T09:00:00.000000Z")
}

/// The gate report on a world.
pub(crate) fn gate(world: &mut World) -> Opened<GateReport> {
    let evaluation = evaluate(world, now(), "register_dot").unwrap();
    gate_report().open(&evaluation.gate_report).unwrap()
}

/// The carrier report on a world.
pub(crate) fn carriers_of(world: &mut World) -> Opened<CarrierReport> {
    let evaluation = evaluate(world, now(), "register_dot").unwrap();
    carrier_report().open(&evaluation.carrier_report).unwrap()
}

/// Asserts that a world holds for exactly these codes, `REGISTRATION_HOLD` apart, and that these
/// prerequisites are what is missing.
pub(crate) fn check_hold(world: &mut World, codes: &[RejectCode], missing: &[&str]) {
    let report = gate(world);
    assert_eq!(report.state, crate::contract::GateState::Hold);
    assert_eq!(
        report.reject_codes.first(),
        Some(&RejectCode::RegistrationHold)
    );
    assert_eq!(report.reject_codes.get(1..), Some(codes));
    let found: Vec<&str> = report
        .prerequisites
        .iter()
        .filter(|prerequisite| !prerequisite.held)
        .map(|prerequisite| prerequisite.id.as_str())
        .collect();
    assert_eq!(found, missing);
}

/// Asserts that a world is open with nothing missing.
pub(crate) fn check_open(world: &mut World) {
    let report = gate(world);
    let missing: Vec<_> = report
        .prerequisites
        .iter()
        .filter(|prerequisite| !prerequisite.held)
        .collect();
    assert_eq!(missing, Vec::<&crate::contract::Prerequisite>::new());
    assert_eq!(report.state, crate::contract::GateState::Open);
    assert!(report.reject_codes.is_empty());
    assert_eq!(report.prerequisites.len(), 13);
}
