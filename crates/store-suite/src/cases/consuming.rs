//! Key, head and decision in one transaction, or nothing.

use std::sync::{Arc, Mutex};

use registrar::port::{
    AttemptState, ConsumeAnswer, FailureSink as _, LossReason, RegistrarStore as _, SealedDecision,
};
use verifier::port::CommittedReader as _;

use crate::StoreUnderTest;
use crate::material::{bytes_of, decision, decision_text, digest, failure, new_id, own};
use crate::setup::Setup;

/// A registration leaves one consumed key, one draft and one decision, all of one transaction; the
/// attempt is found by each of its names, its effect now among them.
pub fn registration_writes_one_key_one_draft_and_one_decision<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let item = setup.opened_item("DOT_A");
    let attempt_id = item.attempt_id;
    let (bytes, transaction_id) = setup.written(item);
    assert_eq!(
        String::from_utf8(bytes.clone()).unwrap(),
        decision_text(&attempt_id, &transaction_id)
    );
    let attempt = setup.attempt(&attempt_id);
    assert_eq!(attempt.state, AttemptState::Consumed);
    assert_eq!(attempt.answer, Some(bytes));
    let mut registrar = setup.registrar();
    for found in [
        registrar.attempt_by_nonce(&attempt.nonce),
        registrar.attempt_by_replay_key(&attempt.replay_key),
        registrar.attempt_by_effect(&attempt.effect_identity),
    ] {
        assert_eq!(found.unwrap().as_ref(), Some(&attempt));
    }
    let head = registrar.current_head("DOT_A").unwrap();
    assert_eq!(head, Some(attempt_id.to_string()));
    assert!(!registrar.retired_head("DOT_A").unwrap());
    drop(registrar);
    let heads = setup.heads("DOT_A");
    assert_eq!(heads.len(), 1);
    assert_eq!(heads[0].status, "draft");
    assert_eq!(heads[0].transaction_id, transaction_id);
    let key = store.verifier().ledger_row(&attempt.replay_key).unwrap();
    assert_eq!(key.unwrap().transaction_id, transaction_id);
}

/// A decision is bytes: what was sealed is what is answered, stored and read again, whatever it
/// holds and however much of it there is.
pub fn bytes_are_kept_exactly<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let mut item = setup.opened_item("DOT_A");
    let (attempt_id, replay_key) = (item.attempt_id, item.replay_key);
    let sealed = bytes_of("decision").repeat(1_000);
    let bytes = sealed.clone();
    item.decide = Box::new(move |_| {
        Ok(SealedDecision {
            bytes: bytes.clone(),
            evidence_hash: digest("decision"),
        })
    });
    assert_eq!(setup.written(item).0, sealed);
    assert_eq!(setup.attempt(&attempt_id).answer.as_ref(), Some(&sealed));
    let reread = store.verifier().decision(&replay_key).unwrap();
    assert_eq!(reread, Some(sealed));
}

/// Who does not name the token, the epoch and the key of the reservation consumes nothing and is
/// told the attempt as it stands; who names no attempt is told none.
pub fn only_the_token_and_epoch_that_reserved_may_consume<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    let mut other_token = setup.item(&open);
    other_token.owner_token = new_id();
    let mut other_epoch = setup.item(&open);
    other_epoch.epoch = 2;
    let mut other_key = setup.item(&open);
    other_key.replay_key = digest("other key");
    let standing = LossReason::NotReserved(Some(Box::new(setup.attempt(&open.attempt_id))));
    for item in [other_token, other_epoch, other_key] {
        assert_eq!(setup.lost(item), standing);
    }
    let mut unknown = setup.item(&open);
    unknown.attempt_id = new_id();
    assert_eq!(setup.lost(unknown), LossReason::NotReserved(None));
    setup.written(setup.item(&open));
}

/// A second consume of one attempt, its token right, gets the first one's decision byte for byte.
pub fn second_consume_gets_the_first_ones_decision<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    let (decision, _) = setup.written(setup.item(&open));
    let LossReason::NotReserved(Some(sibling)) = setup.lost(setup.item(&open)) else {
        panic!("not lost to its sibling");
    };
    assert_eq!(sibling.state, AttemptState::Consumed);
    assert_eq!(sibling.answer, Some(decision));
}

/// A key that an attempt consumed is told as such to every other attempt that comes with it.
pub fn key_that_another_attempt_consumed_is_not_consumed_again<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let first = setup.register("DOT_A");
    let open = setup.reservation("DOT_B");
    setup.open(&open);
    let mut stolen = setup.item(&open);
    stolen.replay_key = first.replay_key;
    assert_eq!(setup.lost(stolen), LossReason::KeyConsumed(Box::new(first)));
    setup.written(setup.item(&open));
}

/// Of attempts that were opened side by side, one writes; the others learn that their effect is
/// committed, or where theirs is another, that there is a head. They stay reserved: whoever has
/// them aborts them.
pub fn effect_and_head_are_consumed_once<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let same_effect = setup.reservation("DOT_A");
    let other_effect = setup.other_effect("DOT_A");
    setup.open(&same_effect);
    setup.open(&other_effect);
    let first = setup.register("DOT_A");
    assert_eq!(
        setup.lost(setup.item(&same_effect)),
        LossReason::EffectCommitted(Box::new(first.clone()))
    );
    assert_eq!(
        setup.lost(setup.item(&other_effect)),
        LossReason::HeadExists {
            head_key: first.attempt_id.to_string()
        }
    );
    for open in [same_effect, other_effect] {
        let attempt = setup.attempt(&open.attempt_id);
        assert_eq!(attempt.state, AttemptState::Reserved);
    }
    assert_eq!(setup.heads("DOT_A").len(), 1);
}

/// An attempt that was aborted is never consumed, whoever asks; its stored answer is told.
pub fn aborted_attempt_is_not_consumed<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    let record = failure(&open, Some(own(&open)));
    store.failures().record(vec![record.clone()]).unwrap();
    let LossReason::NotReserved(Some(by)) = setup.lost(setup.item(&open)) else {
        panic!("an aborted attempt was consumed");
    };
    assert_eq!(by.state, AttemptState::Aborted);
    assert_eq!(by.answer, Some(record.answer));
    assert!(setup.heads("DOT_A").is_empty());
}

/// An item that lost at the very end, when its key and its head were written already, leaves
/// nothing behind but its reservation, which may be consumed later.
pub fn lost_item_leaves_nothing_behind<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    let before = setup.attempt(&open.attempt_id);
    let mut item = setup.item(&open);
    item.decide = Box::new(|_| Err("no clock".to_owned()));
    assert_eq!(
        setup.lost(item),
        LossReason::DecisionUnsealable("no clock".to_owned())
    );
    assert_eq!(setup.attempt(&open.attempt_id), before);
    assert!(setup.heads("DOT_A").is_empty());
    let mut verifier = store.verifier();
    assert_eq!(verifier.ledger_row(&open.replay_key).unwrap(), None);
    assert_eq!(verifier.decision(&open.replay_key).unwrap(), None);
    let effect = open.effect_identity;
    let by_effect = setup.registrar().attempt_by_effect(&effect).unwrap();
    assert_eq!(by_effect, None);
    setup.written(setup.item(&open));
}

/// The decision is sealed inside the transaction that stores it: it is told that transaction's id,
/// the hash of the head as it will be reread, and the store's time, which lies between the
/// reservation and the answer.
pub fn decision_is_told_the_head_and_the_transaction_that_are_stored<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let mut item = setup.opened_item("DOT_A");
    let attempt_id = item.attempt_id;
    let head_row_hash = item.head.row_hash().unwrap();
    let told = Arc::new(Mutex::new(None));
    let telling = Arc::clone(&told);
    item.decide = Box::new(move |facts| {
        *telling.lock().unwrap() = Some(facts.clone());
        Ok(decision(&attempt_id, facts))
    });
    let ConsumeAnswer::Registered { transaction_id, .. } = setup.consume(item) else {
        panic!("not registered");
    };
    let after = setup.registrar().clock().unwrap();
    let facts = told.lock().unwrap().take().unwrap();
    assert_eq!(facts.transaction_id, transaction_id);
    assert_eq!(facts.head_row_hash, head_row_hash);
    assert!(setup.attempt(&attempt_id).opened_at <= facts.operation_start);
    assert!(facts.operation_start <= after);
    let head = store
        .verifier()
        .row_by_key(&attempt_id.to_string())
        .unwrap()
        .unwrap();
    assert_eq!(head.row_hash, head_row_hash);
}
