//! A clock that is set forward or back in the middle: nothing rests on it but how fresh things are, and
//! what it makes stale or early is refused by name, with nothing left behind.

use holdfast_tests::answered::{codes, decision, text};
use holdfast_tests::fixture::{Fixture, must};
use holdfast_tests::interjection::{Interjection, Moment};
use holdfast_tests::kind::Kind;
use holdfast_tests::ledger::Counts;
use holdfast_tests::place::Readable as _;
use pipeline::{Outcome, Phase};
use serde_json::json;

const HOUR_MS: u64 = 3_600_000;

#[test]
fn request_of_a_clock_that_is_ahead_is_refused_and_burns_nothing() {
    let fixture = Fixture::new(1);
    let later = must(
        embedded::edge::now()
            .checked_add_millis(HOUR_MS)
            .ok_or("no such time"),
    );
    let ahead = fixture.request_with(0, |request| {
        request["header"]["issued_at"] = json!(later);
        request["header"]["expires_at"] = json!(later.checked_add_millis(900_000));
    });
    let mut pipeline = fixture.pipeline();
    let answer = pipeline.register(&ahead).unwrap();
    assert_eq!(answer.outcome, Outcome::Rejected);
    assert_eq!(codes(&answer).first().unwrap(), "ENVELOPE_FUTURE_ISSUED");
    assert_eq!(Counts::of(&fixture), Counts::default().and_refused(1));
    let answer = pipeline.register(&fixture.request(0)).unwrap();
    assert_eq!(answer.outcome, Outcome::Registered);
}

/// The store's clock stands an hour behind the time at which it opened the attempt.
#[test]
fn store_whose_clock_is_set_back_under_an_attempt_refuses_its_write() {
    let fixture = Fixture::new(1);
    let set_back = opened_an_hour_later(&fixture);
    let place = fixture.place.raw();
    let watcher = Interjection::new(Moment::Before(Phase::Write), move || {
        place.tamper(&set_back);
    });
    let mut pipeline = fixture.deployment().pipeline(watcher.boxed()).unwrap();
    let request = fixture.request(0);
    let answer = pipeline.register(&request).unwrap();
    assert_eq!(answer.outcome, Outcome::Rejected);
    assert_eq!(codes(&answer), ["CLOCK_SKEW_EXCEEDED"]);
    assert_eq!(text(&decision(&answer), "/phase"), "consume_and_write");
    assert_eq!(Counts::of(&fixture), Counts::default().and_aborted(1));
    // The answer stands, whatever the clock says now; a fresh nonce is free.
    let again = pipeline.register(&request).unwrap();
    assert_eq!(again.decision, answer.decision);
    let fresh = pipeline.register(&fixture.request(0)).unwrap();
    assert_eq!(fresh.outcome, Outcome::Registered);
}

/// Statements that move the opening of every attempt, with its guard away for that long.
fn opened_an_hour_later(fixture: &Fixture) -> String {
    match fixture.kind() {
        Kind::Sqlite => {
            let text = "SELECT sql FROM sqlite_schema WHERE name = 'attempt_is_closed_once'";
            let guard = fixture.read().one(text, &[]).text();
            format!(
                "DROP TRIGGER attempt_is_closed_once; \
                 UPDATE attempt SET opened_at = opened_at + 3600000000; {guard};"
            )
        }
        Kind::Postgres => "ALTER TABLE attempt DISABLE TRIGGER attempt_is_closed_once; \
             UPDATE attempt SET opened_at = opened_at + interval '1 hour'; \
             ALTER TABLE attempt ENABLE ALWAYS TRIGGER attempt_is_closed_once"
            .to_owned(),
    }
}
