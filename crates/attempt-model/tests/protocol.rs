//! The protocol as it is: every state that it can be in, within the bounds.
#![expect(
    clippy::print_stdout,
    reason = "how much was checked is part of what the check says"
)]

use std::collections::BTreeSet;
use std::time::Instant;

use attempt_model::property::{REACHED, SAFETY};
use attempt_model::scenario::{EVERY, Scenario};
use stateright::{Checker, Model};

/// Checks all of a scenario; gives the names of what was found: broken or reached.
fn explore(scenario: &Scenario) -> BTreeSet<&'static str> {
    let begin = Instant::now();
    let checker = scenario.protocol.clone().checker();
    let checker = checker.threads(2).spawn_bfs().join();
    assert!(checker.is_done(), "`{}` did not end", scenario.name);
    let states = checker.unique_state_count();
    println!(
        "{}: {states} states, {} steps, depth {}, {:.1} s",
        scenario.name,
        checker.state_count(),
        checker.max_depth(),
        begin.elapsed().as_secs_f64(),
    );
    assert!(
        states >= scenario.states_min,
        "`{}` is too small",
        scenario.name
    );
    checker.discoveries().into_keys().collect()
}

#[test]
fn no_invariant_is_broken_and_every_end_is_reached() {
    let mut reached = BTreeSet::new();
    for scenario in EVERY {
        let found = explore(&scenario);
        let broken = SAFETY.into_iter().map(|(name, _)| name);
        let broken: Vec<_> = broken.filter(|name| found.contains(name)).collect();
        assert!(broken.is_empty(), "`{}` breaks {broken:?}", scenario.name);
        reached.extend(found);
    }
    let missed = REACHED.into_iter().map(|(name, _)| name);
    let missed: Vec<_> = missed.filter(|name| !reached.contains(name)).collect();
    assert!(missed.is_empty(), "no scenario reaches {missed:?}");
}
