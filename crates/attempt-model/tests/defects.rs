//! The protocol with one mistake of design at a time: each breaks the invariant that forbids it.
#![expect(
    clippy::print_stdout,
    reason = "how soon a mistake shows is part of what the check says"
)]

use std::collections::BTreeSet;
use std::time::Instant;

use attempt_model::Defect;
use attempt_model::property::SAFETY;
use attempt_model::scenario::{CHANGE, POWER, RACE, Scenario};
use stateright::{Checker, Model};

/// Where a defect shows, and the number of the invariant that it breaks.
///
/// The scenarios are those in which the protocol without a defect breaks none.
fn shows(defect: Defect) -> (Scenario, &'static str) {
    match defect {
        Defect::CheckThenInsert => (RACE, "I1"),
        Defect::NonceNotUnique => (RACE, "I2"),
        Defect::NoUniqueHead => (RACE, "I3"),
        Defect::TwoTransactions => (RACE, "I4"),
        Defect::RetryDecidesAnew => (RACE, "I5"),
        Defect::PlainReadResolve => (RACE, "I6"),
        Defect::AnswerBeforeVerification => (RACE, "I7"),
        Defect::CommitNotFlushed => (POWER, "I7"),
        Defect::AnswerBeforeAudit => (RACE, "I9"),
        Defect::AuditOnlySweep | Defect::LeaseWithoutFence | Defect::AuditApart => (RACE, "I10"),
        Defect::GateOutsideTransaction => (CHANGE, "I12"),
        Defect::FreshnessAtEntryOnly => (CHANGE, "I13"),
        Defect::AttemptNoInKey => (RACE, "I14"),
        Defect::NoSweep => (RACE, "I15"),
        Defect::OldRowsOnly | Defect::HeadsAfterRows => (CHANGE, "I18"),
    }
}

/// The whole name of an invariant.
fn invariant(number: &str) -> Option<&'static str> {
    let mut all = SAFETY.into_iter().map(|(name, _)| name);
    all.find(|name| name.split(':').next() == Some(number))
}

#[test]
fn every_defect_breaks_the_invariant_that_forbids_it() {
    let mut broken = BTreeSet::new();
    for defect in Defect::ALL {
        let (scenario, number) = shows(defect);
        let Some(name) = invariant(number) else {
            panic!("there is no `{number}`");
        };
        let protocol = scenario.with(defect, name);
        let names: Vec<_> = protocol.properties().iter().map(|it| it.name).collect();
        assert_eq!(names, [name]);
        // One thread: only then is the counterexample a shortest one.
        let begin = Instant::now();
        let checker = protocol.checker().spawn_bfs().join();
        let Some(path) = checker.discovery(name) else {
            panic!("{defect:?} does not break `{name}`");
        };
        let steps = path.into_actions();
        println!(
            "{defect:?} breaks `{name}` in {} steps ({} states, {:.1} s): {steps:?}",
            steps.len(),
            checker.unique_state_count(),
            begin.elapsed().as_secs_f64(),
        );
        broken.insert(name);
    }
    let unbroken = SAFETY.into_iter().map(|(name, _)| name);
    let unbroken: Vec<_> = unbroken.filter(|name| !broken.contains(name)).collect();
    assert!(unbroken.is_empty(), "no defect breaks {unbroken:?}");
}
