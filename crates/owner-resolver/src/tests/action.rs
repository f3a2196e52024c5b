use serde_json::json;

use super::fixture::{accepted, refused};
use crate::contract::RejectCode::{
    ActionTypeUngoverned, ActorMismatch, AmbiguousAuthority, FreeTextActionRejected,
    LifecycleNotActive,
};

#[test]
fn everything_in_place_is_attested_from_the_rows() {
    let attested = accepted(|_| {});
    assert_eq!(attested.canonical_operation, "register_dot");
    assert_eq!(attested.canonical_target, "dot:DOT_DAILY_REPORT");
    assert_eq!(attested.scope, "catalogue/dots");
    assert_eq!(attested.actor_principal, "principal/alice");
    assert_eq!(
        attested.postcondition_verifier_ref,
        "verifier/postcondition-1"
    );
    let binding = attested.owner_or_approval_binding;
    assert_eq!(binding.ownership_ref, "own-1");
    assert_eq!(binding.owner_principal, "principal/olga");
    assert_eq!(binding.approval_ref, "apr-1");
    assert_eq!(binding.signoff_ref, None);
    assert_eq!(binding.quorum.counted.len(), 1);
}

#[test]
fn operation_without_action_type_is_ungoverned() {
    refused(|case| case.remove("act-1"), &[ActionTypeUngoverned]);
    refused(
        |case| case.request["request_proposed"]["operation"] = json!("retire_dot"),
        &[ActionTypeUngoverned],
    );
}

#[test]
fn action_type_that_is_not_implemented_is_ungoverned() {
    refused(
        |case| case.set("act-1", json!({"implemented": 0})),
        &[ActionTypeUngoverned],
    );
    accepted(|case| case.set("act-1", json!({"implemented": 1})));
}

#[test]
fn operation_in_free_text_is_rejected() {
    refused(
        |case| case.request["request_proposed"]["operation"] = json!("please register it"),
        &[FreeTextActionRejected],
    );
}

#[test]
fn revoked_action_type_is_not_active() {
    refused(|case| case.end("act-1", "revoked"), &[LifecycleNotActive]);
    refused(
        |case| case.set("act-1", json!({"lifecycle_status": "expired"})),
        &[LifecycleNotActive],
    );
}

#[test]
fn superseded_action_type_gives_way_to_its_successor() {
    accepted(|case| case.end("act-1", "active"));
}

#[test]
fn two_active_action_types_are_ambiguous() {
    refused(
        |case| {
            case.end("act-1", "active");
            case.set("act-1-active", json!({"supersedes": null}));
        },
        &[AmbiguousAuthority],
    );
}

#[test]
fn caller_is_whom_the_channel_authenticates_never_whom_it_names() {
    refused(
        |case| case.request["request_proposed"]["actor"] = json!("bob"),
        &[ActorMismatch],
    );
    refused(
        |case| case.request["request_proposed"]["actor"] = json!("nobody"),
        &[ActorMismatch],
    );
    refused(
        |case| case.caller = json!({"channel": "os_uid", "value": "9"}),
        &[ActorMismatch],
    );
    accepted(|case| case.request["request_proposed"]["actor"] = json!("principal/alice"));
}

#[test]
fn alias_is_a_name_and_authenticates_nobody() {
    refused(
        |case| case.caller = json!({"channel": "alias", "value": "alice"}),
        &[ActorMismatch],
    );
    accepted(|case| {
        case.bind("tok-alice", "token_subject", "alice@ci", "principal/alice");
        case.caller = json!({"channel": "token_subject", "value": "alice@ci"});
    });
}

#[test]
fn revoked_caller_is_not_active() {
    refused(
        |case| case.end("uid-alice", "revoked"),
        &[LifecycleNotActive],
    );
}
