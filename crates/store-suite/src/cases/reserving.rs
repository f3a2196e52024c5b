//! Opening an attempt.

use registrar::port::{AttemptState, FailureSink as _, RegistrarStore as _, ReserveAnswer};

use crate::StoreUnderTest;
use crate::history::HistoryReader as _;
use crate::material::{bytes_of, digest, failure, own};
use crate::setup::Setup;

/// An open attempt is found as it was given: reserved, without an answer, every member and every
/// byte of it; and it was opened when the answer said, by the store's clock.
pub fn reservation_is_stored_as_it_was_given<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let mut given = setup.reservation("DOT_A");
    given.request = bytes_of("request");
    given.evidence = bytes_of("evidence");
    given.epoch = 7;
    let before = setup.registrar().clock().unwrap();
    let opened_at = setup.open(&given);
    let after = setup.registrar().clock().unwrap();
    assert!(before <= opened_at && opened_at <= after);
    let stored = setup.attempt(&given.attempt_id);
    assert_eq!(stored.state, AttemptState::Reserved);
    assert_eq!(stored.nonce, given.nonce);
    assert_eq!(stored.request_digest, given.request_digest);
    assert_eq!(stored.request, given.request);
    assert_eq!(stored.replay_key, given.replay_key);
    assert_eq!(stored.effect_identity, given.effect_identity);
    assert_eq!(
        stored.authorization_binding_digest,
        given.authorization_binding_digest
    );
    assert_eq!(stored.owner_token, given.owner_token);
    assert_eq!(stored.epoch, given.epoch);
    assert_eq!(stored.target, given.target);
    assert_eq!(stored.opened_at, opened_at);
    assert_eq!(stored.answer, None);
    let frame = setup.registrar().evidence(&given.attempt_id).unwrap();
    assert_eq!(frame.as_ref(), Some(&given.evidence));
    let frame = store.history().evidence(&given.attempt_id);
    assert_eq!(frame, Some(given.evidence));
}

/// A nonce is burned by its first reservation, and so is a key: whoever comes with either is told
/// the attempt that has it, the same caller too.
pub fn nonce_and_key_are_reserved_once<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let first = setup.reservation("DOT_A");
    setup.open(&first);
    let mut same_nonce = setup.reservation("DOT_A");
    same_nonce.nonce.clone_from(&first.nonce);
    let mut same_nonce_elsewhere = setup.reservation("DOT_B");
    same_nonce_elsewhere.nonce.clone_from(&first.nonce);
    let mut same_key = setup.reservation("DOT_A");
    same_key.replay_key = first.replay_key;
    let stored = setup.attempt(&first.attempt_id);
    for taken in [first, same_nonce, same_nonce_elsewhere, same_key] {
        let answer = setup.reserve(&taken);
        assert_eq!(answer, ReserveAnswer::NonceTaken(Box::new(stored.clone())));
    }
    setup.open(&setup.reservation("DOT_A"));
}

/// Two attempts never share an id: the second is an error, and the first stays as it was.
pub fn attempt_id_is_reserved_once<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let first = setup.reservation("DOT_A");
    setup.open(&first);
    let mut second = setup.reservation("DOT_B");
    second.attempt_id = first.attempt_id;
    let refused = setup.registrar().reserve(vec![second.clone()]);
    refused.unwrap_err();
    assert_eq!(setup.attempt(&first.attempt_id).nonce, first.nonce);
    let by_nonce = setup.registrar().attempt_by_nonce(&second.nonce).unwrap();
    assert_eq!(by_nonce, None);
}

/// A committed effect is told before the head that it wrote; another effect is told the head.
/// Neither burns the nonce that came with it.
pub fn committed_effect_and_standing_head_refuse_a_reservation<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let first = setup.register("DOT_A");
    let same_effect = setup.reservation("DOT_A");
    let other_effect = setup.other_effect("DOT_A");
    assert_eq!(
        setup.reserve(&same_effect),
        ReserveAnswer::EffectCommitted(Box::new(first.clone()))
    );
    assert_eq!(
        setup.reserve(&other_effect),
        ReserveAnswer::HeadExists {
            head_key: first.attempt_id.to_string(),
            dot_code: "DOT_A".to_owned()
        }
    );
    for refused in [same_effect, other_effect] {
        let by_nonce = setup.registrar().attempt_by_nonce(&refused.nonce).unwrap();
        assert_eq!(by_nonce, None);
    }
}

/// An open attempt has committed nothing: it keeps neither its effect nor its target from others,
/// and is not found by its effect.
pub fn open_attempts_on_one_target_do_not_refuse_each_other<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let first = setup.reservation("DOT_A");
    setup.open(&first);
    setup.open(&setup.reservation("DOT_A"));
    setup.open(&setup.other_effect("DOT_A"));
    let effect = first.effect_identity;
    let by_effect = setup.registrar().attempt_by_effect(&effect).unwrap();
    assert_eq!(by_effect, None);
}

/// An aborted attempt keeps its nonce and its key, and offers its stored answer; a fresh nonce is
/// welcome.
pub fn aborted_attempt_keeps_its_nonce_burned<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let first = setup.reservation("DOT_A");
    setup.open(&first);
    let record = failure(&first, Some(own(&first)));
    store.failures().record(vec![record.clone()]).unwrap();
    match setup.reserve(&first) {
        ReserveAnswer::NonceTaken(by) => {
            assert_eq!(by.state, AttemptState::Aborted);
            assert_eq!(by.answer, Some(record.answer));
        }
        answer => panic!("{answer:?}"),
    }
    setup.open(&setup.reservation("DOT_A"));
}

/// Text that is no nonce is an error, whatever else is right, and opens nothing.
pub fn malformed_nonce_is_an_error_and_not_a_reservation<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let sound = setup.reservation("DOT_A");
    let mut malformed = sound.clone();
    malformed.nonce = "n1.none".into();
    let refused = setup.registrar().reserve(vec![malformed]);
    refused.unwrap_err();
    let by_id = setup.registrar().attempt_by_id(&sound.attempt_id).unwrap();
    assert_eq!(by_id, None);
    setup.open(&sound);
}

/// Every reservation of a batch has its own answer at its own place, and one that is refused leaves
/// its neighbours open; a batch of none has none.
pub fn batch_of_reservations_answers_in_order<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    assert_eq!(setup.registrar().reserve(Vec::new()).unwrap(), []);
    let registered = setup.register("DOT_A");
    let taken = setup.reservation("DOT_B");
    setup.open(&taken);
    let fresh = ["DOT_C", "DOT_D"].map(|code| setup.reservation(code));
    let batch = vec![
        fresh[0].clone(),
        setup.reservation("DOT_A"),
        taken.clone(),
        setup.other_effect("DOT_A"),
        fresh[1].clone(),
    ];
    let answers = setup.registrar().reserve(batch).unwrap();
    assert_eq!(answers.len(), 5);
    assert!(matches!(answers[0], ReserveAnswer::Reserved { .. }));
    assert_eq!(
        answers[1],
        ReserveAnswer::EffectCommitted(Box::new(registered.clone()))
    );
    let by = setup.attempt(&taken.attempt_id);
    assert_eq!(answers[2], ReserveAnswer::NonceTaken(Box::new(by)));
    assert_eq!(
        answers[3],
        ReserveAnswer::HeadExists {
            head_key: registered.attempt_id.to_string(),
            dot_code: "DOT_A".to_owned()
        }
    );
    assert!(matches!(answers[4], ReserveAnswer::Reserved { .. }));
    for open in fresh {
        let attempt = setup.attempt(&open.attempt_id);
        assert_eq!(attempt.state, AttemptState::Reserved);
        assert_eq!(attempt.target, open.target);
    }
}

/// Rivals may come in one call: one of them opens the attempt, and the others are told it. A key holds
/// its nonce, so that rivals for one are of one time.
pub fn rivals_in_one_batch_of_reservations_leave_one_open<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let rivals: Vec<_> = setup
        .minted_at_once("DOT_A", 4)
        .into_iter()
        .zip(0..)
        .map(|(mut rival, number)| {
            rival.replay_key = digest("one key");
            rival.attempt_no = number + 1;
            rival
        })
        .collect();
    let answers = setup.registrar().reserve(rivals).unwrap();
    let winner = setup
        .registrar()
        .attempt_by_replay_key(&digest("one key"))
        .unwrap()
        .unwrap();
    let reserved = answers
        .iter()
        .filter(|answer| matches!(answer, ReserveAnswer::Reserved { .. }));
    assert_eq!(reserved.count(), 1);
    let told = ReserveAnswer::NonceTaken(Box::new(winner));
    assert_eq!(answers.iter().filter(|answer| **answer == told).count(), 3);
}
