//! Recovery beside itself and beside what is still alive, and answers that were lost on the way.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::channel;

use embedded::edge;
use holdfast_tests::acts::Acts;
use holdfast_tests::answered::{bytes, codes};
use holdfast_tests::faults::{Faults, Unreachable, observer};
use holdfast_tests::fixture::{Fixture, must};
use holdfast_tests::handles;
use holdfast_tests::interjection::{Interjection, Moment};
use holdfast_tests::invariants::{broken, broken_after_recovery, count, is_stored_answer, states};
use holdfast_tests::program::{holdfast, holdfast_with_crash_points};
use holdfast_tests::runs::{ABORTED, CRASH_AT, Run, recover, register};
use pipeline::{Outcome, Phase};
use registrar::port::{ConsumeAnswer, ConsumeError, LossReason, PortError, RegistrarStore as _};
use serde_json::{Value, json};

/// Recovery takes on whatever is older than this.
const HORIZON_MS: u64 = 1;

fn fixture(count: usize) -> Fixture {
    Fixture::with_policy(count, json!({ "recovery_horizon_ms": HORIZON_MS }))
}

#[test]
fn second_recovery_finds_nothing_and_writes_nothing() {
    let fixture = fixture(2);
    crash(&fixture, 0, "reserve.after_commit");
    crash(&fixture, 1, "consume.after_commit");
    let first = must_recover(&mut recover(&fixture, holdfast_with_crash_points()));
    assert_eq!(settled(&first), [1, 0, 1, 0]);
    let file = || {
        let tables = [
            "attempt",
            "failure_audit",
            "snapshot",
            "verification_report",
        ];
        tables.map(|table| count(&fixture, table))
    };
    let before = file();
    let second = must_recover(&mut recover(&fixture, holdfast_with_crash_points()));
    assert_eq!(settled(&second), [0, 0, 0, 0]);
    assert_eq!(file(), before);
}

#[test]
fn recoveries_at_once_settle_each_attempt_once() {
    const OPEN: usize = 3;
    const UNVERIFIED: usize = 3;
    let fixture = fixture(OPEN + UNVERIFIED);
    for number in 0..OPEN {
        crash(&fixture, number, "reserve.after_commit");
    }
    for number in OPEN..OPEN + UNVERIFIED {
        crash(&fixture, number, "consume.after_commit");
    }
    let start = || {
        let mut command = recover(&fixture, holdfast_with_crash_points());
        command.stdin(Stdio::null());
        must(
            command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn(),
        )
    };
    let now = edge::now();
    let children = [start(), start(), start()];
    let mut abandoned = 0;
    for child in children {
        let run = Run::ended(must(child.wait_with_output()));
        assert_eq!(run.code, Some(0), "{run:?}");
        abandoned += settled(&run)[0];
    }
    assert_eq!(abandoned, OPEN);
    let store = &fixture;
    assert_eq!(
        broken_after_recovery(store, now, HORIZON_MS),
        Vec::<String>::new()
    );
    assert_eq!(must(usize::try_from(count(store, "failure_audit"))), OPEN);
    assert_eq!(
        must(usize::try_from(count(store, "verification_report"))),
        UNVERIFIED
    );
}

#[test]
fn recovery_goes_on_until_nothing_is_left_however_little_it_takes_on_at_once() {
    let fixture = fixture(5);
    let give_up = |number: usize| {
        let faults = Faults::none().on_reserve(|store, reservations| {
            must(store.reserve(reservations));
            Err(lost())
        });
        let mut pipeline = faults.pipeline(&fixture);
        assert!(pipeline.register(&fixture.request(number)).is_err());
    };
    for number in 0..3 {
        give_up(number);
    }
    for number in 3..5 {
        let mut pipeline = Faults::none().verified_by(&fixture, observer(&fixture), Unreachable);
        let answer = must(pipeline.register(&fixture.request(number)));
        assert_eq!(answer.outcome, Outcome::Pending);
    }
    let now = edge::now();
    let recovered = must(Faults::none().listing(1).pipeline(&fixture).recover());
    assert_eq!(recovered.abandoned.len(), 3);
    assert_eq!(recovered.verified.len(), 2);
    assert_eq!(recovered.failed, []);
    let broken = broken_after_recovery(&fixture, now, HORIZON_MS);
    assert_eq!(broken, Vec::<String>::new());
}

#[test]
fn recovery_that_can_verify_nothing_says_so_once_and_ends() {
    let fixture = fixture(1);
    let verified_by_nobody =
        || Faults::none().verified_by(&fixture, observer(&fixture), Unreachable);
    let answer = must(verified_by_nobody().register(&fixture.request(0)));
    assert_eq!(answer.outcome, Outcome::Pending);
    let recovered = must(verified_by_nobody().recover());
    assert_eq!(recovered.failed.len(), 1);
    assert_eq!(count(&fixture, "verification_report"), 0);
    assert_recovered(&fixture);
}

#[test]
fn live_attempt_past_the_horizon_is_fenced_and_answers_its_stored_failure() {
    let fixture = fixture(1);
    let request = fixture.request(0);
    let mut recovery = recover(&fixture, holdfast());
    let interjection = Interjection::new(Moment::Before(Phase::Write), move || {
        assert_eq!(settled(&must_recover(&mut recovery)), [1, 0, 0, 0]);
    });
    let mut live = must(fixture.deployment().pipeline(interjection.boxed()));
    let answer = must(live.register(&request));
    assert_eq!(codes(&answer), ["OUTCOME_ABANDONED"]);
    assert_fails_for_good(&fixture, &request, &bytes(&answer));
}

#[test]
fn live_attempt_inside_the_horizon_is_left_alone() {
    let fixture = Fixture::new(1);
    let mut recovery = recover(&fixture, holdfast());
    let interjection = Interjection::new(Moment::Before(Phase::Write), move || {
        assert_eq!(settled(&must_recover(&mut recovery)), [0, 0, 0, 0]);
    });
    let mut live = must(fixture.deployment().pipeline(interjection.boxed()));
    let answer = must(live.register(&fixture.request(0)));
    assert_eq!(answer.outcome, Outcome::Registered);
    assert_eq!(broken(&fixture), Vec::<String>::new());
}

#[test]
fn unknown_commit_that_had_landed_is_answered_with_its_decision() {
    let fixture = fixture(1);
    let request = fixture.request(0);
    let faults = Faults::none().on_consume(|store, items| {
        must(store.consume(items));
        Err(ConsumeError::OutcomeUnknown(lost()))
    });
    let answer = must(faults.pipeline(&fixture).register(&request));
    // Nobody was told the first time, so to this caller it is the prior decision.
    assert_eq!(answer.outcome, Outcome::Replayed);
    assert_eq!(codes(&answer), Vec::<String>::new());
    let store = &fixture;
    assert_eq!(states(store, "DOT_0"), ["consumed"]);
    assert_eq!(count(store, "failure_audit"), 0);
    let retry = Run::of(&mut register(&fixture, holdfast(), &request));
    assert_eq!((retry.code, retry.stdout), (Some(0), bytes(&answer)));
    assert_recovered(&fixture);
}

#[test]
fn unknown_commit_that_never_landed_is_fenced_and_recorded() {
    let fixture = fixture(1);
    let request = fixture.request(0);
    let faults = Faults::none().on_consume(|_, _| Err(ConsumeError::OutcomeUnknown(lost())));
    let answer = must(faults.pipeline(&fixture).register(&request));
    assert_eq!(codes(&answer), ["OUTCOME_ABANDONED"]);
    assert_fails_for_good(&fixture, &request, &bytes(&answer));
}

#[test]
fn commit_that_arrives_after_the_fence_writes_nothing() {
    let fixture = fixture(1);
    let request = fixture.request(0);
    let (late, delayed) = channel();
    let faults = Faults::none().on_consume(move |_, items| {
        must(late.send(items));
        Err(ConsumeError::OutcomeUnknown(lost()))
    });
    let answer = must(faults.pipeline(&fixture).register(&request));
    let mut zombie = handles::attempts(&fixture.store);
    let mut arrived = must(zombie.consume(must(delayed.recv())));
    let arrived = must(arrived.pop().ok_or("no answer"));
    assert!(
        matches!(arrived, ConsumeAnswer::Lost(LossReason::NotReserved(_))),
        "{arrived:?}"
    );
    assert_fails_for_good(&fixture, &request, &bytes(&answer));
}

#[test]
fn reservation_whose_answer_was_lost_is_continued_by_its_owner() {
    let fixture = fixture(1);
    let faults = Faults::none().on_reserve(|store, reservations| {
        must(store.reserve(reservations));
        Err(PortError::transient(
            "the connection was lost",
            "on the way",
        ))
    });
    let answer = must(faults.pipeline(&fixture).register(&fixture.request(0)));
    assert_eq!(answer.outcome, Outcome::Registered);
    assert_eq!(states(&fixture, "DOT_0"), ["consumed"]);
    assert_recovered(&fixture);
}

#[test]
fn reservation_whose_owner_gave_up_is_settled_by_recovery() {
    let fixture = fixture(1);
    let request = fixture.request(0);
    let faults = Faults::none().on_reserve(|store, reservations| {
        must(store.reserve(reservations));
        Err(lost())
    });
    assert!(faults.pipeline(&fixture).register(&request).is_err());
    assert_eq!(states(&fixture, "DOT_0"), ["reserved"]);
    assert_recovered(&fixture);
    let retry = Run::of(&mut register(&fixture, holdfast(), &request));
    assert_eq!(retry.code, Some(3));
    assert_fails_for_good(&fixture, &request, &retry.stdout);
}

#[test]
fn retry_of_an_open_attempt_waits_as_long_as_the_policy_says_and_no_longer() {
    for wait_ms in [0, 40] {
        let policy = json!({ "recovery_horizon_ms": 1, "in_flight_wait_max_ms": wait_ms });
        let fixture = Fixture::with_policy(1, policy);
        let request = fixture.request(0);
        let faults = Faults::none().on_reserve(|store, reservations| {
            must(store.reserve(reservations));
            Err(lost())
        });
        assert!(faults.pipeline(&fixture).register(&request).is_err());
        let paused = Arc::default();
        let mut pipeline = Faults::none().pausing(&paused).pipeline(&fixture);
        let answer = must(pipeline.register(&request));
        assert_eq!(codes(&answer), ["ATTEMPT_IN_FLIGHT"]);
        // Pauses double, so the last one may go beyond the wait by no more than the wait.
        let paused = paused.load(Ordering::SeqCst);
        assert!(
            paused >= wait_ms && paused <= 2 * wait_ms,
            "{paused} of {wait_ms}"
        );
        assert_recovered(&fixture);
        assert_eq!(
            codes(&must(pipeline.register(&request))),
            ["OUTCOME_ABANDONED"]
        );
    }
}

#[test]
fn failure_record_whose_answer_was_lost_is_written_once() {
    let fixture = fixture(1);
    let request = fixture.request(0);
    let faults = Faults::none()
        .watched_by(hold_before_the_write(&fixture))
        .on_record(|sink, records| {
            must(sink.record(records));
            Err(PortError::transient(
                "the connection was lost",
                "on the way",
            ))
        });
    let answer = must(faults.pipeline(&fixture).register(&request));
    assert_eq!(codes(&answer), ["REGISTRATION_HOLD"]);
    let store = &fixture;
    assert_eq!(states(store, "DOT_0"), ["aborted"]);
    assert_eq!(count(store, "failure_audit"), 1);
    assert!(is_stored_answer(store, &bytes(&answer)));
    assert_recovered(&fixture);
}

#[test]
fn failure_that_was_never_recorded_is_never_answered_and_recovery_records_it() {
    let fixture = fixture(1);
    let request = fixture.request(0);
    let faults = Faults::none()
        .watched_by(hold_before_the_write(&fixture))
        .on_record(|_, _| Err(lost()));
    // Died between rollback and audit, as far as anybody can see.
    assert!(faults.pipeline(&fixture).register(&request).is_err());
    let store = &fixture;
    assert_eq!(states(store, "DOT_0"), ["reserved"]);
    assert_eq!(broken(store), Vec::<String>::new());
    assert_recovered(&fixture);
    assert_eq!(states(store, "DOT_0"), ["aborted"]);
    assert_eq!(count(store, "failure_audit"), 1);
}

/// A watcher that holds the target once it is reserved, so that the write is lost.
fn hold_before_the_write(fixture: &Fixture) -> Box<dyn embedded::Watcher> {
    let acts = Acts::on(fixture);
    Interjection::new(Moment::Before(Phase::Write), move || {
        acts.hold("DOT_0");
    })
    .boxed()
}

fn lost() -> PortError {
    PortError::new("the connection was lost", "on the way")
}

/// Registers a target in a process that dies at a point of its own.
fn crash(fixture: &Fixture, number: usize, point: &str) {
    let request = fixture.request(number);
    let mut command = register(fixture, holdfast_with_crash_points(), &request);
    let run = Run::of(command.env(CRASH_AT, point));
    assert_eq!(run.signal, Some(ABORTED), "{run:?}");
}

fn must_recover(command: &mut Command) -> Run {
    let run = Run::of(command);
    assert_eq!(run.code, Some(0), "{run:?}");
    run
}

/// How many attempts a recovery abandoned, found finished, verified, and failed to settle.
fn settled(run: &Run) -> [usize; 4] {
    let said = run.json();
    let length = |name: &str| match said.get(name) {
        Some(Value::Array(list)) => list.len(),
        Some(Value::Object(map)) => map.len(),
        _ => usize::MAX,
    };
    ["abandoned", "finished", "verified", "failed"].map(length)
}

fn assert_recovered(fixture: &Fixture) {
    let now = edge::now();
    must_recover(&mut recover(fixture, holdfast()));
    let broken = broken_after_recovery(fixture, now, HORIZON_MS);
    assert_eq!(broken, Vec::<String>::new());
}

/// The attempt is aborted with its one record, every exact retry gets these bytes, and the target is
/// still free for a fresh nonce.
fn assert_fails_for_good(fixture: &Fixture, request: &[u8], answer: &[u8]) {
    let store = fixture;
    assert_eq!(states(store, "DOT_0"), ["aborted"]);
    assert_eq!(count(store, "failure_audit"), 1);
    assert!(is_stored_answer(store, answer));
    let retry = Run::of(&mut register(fixture, holdfast(), request));
    assert_eq!((retry.code, retry.stdout.as_slice()), (Some(3), answer));
    let fresh = Run::of(&mut register(fixture, holdfast(), &fixture.request(0)));
    assert_eq!(fresh.code, Some(0), "{fresh:?}");
    assert_recovered(fixture);
    assert_eq!(count(store, "dot_catalogue"), 1);
}
