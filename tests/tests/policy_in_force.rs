//! The policy that decides is the one in force when the request comes, in a process of any age.

use authority::PolicySettings;
use holdfast_tests::acts::Acts;
use holdfast_tests::fixture::Fixture;
use pipeline::Outcome;

#[test]
fn a_policy_that_was_withdrawn_closes_the_gate_of_a_running_process() {
    let fixture = Fixture::new(2);
    let mut pipeline = fixture.pipeline();
    let first = pipeline.register(&fixture.request(0)).unwrap();
    assert_eq!(first.outcome, Outcome::Registered);
    let acts = Acts::on(&fixture);
    let policy = acts.one("policy", &[]);
    acts.revoke("policy", &policy);
    let second = pipeline.register(&fixture.request(1)).unwrap();
    assert_eq!(second.outcome, Outcome::Hold);
}

#[test]
fn a_policy_that_was_tightened_decides_in_a_running_process() {
    let fixture = Fixture::new(2);
    let mut pipeline = fixture.pipeline();
    let first = pipeline.register(&fixture.request(0)).unwrap();
    assert_eq!(first.outcome, Outcome::Registered);
    Acts::on(&fixture).set_policy(&PolicySettings {
        assurance_accepted: None,
        ..PolicySettings::default()
    });
    let second = pipeline.register(&fixture.request(1)).unwrap();
    assert_eq!(second.outcome, Outcome::Hold);
}
