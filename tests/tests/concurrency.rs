//! Many at once: processes of the real program, and threads of one deployment.
//!
//! Whoever comes together, one effect is committed, and everybody is answered by name. Nobody fails
//! because the store was busy.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Output, Stdio};
use std::sync::{Arc, Barrier, Mutex, PoisonError};
use std::thread;

use embedded::Unwatched;
use holdfast_tests::answered::{json, text, texts};
use holdfast_tests::fixture::Fixture;
use holdfast_tests::ledger::{Counts, audit_positions};
use pipeline::Outcome;
use records::Records as _;
use serde_json::json;

const CALLERS: usize = 64;
const TARGETS: usize = 16;

/// One crowd at a time: two would only slow each other down.
static CROWD: Mutex<()> = Mutex::new(());

/// A store under whose policy nothing ends by itself while a crowd shares two processors.
fn fixture(count: usize) -> Fixture {
    let patient = json!({
        "in_flight_wait_max_ms": 60_000,
        "gate_report_validity_ms": 600_000,
        "readback_age_max_ms": 600_000,
    });
    Fixture::with_policy(count, patient)
}

/// One answer: the exit code that a process would have, and the decision.
#[derive(Debug)]
struct Told {
    exit: i32,
    decision: Vec<u8>,
}

/// Every request in a process of its own, all started before any is waited for.
fn in_processes(fixture: &Fixture, requests: &[Vec<u8>]) -> Vec<Told> {
    let _alone = CROWD.lock().unwrap_or_else(PoisonError::into_inner);
    let children: Vec<Child> = requests
        .iter()
        .enumerate()
        .map(|(number, request)| {
            let path = fixture.dir.path().join(format!("request-{number}.json"));
            std::fs::write(&path, request).unwrap();
            let mut command = fixture.command(&["register", path.to_str().unwrap(), "--json"]);
            let piped = command.stdin(Stdio::null()).stdout(Stdio::piped());
            piped.stderr(Stdio::piped()).spawn().unwrap()
        })
        .collect();
    children.into_iter().map(told).collect()
}

fn told(child: Child) -> Told {
    let Output {
        status,
        mut stdout,
        stderr,
    } = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&stderr);
    assert_eq!(stdout.pop(), Some(b'\n'), "{status}: {said}");
    Told {
        exit: status.code().unwrap(),
        decision: stdout,
    }
}

/// Every request in a thread of its own, let go together, with one pipeline each.
fn in_threads(fixture: &Fixture, requests: &[Vec<u8>]) -> Vec<Told> {
    let _alone = CROWD.lock().unwrap_or_else(PoisonError::into_inner);
    let deployment = fixture.deployment();
    let together = Arc::new(Barrier::new(requests.len()));
    let callers: Vec<_> = requests
        .iter()
        .cloned()
        .map(|request| {
            let (deployment, together) = (deployment.clone(), Arc::clone(&together));
            thread::spawn(move || {
                let mut pipeline = deployment.pipeline(Box::new(Unwatched)).unwrap();
                together.wait();
                let answer = pipeline.register(&request).unwrap();
                let exit = match answer.outcome {
                    Outcome::Registered | Outcome::Replayed => 0,
                    Outcome::Rejected => 3,
                    other => panic!("{other:?} {:?}", answer.pending),
                };
                Told {
                    exit,
                    decision: answer.decision.unwrap(),
                }
            })
        })
        .collect();
    callers
        .into_iter()
        .map(|caller| caller.join().unwrap())
        .collect()
}

/// One effect, and everybody holds the same bytes; no second attempt was even opened.
fn assert_one_decision(fixture: &Fixture, answers: &[Told]) {
    assert_eq!(answers.len(), CALLERS);
    let first = &answers[0];
    assert_eq!(text(&json(&first.decision), "/outcome"), "registered");
    for answer in answers {
        assert_eq!(answer.exit, 0);
        assert_eq!(answer.decision, first.decision);
    }
    assert_eq!(Counts::of(fixture), Counts::registered(1));
}

/// One head; every other caller is refused by name and on record.
///
/// The only code is `REPLAY_DUPLICATE`: all ask for one and the same effect, which leads before the
/// head it left (`HEAD_EXISTS`), whether the loser came before its reservation or lost the write.
/// Its authority is the same too, so it has not changed, and its nonce is its own.
fn assert_one_winner(fixture: &Fixture, answers: &[Told]) {
    assert_eq!(answers.len(), CALLERS);
    let (won, lost): (Vec<&Told>, Vec<&Told>) = answers.iter().partition(|told| told.exit == 0);
    let [won] = won.as_slice() else {
        panic!("{} winners", won.len());
    };
    let won = json(&won.decision);
    assert_eq!(text(&won, "/outcome"), "registered");
    let mut answered = BTreeMap::new();
    for told in &lost {
        let decision = json(&told.decision);
        assert_eq!(told.exit, 3);
        assert_eq!(text(&decision, "/outcome"), "rejected");
        assert_eq!(texts(&decision, "/reject_codes"), ["REPLAY_DUPLICATE"]);
        assert_eq!(
            text(&decision, "/prior_decision/evidence_hash"),
            text(&won, "/header/evidence_hash")
        );
        answered.insert(text(&decision, "/header/attempt_id"), told.decision.clone());
    }
    let records = fixture.records().audits(0, 1_000).unwrap();
    let recorded: BTreeMap<String, Vec<u8>> = records
        .into_iter()
        .map(|record| (record.attempt_id.to_string(), record.answer))
        .collect();
    assert_eq!(recorded, answered, "each refusal is on record, once");
    let positions: Vec<u64> = (1..).take(lost.len()).collect();
    assert_eq!(audit_positions(fixture), positions);
    let counts = Counts::of(fixture);
    let expected = Counts::registered(1)
        .and_aborted(counts.aborted)
        .and_refused(u64::try_from(lost.len()).unwrap() - counts.aborted);
    assert_eq!(counts, expected);
}

fn assert_all_registered(fixture: &Fixture, answers: &[Told]) {
    let heads: BTreeSet<String> = answers
        .iter()
        .map(|told| {
            let decision = json(&told.decision);
            assert_eq!(text(&decision, "/outcome"), "registered");
            assert_eq!(told.exit, 0);
            text(&decision, "/head/row_key")
        })
        .collect();
    assert_eq!(heads.len(), answers.len());
    let count = u64::try_from(answers.len()).unwrap();
    assert_eq!(Counts::of(fixture), Counts::registered(count));
}

fn identical(fixture: &Fixture) -> Vec<Vec<u8>> {
    vec![fixture.request(0); CALLERS]
}

fn different_nonces(fixture: &Fixture) -> Vec<Vec<u8>> {
    (0..CALLERS).map(|_| fixture.request(0)).collect()
}

#[test]
fn identical_requests_from_many_processes_get_the_same_bytes() {
    let fixture = fixture(1);
    let answers = in_processes(&fixture, &identical(&fixture));
    assert_one_decision(&fixture, &answers);
}

#[test]
fn identical_requests_from_many_threads_get_the_same_bytes() {
    let fixture = fixture(1);
    let answers = in_threads(&fixture, &identical(&fixture));
    assert_one_decision(&fixture, &answers);
}

#[test]
fn many_processes_with_a_nonce_each_have_one_winner_and_named_losers() {
    let fixture = fixture(1);
    let answers = in_processes(&fixture, &different_nonces(&fixture));
    assert_one_winner(&fixture, &answers);
}

#[test]
fn many_threads_with_a_nonce_each_have_one_winner_and_named_losers() {
    let fixture = fixture(1);
    let answers = in_threads(&fixture, &different_nonces(&fixture));
    assert_one_winner(&fixture, &answers);
}

#[test]
fn different_targets_from_many_processes_all_register() {
    let fixture = fixture(TARGETS);
    let requests: Vec<Vec<u8>> = (0..TARGETS).map(|number| fixture.request(number)).collect();
    let answers = in_processes(&fixture, &requests);
    assert_all_registered(&fixture, &answers);
}

#[test]
fn different_targets_from_many_threads_all_register() {
    let fixture = fixture(CALLERS);
    let requests: Vec<Vec<u8>> = (0..CALLERS).map(|number| fixture.request(number)).collect();
    let answers = in_threads(&fixture, &requests);
    assert_all_registered(&fixture, &answers);
}
