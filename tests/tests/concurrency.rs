//! Many at once: processes of the real program, and threads of one deployment.
//!
//! Whoever comes together, one effect is committed, and everybody is answered by name. Nobody fails
//! because the store was busy. `HOLDFAST_TEST_ROUNDS` says how often each crowd of processes comes.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Output, Stdio};
use std::sync::{Arc, Barrier, Mutex, OnceLock, PoisonError};
use std::thread;

use embedded::Unwatched;
use holdfast_tests::answered::{edited, json, text, texts};
use holdfast_tests::fixture::{Fixture, must};
use holdfast_tests::kind::Kind;
use holdfast_tests::ledger::{Counts, audit_positions};
use holdfast_tests::place::Place;
use pipeline::Outcome;
use postgres_lab::{PrivateServer, Server, ServerOptions};
use records::Records as _;
use serde_json::json;
use tempfile::TempDir;

const CALLERS: usize = 64;
const FEWER_CALLERS: usize = 16;
const TARGETS: usize = 16;

/// Names how many rounds each crowd of processes comes for.
const ROUNDS: &str = "HOLDFAST_TEST_ROUNDS";
const ROUNDS_USUAL: usize = 2;

/// A session for every role of every process, and of its observer.
const SESSIONS: &str = "1500";

/// One crowd at a time: two would only slow each other down.
static CROWD: Mutex<()> = Mutex::new(());

/// The server of this process, where there is room for a crowd.
static SERVER: OnceLock<PrivateServer> = OnceLock::new();

/// A store under whose policy nothing ends by itself while a crowd shares two processors.
fn fixture(count: usize) -> Fixture {
    let patient = json!({
        "in_flight_wait_max_ms": 60_000,
        "gate_report_validity_ms": 600_000,
        "readback_age_max_ms": 600_000,
    });
    let dir = must(TempDir::new());
    let place = match Kind::asked() {
        Kind::Sqlite => Place::make(Kind::Sqlite, dir.path()),
        Kind::Postgres => Place::on(SERVER.get_or_init(roomy), dir.path()),
    };
    Fixture::at(place, dir, count, patient)
}

fn roomy() -> PrivateServer {
    must(Server::start(
        ServerOptions::new().setting("max_connections", SESSIONS),
    ))
}

fn rounds() -> usize {
    let asked = std::env::var(ROUNDS).ok().filter(|asked| !asked.is_empty());
    asked.map_or(ROUNDS_USUAL, |asked| asked.parse().unwrap())
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

/// Everybody holds the same bytes of one registration.
fn assert_one_decision(answers: &[Told]) {
    let first = &answers[0];
    for answer in answers {
        let said = String::from_utf8_lossy(&answer.decision);
        assert_eq!(answer.exit, 0, "{said}");
        let outcome = text(&json(&answer.decision), "/outcome");
        assert_eq!(outcome, "registered", "{said}");
        assert_eq!(answer.decision, first.decision);
    }
}

/// One head; every other caller is refused by name and on record. Gives how many were.
///
/// The only code is `REPLAY_DUPLICATE`: all ask for one and the same effect, which leads before the
/// head it left (`HEAD_EXISTS`), whether the loser came before its reservation or lost the write.
/// Its authority is the same too, so it has not changed, and its nonce is its own.
fn assert_one_winner(fixture: &Fixture, answers: &[Told]) -> usize {
    let (won, lost): (Vec<&Told>, Vec<&Told>) = answers.iter().partition(|told| told.exit == 0);
    let [won] = won.as_slice() else {
        panic!("{} winners", won.len());
    };
    let won = json(&won.decision);
    assert_eq!(text(&won, "/outcome"), "registered");
    let recorded = recorded(fixture);
    for told in &lost {
        let decision = json(&told.decision);
        assert_eq!(told.exit, 3);
        assert_eq!(text(&decision, "/outcome"), "rejected");
        assert_eq!(texts(&decision, "/reject_codes"), ["REPLAY_DUPLICATE"]);
        assert_eq!(
            text(&decision, "/prior_decision/evidence_hash"),
            text(&won, "/header/evidence_hash")
        );
        let attempt_id = text(&decision, "/header/attempt_id");
        assert_eq!(recorded.get(&attempt_id), Some(&told.decision));
    }
    lost.len()
}

/// Every refusal that is on record, by its attempt.
fn recorded(fixture: &Fixture) -> BTreeMap<String, Vec<u8>> {
    let records = fixture.records().audits(0, 10_000).unwrap();
    let answers = records
        .into_iter()
        .map(|record| (record.attempt_id.to_string(), record.answer));
    answers.collect()
}

/// So many registrations and so many failures, each of them recorded once and in a place of its own;
/// some of the failed ones held a reservation.
fn assert_effects(fixture: &Fixture, registered: usize, failed: usize) {
    let count = |number: usize| u64::try_from(number).unwrap();
    let counts = Counts::of(fixture);
    let expected = Counts::registered(count(registered))
        .and_aborted(counts.aborted)
        .and_refused(count(failed) - counts.aborted);
    assert_eq!(counts, expected);
    let positions: Vec<u64> = (1..).take(failed).collect();
    assert_eq!(audit_positions(fixture), positions);
    assert_eq!(recorded(fixture).len(), failed);
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
    assert_effects(fixture, answers.len(), 0);
}

fn identical(fixture: &Fixture, number: usize) -> Vec<Vec<u8>> {
    vec![fixture.request(number); CALLERS]
}

fn different_nonces(fixture: &Fixture, number: usize, callers: usize) -> Vec<Vec<u8>> {
    (0..callers).map(|_| fixture.request(number)).collect()
}

#[test]
fn identical_requests_from_many_processes_get_the_same_bytes_each_round() {
    let rounds = rounds();
    let fixture = fixture(rounds);
    for round in 0..rounds {
        let answers = in_processes(&fixture, &identical(&fixture, round));
        assert_one_decision(&answers);
        assert_effects(&fixture, round + 1, 0);
    }
    println!("{rounds} rounds of {CALLERS} processes: one effect each");
}

#[test]
fn identical_requests_from_many_threads_get_the_same_bytes() {
    let fixture = fixture(1);
    let answers = in_threads(&fixture, &identical(&fixture, 0));
    assert_one_decision(&answers);
    assert_effects(&fixture, 1, 0);
}

#[test]
fn processes_with_a_nonce_each_have_one_winner_and_named_losers_each_round() {
    let rounds = rounds();
    let fixture = fixture(rounds);
    let mut lost = 0;
    for round in 0..rounds {
        let requests = different_nonces(&fixture, round, FEWER_CALLERS);
        let answers = in_processes(&fixture, &requests);
        lost += assert_one_winner(&fixture, &answers);
        assert_effects(&fixture, round + 1, lost);
    }
    assert_eq!(lost, rounds * (FEWER_CALLERS - 1));
    println!("{rounds} rounds of {FEWER_CALLERS} nonces on one target: one head each");
}

#[test]
fn many_threads_with_a_nonce_each_have_one_winner_and_named_losers() {
    let fixture = fixture(1);
    let answers = in_threads(&fixture, &different_nonces(&fixture, 0, CALLERS));
    let lost = assert_one_winner(&fixture, &answers);
    assert_effects(&fixture, 1, lost);
}

/// The nonce carries the target that it was minted for: the other one is refused before anything is
/// looked up, or as a use of a nonce that is used already, whichever it comes to.
#[test]
fn one_nonce_on_two_targets_registers_the_one_it_was_minted_for_each_round() {
    let rounds = rounds();
    let fixture = fixture(2 * rounds);
    let mut refused = 0;
    for round in 0..rounds {
        let minted = fixture.request(2 * round);
        let nonce = json(&minted)["request_proposed"]["nonce"].clone();
        let foreign = edited(&fixture.request(2 * round + 1), |request| {
            request["request_proposed"]["nonce"] = nonce;
        });
        let both = [minted, foreign];
        let requests: Vec<_> = both.iter().cycle().take(FEWER_CALLERS).cloned().collect();
        let answers = in_processes(&fixture, &requests);
        let (minted, foreign): (Vec<_>, Vec<_>) = answers
            .into_iter()
            .enumerate()
            .partition(|(number, _)| number % 2 == 0);
        let minted: Vec<Told> = minted.into_iter().map(|(_, told)| told).collect();
        assert_one_decision(&minted);
        for (_, told) in &foreign {
            let code = &texts(&json(&told.decision), "/reject_codes")[0];
            let codes = ["NONCE_UNBOUND", "REPLAY_NONCE_CONSUMED"];
            assert!(codes.contains(&code.as_str()), "{code}");
            assert_eq!(told.exit, 3);
        }
        refused += foreign.len();
        assert_effects(&fixture, round + 1, refused);
    }
    println!("{rounds} rounds of one nonce on two targets: one effect each");
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
