//! Sixty-four threads at once.

use std::collections::BTreeSet;

use registrar::port::{
    AttemptState, ConsumeAnswer, LossReason, RegistrarStore as _, ReserveAnswer,
};

use super::{at_once, digest, fixture, reservation};
use crate::GroupOptions;

const THREADS: usize = 64;

#[test]
fn identical_requests_have_one_effect_and_one_decision() {
    let fixture = fixture();
    let first = reservation("DOT_A");
    let answers = at_once(THREADS, |_| {
        // Each caller opens the request under an attempt and a token of its own.
        let mut own = reservation("DOT_A");
        own.nonce.clone_from(&first.nonce);
        own.replay_key = first.replay_key;
        let mut registrar = fixture.registrar();
        match registrar.reserve(vec![own.clone()]).unwrap().remove(0) {
            ReserveAnswer::Reserved { .. } => {
                let item = fixture.item(&own);
                match registrar.consume(vec![item]).unwrap().remove(0) {
                    ConsumeAnswer::Registered { decision, .. } => (true, decision),
                    ConsumeAnswer::Lost(reason) => panic!("{reason:?}"),
                }
            }
            ReserveAnswer::NonceTaken(_) => loop {
                let attempt = registrar.attempt_by_nonce(&own.nonce).unwrap().unwrap();
                if attempt.state == AttemptState::Consumed {
                    break (false, attempt.answer.unwrap());
                }
            },
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(answers.iter().filter(|(wrote, _)| *wrote).count(), 1);
    let decisions: BTreeSet<_> = answers.into_iter().map(|(_, decision)| decision).collect();
    assert_eq!(decisions.len(), 1);
    assert_eq!(fixture.count("dot_catalogue"), 1);
    assert_eq!(fixture.count("ledger"), 1);
}

#[test]
fn one_attempt_consumed_by_many_has_one_decision() {
    let fixture = fixture();
    let open = reservation("DOT_A");
    fixture.reserve(&open);
    let decisions: BTreeSet<Vec<u8>> = at_once(THREADS, |_| {
        let item = fixture.item(&open);
        match fixture.registrar().consume(vec![item]).unwrap().remove(0) {
            ConsumeAnswer::Registered { decision, .. } => decision,
            ConsumeAnswer::Lost(LossReason::NotReserved(Some(sibling))) => sibling.answer.unwrap(),
            ConsumeAnswer::Lost(reason) => panic!("{reason:?}"),
        }
    })
    .into_iter()
    .collect();
    assert_eq!(decisions.len(), 1);
}

#[test]
fn competing_attempts_on_one_target_leave_one_head() {
    let fixture = fixture();
    let open: Vec<_> = (0..THREADS)
        .map(|number| {
            let mut open = reservation("DOT_A");
            // Half of them are after the same effect, the others after versions of their own.
            if number % 2 == 0 {
                open.effect_identity = digest(&format!("version {number}"));
            }
            open
        })
        .collect();
    let answers = at_once(THREADS, |number| {
        let own = &open[number];
        match fixture.reserve(own) {
            ReserveAnswer::Reserved { .. } => match fixture.consume(fixture.item(own)) {
                ConsumeAnswer::Registered { .. } => true,
                ConsumeAnswer::Lost(
                    LossReason::HeadExists { .. } | LossReason::EffectCommitted(_),
                ) => false,
                ConsumeAnswer::Lost(reason) => panic!("{reason:?}"),
            },
            ReserveAnswer::HeadExists { .. } | ReserveAnswer::EffectCommitted(_) => false,
            ReserveAnswer::NonceTaken(by) => panic!("{by:?}"),
        }
    });
    assert_eq!(answers.iter().filter(|won| **won).count(), 1);
    assert_eq!(fixture.count("dot_catalogue"), 1);
}

#[test]
fn independent_attempts_all_register_in_few_transactions() {
    let fixture = fixture();
    at_once(THREADS, |number| {
        fixture.register(&format!("DOT_{number}"));
    });
    assert_eq!(
        fixture.count("dot_catalogue"),
        i64::try_from(THREADS).unwrap()
    );
    assert!(fixture.count("writer_transaction") <= i64::try_from(THREADS).unwrap());
}

#[test]
fn two_writers_of_two_processes_do_not_lose_each_others_work() {
    let fixture = fixture();
    let other = fixture.store.group_writer(GroupOptions::default()).unwrap();
    at_once(16, |number| {
        let writer = if number % 2 == 0 {
            &fixture.writer
        } else {
            &other
        };
        let mut registrar = fixture.store.registrar(writer).unwrap();
        let open = reservation(&format!("DOT_{number}"));
        registrar.reserve(vec![open.clone()]).unwrap();
        let answer = registrar
            .consume(vec![fixture.item(&open)])
            .unwrap()
            .remove(0);
        assert!(
            matches!(answer, ConsumeAnswer::Registered { .. }),
            "{answer:?}"
        );
    });
    assert_eq!(fixture.count("dot_catalogue"), 16);
}

#[test]
fn lingering_writer_puts_waiting_calls_into_one_transaction() {
    let fixture = fixture();
    let options = GroupOptions {
        linger: std::time::Duration::from_millis(400),
        ..GroupOptions::default()
    };
    let lingering = fixture.store.group_writer(options).unwrap();
    let open: Vec<_> = (0..4)
        .map(|number| reservation(&format!("DOT_{number}")))
        .collect();
    fixture.registrar().reserve(open.clone()).unwrap();
    at_once(4, |number| {
        let mut registrar = fixture.store.registrar(&lingering).unwrap();
        registrar
            .consume(vec![fixture.item(&open[number])])
            .unwrap();
    });
    assert_eq!(fixture.count("ledger"), 4);
    assert_eq!(fixture.count("writer_transaction"), 1);
}
