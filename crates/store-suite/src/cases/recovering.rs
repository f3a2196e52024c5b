//! What is left to settle, what people read of the past, and what outlives a process.

use observer::{ReportRow, SnapshotSink as _};
use registrar::port::{
    AttemptState, FailureSink as _, RegistrarStore as _, Reservation, StoredAttempt,
};
use verifier::port::CommittedReader as _;

use crate::StoreUnderTest;
use crate::history::{AttemptName, HistoryReader as _};
use crate::material::{ANYBODY, at, digest, failure, own};
use crate::setup::{Setup, only};

fn ids(found: &[StoredAttempt]) -> Vec<canonical::Uuid> {
    found.iter().map(|attempt| attempt.attempt_id).collect()
}

/// Open attempts are those still reserved that were opened before an instant, oldest first, and no
/// more than was asked for; whatever has ended is not among them.
pub fn open_attempts_are_found_oldest_first<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open: Vec<Reservation> = (0..5)
        .map(|number| setup.reservation(&format!("DOT_{number}")))
        .collect();
    let opened: Vec<_> = open.iter().map(|open| setup.open(open)).collect();
    setup.written(setup.item(&open[1]));
    let record = failure(&open[3], ANYBODY);
    store.failures().record(vec![record]).unwrap();
    let found = |before, limit| {
        let found = setup.registrar().open_attempts(before, limit).unwrap();
        ids(&found)
    };
    let left = [0, 2, 4].map(|number: usize| open[number].attempt_id);
    assert_eq!(found(setup.later(), 10), left);
    assert_eq!(found(setup.later(), 2), left[..2]);
    assert_eq!(found(setup.later(), 0), []);
    assert_eq!(found(at(0), 10), []);
    // Before an instant, and not at it.
    let until_last = found(opened[4], 10);
    assert!(!until_last.contains(&left[2]));
    let whole = setup.registrar().open_attempts(setup.later(), 1).unwrap();
    assert_eq!(only(whole), setup.attempt(&left[0]));
}

/// A consumed attempt is unverified until its report is stored, oldest first, and no more than was
/// asked for; an open or aborted attempt has nothing to verify.
pub fn unverified_attempts_are_found_until_their_report<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    setup.open(&setup.reservation("OPEN"));
    let aborted = setup.reservation("ABORTED");
    setup.open(&aborted);
    let record = failure(&aborted, Some(own(&aborted)));
    store.failures().record(vec![record]).unwrap();
    let done = ["DOT_A", "DOT_B", "DOT_C"].map(|code| setup.register(code));
    let found = |limit| setup.registrar().unverified_attempts(limit).unwrap();
    assert_eq!(found(10), done);
    assert_eq!(found(2), done[..2]);
    let report = ReportRow {
        attempt_id: done[0].attempt_id,
        report: b"report".to_vec(),
        verdict_after: b"verdict".to_vec(),
    };
    store.snapshots().insert(&[], &[report]).unwrap();
    assert_eq!(found(10), done[1..]);
}

/// A consumer that comes after the fence finds its attempt aborted, writes nothing, and its effect
/// is free for a fresh attempt.
pub fn late_consumer_is_fenced<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    let late = setup.item(&open);
    let mut recovering = store.reopened().failures();
    recovering.record(vec![failure(&open, ANYBODY)]).unwrap();
    let standing = setup.attempt(&open.attempt_id);
    assert_eq!(standing.state, AttemptState::Aborted);
    let told = registrar::port::LossReason::NotReserved(Some(Box::new(standing)));
    assert_eq!(setup.lost(late), told);
    let verifier = &mut store.verifier();
    assert_eq!(verifier.ledger_row(&open.replay_key).unwrap(), None);
    setup.register("DOT_A");
}

/// Names that nobody has find nothing, and are no error; a text that is no nonce is such a name.
pub fn names_that_nobody_has_find_nothing<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    setup.register("DOT_A");
    let stranger = setup.reservation("DOT_B");
    let mut registrar = setup.registrar();
    for nonce in [stranger.nonce.as_str(), "n1.other", "", "' OR 1 = 1 --"] {
        assert_eq!(registrar.attempt_by_nonce(nonce).unwrap(), None);
        assert_eq!(store.history().attempt(AttemptName::Nonce(nonce)), None);
    }
    let (id, key) = (stranger.attempt_id, stranger.replay_key);
    assert_eq!(registrar.attempt_by_id(&id).unwrap(), None);
    assert_eq!(registrar.attempt_by_replay_key(&key).unwrap(), None);
    assert_eq!(registrar.attempt_by_effect(&digest("none")).unwrap(), None);
    assert_eq!(registrar.evidence(&id).unwrap(), None);
    assert_eq!(registrar.current_head("DOT_B").unwrap(), None);
    let standing = registrar.standing("dot:DOT_B").unwrap();
    assert_eq!(standing, registrar::port::Standing::default());
    drop(registrar);
    let mut history = store.history();
    assert_eq!(history.attempt(AttemptName::AttemptId(id)), None);
    assert_eq!(history.attempt(AttemptName::ReplayKey(key)), None);
    assert_eq!(history.heads("DOT_B"), []);
    assert_eq!(history.attempts("DOT_B", 10), []);
    assert_eq!(history.failures("DOT_B", 10), []);
    assert_eq!(history.audits_of_attempt(&id), []);
    assert_eq!(history.snapshot(&id, "before"), None);
    assert_eq!(history.report(&id), None);
}

/// A code's past is its heads, its attempts and the failures that name it, oldest first, the newest
/// where there are more than the limit; an attempt is told by each of its names, with its run, its
/// counter, its end and its transaction.
pub fn history_tells_heads_attempts_and_failures_of_a_code<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let mut failed = setup.reservation("DOT_A");
    failed.run_id = "run-7".into();
    failed.attempt_no = 3;
    setup.open(&failed);
    let record = failure(&failed, Some(own(&failed)));
    store.failures().record(vec![record]).unwrap();
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    let (_, transaction_id) = setup.written(setup.item(&open));
    setup.register("DOT_B");
    let registered = setup.attempt(&open.attempt_id);
    let mut history = store.history();
    let heads = history.heads("DOT_A");
    assert_eq!(heads.len(), 1);
    assert_eq!(heads[0].status, "draft");
    assert_eq!(heads[0].attempt_id, registered.attempt_id);
    assert_eq!(heads[0].transaction_id, transaction_id);
    assert_eq!(heads[0].retirement_ref, None);
    let failure = only(history.failures("DOT_A", 10));
    assert_eq!(failure.attempt_id, failed.attempt_id);
    let attempts = history.attempts("DOT_A", 10);
    assert_eq!(attempts.len(), 2);
    assert_eq!(attempts[0].attempt, setup.attempt(&failed.attempt_id));
    assert_eq!(attempts[0].attempt.state, AttemptState::Aborted);
    assert_eq!(attempts[0].run_id, "run-7");
    assert_eq!(attempts[0].attempt_no, 3);
    assert_eq!(attempts[0].expires_at, failed.expires_at);
    assert!(attempts[0].closed_at >= Some(attempts[0].attempt.opened_at));
    assert_eq!(attempts[0].transaction_id, None);
    assert_eq!(attempts[1].attempt, registered);
    assert_eq!(attempts[1].transaction_id, Some(transaction_id));
    assert!(attempts[1].closed_at.is_some());
    assert_eq!(history.attempts("DOT_A", 1), attempts[1..]);
    assert_eq!(history.failures("DOT_A", 0), []);
    for name in [
        AttemptName::Nonce(&registered.nonce),
        AttemptName::ReplayKey(registered.replay_key),
        AttemptName::AttemptId(registered.attempt_id),
    ] {
        assert_eq!(history.attempt(name).as_ref(), Some(&attempts[1]));
    }
    let still_open = setup.reservation("DOT_C");
    setup.open(&still_open);
    let told = only(history.attempts("DOT_C", 10));
    assert_eq!(told.closed_at, None);
    assert_eq!(told.transaction_id, None);
}

/// What was answered outlives the process that answered it: opened anew, the store tells the same
/// attempts, decisions, failures and rows, and goes on where it was.
pub fn what_was_answered_outlives_the_process<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let registered = setup.register("DOT_A");
    let open = setup.reservation("DOT_B");
    setup.open(&open);
    let standing = setup.attempt(&open.attempt_id);
    let item = setup.item(&open);
    let record = failure(&setup.reservation("DOT_C"), None);
    store.failures().record(vec![record]).unwrap();
    let rows = setup.authorise("DOT_A");
    let versions = setup.versions("DOT_A");
    drop(setup);

    let store = store.reopened();
    let mut registrar = store.registrar();
    for attempt in [registered, standing] {
        let found = registrar.attempt_by_id(&attempt.attempt_id).unwrap();
        assert_eq!(found, Some(attempt));
    }
    assert_eq!(store.history().audit_count(), 1);
    let heads = registrar.head_versions("dot:DOT_A").unwrap();
    let told: Vec<_> = heads.iter().map(|head| head.version).collect();
    assert_eq!(told, versions);
    for row in rows {
        let asked = registrar::port::RowRef {
            carrier: row.carrier,
            row_key: row.row_key,
        };
        let found = only(registrar.reread(&[asked]).unwrap());
        assert_eq!(found.row_hash, Some(row.row_hash));
    }
    let answer = only(registrar.consume(vec![item]).unwrap());
    assert!(
        matches!(answer, registrar::port::ConsumeAnswer::Registered { .. }),
        "{answer:?}"
    );
    let record = failure(&open, None);
    let answer = only(store.failures().record(vec![record]).unwrap());
    let next = registrar::port::RecordAnswer::Recorded { position: 2 };
    assert_eq!(answer, next);
}
