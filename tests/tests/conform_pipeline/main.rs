//! Every case that can exist in the pipeline, on the store that the environment asks for: the codes
//! are the ones that it has at a block.

#![expect(
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

mod acts;
mod reasons;
mod run;
mod scenario;

use std::collections::{BTreeMap, BTreeSet};

use conformance::{Case, Suite};
use holdfast_tests::fixture::{Fixture, must};
use holdfast_tests::kind::Kind;

use self::run::{answers, runs};
use self::scenario::Scenario;

/// The families with steps for the pipeline; one test for each, so that they run side by side.
const FAMILIES: [&str; 13] = [
    "artifact",
    "audit",
    "authority",
    "failure-audit",
    "freshness",
    "gate",
    "header",
    "identity",
    "opening",
    "phase-4",
    "provenance",
    "replay",
    "verify",
];

/// The families of one case or two, that share a test.
const SMALL: [&str; 3] = ["integration", "snapshot", "snapshot-manifest"];

/// The cases of a family with their steps, on this kind of store.
fn of<'a>(suite: &'a Suite, family: &str) -> Vec<(&'a Case, Scenario)> {
    let kind = Kind::asked();
    let cases = suite.cases().filter(|case| case.family == family);
    let read = |case: &'a Case| {
        let steps = case.pipeline.as_ref()?;
        let scenario: Scenario = serde_json::from_value(steps.clone())
            .unwrap_or_else(|error| panic!("{}: {error}", case.id));
        scenario.exists_on(kind).then_some((case, scenario))
    };
    cases.filter_map(read).collect()
}

fn check(families: &[&str]) {
    let suite = must(Suite::load());
    // What leaves nothing behind but its refusal shares one store.
    let shared = Fixture::new(2);
    let mut twins = BTreeSet::new();
    for family in families {
        for (case, scenario) in of(&suite, family) {
            if scenario.leaves_only_refusals() {
                answers(case, &scenario, &shared);
            } else {
                answers(case, &scenario, &scenario.fixture());
            }
            let twin = scenario.accept_twin();
            if twins.insert(format!("{twin:?}")) {
                runs(&case.id, &twin, &twin.fixture());
            }
        }
    }
}

macro_rules! families {
    ($($name:ident: $families:expr,)*) => {$(
        #[test]
        fn $name() {
            check(&$families);
        }
    )*};
}

families! {
    cases_of_artifacts: ["artifact"],
    cases_of_audits: ["audit", "failure-audit", "phase-4"],
    cases_of_authority: ["authority"],
    cases_of_gates: ["gate"],
    cases_of_headers: ["header", "freshness", "opening"],
    cases_of_identity: ["identity", "provenance"],
    cases_of_replay: ["replay"],
    cases_of_verification: ["verify"],
    cases_of_captures: SMALL,
}

#[test]
fn every_family_with_steps_has_its_test() {
    let suite = must(Suite::load());
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for case in suite.cases().filter(|case| case.pipeline.is_some()) {
        *found.entry(case.family.as_str()).or_default() += 1;
    }
    let listed: BTreeSet<&str> = FAMILIES.into_iter().chain(SMALL).collect();
    let found: BTreeSet<&str> = found.into_keys().collect();
    assert_eq!(found, listed);
}
