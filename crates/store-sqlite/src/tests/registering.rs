//! What registering leaves in the file, in this store's own words.

use registrar::port::{
    AttemptState, ConsumeAnswer, ConsumeItem, LossReason, RegistrarStore as _, ReserveAnswer,
};

use super::{Fixture, fixture, reservation};

fn lost(fixture: &Fixture, item: ConsumeItem) -> LossReason {
    match fixture.consume(item) {
        ConsumeAnswer::Lost(reason) => reason,
        answer @ ConsumeAnswer::Registered { .. } => panic!("{answer:?}"),
    }
}

/// A reserved attempt on a code, and its item.
fn reserved(fixture: &Fixture, dot_code: &str) -> ConsumeItem {
    let reservation = reservation(dot_code);
    let answer = fixture.reserve(&reservation);
    assert!(matches!(answer, ReserveAnswer::Reserved { .. }));
    fixture.item(&reservation)
}

#[test]
fn registration_writes_one_row_of_each_kind_under_one_ordinal() {
    let fixture = fixture();
    let attempt = fixture.register("DOT_A");
    let said = String::from_utf8(attempt.answer.unwrap()).unwrap();
    assert_eq!(said, format!("{} in txn:1", attempt.attempt_id));
    for table in [
        "attempt",
        "ledger",
        "dot_catalogue",
        "decision",
        "evidence",
        "writer_transaction",
    ] {
        assert_eq!(fixture.count(table), 1, "{table}");
    }
}

#[test]
fn transaction_that_wrote_nothing_takes_no_ordinal() {
    let fixture = fixture();
    let mut unsealable = reserved(&fixture, "DOT_A");
    unsealable.decide = Box::new(|_| Err("no clock".to_owned()));
    lost(&fixture, unsealable);
    assert_eq!(fixture.count("writer_transaction"), 0);
    let attempt = fixture.register("DOT_B");
    let said = String::from_utf8(attempt.answer.unwrap()).unwrap();
    assert!(said.ends_with("in txn:1"), "{said}");
}

#[test]
fn malformed_nonce_leaves_no_row() {
    let fixture = fixture();
    let mut malformed = reservation("DOT_A");
    malformed.nonce = "n1.none".to_owned();
    fixture.registrar().reserve(vec![malformed]).unwrap_err();
    assert_eq!(fixture.count("attempt"), 0);
}

#[test]
fn refusal_by_the_rules_and_a_panic_are_told_apart() {
    let fixture = fixture();
    let mut refused = reserved(&fixture, "DOT_A");
    refused.head.canonical_target = "dot:ANOTHER".to_owned();
    let LossReason::DecisionUnsealable(said) = lost(&fixture, refused) else {
        panic!("not unsealable");
    };
    assert!(said.contains("rules refuse"), "{said}");
    let mut poisoned = reserved(&fixture, "DOT_B");
    poisoned.decide = Box::new(|_| panic!("poisoned"));
    assert_eq!(
        lost(&fixture, poisoned),
        LossReason::DecisionUnsealable("sealing the decision panicked".to_owned())
    );
    assert_eq!(fixture.count("dot_catalogue"), 0);
}

#[test]
fn damaged_row_of_one_target_fails_no_other() {
    let fixture = fixture();
    let damaged = reserved(&fixture, "DOT_A");
    let sound = reserved(&fixture, "DOT_B");
    // An instant that no calendar has.
    fixture
        .raw()
        .execute_batch(
            "INSERT INTO dot_config (row_key, dot_code, name, value, issued_at, written_by, \
             lifecycle_status, row_hash) VALUES ('config/1', 'DOT_A', 'n', 'closed', -1, 'me', \
             'active', zeroblob(32))",
        )
        .unwrap();
    let (damaged_id, sound_id) = (damaged.attempt_id, sound.attempt_id);
    fixture
        .registrar()
        .consume(vec![damaged, sound])
        .unwrap_err();
    assert_eq!(fixture.attempt(&sound_id).state, AttemptState::Consumed);
    assert_eq!(fixture.attempt(&damaged_id).state, AttemptState::Reserved);
}
