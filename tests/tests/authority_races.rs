//! Authority rows that arrive while the blocks are still reading, on a real store.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use holdfast_tests::acts::Acts;
use holdfast_tests::answered::codes;
use holdfast_tests::fixture::Fixture;
use holdfast_tests::interjection::{Interjection, Moment};
use pipeline::{Answer, Outcome};

/// Registers the only target after an act that comes just after its owner was attested.
fn register_while(fixture: &Fixture, act: impl Fn(&Acts) + Send + 'static) -> Answer {
    let acts = Acts::on(fixture);
    let moment = Moment::After("owner_attestation");
    let watcher = Interjection::new(moment, move || act(&acts)).boxed();
    let mut pipeline = fixture.deployment().pipeline(watcher).unwrap();
    pipeline.register(&fixture.request(0)).unwrap()
}

/// A target whose action needs less than its owner has.
fn fixture() -> Fixture {
    let fixture = Fixture::new(1);
    Acts::on(&fixture).set_action("register_dot", "catalogue/dots");
    fixture
}

#[test]
fn second_owner_who_came_after_the_attestation_is_ambiguous() {
    let fixture = fixture();
    let answer = register_while(&fixture, |acts| drop(acts.own("DOT_0", "catalogue/dots")));
    assert_eq!(codes(&answer), ["AMBIGUOUS_AUTHORITY"]);
    assert_eq!(answer.outcome, Outcome::Rejected);
}

#[test]
fn owner_of_another_scope_who_came_after_the_attestation_disturbs_nothing() {
    let fixture = fixture();
    let answer = register_while(&fixture, |acts| drop(acts.own("DOT_0", "billing")));
    assert_eq!(answer.outcome, Outcome::Registered, "{:?}", codes(&answer));
}
