//! A phase 4 that cannot end: the decision stands, the answer is pending, and it is finished later.

use embedded::edge;
use holdfast_tests::answered::bytes;
use holdfast_tests::faults::{Faults, Unreachable, kill, observer};
use holdfast_tests::fixture::{Fixture, must};
use holdfast_tests::handles;
use holdfast_tests::interjection::{Interjection, Moment};
use holdfast_tests::invariants::{broken, broken_after_recovery, count, is_stored_answer, states};
use holdfast_tests::program::{holdfast, holdfast_with_crash_points};
use holdfast_tests::runs::{CRASH_AT, Run, recover, register};
use pipeline::{Answer, Outcome};
use serde_json::json;

/// Recovery takes on whatever is older than this.
const HORIZON_MS: u64 = 1;

fn fixture() -> Fixture {
    Fixture::with_policy(1, json!({ "recovery_horizon_ms": HORIZON_MS }))
}

#[test]
fn observer_killed_after_the_write_leaves_an_answer_that_recovery_finishes() {
    let fixture = fixture();
    let request = fixture.request(0);
    let observer = observer(&fixture);
    let victim = observer.clone();
    let interjection = Interjection::new(Moment::After("registration_decision"), move || {
        kill(&victim);
    });
    let committed = handles::committed(&fixture.store);
    let mut pipeline = Faults::none()
        .watched_by(interjection.boxed())
        .verified_by(&fixture, observer, committed);
    let answer = must(pipeline.register(&request));
    assert_pending(&fixture, &answer);
    assert_recovered(&fixture);
    assert_registered(&fixture, &request, &answer);
}

#[test]
fn verifier_that_is_down_leaves_an_answer_that_recovery_finishes() {
    let fixture = fixture();
    let request = fixture.request(0);
    let observer = observer(&fixture);
    let mut pipeline = Faults::none().verified_by(&fixture, observer, Unreachable);
    let answer = must(pipeline.register(&request));
    assert_pending(&fixture, &answer);
    // Asking again is no way past it.
    assert_pending(&fixture, &must(pipeline.register(&request)));
    assert_recovered(&fixture);
    assert_registered(&fixture, &request, &answer);
}

#[test]
fn exact_retry_finishes_what_is_pending_without_a_recovery() {
    let fixture = fixture();
    let request = fixture.request(0);
    let observer = observer(&fixture);
    let mut pipeline = Faults::none().verified_by(&fixture, observer, Unreachable);
    let answer = must(pipeline.register(&request));
    assert_pending(&fixture, &answer);
    assert_registered(&fixture, &request, &answer);
    assert_recovered(&fixture);
}

#[test]
fn pending_answer_ends_the_program_with_six_and_says_what_to_do() {
    let fixture = fixture();
    let path = fixture.dir.path().join("request.json");
    must(std::fs::write(&path, fixture.request(0)));
    let mut command = std::process::Command::new(holdfast_with_crash_points());
    command
        .arg("register")
        .arg(path)
        .env(CRASH_AT, "report.before_insert");
    fixture.place.name_to(&mut command);
    let run = Run::of(&mut command);
    assert_eq!(run.code, Some(6), "{run:?}");
    let said = String::from_utf8_lossy(&run.stdout);
    assert!(said.contains("verification pending"), "{said}");
    assert!(said.contains("holdfast recover"), "{said}");
    assert_eq!(states(&fixture, "DOT_0"), ["consumed"]);
}

fn assert_pending(fixture: &Fixture, answer: &Answer) {
    assert_eq!(answer.outcome, Outcome::Pending);
    assert!(answer.pending.is_some());
    let store = fixture;
    assert!(is_stored_answer(store, &bytes(answer)));
    assert_eq!(states(store, "DOT_0"), ["consumed"]);
    assert_eq!(count(store, "verification_report"), 0);
    assert_eq!(broken(store), Vec::<String>::new());
}

/// An exact retry is answered registered, with the bytes that were pending.
fn assert_registered(fixture: &Fixture, request: &[u8], pending: &Answer) {
    let retry = Run::of(&mut register(fixture, holdfast(), request));
    assert_eq!((retry.code, retry.stdout), (Some(0), bytes(pending)));
    assert_eq!(count(fixture, "verification_report"), 1);
    assert_eq!(count(fixture, "failure_audit"), 0);
}

fn assert_recovered(fixture: &Fixture) {
    let now = edge::now();
    let run = Run::of(&mut recover(fixture, holdfast()));
    assert_eq!(run.code, Some(0), "{run:?}");
    let broken = broken_after_recovery(fixture, now, HORIZON_MS);
    assert_eq!(broken, Vec::<String>::new());
}
