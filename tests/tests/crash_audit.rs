//! A failure-audit sink that takes nothing: no reject is answered without its record.

use embedded::edge;
use holdfast_tests::answered::codes;
use holdfast_tests::fixture::{Fixture, must};
use holdfast_tests::foreign::Foreign;
use holdfast_tests::interjection::{Interjection, Moment};
use holdfast_tests::invariants::{broken, broken_after_recovery, count, states};
use holdfast_tests::ledger::tamper;
use holdfast_tests::program::holdfast;
use holdfast_tests::runs::{Run, recover, register};
use pipeline::{Outcome, Phase, PipelineError};
use registrar::RegistrarError;
use serde_json::json;

/// Recovery takes on whatever is older than this.
const HORIZON_MS: u64 = 1;

/// A trigger that lets no record in.
fn refusal(fixture: &Fixture) -> Foreign {
    Foreign::refusing(fixture.kind(), "foreign_to_the_sink", "failure_audit")
}

fn fixture(count: usize) -> Fixture {
    Fixture::with_policy(count, json!({ "recovery_horizon_ms": HORIZON_MS }))
}

#[test]
fn gate_holds_while_the_sink_takes_nothing() {
    let fixture = fixture(2);
    let store = &fixture;
    let earlier = fixture.request(0);
    let decided = answered(&fixture, &earlier);
    assert_eq!(decided.code, Some(0), "{decided:?}");
    tamper(&fixture, &refusal(&fixture).make);
    let later = fixture.request(1);
    let held = answered(&fixture, &later);
    assert_eq!(held.code, Some(4), "{held:?}");
    let codes = held.reject_codes();
    assert_eq!(codes.first().map(String::as_str), Some("REGISTRATION_HOLD"));
    assert!(
        codes.iter().any(|code| code == "AUDIT_SINK_UNAVAILABLE"),
        "{codes:?}"
    );
    assert_eq!(states(store, "DOT_1"), Vec::<String>::new());
    assert_eq!(count(store, "failure_audit"), 0);
    // What was answered stays answered: a success asks for no audit.
    assert_eq!(answered(&fixture, &earlier), decided);
    tamper(&fixture, &refusal(&fixture).drop);
    assert_eq!(answered(&fixture, &later).code, Some(0));
    assert_recovered(&fixture);
}

#[test]
fn reject_is_not_answered_while_it_cannot_be_recorded() {
    let fixture = fixture(1);
    let request = fixture.request_with(0, |request| {
        request["request_proposed"]["artifact_path"] = json!("/somewhere/else");
    });
    let mut pipeline = interrupted(&fixture, Moment::After("verdict"));
    assert_sink_unavailable(&pipeline.register(&request).unwrap_err());
    let store = &fixture;
    assert_eq!(count(store, "attempt"), 0);
    assert_eq!(count(store, "failure_audit"), 0);
    tamper(&fixture, &refusal(&fixture).drop);
    let answer = must(pipeline.register(&request));
    assert_eq!(answer.outcome, Outcome::Rejected);
    assert!(!codes(&answer).is_empty());
    assert_eq!(count(store, "failure_audit"), 1);
    assert_recovered(&fixture);
}

#[test]
fn rollback_that_cannot_be_recorded_stays_open_until_recovery_records_it() {
    let fixture = fixture(1);
    let store = &fixture;
    let request = fixture.request(0);
    let mut pipeline = interrupted(&fixture, Moment::Before(Phase::Write));
    assert_sink_unavailable(&pipeline.register(&request).unwrap_err());
    assert_eq!(states(store, "DOT_0"), ["reserved"]);
    assert_eq!(broken(store), Vec::<String>::new());

    let failed = Run::of(&mut recover(&fixture, holdfast()));
    assert_eq!(failed.code, Some(6), "{failed:?}");
    assert_eq!(failed.json()["abandoned"], json!([]));
    assert_eq!(states(store, "DOT_0"), ["reserved"]);

    tamper(&fixture, &refusal(&fixture).drop);
    assert_recovered(&fixture);
    assert_eq!(states(store, "DOT_0"), ["aborted"]);
    let retry = answered(&fixture, &request);
    assert_eq!(retry.code, Some(3));
    assert_eq!(retry.reject_codes(), ["OUTCOME_ABANDONED"]);
    assert_eq!(answered(&fixture, &request), retry);
    assert_eq!(answered(&fixture, &fixture.request(0)).code, Some(0));
    assert_recovered(&fixture);
}

/// A pipeline under which the sink breaks at a moment of its first registration.
fn interrupted(fixture: &Fixture, moment: Moment) -> deployment::AnyPipeline {
    let (raw, refusal) = (fixture.place.raw(), refusal(fixture));
    let interjection = Interjection::new(moment, move || raw.tamper(&refusal.make));
    must(fixture.deployment().pipeline(interjection.boxed()))
}

fn assert_sink_unavailable(error: &PipelineError) {
    assert!(
        matches!(
            error,
            PipelineError::Registrar(RegistrarError::AuditSinkUnavailable { .. })
        ),
        "{error:?}"
    );
}

fn answered(fixture: &Fixture, request: &[u8]) -> Run {
    Run::of(&mut register(fixture, holdfast(), request))
}

fn assert_recovered(fixture: &Fixture) {
    let now = edge::now();
    let run = Run::of(&mut recover(fixture, holdfast()));
    assert_eq!(run.code, Some(0), "{run:?}");
    let broken = broken_after_recovery(fixture, now, HORIZON_MS);
    assert_eq!(broken, Vec::<String>::new());
}
