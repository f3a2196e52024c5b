//! Reserving and consuming, one at a time and in batches.

use authority::port::AuthorityWriter as _;
use canonical::Timestamp;
use registrar::port::{
    AttemptState, ConsumeAnswer, ConsumeItem, HeadVersion, LossReason, RegistrarStore as _,
    ReserveAnswer, policy_digest,
};
use serde_json::json;

use super::{Fixture, approval, at, digest, fixture, later, new_id, new_row, reservation, vote};

fn lost(fixture: &Fixture, item: ConsumeItem) -> LossReason {
    match fixture.consume(item) {
        ConsumeAnswer::Lost(reason) => reason,
        answer @ ConsumeAnswer::Registered { .. } => panic!("{answer:?}"),
    }
}

/// A reserved attempt on a code, and its item.
fn reserved(fixture: &Fixture, dot_code: &str) -> ConsumeItem {
    let reservation = reservation(dot_code);
    fixture.reserve(&reservation);
    fixture.item(&reservation)
}

#[test]
fn registration_writes_one_key_one_draft_and_one_decision() {
    let fixture = fixture();
    let attempt = fixture.register("DOT_A");
    assert_eq!(attempt.state, AttemptState::Consumed);
    let said = String::from_utf8(attempt.answer.unwrap()).unwrap();
    assert_eq!(said, format!("{} in txn:1", attempt.attempt_id));
    for table in ["attempt", "ledger", "dot_catalogue", "decision", "evidence"] {
        assert_eq!(fixture.count(table), 1, "{table}");
    }
    let head = fixture.registrar().current_head("DOT_A").unwrap();
    assert_eq!(head, Some(attempt.attempt_id.to_string()));
}

#[test]
fn attempt_is_found_by_each_of_its_names() {
    let fixture = fixture();
    let stored = fixture.register("DOT_A");
    let mut registrar = fixture.registrar();
    let found = [
        registrar.attempt_by_nonce(&stored.nonce).unwrap(),
        registrar.attempt_by_replay_key(&stored.replay_key).unwrap(),
        registrar.attempt_by_id(&stored.attempt_id).unwrap(),
        registrar
            .attempt_by_effect(&stored.effect_identity)
            .unwrap(),
    ];
    assert!(found.iter().all(|found| found.as_ref() == Some(&stored)));
    assert_eq!(registrar.attempt_by_nonce("n1.other").unwrap(), None);
    assert_eq!(
        registrar.attempt_by_replay_key(&digest("other")).unwrap(),
        None
    );
    let frame = registrar.evidence(&stored.attempt_id).unwrap().unwrap();
    assert_eq!(frame, b"{\"request\":{}}");
}

#[test]
fn open_attempt_is_found_by_effect_only_once_it_is_committed() {
    let fixture = fixture();
    let open = reservation("DOT_A");
    fixture.reserve(&open);
    let mut registrar = fixture.registrar();
    assert_eq!(
        registrar.attempt_by_effect(&open.effect_identity).unwrap(),
        None
    );
    let stored = registrar.attempt_by_nonce(&open.nonce).unwrap().unwrap();
    assert_eq!(stored.state, AttemptState::Reserved);
    assert_eq!(stored.answer, None);
}

#[test]
fn reservation_says_what_stands_in_its_way() {
    let fixture = fixture();
    let first = reservation("DOT_A");
    fixture.reserve(&first);
    let mut same_nonce = reservation("DOT_A");
    same_nonce.nonce.clone_from(&first.nonce);
    let mut same_key = reservation("DOT_A");
    same_key.replay_key = first.replay_key;
    for taken in [first.clone(), same_nonce, same_key] {
        let answer = fixture.reserve(&taken);
        assert!(
            matches!(&answer, ReserveAnswer::NonceTaken(by) if by.attempt_id == first.attempt_id),
            "{answer:?}"
        );
    }
    fixture.consume(fixture.item(&first));
    let answer = fixture.reserve(&reservation("DOT_A"));
    assert!(
        matches!(answer, ReserveAnswer::EffectCommitted(by) if by.attempt_id == first.attempt_id)
    );
    let mut other_effect = reservation("DOT_A");
    other_effect.effect_identity = digest("another version");
    assert_eq!(
        fixture.reserve(&other_effect),
        ReserveAnswer::HeadExists {
            head_key: first.attempt_id.to_string(),
            dot_code: "DOT_A".to_owned()
        }
    );
}

#[test]
fn malformed_nonce_is_an_error_and_not_a_reservation() {
    let fixture = fixture();
    let mut malformed = reservation("DOT_A");
    malformed.nonce = "n1.none".to_owned();
    fixture.registrar().reserve(vec![malformed]).unwrap_err();
    assert_eq!(fixture.count("attempt"), 0);
}

#[test]
fn only_the_token_and_epoch_that_reserved_may_consume() {
    let fixture = fixture();
    let open = reservation("DOT_A");
    fixture.reserve(&open);
    let mut other_token = fixture.item(&open);
    other_token.owner_token = new_id();
    let mut other_epoch = fixture.item(&open);
    other_epoch.epoch = 2;
    let mut other_key = fixture.item(&open);
    other_key.replay_key = digest("other key");
    for item in [other_token, other_epoch, other_key] {
        let reason = lost(&fixture, item);
        assert!(
            matches!(&reason, LossReason::NotReserved(Some(by)) if by.state == AttemptState::Reserved),
            "{reason:?}"
        );
    }
    let mut unknown = fixture.item(&open);
    unknown.attempt_id = new_id();
    assert_eq!(lost(&fixture, unknown), LossReason::NotReserved(None));
    let answer = fixture.consume(fixture.item(&open));
    assert!(matches!(answer, ConsumeAnswer::Registered { .. }));
}

#[test]
fn second_consume_gets_the_first_ones_decision() {
    let fixture = fixture();
    let open = reservation("DOT_A");
    fixture.reserve(&open);
    let ConsumeAnswer::Registered { decision, .. } = fixture.consume(fixture.item(&open)) else {
        panic!("not registered");
    };
    let LossReason::NotReserved(Some(sibling)) = lost(&fixture, fixture.item(&open)) else {
        panic!("not lost to its sibling");
    };
    assert_eq!(sibling.answer, Some(decision));
}

#[test]
fn effect_and_head_are_consumed_once() {
    let fixture = fixture();
    let (same_effect, other_effect) = (reservation("DOT_A"), {
        let mut other = reservation("DOT_A");
        other.effect_identity = digest("another version");
        other
    });
    fixture.reserve(&same_effect);
    fixture.reserve(&other_effect);
    let first = fixture.register("DOT_A");
    let reason = lost(&fixture, fixture.item(&same_effect));
    assert!(matches!(reason, LossReason::EffectCommitted(by) if by.attempt_id == first.attempt_id));
    assert_eq!(
        lost(&fixture, fixture.item(&other_effect)),
        LossReason::HeadExists {
            head_key: first.attempt_id.to_string()
        }
    );
    assert_eq!(
        fixture.attempt(&same_effect.attempt_id).state,
        AttemptState::Reserved
    );
}

#[test]
fn expiry_is_judged_by_the_stores_clock() {
    let fixture = fixture();
    let mut expired = reserved(&fixture, "DOT_A");
    expired.expires_at = at(-1_000_000);
    assert_eq!(lost(&fixture, expired), LossReason::Expired);
    let answer = fixture.consume(reserved(&fixture, "DOT_B"));
    assert!(matches!(answer, ConsumeAnswer::Registered { .. }));
}

#[test]
fn gate_report_that_ended_or_describes_another_schema_is_refused() {
    let fixture = fixture();
    let open = reservation("DOT_A");
    fixture.reserve(&open);
    let mut stale = fixture.item(&open);
    stale.gate_expires_at = at(-1_000_000);
    assert_eq!(lost(&fixture, stale), LossReason::GateChanged);
    let accurate = fixture.item(&open);
    fixture
        .raw()
        .execute_batch("CREATE TRIGGER notify AFTER INSERT ON dot_catalogue BEGIN SELECT 1; END")
        .unwrap();
    assert_eq!(lost(&fixture, accurate), LossReason::GateChanged);
    let answer = fixture.consume(fixture.item(&open));
    assert!(matches!(answer, ConsumeAnswer::Registered { .. }));
}

#[test]
fn policy_that_is_not_the_one_in_force_is_refused() {
    let fixture = fixture();
    let open = reservation("DOT_A");
    fixture.reserve(&open);
    let policy = |body: &str, supersedes| {
        let id = "policy/default";
        json!({"policy_id": id, "body": body, "supersedes": supersedes})
    };
    let judged_before = fixture.item(&open);
    fixture.insert(
        "policy",
        "policy/2",
        policy("{\"strict\":1}", json!("policy/1")),
    );
    assert_eq!(lost(&fixture, judged_before), LossReason::GateChanged);
    fixture.insert("policy", "policy/3", policy("{}", json!(null)));
    assert_eq!(lost(&fixture, fixture.item(&open)), LossReason::GateChanged);
    let mut end = policy("{}", json!("policy/3"));
    end["lifecycle_status"] = json!("revoked");
    fixture.insert("policy", "policy/4", end);
    let mut item = fixture.item(&open);
    item.policy_digest = policy_digest(b"{\"strict\":1}");
    let answer = fixture.consume(item);
    assert!(matches!(answer, ConsumeAnswer::Registered { .. }));
}

#[test]
fn reservation_from_before_a_retirement_registers_nothing_any_more() {
    let fixture = fixture();
    fixture.authorise("DOT_A");
    let mut late = reservation("DOT_A");
    late.effect_identity = digest("another effect");
    let mut early = reservation("DOT_A");
    early.effect_identity = digest("a third effect");
    fixture.reserve(&late);
    fixture.reserve(&early);
    fixture.register("DOT_A");
    let row = json!({"dot_code": "DOT_A", "approval_ref": "app/DOT_A", "reason": "test"});
    fixture
        .authority()
        .retire_head("DOT_A", new_row("retirement", "retirement/1", row))
        .unwrap();
    assert_eq!(
        lost(&fixture, fixture.item(&late)),
        LossReason::OtherOperation
    );
    let mut again = fixture.item(&early);
    again.operation = "reregister_dot".to_owned();
    let answer = fixture.consume(again);
    assert!(matches!(answer, ConsumeAnswer::Registered { .. }));
    // Now there is a head, and it leads.
    let head = lost(&fixture, fixture.item(&late));
    assert!(matches!(head, LossReason::HeadExists { .. }));
}

#[test]
fn target_that_was_never_retired_is_not_registered_again() {
    let fixture = fixture();
    let mut again = reserved(&fixture, "DOT_A");
    again.operation = "reregister_dot".to_owned();
    assert_eq!(lost(&fixture, again), LossReason::OtherOperation);
    let mut unknown = reserved(&fixture, "DOT_A");
    unknown.operation = "delete_dot".to_owned();
    assert_eq!(lost(&fixture, unknown), LossReason::OtherOperation);
    let answer = fixture.consume(reserved(&fixture, "DOT_A"));
    assert!(matches!(answer, ConsumeAnswer::Registered { .. }));
}

#[test]
fn clock_that_went_back_behind_the_reservation_is_refused() {
    let fixture = fixture();
    let open = reservation("DOT_A");
    fixture.reserve(&open);
    let mut ahead = reservation("DOT_B");
    ahead.expires_at = later();
    fixture.reserve(&ahead);
    // As if the clock had been a minute ahead when it was reserved.
    fixture
        .raw()
        .execute_batch(
            "DROP TRIGGER attempt_is_closed_once;
             UPDATE attempt SET opened_at = opened_at + 60000000 WHERE target = 'dot:DOT_B'",
        )
        .unwrap();
    let answer = fixture.consume(fixture.item(&open));
    assert!(matches!(answer, ConsumeAnswer::Registered { .. }));
    assert_eq!(
        lost(&fixture, fixture.item(&ahead)),
        LossReason::ClockWentBack
    );
    assert_eq!(
        fixture.attempt(&ahead.attempt_id).state,
        AttemptState::Reserved
    );
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

#[test]
fn hold_on_the_target_or_on_all_stops_until_it_is_released() {
    let fixture = fixture();
    for (number, place) in ["DOT_A", "*"].into_iter().enumerate() {
        let event = |kind| json!({"dot_code": place, "kind": kind, "reason": "test"});
        fixture.insert("hold_event", &format!("hold/{number}"), event("hold"));
        let held = reserved(&fixture, "DOT_A");
        assert_eq!(lost(&fixture, held), LossReason::HoldPlaced);
        fixture.insert("hold_event", &format!("release/{number}"), event("release"));
    }
    let answer = fixture.consume(reserved(&fixture, "DOT_A"));
    assert!(matches!(answer, ConsumeAnswer::Registered { .. }));
}

#[test]
fn open_configuration_stops_until_it_is_closed() {
    let fixture = fixture();
    let entry = |value| json!({"dot_code": "DOT_A", "name": "schedule", "value": value});
    fixture.insert("dot_config", "config/1", entry("open"));
    assert_eq!(
        lost(&fixture, reserved(&fixture, "DOT_A")),
        LossReason::ConfigNotClosed
    );
    let mut closing = entry("closed");
    closing["supersedes"] = json!("config/1");
    fixture.insert("dot_config", "config/2", closing);
    let answer = fixture.consume(reserved(&fixture, "DOT_A"));
    assert!(matches!(answer, ConsumeAnswer::Registered { .. }));
}

#[test]
fn approval_that_was_rejected_or_used_retires_no_head() {
    let fixture = fixture();
    fixture.authorise("DOT_A");
    fixture.authorise("DOT_B");
    fixture.authorise("DOT_C");
    for code in ["DOT_A", "DOT_B", "DOT_C"] {
        fixture.register(code);
    }
    let retirement = |key: &str, code: &str, approval_ref: &str| {
        let row = json!({"dot_code": code, "approval_ref": approval_ref, "reason": "test"});
        new_row("retirement", key, row)
    };
    let mut authority = fixture.authority();
    // As if the rejection came after the approval was judged.
    fixture.insert("approval_vote", "vote/1", vote("app/DOT_A", "reject"));
    authority
        .retire_head("DOT_A", retirement("r/1", "DOT_A", "app/DOT_A"))
        .unwrap_err();
    authority
        .retire_head("DOT_B", retirement("r/2", "DOT_B", "app/DOT_B"))
        .unwrap();
    authority
        .retire_head("DOT_C", retirement("r/3", "DOT_C", "app/DOT_B"))
        .unwrap_err();
    let mut registrar = fixture.registrar();
    let mut has_head = |code| registrar.current_head(code).unwrap().is_some();
    assert_eq!(
        ["DOT_A", "DOT_B", "DOT_C"].map(&mut has_head),
        [true, false, true]
    );
}

/// Loses an item to an authority row that was inserted after the readback.
fn loses_to(carrier: &str, row_key: &str, columns: serde_json::Value) -> LossReason {
    let fixture = fixture();
    let rows = fixture.authorise("DOT_A");
    let open = reservation("DOT_A");
    fixture.reserve(&open);
    let mut item = fixture.item(&open);
    item.expected = rows;
    fixture.insert(carrier, row_key, columns);
    lost(&fixture, item)
}

#[test]
fn authority_that_changed_after_the_readback_is_noticed() {
    let changed = |code| LossReason::AuthorityChanged(vec![code]);
    assert_eq!(
        loses_to("approval_vote", "vote/1", vote("app/DOT_A", "reject")),
        changed("LIFECYCLE_CHANGED_POST_ISSUANCE")
    );
    let mut replaced = approval("DOT_A");
    replaced["supersedes"] = json!("app/DOT_A");
    assert_eq!(
        loses_to("approval", "app/2", replaced),
        changed("LIFECYCLE_CHANGED_POST_ISSUANCE")
    );
    let mut revoked = super::ownership("DOT_A");
    revoked["supersedes"] = json!("own/DOT_A");
    revoked["lifecycle_status"] = json!("revoked");
    assert_eq!(
        loses_to("ownership", "own/2", revoked),
        changed("LIFECYCLE_CHANGED_POST_ISSUANCE")
    );
    // A second approval of the same effect.
    assert_eq!(
        loses_to("approval", "app/2", approval("DOT_A")),
        changed("AMBIGUOUS_AUTHORITY")
    );
    // The request's scope lies in both.
    let mut rival = super::ownership("DOT_A");
    rival["effective_from"] = json!("1971-01-01T00:00:00.000000Z");
    let fixture = fixture();
    let mut narrow = super::ownership("DOT_A");
    narrow["scope"] = json!("catalogue/daily");
    narrow["effective_from"] = rival["effective_from"].clone();
    let own = fixture.insert("ownership", "own/narrow", narrow);
    let open = reservation("DOT_A");
    fixture.reserve(&open);
    let mut item = fixture.item(&open);
    item.head.scope = "catalogue/daily".to_owned();
    item.expected = vec![super::expected(&own)];
    fixture.insert("ownership", "own/wide", rival);
    assert_eq!(lost(&fixture, item), changed("AMBIGUOUS_AUTHORITY"));
}

#[test]
fn unrelated_authority_rows_do_not_disturb() {
    let fixture = fixture();
    let rows = fixture.authorise("DOT_A");
    let open = reservation("DOT_A");
    fixture.reserve(&open);
    let mut item = fixture.item(&open);
    item.expected = rows;
    fixture.insert("approval_vote", "vote/1", vote("app/DOT_A", "approve"));
    fixture.authorise("DOT_B");
    let answer = fixture.consume(item);
    assert!(
        matches!(answer, ConsumeAnswer::Registered { .. }),
        "{answer:?}"
    );
}

#[test]
fn row_changed_behind_the_stores_back_is_noticed_when_a_head_moved() {
    let fixture = fixture();
    let rows = fixture.authorise("DOT_A");
    let open = reservation("DOT_A");
    fixture.reserve(&open);
    let raw = fixture.raw();
    raw.execute_batch(
        "DROP TRIGGER approval_is_never_changed; UPDATE approval SET proposer = 'someone'",
    )
    .unwrap();
    let mut item = fixture.item(&open);
    item.expected = rows;
    item.head_versions = vec![HeadVersion {
        scope_key: "dot:DOT_A".to_owned(),
        version: 0,
    }];
    assert_eq!(
        lost(&fixture, item),
        LossReason::AuthorityChanged(vec!["AUTHORITY_READBACK_MISMATCH"])
    );
}

#[test]
fn decision_that_cannot_be_sealed_or_panics_costs_its_item_only() {
    let fixture = fixture();
    let codes = ["DOT_A", "DOT_B", "DOT_C", "DOT_D"];
    let open = codes.map(reservation);
    fixture.registrar().reserve(open.to_vec()).unwrap();
    let mut items: Vec<ConsumeItem> = open.iter().map(|open| fixture.item(open)).collect();
    items[1].decide = Box::new(|_| Err("no clock".to_owned()));
    items[2].decide = Box::new(|_| panic!("poisoned"));
    let answers = fixture.registrar().consume(items).unwrap();
    let unsealable =
        |text: &str| ConsumeAnswer::Lost(LossReason::DecisionUnsealable(text.to_owned()));
    assert!(matches!(answers[0], ConsumeAnswer::Registered { .. }));
    assert_eq!(answers[1], unsealable("no clock"));
    assert_eq!(answers[2], unsealable("sealing the decision panicked"));
    assert!(matches!(answers[3], ConsumeAnswer::Registered { .. }));
    assert_eq!(fixture.count("dot_catalogue"), 2);
    assert_eq!(
        fixture.attempt(&open[1].attempt_id).state,
        AttemptState::Reserved
    );
}

#[test]
fn row_that_the_store_refuses_costs_its_item_only() {
    let fixture = fixture();
    let open = ["DOT_A", "DOT_B"].map(reservation);
    fixture.registrar().reserve(open.to_vec()).unwrap();
    let mut items: Vec<ConsumeItem> = open.iter().map(|open| fixture.item(open)).collect();
    items[0].head.canonical_target = "dot:ANOTHER".to_owned();
    let answers = fixture.registrar().consume(items).unwrap();
    assert!(
        matches!(
            &answers[0],
            ConsumeAnswer::Lost(LossReason::DecisionUnsealable(said)) if said.contains("rules refuse")
        ),
        "{answers:?}"
    );
    assert!(matches!(answers[1], ConsumeAnswer::Registered { .. }));
}

#[test]
fn batch_answers_in_order_and_shares_one_transaction() {
    let fixture = fixture();
    let codes: Vec<String> = (0..20).map(|number| format!("DOT_{number}")).collect();
    let open: Vec<_> = codes.iter().map(|code| reservation(code)).collect();
    let answers = fixture.registrar().reserve(open.clone()).unwrap();
    assert!(
        answers
            .iter()
            .all(|answer| matches!(answer, ReserveAnswer::Reserved { .. }))
    );
    let items = open.iter().map(|open| fixture.item(open)).collect();
    let answers = fixture.registrar().consume(items).unwrap();
    for (open, answer) in open.iter().zip(answers) {
        let ConsumeAnswer::Registered {
            decision,
            transaction_id,
        } = answer
        else {
            panic!("{answer:?}");
        };
        let said = String::from_utf8(decision).unwrap();
        assert_eq!(said, format!("{} in {transaction_id}", open.attempt_id));
        assert_eq!(transaction_id, "txn:1");
    }
}

#[test]
fn recovery_finds_open_and_unverified_attempts() {
    let fixture = fixture();
    let open = reservation("DOT_A");
    fixture.reserve(&open);
    let done = fixture.register("DOT_B");
    let mut registrar = fixture.registrar();
    let found = registrar.open_attempts(later(), 10).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].attempt_id, open.attempt_id);
    let long_ago: Timestamp = at(-1_000_000);
    assert!(registrar.open_attempts(long_ago, 10).unwrap().is_empty());
    let unverified = registrar.unverified_attempts(10).unwrap();
    assert_eq!(unverified, [done]);
}

#[test]
fn retired_head_makes_room_for_another_operation() {
    let fixture = fixture();
    let first = fixture.register("DOT_A");
    fixture.authorise("DOT_A");
    let retirement =
        json!({"dot_code": "DOT_A", "approval_ref": "app/DOT_A", "reason": "replaced"});
    let row = || new_row("retirement", "retire/1", retirement.clone());
    let mut authority = fixture.authority();
    authority.retire_head("DOT_B", row()).unwrap_err();
    assert_eq!(fixture.count("retirement"), 0);
    authority.retire_head("DOT_A", row()).unwrap();
    authority
        .retire_head(
            "DOT_A",
            new_row("retirement", "retire/2", retirement.clone()),
        )
        .unwrap_err();
    let mut registrar = fixture.registrar();
    assert_eq!(registrar.current_head("DOT_A").unwrap(), None);
    assert!(registrar.retired_head("DOT_A").unwrap());
    assert!(!registrar.retired_head("DOT_B").unwrap());
    let mut again = reservation("DOT_A");
    let answer = fixture.reserve(&again);
    assert!(
        matches!(answer, ReserveAnswer::EffectCommitted(by) if by.attempt_id == first.attempt_id)
    );
    again.effect_identity = digest("reregister");
    fixture.reserve(&again);
    let mut item = fixture.item(&again);
    item.operation = "reregister_dot".to_owned();
    let answer = fixture.consume(item);
    assert!(
        matches!(answer, ConsumeAnswer::Registered { .. }),
        "{answer:?}"
    );
    assert_eq!(fixture.count("dot_catalogue"), 2);
}
