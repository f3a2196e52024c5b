//! `kill -9` at random moments under load, forty times over on one store.

use std::collections::{BTreeMap, BTreeSet};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use embedded::edge;
use holdfast_tests::fixture::{Fixture, must};
use holdfast_tests::invariants::{
    await_row, broken_after_recovery, broken_rows, count, is_stored_answer,
};
use holdfast_tests::program::holdfast_with_crash_points;
use holdfast_tests::runs::{Kill, Run, kill, recover, register};
use serde_json::json;

/// Stores, and rounds on each; a small store keeps each process short.
const STORES: usize = 4;
const ROUNDS: usize = 10;

/// Recovery takes on whatever is older than this.
const HORIZON_MS: u64 = 1;

/// Set it to the seed that a failed run printed, to have the same delays and kills again.
const SEED: &str = "HOLDFAST_TEST_SEED";

/// What callers saw: the request, and the answer that was printed for it.
type Seen = Vec<(Vec<u8>, Vec<u8>)>;

#[test]
fn killed_processes_lose_no_answer_and_leave_nothing_half_done() {
    let mut random = Random::seeded();
    let mut answered = 0;
    let mut unanswered = 0;
    for number in 0..STORES {
        // Two targets for each round: one for two identical requests, one for a request of its own.
        let policy = json!({ "recovery_horizon_ms": HORIZON_MS, "in_flight_wait_max_ms": 50 });
        let fixture = Fixture::with_policy(2 * ROUNDS + 1, policy);
        let usual = unhurried(&fixture);
        let mut seen = Seen::new();
        for round in 0..ROUNDS {
            let twin = fixture.request(2 * round);
            let requests = [twin.clone(), twin, fixture.request(2 * round + 1)];
            let runs = killed(&fixture, &requests, usual, &mut random);
            let spoke = requests
                .into_iter()
                .zip(runs.into_iter().map(|run| run.stdout));
            seen.extend(spoke.filter(|(_, said)| !said.is_empty()));
            let broken = broken_rows(fixture.embedded().path());
            assert_eq!(
                broken,
                Vec::<String>::new(),
                "store {number}, round {round}"
            );
            if round == ROUNDS / 2 {
                assert_recovers(&fixture);
            }
        }
        assert_recovers(&fixture);
        assert_present(&fixture, &seen);
        let attempts = count(fixture.embedded().path(), "attempt");
        let registered = count(fixture.embedded().path(), "dot_catalogue");
        let answers: BTreeSet<&[u8]> = seen.iter().map(|(_, answer)| answer.as_slice()).collect();
        let answers = must(u64::try_from(answers.len()));
        println!("{answers} answers seen, {attempts} attempts opened, {registered} registered");
        answered += answers;
        unanswered += attempts.saturating_sub(answers);
    }
    // Kills that all came too early or all too late would have shown nothing.
    assert!(answered > 0);
    assert!(unanswered > 0);
}

/// How long a registration takes here and now when nobody kills it.
fn unhurried(fixture: &Fixture) -> Duration {
    let request = fixture.request(2 * ROUNDS);
    // Built before the clock starts: on a fresh checkout that takes minutes.
    let program = holdfast_with_crash_points();
    let begun = Instant::now();
    let run = Run::of(&mut register(fixture, program, &request));
    assert_eq!(run.code, Some(0), "{run:?}");
    begun.elapsed()
}

/// Starts a process for each request, kills some of them at some moment, and waits for all.
fn killed(
    fixture: &Fixture,
    requests: &[Vec<u8>],
    usual: Duration,
    random: &mut Random,
) -> Vec<Run> {
    let start = |request: &Vec<u8>| -> Child {
        let mut command = register(fixture, holdfast_with_crash_points(), request);
        command.stdin(Stdio::null());
        must(
            command
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn(),
        )
    };
    let path = fixture.embedded().path();
    let before = |table| count(path, table);
    let (captures, attempts) = (before("snapshot"), before("attempt"));
    let mut children: Vec<Child> = requests.iter().map(start).collect();
    let whom = random.below(4);
    let how = if random.below(2) == 0 {
        Kill::Process
    } else {
        Kill::Group
    };
    let mut is_over = || {
        children
            .iter_mut()
            .all(|child| must(child.try_wait()).is_some())
    };
    let span = match random.below(4) {
        0 => usual,
        1 => {
            await_row(path, "snapshot", captures, &mut is_over);
            usual / 2
        }
        // What may be cut in two is short: reserved, consumed, verified.
        _ => {
            await_row(path, "attempt", attempts, &mut is_over);
            usual / 8
        }
    };
    let span_us = u64::try_from(span.as_micros()).unwrap_or(u64::MAX);
    thread::sleep(Duration::from_micros(random.below(span_us)));
    for (number, child) in children.iter().enumerate() {
        // All of them, or all but one: whoever is left meets what the others left behind.
        if u64::try_from(number) != Ok(whom) {
            kill(child.id(), how);
        }
    }
    let ended = |child: Child| Run::ended(must(child.wait_with_output()));
    children.into_iter().map(ended).collect()
}

/// Every answer that anybody saw is stored, and identical requests got one decision.
fn assert_present(fixture: &Fixture, seen: &Seen) {
    let mut decided: BTreeMap<&[u8], &[u8]> = BTreeMap::new();
    for (request, answer) in seen {
        let text = String::from_utf8_lossy(answer);
        assert!(
            is_stored_answer(fixture.embedded().path(), answer),
            "answered and not stored: {text}"
        );
        // Whoever met the other twin's attempt still open was told to ask again.
        if text.contains("ATTEMPT_IN_FLIGHT") {
            continue;
        }
        let known = decided.insert(request, answer);
        assert!(known.is_none_or(|known| known == answer), "{text}");
    }
    if let Some((request, answer)) = decided.into_iter().next() {
        let mut retry = register(fixture, holdfast_with_crash_points(), request);
        assert_eq!(Run::of(&mut retry).stdout, answer);
    }
}

fn assert_recovers(fixture: &Fixture) {
    let now = edge::now();
    let run = Run::of(&mut recover(fixture, holdfast_with_crash_points()));
    assert_eq!(run.code, Some(0), "{run:?}");
    let broken = broken_after_recovery(fixture.embedded().path(), now, HORIZON_MS);
    assert_eq!(broken, Vec::<String>::new());
}

/// SplitMix64: enough for delays, and the same everywhere for the same seed.
struct Random(u64);

impl Random {
    fn seeded() -> Self {
        let given = std::env::var(SEED).ok().and_then(|text| text.parse().ok());
        let clock = || {
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .ok()?
                .as_nanos()
                .try_into()
                .ok()
        };
        let seed = given.or_else(clock).unwrap_or(1);
        println!("{SEED}={seed} repeats this run's delays");
        Self(seed)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound.max(1)
    }
}
