//! What is looked at once more inside the transaction that writes.

use authority::port::AuthorityWriter as _;
use registrar::port::{AttemptState, LossReason, REREGISTER, RegistrarStore as _, policy_digest};
use serde_json::json;

use crate::material::{at, config, hold, retirement, superseding};
use crate::setup::Setup;
use crate::{Fires, StoreUnderTest, Tampering};

/// An item is too late by the store's clock and nobody else's; its attempt stays reserved.
pub fn expiry_is_judged_by_the_stores_clock<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let mut expired = setup.opened_item("DOT_A");
    let attempt_id = expired.attempt_id;
    expired.expires_at = at(0);
    assert_eq!(setup.lost(expired), LossReason::Expired);
    let state = setup.attempt(&attempt_id).state;
    assert_eq!(state, AttemptState::Reserved);
    setup.written(setup.opened_item("DOT_B"));
}

/// A clock that stands before the reservation was set back: nothing that it says counts.
pub fn clock_that_went_back_behind_the_reservation_is_refused<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let ahead = setup.reservation("DOT_A");
    setup.open(&ahead);
    setup.written(setup.opened_item("DOT_B"));
    store.tamper(Tampering::OpenedLater {
        attempt_id: ahead.attempt_id,
    });
    assert_eq!(setup.lost(setup.item(&ahead)), LossReason::ClockWentBack);
    let state = setup.attempt(&ahead.attempt_id).state;
    assert_eq!(state, AttemptState::Reserved);
}

/// A gate report that has ended by the store's clock carries nothing any more.
pub fn gate_report_that_ended_is_refused<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    let mut stale = setup.item(&open);
    stale.gate_expires_at = at(0);
    assert_eq!(setup.lost(stale), LossReason::GateChanged);
    setup.written(setup.item(&open));
}

/// The transaction computes the fingerprint of the schema as the gate does, and refuses an item
/// whose gate report describes another schema; with a fresh report it goes through.
pub fn gate_report_on_another_schema_is_refused<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    let described_before = setup.item(&open);
    store.tamper(Tampering::ForeignTrigger {
        name: "notify",
        fires: Fires::OnEveryInsert,
    });
    assert_eq!(setup.lost(described_before), LossReason::GateChanged);
    let mut described_now = setup.item(&open);
    described_now.gate_fingerprint = setup.fingerprint_now();
    setup.written(described_now);
}

/// Items are written under the one policy in force, recognised by the bytes of its body: not under
/// the one before it, and under none while there are two.
pub fn policy_that_is_not_the_one_in_force_is_refused<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    let policy = |body: &str| json!({"policy_id": "policy/default", "body": body});
    let judged_before = setup.item(&open);
    let stricter = superseding(policy("{\"strict\":1}"), "active", "policy/1");
    setup.insert("policy", "policy/2", stricter);
    assert_eq!(setup.lost(judged_before), LossReason::GateChanged);
    setup.insert("policy", "policy/3", policy("{}"));
    for body in ["{}", "{\"strict\":1}"] {
        let mut item = setup.item(&open);
        item.policy_digest = policy_digest(body.as_bytes());
        assert_eq!(setup.lost(item), LossReason::GateChanged);
    }
    let end = superseding(policy("{}"), "revoked", "policy/3");
    setup.insert("policy", "policy/4", end);
    let mut item = setup.item(&open);
    item.policy_digest = policy_digest(b"{\"strict\":1}");
    setup.written(item);
}

/// A hold on the target or on all targets stops a write until it is released, and no other target
/// than its own; whoever asks for what stands against a target is told the same.
pub fn hold_on_the_target_or_on_all_stops_until_it_is_released<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let is_held = |target: &str| setup.registrar().standing(target).unwrap().is_held;
    for (number, place) in ["DOT_A", "*"].into_iter().enumerate() {
        setup.insert("hold_event", &format!("hold/{number}"), hold(place, "hold"));
        let held = setup.opened_item("DOT_A");
        assert_eq!(setup.lost(held), LossReason::HoldPlaced);
        assert!(is_held("dot:DOT_A"));
        assert_eq!(is_held("dot:DOT_B"), place == "*");
        let release = format!("release/{number}");
        setup.insert("hold_event", &release, hold(place, "release"));
        assert!(!is_held("dot:DOT_A"));
    }
    setup.written(setup.opened_item("DOT_A"));
    // A hold of yesterday that was released does not keep a new one from counting.
    setup.insert("hold_event", "hold/again", hold("DOT_B", "hold"));
    setup.insert("hold_event", "release/again", hold("DOT_B", "release"));
    setup.insert("hold_event", "hold/once-more", hold("DOT_B", "hold"));
    let held = setup.opened_item("DOT_B");
    assert_eq!(setup.lost(held), LossReason::HoldPlaced);
}

/// Runtime configuration of the target that is not closed stops a write until a later row closes
/// it; that of another target does not.
pub fn open_configuration_stops_until_it_is_closed<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let is_open = |target: &str| setup.registrar().standing(target).unwrap().has_open_config;
    let entry = |value| config("DOT_A", "schedule", value);
    setup.insert("dot_config", "config/1", entry("open"));
    assert!(is_open("dot:DOT_A"));
    assert!(!is_open("dot:DOT_B"));
    setup.written(setup.opened_item("DOT_B"));
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    assert_eq!(setup.lost(setup.item(&open)), LossReason::ConfigNotClosed);
    let closing = superseding(entry("closed"), "active", "config/1");
    setup.insert("dot_config", "config/2", closing);
    assert!(!is_open("dot:DOT_A"));
    setup.written(setup.item(&open));
}

/// A target is registered by the operation that fits its past: what was never retired is not
/// registered again, and an operation that nobody knows registers nothing.
pub fn target_that_was_never_retired_is_not_registered_again<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    for operation in [REREGISTER, "delete_dot"] {
        let mut item = setup.item(&open);
        item.operation = operation.into();
        assert_eq!(setup.lost(item), LossReason::OtherOperation);
    }
    setup.written(setup.item(&open));
}

/// A reservation that was opened before its target's head was written and retired again registers
/// nothing: a first registration is another operation now. While there is a head, the head is the
/// answer, whatever the operation.
pub fn reservation_from_before_a_retirement_registers_nothing_any_more<S: StoreUnderTest>(
    store: &S,
) {
    let setup = Setup::new(store);
    setup.authorise("DOT_A");
    let late = setup.other_effect("DOT_A");
    let early = setup.other_effect("DOT_A");
    setup.open(&late);
    setup.open(&early);
    setup.register("DOT_A");
    let row = retirement("retirement/1", "DOT_A", "app/DOT_A");
    setup.authority().retire_head("DOT_A", row).unwrap();
    assert_eq!(setup.lost(setup.item(&late)), LossReason::OtherOperation);
    let mut again = setup.item(&early);
    again.operation = REREGISTER.into();
    setup.written(again);
    assert_eq!(
        setup.lost(setup.item(&late)),
        LossReason::HeadExists {
            head_key: early.attempt_id.to_string()
        }
    );
}
