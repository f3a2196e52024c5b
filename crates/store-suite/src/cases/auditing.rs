//! The failure-audit sink and its fence.

use authority::port::AuthorityWriter as _;
use registrar::port::{AttemptState, FailureSink as _, Fence, RecordAnswer, RegistrarStore as _};

use crate::StoreUnderTest;
use crate::history::HistoryReader as _;
use crate::material::{ANYBODY, bytes_of, digest, failure, new_id, own};
use crate::setup::{Setup, only};

/// The attempt is closed and its failure recorded together, and once: whoever records the same
/// failure of the same attempt again, in one call or another, is told its position. The stored
/// answer is the one recorded.
pub fn abort_and_record_are_written_together_and_once<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    let mut sink = store.failures();
    let record = failure(&open, Some(own(&open)));
    let answers = sink.record(vec![record.clone()]).unwrap();
    assert_eq!(answers, [RecordAnswer::Recorded { position: 1 }]);
    let answers = sink.record(vec![record.clone(), record]).unwrap();
    let already = RecordAnswer::AlreadyRecorded { position: 1 };
    assert_eq!(answers, [already.clone(), already]);
    let attempt = setup.attempt(&open.attempt_id);
    assert_eq!(attempt.state, AttemptState::Aborted);
    assert_eq!(attempt.answer.as_deref(), Some(b"rejected".as_slice()));
    assert_eq!(setup.audit_count(), 1);
}

/// Record, answer and evidence are bytes, and are read again as they were given; the code that the record
/// names finds it again, and a record that names none is kept as well.
pub fn records_are_kept_exactly<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let mut nameless = failure(&setup.reservation("DOT_A"), None);
    nameless.audit = bytes_of("audit");
    nameless.answer = bytes_of("answer");
    nameless.evidence = Some(bytes_of("evidence"));
    let named = failure(&setup.reservation("DOT_A"), None);
    let before = setup.registrar().clock().unwrap();
    let answers = store
        .failures()
        .record(vec![nameless.clone(), named.clone()])
        .unwrap();
    let recorded = |position| RecordAnswer::Recorded { position };
    assert_eq!(answers, [recorded(1), recorded(2)]);
    let mut history = store.history();
    let stored = only(history.audits_of_attempt(&nameless.attempt_id));
    assert_eq!(stored.position, 1);
    assert_eq!(stored.failure_digest, nameless.failure_digest);
    assert_eq!(stored.audit, nameless.audit);
    assert_eq!(stored.answer, nameless.answer);
    assert_eq!(stored.dot_code, None);
    assert!(before <= stored.recorded_at);
    assert_eq!(history.evidence(&nameless.attempt_id), nameless.evidence);
    assert_eq!(history.evidence(&named.attempt_id), None);
    let stored = only(history.failures("DOT_A", 10));
    assert_eq!(stored.attempt_id, named.attempt_id);
    assert_eq!(stored.dot_code.as_deref(), Some("DOT_A"));
}

/// A fence that names another token or another epoch matches nothing, writes nothing, and is told
/// the attempt as it stands; one that names neither fits whoever has the attempt.
pub fn fence_of_another_token_matches_nothing<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    let mut sink = store.failures();
    let fence = |owner_token, epoch| Some(Fence { owner_token, epoch });
    let standing = RecordAnswer::NotOpen(Box::new(setup.attempt(&open.attempt_id)));
    for stranger in [
        fence(Some(new_id()), None),
        fence(None, Some(2)),
        fence(Some(open.owner_token), Some(2)),
        fence(Some(new_id()), Some(open.epoch)),
    ] {
        let answers = sink.record(vec![failure(&open, stranger)]).unwrap();
        assert_eq!(only(answers), standing);
    }
    assert_eq!(setup.audit_count(), 0);
    let answers = sink.record(vec![failure(&open, ANYBODY)]).unwrap();
    assert_eq!(answers, [RecordAnswer::Recorded { position: 1 }]);
}

/// A consumed attempt is closed by nobody; its decision is told.
pub fn consumed_attempt_is_not_aborted<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    setup.written(setup.item(&open));
    let answers = store.failures().record(vec![failure(&open, ANYBODY)]);
    let consumed = setup.attempt(&open.attempt_id);
    assert_eq!(consumed.state, AttemptState::Consumed);
    assert_eq!(
        only(answers.unwrap()),
        RecordAnswer::NotOpen(Box::new(consumed))
    );
    assert_eq!(setup.audit_count(), 0);
}

/// An attempt ends once: after its abort another failure of it closes nothing and is not recorded
/// as if it had.
pub fn attempt_is_aborted_once<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    let mut sink = store.failures();
    sink.record(vec![failure(&open, Some(own(&open)))]).unwrap();
    let aborted = setup.attempt(&open.attempt_id);
    let mut other = failure(&open, Some(own(&open)));
    other.failure_digest = digest("another failure");
    other.answer = b"another answer".to_vec();
    let answers = sink.record(vec![other]).unwrap();
    assert_eq!(
        only(answers),
        RecordAnswer::NotOpen(Box::new(aborted.clone()))
    );
    assert_eq!(setup.attempt(&open.attempt_id), aborted);
    assert_eq!(setup.audit_count(), 1);
}

/// What is rejected before its reservation is recorded without an attempt; to close an attempt that
/// there is not is an error, and records nothing.
pub fn reject_before_a_reservation_is_recorded_without_an_attempt<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let record = failure(&setup.reservation("DOT_A"), None);
    let mut sink = store.failures();
    let answers = sink.record(vec![record.clone()]).unwrap();
    assert_eq!(answers, [RecordAnswer::Recorded { position: 1 }]);
    let mut unknown = record;
    unknown.failure_digest = digest("another failure");
    unknown.abort = ANYBODY;
    sink.record(vec![unknown]).unwrap_err();
    assert_eq!(setup.audit_count(), 1);
}

/// Every record of a batch has its own answer at its own place; a batch of none has none.
pub fn batch_of_records_answers_in_order<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let mut sink = store.failures();
    assert_eq!(sink.record(Vec::new()).unwrap(), []);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    let consumed = setup.register("DOT_B");
    let mut late = failure(&setup.reservation("DOT_B"), ANYBODY);
    late.attempt_id = consumed.attempt_id;
    let early = failure(&setup.reservation("DOT_C"), None);
    let batch = vec![early.clone(), late, failure(&open, Some(own(&open))), early];
    let answers = sink.record(batch).unwrap();
    assert_eq!(
        answers,
        [
            RecordAnswer::Recorded { position: 1 },
            RecordAnswer::NotOpen(Box::new(consumed)),
            RecordAnswer::Recorded { position: 2 },
            RecordAnswer::AlreadyRecorded { position: 1 },
        ]
    );
    let state = setup.attempt(&open.attempt_id).state;
    assert_eq!(state, AttemptState::Aborted);
}

/// A failed verification holds its target until somebody releases it: one hold for one attempt,
/// under the key `hold/<attempt id>`, however many failures it has, and the target's authority head
/// moves with it. The attempt stays consumed.
pub fn failed_verification_places_a_hold_once<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let attempt = setup.register("DOT_A");
    let before = setup.versions("DOT_A");
    let mut record = failure(&setup.reservation("DOT_A"), None);
    record.attempt_id = attempt.attempt_id;
    record.hold_target = Some("dot:DOT_A".to_owned());
    let mut again = record.clone();
    again.failure_digest = digest("another failure");
    store.failures().record(vec![record, again]).unwrap();
    let held = only(setup.authority().rows("hold_event").unwrap()).row;
    assert_eq!(held.key(), format!("hold/{}", attempt.attempt_id));
    assert_eq!(held.text("kind").unwrap(), "hold");
    assert_eq!(held.text("dot_code").unwrap(), "DOT_A");
    let standing = setup.registrar().standing("dot:DOT_A").unwrap();
    assert!(standing.is_held);
    assert_eq!(setup.versions("DOT_A"), [before[0] + 1, before[1]]);
    assert_eq!(setup.attempt(&attempt.attempt_id), attempt);
    assert_eq!(setup.audit_count(), 2);
}

/// The log is read in order and in pages: after a position, and no more than was asked for; of a code
/// the newest.
pub fn log_is_read_in_order_and_in_pages<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let mut sink = store.failures();
    for _ in 0..12 {
        let record = failure(&setup.reservation("DOT_A"), None);
        sink.record(vec![record]).unwrap();
    }
    let mut history = store.history();
    assert_eq!(history.audit_count(), 12);
    let positions = |page: Vec<crate::RecordedFailure>| -> Vec<u64> {
        page.iter().map(|record| record.position).collect()
    };
    assert_eq!(
        positions(history.audits(0, 100)),
        (1..=12).collect::<Vec<_>>()
    );
    assert_eq!(positions(history.audits(5, 3)), [6, 7, 8]);
    assert_eq!(positions(history.audits(12, 3)), [0; 0]);
    assert_eq!(positions(history.failures("DOT_A", 3)), [10, 11, 12]);
}
