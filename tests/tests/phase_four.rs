//! Phase 4 when it is not alone, or cannot be told how it ended, on a real store.

use std::sync::mpsc::channel;
use std::thread;

use authority::ConfigValue;
use holdfast_tests::acts::Acts;
use holdfast_tests::fixture::Fixture;
use holdfast_tests::handles;
use holdfast_tests::interjection::{Interjection, Moment};
use holdfast_tests::ledger::tamper;
use pipeline::Outcome;
use records::Records as _;
use registrar::port::RegistrarStore as _;

const REPORTED: Moment = Moment::After("verification_report");

#[test]
fn report_that_stands_is_the_answer_of_who_comes_later_and_places_no_hold() {
    let fixture = Fixture::new(1);
    let deployment = fixture.deployment();
    let request = fixture.request(0);
    let (late_has_seen, may_go_on) = channel();
    let (first_is_done, late_may_go_on) = channel();
    let (acts, second, retry) = (Acts::on(&fixture), deployment.clone(), request.clone());
    let mut late_may_go_on = Some(late_may_go_on);
    let mut late_has_seen = Some(late_has_seen);
    let (late, answered) = channel();
    // The first has verified and not yet stored its report. Then the configuration is opened, and
    // an exact retry verifies the same attempt and sees that; it goes on once the first is done.
    let act = move || {
        acts.configure("DOT_0", "schedule", ConfigValue::Open);
        let (seen, wait) = (
            late_has_seen.take().unwrap(),
            late_may_go_on.take().unwrap(),
        );
        let pause = Interjection::new(REPORTED, move || {
            seen.send(()).unwrap();
            wait.recv().unwrap();
        });
        let mut pipeline = second.pipeline(pause.boxed()).unwrap();
        let (retry, late) = (retry.clone(), late.clone());
        thread::spawn(move || late.send(pipeline.register(&retry).unwrap()).unwrap());
        may_go_on.recv().unwrap();
    };
    let watcher = Interjection::new(REPORTED, act).boxed();
    let first = deployment.pipeline(watcher).unwrap().register(&request);
    let first = first.unwrap();
    assert_eq!(first.outcome, Outcome::Registered);
    first_is_done.send(()).unwrap();
    let late = answered.recv().unwrap();
    assert_eq!(late.outcome, Outcome::Replayed);
    assert_eq!((late.decision, late.report), (first.decision, first.report));
    assert_eq!(fixture.records().audit_count().unwrap(), 0);
    let mut registrar = handles::attempts(&fixture.store);
    assert!(!registrar.standing("dot:DOT_0").unwrap().is_held);
}

#[test]
fn write_whose_report_can_neither_be_stored_nor_read_is_pending() {
    let fixture = Fixture::new(1);
    let raw = fixture.place.raw();
    let act = move || raw.tamper("ALTER TABLE verification_report RENAME TO elsewhere");
    let watcher = Interjection::new(Moment::After("registration_decision"), act).boxed();
    let mut pipeline = fixture.deployment().pipeline(watcher).unwrap();
    let request = fixture.request(0);
    let answer = pipeline.register(&request).unwrap();
    assert_eq!(answer.outcome, Outcome::Pending);
    tamper(
        &fixture,
        "ALTER TABLE elsewhere RENAME TO verification_report",
    );
    let again = pipeline.register(&request).unwrap();
    assert_eq!(again.outcome, Outcome::Replayed);
    assert_eq!(again.decision, answer.decision);
}
