//! What others can do while an item is being written, and what has to wait until it is.
//!
//! A decision is sealed inside the transaction that stores it, after everything that the transaction
//! rests on was looked at: so the cases act from there, in another thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use authority::port::{AuthorityWriter as _, NewRow};
use registrar::port::{
    AttemptState, ConsumeAnswer, ConsumeItem, FailureSink as _, LossReason, RecordAnswer,
    RegistrarStore as _,
};
use verifier::port::CommittedReader as _;

use crate::StoreUnderTest;
use crate::material::{ANYBODY, decision, failure, hold, new_row, ownership, superseding};
use crate::setup::{Setup, only};

/// Long enough for what does not wait to be done, and for what waits to be seen waiting.
const MOMENT: Duration = Duration::from_millis(300);

/// Long enough for a machine that is busy with other things.
const WHILE: Duration = Duration::from_secs(20);

/// Writes an item, and acts in another thread while it is being written, for as long as `patience`.
/// Gives the item's answer, what the act gave, and whether the act was done before the commit.
fn meanwhile<S: StoreUnderTest, T: Send>(
    setup: &Setup<'_, S>,
    mut item: ConsumeItem,
    patience: Duration,
    act: impl FnOnce() -> T + Send,
) -> (ConsumeAnswer, T, bool) {
    let (begin, started) = channel();
    let (finish, finished) = channel();
    let was_early = Arc::new(AtomicBool::new(false));
    let (attempt_id, early) = (item.attempt_id, Arc::clone(&was_early));
    item.decide = Box::new(move |facts| {
        // A transaction that is run again finds the act begun.
        let _begun_before = begin.send(());
        if finished.recv_timeout(patience).is_ok() {
            early.store(true, Ordering::SeqCst);
        }
        Ok(decision(&attempt_id, facts))
    });
    let (answer, done) = thread::scope(|scope| {
        let acting = scope.spawn(move || {
            started.recv().expect("the decision is sealed");
            let done = act();
            let _committed_before = finish.send(());
            done
        });
        let answer = setup.consume(item);
        (answer, acting.join().unwrap())
    });
    (answer, done, was_early.load(Ordering::SeqCst))
}

fn assert_written(answer: &ConsumeAnswer) {
    let written = matches!(answer, ConsumeAnswer::Registered { .. });
    assert!(written, "{answer:?}");
}

/// A row that would take an item's authority back is not inserted between the look at that authority
/// and the commit: its writer waits, and is not refused.
pub fn authority_waits_for_the_write_that_rests_on_it<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let rows = setup.authorise("DOT_A");
    let mut item = setup.opened_item("DOT_A");
    item.expected = rows;
    let revoking = superseding(ownership("DOT_A"), "revoked", "own/DOT_A");
    let revoking: NewRow = new_row("ownership", "own/later", revoking);
    let mut authority = store.authority();
    let act = move || authority.insert(vec![revoking]).map(|rows| rows.len());
    let (answer, inserted, was_early) = meanwhile(&setup, item, MOMENT, act);
    assert_written(&answer);
    assert!(
        !was_early,
        "authority changed under a write that rests on it"
    );
    assert_eq!(inserted.unwrap(), 1);
}

/// A hold that is placed while an item is being written comes after it, on its target or on all.
pub fn hold_waits_for_the_write_that_it_would_have_stopped<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    for (code, place) in [("DOT_A", "DOT_A"), ("DOT_B", "*")] {
        let item = setup.opened_item(code);
        let placed = new_row("hold_event", &format!("hold/{code}"), hold(place, "hold"));
        let mut authority = store.authority();
        let act = move || authority.insert(vec![placed]).map(|rows| rows.len());
        let (answer, inserted, was_early) = meanwhile(&setup, item, MOMENT, act);
        assert_written(&answer);
        assert!(!was_early, "a hold on `{place}` was placed under a write");
        assert_eq!(inserted.unwrap(), 1);
    }
    let held = setup.opened_item("DOT_C");
    assert_eq!(setup.lost(held), LossReason::HoldPlaced);
}

/// Whoever recovers an attempt whose commit is landing waits for it, and is told its decision: a
/// plain read would have called it open still.
pub fn fence_waits_for_the_write_that_is_landing<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    let item = setup.item(&open);
    let record = failure(&open, ANYBODY);
    let mut sink = store.reopened().failures();
    let act = move || only(sink.record(vec![record]).unwrap());
    let (answer, recorded, was_early) = meanwhile(&setup, item, MOMENT, act);
    assert_written(&answer);
    assert!(!was_early, "an attempt was fenced while it was consumed");
    let consumed = setup.attempt(&open.attempt_id);
    assert_eq!(consumed.state, AttemptState::Consumed);
    assert!(consumed.answer.is_some());
    assert_eq!(recorded, RecordAnswer::NotOpen(Box::new(consumed)));
    assert_eq!(setup.audit_count(), 0);
}

/// An attempt of another process on the same target waits for the one that is landing, and loses to
/// what it wrote.
pub fn rival_of_another_process_waits_for_the_write_that_is_landing<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let rival = setup.other_effect("DOT_A");
    setup.open(&rival);
    let rivals_item = setup.item(&rival);
    let item = setup.opened_item("DOT_A");
    let head_key = item.head.row_key.clone();
    let mut other = store.reopened().registrar();
    let act = move || only(other.consume(vec![rivals_item]).unwrap());
    let (answer, rivals_answer, was_early) = meanwhile(&setup, item, MOMENT, act);
    assert_written(&answer);
    assert!(!was_early);
    let lost = ConsumeAnswer::Lost(LossReason::HeadExists { head_key });
    assert_eq!(rivals_answer, lost);
}

/// Whoever reads does not wait for a write, and sees nothing of it before its commit: no head, no
/// key, and an attempt that is still reserved.
pub fn readers_neither_wait_for_a_write_nor_see_it_early<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let item = setup.opened_item("DOT_A");
    let (attempt_id, replay_key) = (item.attempt_id, item.replay_key);
    let mut registrar = store.registrar();
    let act = move || {
        let mut verifier = store.verifier();
        let heads = verifier.current_heads("DOT_A").unwrap();
        let key = verifier.ledger_row(&replay_key).unwrap();
        let attempt = registrar.attempt_by_id(&attempt_id).unwrap();
        (heads, key, attempt.unwrap().state)
    };
    let (answer, seen, was_early) = meanwhile(&setup, item, WHILE, act);
    assert_written(&answer);
    assert!(was_early, "reading waited for a write");
    assert_eq!(seen, (Vec::new(), None, AttemptState::Reserved));
    assert_eq!(store.verifier().current_heads("DOT_A").unwrap().len(), 1);
}
