//! A seed is the whole run, and no run breaks an invariant.

use simulator::{Campaign, Plan, Runner, Trace};

/// Seeds enough to notice what is broken outright; CI runs ten thousand with the program.
const SEEDS: u64 = 120;

#[test]
fn no_seed_breaks_an_invariant() {
    let campaign = Campaign::run(0..SEEDS, Plan::default(), &|| ()).unwrap();
    let broken: Vec<String> = campaign
        .failures
        .iter()
        .flat_map(|outcome| {
            let seed = outcome.seed;
            let violations = outcome.violations.iter();
            violations.map(move |violation| format!("seed {seed}: {violation}"))
        })
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
    assert_eq!(campaign.coverage.seeds, SEEDS);
    assert!(campaign.coverage.answers.contains_key("registered"));
}

#[test]
fn a_seed_takes_the_same_steps_again() {
    let (first, second) = (Runner::new(None).unwrap(), Runner::new(None).unwrap());
    for seed in 0..12 {
        let one = first.run(seed, Trace::in_words()).unwrap();
        let two = second.run(seed, Trace::in_words()).unwrap();
        assert_eq!(one.trace.lines(), two.trace.lines());
        assert_eq!(one.trace.fingerprint(), two.trace.fingerprint());
        assert_eq!(one.violations, two.violations);
    }
}

#[test]
fn another_seed_takes_other_steps() {
    let runner = Runner::new(None).unwrap();
    let of = |seed| {
        runner
            .run(seed, Trace::default())
            .unwrap()
            .trace
            .fingerprint()
    };
    assert_ne!(of(1), of(2));
}
