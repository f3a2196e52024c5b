//! Many attempts in one call: each with its own answer, none answering for another.

use authority::port::AuthorityWriter as _;
use registrar::port::{
    AttemptState, ConsumeAnswer, ConsumeItem, LossReason, RegistrarStore as _, Reservation,
};

use crate::StoreUnderTest;
use crate::material::{at, decision_text, hold, new_id, retirement};
use crate::setup::Setup;

/// Reserved attempts on codes that nobody else is after.
fn opened<S: StoreUnderTest>(setup: &Setup<'_, S>, count: usize) -> Vec<Reservation> {
    let open: Vec<_> = (0..count)
        .map(|number| setup.reservation(&format!("DOT_{number}")))
        .collect();
    setup.registrar().reserve(open.clone()).unwrap();
    open
}

fn items<S: StoreUnderTest>(setup: &Setup<'_, S>, open: &[Reservation]) -> Vec<ConsumeItem> {
    open.iter().map(|open| setup.item(open)).collect()
}

fn wrote(answer: &ConsumeAnswer) -> bool {
    matches!(answer, ConsumeAnswer::Registered { .. })
}

/// The items of a call are written in one transaction, and each answer stands at its item's place;
/// a call of none has none.
pub fn batch_answers_in_order_and_shares_one_transaction<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    assert_eq!(setup.registrar().consume(Vec::new()).unwrap(), []);
    let mut open = opened(&setup, 20);
    // No order of the targets, or of the attempts, is the order of the call.
    open.rotate_left(7);
    open.swap(3, 15);
    let batch = items(&setup, &open);
    let answers = setup.registrar().consume(batch).unwrap();
    assert_eq!(answers.len(), open.len());
    let mut transactions = Vec::new();
    for (open, answer) in open.iter().zip(answers) {
        let ConsumeAnswer::Registered {
            decision,
            transaction_id,
        } = answer
        else {
            panic!("{answer:?}");
        };
        let said = decision_text(&open.attempt_id, &transaction_id);
        assert_eq!(String::from_utf8(decision.clone()).unwrap(), said);
        assert_eq!(setup.attempt(&open.attempt_id).answer, Some(decision));
        transactions.push(transaction_id);
    }
    transactions.dedup();
    assert_eq!(transactions.len(), 1);
}

/// A decision that cannot be sealed costs its own item, and so does one whose sealing panics.
pub fn decision_that_cannot_be_sealed_costs_its_item_only<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = opened(&setup, 4);
    let mut batch = items(&setup, &open);
    batch[1].decide = Box::new(|_| Err("no clock".to_owned()));
    batch[2].decide = Box::new(|_| panic!("poisoned"));
    let answers = setup.registrar().consume(batch).unwrap();
    assert!(wrote(&answers[0]) && wrote(&answers[3]), "{answers:?}");
    let said = LossReason::DecisionUnsealable("no clock".to_owned());
    assert_eq!(answers[1], ConsumeAnswer::Lost(said));
    assert!(matches!(
        answers[2],
        ConsumeAnswer::Lost(LossReason::DecisionUnsealable(_))
    ));
    for (number, lost) in [false, true, true, false].into_iter().enumerate() {
        assert_eq!(setup.heads(&format!("DOT_{number}")).is_empty(), lost);
        let state = setup.attempt(&open[number].attempt_id).state;
        assert_eq!(state == AttemptState::Reserved, lost);
    }
    // The writer goes on.
    setup.written(setup.item(&open[1]));
}

/// A row that the store's own rules refuse costs its own item: here a head of one target under the
/// key of another.
pub fn row_that_the_store_refuses_costs_its_item_only<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = opened(&setup, 3);
    let mut batch = items(&setup, &open);
    batch[1].head.canonical_target = "dot:ANOTHER".into();
    let answers = setup.registrar().consume(batch).unwrap();
    assert!(wrote(&answers[0]) && wrote(&answers[2]), "{answers:?}");
    assert!(
        matches!(
            answers[1],
            ConsumeAnswer::Lost(LossReason::DecisionUnsealable(_))
        ),
        "{answers:?}"
    );
    assert!(setup.heads("DOT_1").is_empty());
}

/// Whatever the items of a call lose to, each is told its own reason at its own place, and every
/// sound one between them is written.
pub fn every_loss_in_one_batch_leaves_its_neighbours<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let registered = setup.other_effect("DOT_1");
    setup.open(&registered);
    let mut open = opened(&setup, 8);
    setup.written(setup.item(&registered));
    setup.insert("hold_event", "hold/1", hold("DOT_3", "hold"));
    let rows = setup.authorise("DOT_5");
    let mut batch = items(&setup, &open);
    setup.insert("approval", "app/again", crate::material::approval("DOT_5"));
    batch[2].expires_at = at(0);
    batch[4].owner_token = new_id();
    batch[5].expected = rows;
    batch[6].gate_expires_at = at(0);
    let answers = setup.registrar().consume(batch).unwrap();
    let lost = |number: usize| match &answers[number] {
        ConsumeAnswer::Lost(reason) => reason.clone(),
        answer @ ConsumeAnswer::Registered { .. } => panic!("{number}: {answer:?}"),
    };
    assert!(wrote(&answers[0]) && wrote(&answers[7]), "{answers:?}");
    assert_eq!(
        lost(1),
        LossReason::HeadExists {
            head_key: registered.attempt_id.to_string()
        }
    );
    assert_eq!(lost(2), LossReason::Expired);
    assert_eq!(lost(3), LossReason::HoldPlaced);
    let standing = setup.attempt(&open[4].attempt_id);
    assert_eq!(lost(4), LossReason::NotReserved(Some(Box::new(standing))));
    assert_eq!(
        lost(5),
        LossReason::AuthorityChanged(vec!["AMBIGUOUS_AUTHORITY"])
    );
    assert_eq!(lost(6), LossReason::GateChanged);
    for lost in open.drain(..).skip(1).take(6) {
        let state = setup.attempt(&lost.attempt_id).state;
        assert_eq!(state, AttemptState::Reserved);
    }
}

/// Rivals in one call are rivals as in several: one of those after one target is written, whichever,
/// and the others are told it; an attempt that comes twice is written once.
pub fn rivals_in_one_batch_leave_one_winner<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let same: Vec<_> = (0..3).map(|_| setup.reservation("DOT_A")).collect();
    let other: Vec<_> = (0..3).map(|_| setup.other_effect("DOT_B")).collect();
    let twice = setup.reservation("DOT_C");
    for open in same.iter().chain(&other).chain([&twice]) {
        setup.open(open);
    }
    let mut open: Vec<_> = same.iter().zip(&other).flat_map(|(a, b)| [a, b]).collect();
    open.extend([&twice, &twice]);
    let batch = open.iter().map(|open| setup.item(open)).collect();
    let answers = setup.registrar().consume(batch).unwrap();
    let of = |target: &str| -> Vec<&ConsumeAnswer> {
        let of_target = |(open, answer)| {
            let open: &&Reservation = open;
            (open.target == target).then_some(answer)
        };
        open.iter().zip(&answers).filter_map(of_target).collect()
    };
    for (target, code) in [
        ("dot:DOT_A", "DOT_A"),
        ("dot:DOT_B", "DOT_B"),
        ("dot:DOT_C", "DOT_C"),
    ] {
        let winners = of(target).into_iter().filter(|answer| wrote(answer));
        assert_eq!(winners.count(), 1, "{answers:?}");
        assert_eq!(setup.heads(code).len(), 1);
    }
    let winner = setup.heads("DOT_A").remove(0).attempt_id;
    let told = ConsumeAnswer::Lost(LossReason::EffectCommitted(Box::new(
        setup.attempt(&winner),
    )));
    assert_eq!(
        of("dot:DOT_A")
            .into_iter()
            .filter(|answer| **answer == told)
            .count(),
        2
    );
    let head_key = setup.heads("DOT_B").remove(0).row_key;
    let told = ConsumeAnswer::Lost(LossReason::HeadExists { head_key });
    assert_eq!(
        of("dot:DOT_B")
            .into_iter()
            .filter(|answer| **answer == told)
            .count(),
        2
    );
    let standing = Some(Box::new(setup.attempt(&twice.attempt_id)));
    let told = ConsumeAnswer::Lost(LossReason::NotReserved(standing));
    assert_eq!(
        of("dot:DOT_C")
            .into_iter()
            .filter(|answer| **answer == told)
            .count(),
        1
    );
}

/// A first registration and a later one of retired targets go through one call side by side.
pub fn operations_of_one_batch_are_judged_each_by_its_own_past<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    setup.authorise("DOT_0");
    setup.authorise("DOT_1");
    for code in ["DOT_0", "DOT_1"] {
        setup.register(code);
        let row = retirement(&format!("retire/{code}"), code, &format!("app/{code}"));
        setup.authority().retire_head(code, row).unwrap();
    }
    let open: Vec<_> = (0..4)
        .map(|number| setup.other_effect(&format!("DOT_{number}")))
        .collect();
    setup.registrar().reserve(open.clone()).unwrap();
    let mut batch = items(&setup, &open);
    for again in [0, 2] {
        batch[again].operation = registrar::port::REREGISTER.into();
    }
    let answers = setup.registrar().consume(batch).unwrap();
    let other = ConsumeAnswer::Lost(LossReason::OtherOperation);
    assert!(wrote(&answers[0]), "{answers:?}");
    assert_eq!(answers[1], other);
    assert_eq!(answers[2], other);
    assert!(wrote(&answers[3]), "{answers:?}");
}
