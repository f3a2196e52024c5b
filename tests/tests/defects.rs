//! A block that panics in the middle of a registration: nothing is answered, and recovery makes
//! nothing of it that was not checked in full.

#![expect(clippy::panic, reason = "a block that breaks down is what is tested")]

use std::panic::{AssertUnwindSafe, catch_unwind};

use holdfast_tests::answered::json;
use holdfast_tests::fixture::{Fixture, must};
use holdfast_tests::interjection::{Interjection, Moment};
use holdfast_tests::ledger::Counts;
use holdfast_tests::shell::{Said, codes, run};
use pipeline::{Outcome, Phase};

/// Recovery takes on whatever is older than this.
const HORIZON_MS: u64 = 1;

/// Before the attempt is reserved.
const UNRESERVED: [Moment; 11] = [
    Moment::Before(Phase::Gate),
    Moment::After("gate_report"),
    Moment::Before(Phase::Artifact),
    Moment::After("artifact_attestation"),
    Moment::Before(Phase::Authority),
    Moment::After("owner_attestation"),
    Moment::Before(Phase::Validate),
    Moment::After("snapshot"),
    Moment::After("authority_readback"),
    Moment::After("integration"),
    Moment::After("verdict"),
];

/// After the write was committed.
const WRITTEN: [Moment; 3] = [
    Moment::After("registration_decision"),
    Moment::Before(Phase::Verify),
    Moment::After("verification_report"),
];

fn fixture(count: usize) -> Fixture {
    Fixture::with_policy(
        count,
        serde_json::json!({ "recovery_horizon_ms": HORIZON_MS }),
    )
}

/// Registers by a pipeline that panics at this moment, and so answers nothing.
fn break_down(fixture: &Fixture, moment: Moment, request: &[u8]) {
    let watcher = Interjection::new(moment, || panic!("broke down")).boxed();
    let mut pipeline = must(fixture.deployment().pipeline(watcher));
    let answered = catch_unwind(AssertUnwindSafe(|| pipeline.register(request)));
    assert!(answered.is_err(), "{moment:?}: {answered:?}");
}

#[test]
fn before_the_reservation_it_leaves_nothing_and_the_same_bytes_are_judged_afresh() {
    let fixture = fixture(UNRESERVED.len());
    for (number, moment) in UNRESERVED.into_iter().enumerate() {
        break_down(&fixture, moment, &fixture.request(number));
    }
    assert_eq!(Counts::of(&fixture), Counts::default());
    let mut pipeline = fixture.pipeline();
    let recovered = must(pipeline.recover());
    assert!(recovered.abandoned.is_empty() && recovered.verified.is_empty());
    assert_eq!(Counts::of(&fixture), Counts::default());
    for number in 0..UNRESERVED.len() {
        let answer = must(pipeline.register(&fixture.request(number)));
        assert_eq!(answer.outcome, Outcome::Registered, "{number}");
    }
}

#[test]
fn after_the_reservation_it_is_abandoned_and_never_written() {
    let fixture = fixture(2);
    let request = fixture.request(0);
    break_down(&fixture, Moment::Before(Phase::Write), &request);
    let mut pipeline = fixture.pipeline();
    let recovered = must(pipeline.recover());
    assert_eq!(recovered.abandoned.len(), 1);
    let (_, decision) = must(recovered.abandoned.first().ok_or("nothing was abandoned"));
    assert_eq!(codes(&json(decision)), ["OUTCOME_ABANDONED"]);
    assert_eq!(Counts::of(&fixture), Counts::default().and_aborted(1));
    let twin = must(pipeline.register(&fixture.request(1)));
    assert_eq!(twin.outcome, Outcome::Registered);
}

#[test]
fn after_the_write_recovery_answers_only_with_the_whole_verification() {
    let fixture = fixture(WRITTEN.len());
    for (number, moment) in WRITTEN.into_iter().enumerate() {
        break_down(&fixture, moment, &fixture.request(number));
    }
    let written = u64::try_from(WRITTEN.len()).unwrap_or_default();
    let unverified = Counts {
        reports: 0,
        ..Counts::registered(written)
    };
    assert_eq!(Counts::of(&fixture), unverified);
    let recovered = must(fixture.pipeline().recover());
    let outcomes: Vec<&Outcome> = recovered
        .verified
        .iter()
        .map(|(_, outcome)| outcome)
        .collect();
    assert_eq!(outcomes, [&Outcome::Registered; WRITTEN.len()]);
    assert_eq!(Counts::of(&fixture), Counts::registered(written));
}

/// A thread that cannot be made is a panic of the standard library; that of the observer comes
/// before it has answered anything.
#[test]
fn the_program_ends_a_panic_as_a_defect_and_prints_no_envelope() {
    let fixture = fixture(1);
    let mut command = fixture.observer_command();
    command.env("RUST_MIN_STACK", (1_u64 << 50).to_string());
    let said: Said = run(&mut command).exits(70);
    assert!(said.stdout.is_empty(), "{said:?}");
    assert!(said.stderr.contains("defect of the program"), "{said:?}");
    let sound = run(&mut fixture.observer_command()).exits(0);
    assert!(sound.stdout.is_empty(), "{sound:?}");
    assert_eq!(Counts::of(&fixture), Counts::default());
}
