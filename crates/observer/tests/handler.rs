//! The ready-made handler over a store in memory.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops where what it rests on does not hold"
)]

#[path = "support/frames.rs"]
mod frames;
#[path = "support/store.rs"]
mod store;

use std::cell::Cell;

use canonical::Timestamp;
use frames::{after, attempt, before};
use observer::{
    Handler, ObserverAnswer, ObserverHandler, ObserverReply, ObserverRequest, ObserverVerb,
    own_facts,
};
use serde_json::json;
use snapshot_provider::contract::{Snapshot, snapshot};
use store::{Store, now};

fn handler(store: &Store) -> Handler<Store, Store, fn() -> Timestamp> {
    let clock: fn() -> Timestamp = now;
    Handler::new(store.clone(), store.clone(), &own_facts().unwrap(), clock).unwrap()
}

fn capture(id: u64, frame: Vec<u8>) -> ObserverRequest {
    ObserverRequest {
        id,
        verb: ObserverVerb::Capture { frame },
    }
}

/// The report on an attempt, with a verdict that judged this capture.
fn record(id: u64, number: u16, report: &[u8], judged: &ObserverReply) -> ObserverRequest {
    ObserverRequest {
        id,
        verb: ObserverVerb::Record {
            attempt_id: attempt(number),
            report: report.to_vec(),
            verdict_after: verdict(judged),
        },
    }
}

fn verdict(judged: &ObserverReply) -> Vec<u8> {
    let hash = opened(judged).header.evidence_hash;
    serde_json::to_vec(&json!({"inputs": [{"slot": "snapshots.1", "evidence_hash": hash}]}))
        .unwrap()
}

#[track_caller]
fn captured(reply: &ObserverReply) -> &[u8] {
    match &reply.outcome {
        Ok(ObserverAnswer::Captured(envelope)) => envelope,
        other => panic!("not captured: {other:?}"),
    }
}

#[track_caller]
fn opened(reply: &ObserverReply) -> Snapshot {
    snapshot().open(captured(reply)).unwrap().into_value()
}

#[track_caller]
fn refused(reply: &ObserverReply) -> &str {
    reply.outcome.as_ref().unwrap_err()
}

#[test]
fn a_capture_states_the_observer_that_the_kernel_reports() {
    let store = Store::default();
    let replies = handler(&store).batch(vec![capture(1, before(1))]);
    let snapshot = opened(&replies[0]);
    assert_eq!(snapshot.refusals.to_vec(), vec![]);
    let observer = snapshot.capture.unwrap().observer;
    let facts = own_facts().unwrap();
    assert_eq!(observer.principal.as_str(), format!("uid:{}", facts.uid));
    assert_eq!(observer.process.pid.get(), u64::from(facts.pid));
    assert_eq!(observer.process.start_time.get(), facts.start_time);
    assert_eq!(observer.process.executable_digest, facts.executable_digest);
}

#[test]
fn a_batch_takes_one_read_and_one_write_transaction() {
    let store = Store::default();
    let batch = (0..100).map(|number| capture(u64::from(number), before(number)));
    let replies = handler(&store).batch(batch.collect());
    let shelves = store.0.lock().unwrap();
    assert_eq!(shelves.log, ["begin", "end", "insert"]);
    assert_eq!(shelves.snapshots.len(), 100);
    for (number, reply) in (0..100).zip(&replies) {
        assert_eq!(
            shelves.snapshots[&(attempt(number), "before")],
            captured(reply)
        );
    }
}

#[test]
fn a_capture_after_is_stored_together_with_its_report() {
    let store = Store::default();
    let mut handler = handler(&store);
    let first = handler.batch(vec![capture(1, before(1))]);
    let second = handler.batch(vec![capture(2, after(1, captured(&first[0])))]);
    assert!(opened(&second[0]).capture.unwrap().same_observer_continuity);
    assert_eq!(store.0.lock().unwrap().snapshots.len(), 1);
    let third = handler.batch(vec![record(3, 1, b"{\"r\":1}", &second[0])]);
    assert_eq!(third[0].outcome, Ok(ObserverAnswer::Recorded));
    let shelves = store.0.lock().unwrap();
    assert_eq!(
        shelves.snapshots[&(attempt(1), "after")],
        captured(&second[0])
    );
    assert_eq!(
        shelves.reports[&attempt(1)],
        (b"{\"r\":1}".to_vec(), verdict(&second[0]))
    );
}

#[test]
fn a_report_without_a_capture_after_of_this_process_is_refused() {
    let store = Store::default();
    let elsewhere = handler(&store).batch(vec![capture(1, after(1, b""))]);
    let replies = handler(&store).batch(vec![record(1, 1, b"{}", &elsewhere[0])]);
    assert!(refused(&replies[0]).starts_with("no capture after of attempt"));
    assert!(store.0.lock().unwrap().reports.is_empty());
}

#[test]
fn a_report_is_stored_with_the_capture_that_its_verdict_judged() {
    thread_local!(static TICKS: Cell<u32> = const { Cell::new(0) });
    let ticking: fn() -> Timestamp = || {
        let tick = TICKS.replace(TICKS.get() + 1);
        format!("2026-06-21T09:00:01.{tick:06}Z").parse().unwrap()
    };
    let store = Store::default();
    let facts = own_facts().unwrap();
    let mut handler = Handler::new(store.clone(), store.clone(), &facts, ticking).unwrap();
    // Two finishers of one attempt, each with its own capture.
    let replies = handler.batch(vec![capture(1, after(1, b"")), capture(2, after(1, b""))]);
    assert_ne!(captured(&replies[0]), captured(&replies[1]));
    let unjudged = handler.batch(vec![capture(3, after(2, b""))]);
    let refusal = handler.batch(vec![record(4, 1, b"{\"r\":0}", &unjudged[0])]);
    assert!(refused(&refusal[0]).starts_with("no capture after of attempt"));
    let first = handler.batch(vec![record(5, 1, b"{\"r\":1}", &replies[0])]);
    assert_eq!(first[0].outcome, Ok(ObserverAnswer::Recorded));
    let second = handler.batch(vec![record(6, 1, b"{\"r\":2}", &replies[1])]);
    assert_eq!(
        refused(&second[0]),
        "another capture after stands under this attempt"
    );
    let shelves = store.0.lock().unwrap();
    assert_eq!(
        shelves.snapshots[&(attempt(1), "after")],
        captured(&replies[0])
    );
}

#[test]
fn another_capture_or_report_under_the_same_attempt_is_refused() {
    let store = Store::default();
    let mut first = handler(&store);
    let made = first.batch(vec![capture(1, before(1)), capture(2, after(1, b""))]);
    first.batch(vec![record(3, 1, b"{\"r\":1}", &made[1])]);

    let again = first.batch(vec![capture(4, before(1)), capture(5, after(1, b""))]);
    captured(&again[0]);
    let same = first.batch(vec![record(6, 1, b"{\"r\":1}", &again[1])]);
    assert_eq!(same[0].outcome, Ok(ObserverAnswer::Recorded));

    let made = first.batch(vec![capture(7, after(1, b""))]);
    let other = first.batch(vec![record(8, 1, b"{\"r\":2}", &made[0])]);
    assert_eq!(
        refused(&other[0]),
        "another report stands under this attempt"
    );

    let later: fn() -> Timestamp = || "2026-06-21T09:00:02.000000Z".parse().unwrap();
    let facts = own_facts().unwrap();
    let mut later = Handler::new(store.clone(), store.clone(), &facts, later).unwrap();
    let other = later.batch(vec![capture(9, before(1)), capture(10, before(2))]);
    assert_eq!(
        refused(&other[0]),
        "another capture before stands under this attempt"
    );
    captured(&other[1]);
}

#[test]
fn a_frame_that_cannot_be_captured_fails_alone() {
    let store = Store::default();
    let batch = vec![capture(1, b"{}".to_vec()), capture(2, before(2))];
    let replies = handler(&store).batch(batch);
    assert_eq!(refused(&replies[0]), "slot `attempt` is missing");
    captured(&replies[1]);
}

#[test]
fn captures_that_cannot_be_stored_are_not_given() {
    let store = Store::default();
    store.0.lock().unwrap().writes_fail = true;
    let mut handler = handler(&store);
    let replies = handler.batch(vec![capture(1, before(1))]);
    assert_eq!(
        refused(&replies[0]),
        "cannot store snapshots: the disk is full"
    );
    store.0.lock().unwrap().writes_fail = false;
    captured(&handler.batch(vec![capture(2, before(1))])[0]);
}

#[test]
fn without_a_read_transaction_nothing_is_captured() {
    let store = Store::default();
    store.0.lock().unwrap().reads_fail = true;
    let mut handler = handler(&store);
    let replies = handler.batch(vec![capture(1, before(1))]);
    assert_eq!(
        refused(&replies[0]),
        "cannot read anything: the disk is gone"
    );
    store.0.lock().unwrap().reads_fail = false;
    captured(&handler.batch(vec![capture(2, before(1))])[0]);
}
