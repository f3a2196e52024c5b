use canonical::Digest;

use super::{Heading, seal};
use crate::contract::{Authenticity, CarrierClass, CarrierReport, carrier_report};
use crate::inventory::TriggerEntry;
use crate::path::{Certainty, Operation, Step};
use crate::report::{CarrierProof, Report};
use crate::usage::Use;
use crate::writers::WriterPath;

fn carrier(number: usize) -> CarrierProof {
    CarrierProof {
        carrier: format!("carrier-{number}"),
        relation: Some(format!("s.t_{number}")),
        used_as: Use::Undeclared,
        class: CarrierClass::SourceUnprovenFailClosed,
        reason: "nothing is declared".to_owned(),
        expect: None,
        criteria: Vec::new(),
        writers: Vec::new(),
        dual_writers: Vec::new(),
        fitness: Vec::new(),
        triggers: Vec::new(),
        unaccounted: Vec::new(),
        fixes: Vec::new(),
        authenticity: Authenticity::ByClass,
        codes: Vec::new(),
    }
}

fn report(carriers: Vec<CarrierProof>) -> Report {
    Report {
        store: "postgres".to_owned(),
        carriers,
        trust_base: vec!["superuser `postgres`".to_owned()],
        fingerprint: Digest::UNSEALED,
        unknown: Vec::new(),
        alarms: Vec::new(),
    }
}

fn sealed(report: &Report) -> CarrierReport {
    let heading = Heading {
        trust_domain: "holdfast".to_owned(),
        audience: "holdfast.registration".to_owned(),
        run_id: "test".to_owned(),
        issued_at: "2026-06-21T09:00:00.000000Z".parse().unwrap(),
        expires_at: "2026-06-21T09:05:00.000000Z".parse().unwrap(),
    };
    let bytes = seal(report, &heading).unwrap();
    carrier_report().open(&bytes).unwrap().into_value()
}

fn trigger(number: usize) -> TriggerEntry {
    TriggerEntry {
        name: format!("t_{number}"),
        relation: "s.t".to_owned(),
        timing: "BEFORE",
        events: Vec::new(),
        level: "ROW",
        condition: None,
        enabled: "ALWAYS",
        function: "s.f".to_owned(),
        body_hash: None,
        effects: Vec::new(),
    }
}

#[test]
fn what_fits_is_said_in_full_and_nothing_is_left_out() {
    let opened = sealed(&report((0..3).map(carrier).collect()));
    assert_eq!(opened.carriers.len(), 3);
    assert!(opened.unknown.is_empty());
}

#[test]
fn carriers_that_do_not_fit_are_counted() {
    let opened = sealed(&report((0..500).map(carrier).collect()));
    let first = opened.unknown.first().unwrap().to_string();
    let left_out = 500 - opened.carriers.len();
    assert!(
        first.starts_with(&format!("{left_out} of 500 carriers are left out")),
        "{first}"
    );
}

#[test]
fn a_list_that_is_cut_says_how_much() {
    let mut long = carrier(0);
    long.triggers = (0..200).map(trigger).collect();
    let opened = sealed(&report(vec![long]));
    let stated = opened.carriers.first().unwrap();
    assert_eq!(stated.triggers.len(), 128);
    let reason = stated.class_reason.to_string();
    assert_eq!(
        reason,
        "left out of this envelope: 72 of 200 triggers; nothing is declared"
    );
}

#[test]
fn a_line_that_is_cut_says_so() {
    let mut long = carrier(0);
    long.reason = "x".repeat(2_000);
    let opened = sealed(&report(vec![long]));
    let reason = opened.carriers.first().unwrap().class_reason.to_string();
    assert!(reason.ends_with(" [cut]"), "{reason}");
    assert_eq!(reason.len(), 600);
}

#[test]
fn whoever_is_trusted_is_named_as_far_as_lines_go_and_then_counted() {
    let trusted = |count: usize| {
        let mut long = report(vec![carrier(0)]);
        long.trust_base = (0..count)
            .map(|number| format!("role `r_{number}`"))
            .collect();
        let lines = sealed(&long).trust_base;
        let last = lines.last().unwrap().to_string();
        (lines.len(), last)
    };
    assert_eq!(trusted(63), (63, "role `r_62`".to_owned()));
    assert_eq!(trusted(64), (64, "role `r_63`".to_owned()));
    assert_eq!(trusted(65), (64, "and 2 more".to_owned()));
}

#[test]
fn a_path_of_more_steps_than_fit_is_cut_and_stands_where_it_fits() {
    let mut long = carrier(0);
    let step = || Step::certain("x".repeat(2_000));
    long.writers = vec![WriterPath {
        role: "app".to_owned(),
        operation: Operation::Insert,
        relation: "s.t_0".to_owned(),
        steps: (0..2_000).map(|_| step()).collect(),
        certainty: Certainty::Certain,
        can_login: true,
        superuser: false,
        grantable: false,
        witness: None,
        entry: None,
    }];
    long.triggers = (0..100).map(trigger).collect();
    let opened = sealed(&report(vec![long]));
    let stated = opened.carriers.first().unwrap();
    // In full, at the first measure: what is cut of the path leaves room for the rest.
    assert_eq!(stated.triggers.len(), 100);
    let steps = &stated.writer_paths.first().unwrap().steps;
    assert_eq!(steps.len(), 64);
    assert_eq!(steps.last().unwrap().to_string(), "and 1937 more");
}

#[test]
fn what_fits_to_the_last_is_not_cut() {
    let mut full = carrier(0);
    full.reason = "x".repeat(600);
    full.triggers = (0..128).map(trigger).collect();
    full.dual_writers = (0..64).map(|number| format!("role `r_{number}`")).collect();
    let opened = sealed(&report(vec![full]));
    let stated = opened.carriers.first().unwrap();
    assert_eq!(stated.triggers.len(), 128);
    assert_eq!(stated.class_reason.to_string(), "x".repeat(600));
    assert_eq!(stated.dual_writers.len(), 64);
    assert_eq!(
        stated.dual_writers.last().unwrap().to_string(),
        "role `r_63`"
    );
}
