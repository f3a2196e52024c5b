//! The policy that decides is the one in force when the request comes, in a process of any age.

use authority::PolicySettings;
use embedded::Unwatched;
use holdfast_tests::acts::Acts;
use holdfast_tests::answered::codes;
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
    // More approvals than there are people who could give them.
    let mut tightened = PolicySettings {
        assurance_accepted: Some(fixture.kind().assurance()),
        ..PolicySettings::default()
    };
    for rule in &mut tightened.quorum {
        rule.approvals_min = 9_u32.into();
    }
    Acts::on(&fixture).set_policy(&tightened);
    let second = pipeline.register(&fixture.request(1)).unwrap();
    assert_eq!(second.outcome, Outcome::Hold);
}

#[test]
fn what_one_pipeline_meets_is_asked_anew_by_its_neighbours() {
    let fixture = Fixture::new(4);
    let deployment = fixture.deployment();
    let mut one = deployment.pipeline(Box::new(Unwatched)).unwrap();
    let mut other = deployment.pipeline(Box::new(Unwatched)).unwrap();
    let first = one.register(&fixture.request(0)).unwrap();
    let second = other.register(&fixture.request(1)).unwrap();
    assert_eq!(second.outcome, Outcome::Registered);
    assert_eq!(first.gate_report, second.gate_report, "not one report");
    let acts = Acts::on(&fixture);
    acts.revoke("policy", &acts.one("policy", &[]));
    let met = one.register(&fixture.request(2)).unwrap();
    assert_eq!(codes(&met), ["GATE_REPORT_STALE"]);
    let told = other.register(&fixture.request(3)).unwrap();
    let anew = fixture.pipeline().register(&fixture.request(3)).unwrap();
    assert_eq!(told.outcome, Outcome::Hold);
    assert_eq!(codes(&told), codes(&anew));
    assert!(codes(&told).contains(&"WRITER_AUTHORITY_UNPROVEN".to_owned()));
}
