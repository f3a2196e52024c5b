//! Many callers at once, each with a handle of its own.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use observer::{InsertAnswer, SnapshotRow, SnapshotSink as _};
use registrar::port::{
    AttemptState, ConsumeAnswer, FailureSink as _, LossReason, RecordAnswer, RegistrarStore,
    ReserveAnswer,
};

use crate::StoreUnderTest;
use crate::history::HistoryReader as _;
use crate::material::{ANYBODY, at_once, digest, failure};
use crate::setup::{Setup, only};

/// Asks until there is an answer; a minute without one ends the case.
fn eventually<T>(mut ask: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + Duration::from_mins(1);
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(Instant::now() < until, "no answer within a minute");
        thread::yield_now();
    }
}

/// Identical requests, each under an attempt and a token of its own, have one effect: one of them
/// writes, and all of them have its decision byte for byte.
pub fn identical_requests_have_one_effect_and_one_decision<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let first = setup.reservation("DOT_A");
    let handles = setup.for_threads(|_| store.registrar());
    let answers = at_once(handles, |_, mut registrar| {
        let mut own = setup.reservation("DOT_A");
        own.nonce.clone_from(&first.nonce);
        own.replay_key = first.replay_key;
        match only(registrar.reserve(vec![own.clone()]).unwrap()) {
            ReserveAnswer::Reserved { .. } => {
                let item = setup.item(&own);
                match only(registrar.consume(vec![item]).unwrap()) {
                    ConsumeAnswer::Registered { decision, .. } => (true, decision),
                    ConsumeAnswer::Lost(reason) => panic!("{reason:?}"),
                }
            }
            ReserveAnswer::NonceTaken(_) => eventually(|| {
                let attempt = registrar.attempt_by_nonce(&own.nonce).unwrap().unwrap();
                let decision = attempt.answer;
                (attempt.state == AttemptState::Consumed).then(|| (false, decision.unwrap()))
            }),
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(answers.iter().filter(|(wrote, _)| *wrote).count(), 1);
    let decisions: BTreeSet<_> = answers.into_iter().map(|(_, decision)| decision).collect();
    assert_eq!(decisions.len(), 1);
    assert_eq!(setup.heads("DOT_A").len(), 1);
    assert_eq!(store.history().attempts("DOT_A", 100).len(), 1);
}

/// One reserved attempt that many consume at once under its own token is consumed once; every
/// caller gets that one decision.
pub fn one_attempt_consumed_by_many_has_one_decision<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    let callers = setup.for_threads(|_| (store.registrar(), setup.item(&open)));
    let answers = at_once(callers, |_, (mut registrar, item)| {
        match only(registrar.consume(vec![item]).unwrap()) {
            ConsumeAnswer::Registered { decision, .. } => (true, decision),
            ConsumeAnswer::Lost(LossReason::NotReserved(Some(sibling))) => {
                (false, sibling.answer.unwrap())
            }
            ConsumeAnswer::Lost(reason) => panic!("{reason:?}"),
        }
    });
    assert_eq!(answers.iter().filter(|(wrote, _)| *wrote).count(), 1);
    let decisions: BTreeSet<_> = answers.into_iter().map(|(_, decision)| decision).collect();
    assert_eq!(decisions.len(), 1);
}

/// Whether an attempt wrote; it may lose to the head or to its effect, and to nothing else.
fn won<R: RegistrarStore>(
    registrar: &mut R,
    open: registrar::port::Reservation,
    item: registrar::port::ConsumeItem,
) -> bool {
    match only(registrar.reserve(vec![open]).unwrap()) {
        ReserveAnswer::Reserved { .. } => match only(registrar.consume(vec![item]).unwrap()) {
            ConsumeAnswer::Registered { .. } => true,
            ConsumeAnswer::Lost(LossReason::HeadExists { .. } | LossReason::EffectCommitted(_)) => {
                false
            }
            ConsumeAnswer::Lost(reason) => panic!("{reason:?}"),
        },
        ReserveAnswer::HeadExists { .. } | ReserveAnswer::EffectCommitted(_) => false,
        ReserveAnswer::NonceTaken(by) => panic!("{by:?}"),
    }
}

/// Attempts with nonces of their own that are after one target leave one head, whether they are
/// after the same effect or each after another.
pub fn competing_attempts_on_one_target_leave_one_head<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let callers = setup.for_threads(|number| {
        let open = if number % 2 == 0 {
            setup.other_effect("DOT_A")
        } else {
            setup.reservation("DOT_A")
        };
        let item = setup.item(&open);
        (store.registrar(), open, item)
    });
    let answers = at_once(callers, |_, (mut registrar, open, item)| {
        won(&mut registrar, open, item)
    });
    assert_eq!(answers.iter().filter(|won| **won).count(), 1);
    assert_eq!(setup.heads("DOT_A").len(), 1);
}

/// One nonce that comes for several targets at once is burned by one of them; no other target is
/// touched.
pub fn one_nonce_for_many_targets_opens_one_attempt<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let first = setup.reservation("DOT_0");
    let callers = setup.for_threads(|number| {
        let mut own = setup.reservation(&format!("DOT_{number}"));
        own.nonce.clone_from(&first.nonce);
        (store.registrar(), own)
    });
    let opened: Vec<_> = at_once(callers, |_, (mut registrar, own)| {
        let answer = only(registrar.reserve(vec![own.clone()]).unwrap());
        match answer {
            ReserveAnswer::Reserved { .. } => Some(own.attempt_id),
            ReserveAnswer::NonceTaken(by) => {
                assert_eq!(by.nonce, own.nonce);
                None
            }
            other => panic!("{other:?}"),
        }
    })
    .into_iter()
    .flatten()
    .collect();
    let by_nonce = setup.registrar().attempt_by_nonce(&first.nonce).unwrap();
    assert_eq!(only(opened), by_nonce.unwrap().attempt_id);
}

/// Targets that have nothing to do with each other all register, however many come at once through
/// the one writer of a process.
pub fn independent_attempts_all_register<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let callers = setup.for_threads(|number| {
        let open = setup.reservation(&format!("DOT_{number}"));
        let item = setup.item(&open);
        (store.registrar(), open, item)
    });
    let codes = callers.len();
    let answers = at_once(callers, |_, (mut registrar, open, item)| {
        won(&mut registrar, open, item)
    });
    assert!(answers.into_iter().all(|won| won));
    for number in 0..codes {
        assert_eq!(setup.heads(&format!("DOT_{number}")).len(), 1);
    }
}

/// Two processes write to one store at the same time: neither loses the other's work, and of what
/// both are after there is one.
pub fn two_processes_do_not_lose_each_others_work<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let other = store.reopened();
    let callers: Vec<_> = (0..16)
        .map(|number| {
            // Two after each target.
            let open = setup.reservation(&format!("DOT_{}", number / 2));
            let item = setup.item(&open);
            let registrar = [store, &other][number % 2].registrar();
            (registrar, open, item)
        })
        .collect();
    let answers = at_once(callers, |_, (mut registrar, open, item)| {
        won(&mut registrar, open, item)
    });
    for number in 0..8 {
        let pair = &answers[2 * number..2 * number + 2];
        assert_eq!(pair.iter().filter(|won| **won).count(), 1, "DOT_{number}");
        assert_eq!(setup.heads(&format!("DOT_{number}")).len(), 1);
    }
}

/// Whoever recovers an attempt and whoever still consumes it race for one transition: one of them
/// has it, and the other is told.
pub fn fence_and_consume_at_once_leave_exactly_one_end<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    for round in 0..20 {
        let open = setup.reservation(&format!("DOT_{round}"));
        setup.open(&open);
        let item = setup.item(&open);
        let (mut registrar, mut sink) = (store.registrar(), store.failures());
        let record = failure(&open, ANYBODY);
        let ends: Vec<Box<dyn FnOnce() -> bool + Send>> = vec![
            Box::new(move || match only(registrar.consume(vec![item]).unwrap()) {
                ConsumeAnswer::Registered { .. } => true,
                ConsumeAnswer::Lost(LossReason::NotReserved(Some(by))) => {
                    assert_eq!(by.state, AttemptState::Aborted);
                    false
                }
                ConsumeAnswer::Lost(reason) => panic!("{reason:?}"),
            }),
            Box::new(move || match only(sink.record(vec![record]).unwrap()) {
                RecordAnswer::Recorded { .. } => true,
                RecordAnswer::NotOpen(by) => {
                    assert_eq!(by.state, AttemptState::Consumed);
                    false
                }
                answer @ RecordAnswer::AlreadyRecorded { .. } => panic!("{answer:?}"),
            }),
        ];
        let ends = at_once(ends, |_, end| end());
        assert_eq!(ends.iter().filter(|end| **end).count(), 1);
    }
}

/// Many writers of failures number the log without a gap, each position once.
pub fn many_writers_number_the_log_without_gaps<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let sinks = setup.for_threads(|_| store.failures());
    let count = u64::try_from(sinks.len()).unwrap();
    let answered: BTreeSet<u64> = at_once(sinks, |_, mut sink| {
        let record = failure(&setup.reservation("DOT_A"), None);
        match only(sink.record(vec![record]).unwrap()) {
            RecordAnswer::Recorded { position } => position,
            answer => panic!("{answer:?}"),
        }
    })
    .into_iter()
    .collect();
    assert_eq!(answered, (1..=count).collect());
    let stored = store.history().audits(0, u32::MAX);
    let positions: Vec<u64> = stored.iter().map(|record| record.position).collect();
    assert_eq!(positions, (1..=count).collect::<Vec<_>>());
}

/// One failure that many record at once is one record, and all of them are told its position.
pub fn one_failure_recorded_by_many_is_one_record<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    let sinks = setup.for_threads(|_| store.failures());
    let answers = at_once(sinks, |_, mut sink| {
        match only(sink.record(vec![failure(&open, ANYBODY)]).unwrap()) {
            RecordAnswer::Recorded { position } => (true, position),
            RecordAnswer::AlreadyRecorded { position } => (false, position),
            answer @ RecordAnswer::NotOpen(_) => panic!("{answer:?}"),
        }
    });
    assert_eq!(answers.iter().filter(|(wrote, _)| *wrote).count(), 1);
    assert!(answers.iter().all(|(_, position)| *position == 1));
    assert_eq!(setup.audit_count(), 1);
}

/// One snapshot that many observers insert at once is stored once; whoever comes with other bytes
/// for its key is told so.
pub fn one_snapshot_inserted_by_many_is_stored_once<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let attempt = setup.register("DOT_A");
    let sinks = setup.for_threads(|_| store.snapshots());
    let answers = at_once(sinks, |number, mut sink| {
        let snapshot = SnapshotRow {
            attempt_id: attempt.attempt_id,
            phase: "before",
            bytes: digest(&(number % 2).to_string()).as_bytes().to_vec(),
        };
        (number % 2, only(sink.insert(&[snapshot], &[]).unwrap()))
    });
    let inserted: Vec<_> = answers
        .iter()
        .filter(|(_, answer)| *answer == InsertAnswer::Inserted)
        .collect();
    let (kind, _) = *only(inserted);
    for (own, answer) in answers {
        match answer {
            InsertAnswer::Inserted => {}
            InsertAnswer::AlreadyInserted => assert_eq!(own, kind),
            InsertAnswer::Different => assert_ne!(own, kind),
        }
    }
    let stored = store.history().snapshot(&attempt.attempt_id, "before");
    let expected = digest(&kind.to_string()).as_bytes().to_vec();
    assert_eq!(stored, Some(expected));
}
