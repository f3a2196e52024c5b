use serde_json::json;

use super::fixture::{Case, HASH, OTHER_HASH, accepted, approval_of, refused};
use crate::contract::RejectCode::{
    AmbiguousAuthority, ApprovalAbsent, ApprovalExpired, ApprovalNotBoundToEffectIdentity,
    ApprovalSuperseded, FreeTextActionRejected, LifecycleNotActive,
    OwnerBindingFailClosedUntilAprPayloadSupport, QuorumNotReached,
};

#[test]
fn registration_without_approval_is_refused() {
    refused(|case| case.remove("apr-1"), &[ApprovalAbsent]);
    refused(
        |case| case.set("apr-1", json!({"object_ref": "DOT_OTHER"})),
        &[ApprovalAbsent],
    );
}

#[test]
fn approval_of_another_artifact_is_not_bound() {
    refused(
        |case| case.set("apr-1", json!({"artifact_hash": OTHER_HASH})),
        &[ApprovalNotBoundToEffectIdentity],
    );
    accepted(|case| case.add("approval", "apr-2", approval_of(OTHER_HASH)));
}

#[test]
fn approval_of_another_operation_is_not_bound() {
    let governed = |case: &mut Case| {
        case.end("act-1", "active");
        case.set(
            "act-1-active",
            json!({"operation": "retire_dot", "supersedes": null}),
        );
    };
    refused(
        |case| {
            governed(case);
            case.set("apr-1", json!({"operation": "retire_dot"}));
        },
        &[ApprovalNotBoundToEffectIdentity],
    );
    accepted(governed);
}

#[test]
fn approval_that_names_its_action_as_text_is_rejected() {
    refused(
        |case| case.set("apr-1", json!({"operation": "put it in the list"})),
        &[FreeTextActionRejected],
    );
}

#[test]
fn approval_without_place_for_the_binding_fails_closed() {
    for column in ["operation", "artifact_hash"] {
        refused(
            |case| case.strip("apr-1", column),
            &[OwnerBindingFailClosedUntilAprPayloadSupport],
        );
    }
    refused(
        |case| case.set("apr-1", json!({"artifact_hash": null})),
        &[OwnerBindingFailClosedUntilAprPayloadSupport],
    );
}

#[test]
fn approval_counts_until_before_its_end() {
    refused(
        |case| {
            case.set(
                "apr-1",
                json!({"expires_at": "2026-06-21T09:00:00.000000Z"}),
            );
        },
        &[ApprovalExpired],
    );
    accepted(|case| {
        case.set(
            "apr-1",
            json!({"expires_at": "2026-06-21T09:00:00.000001Z"}),
        );
    });
    refused(|case| case.end("apr-1", "expired"), &[ApprovalExpired]);
}

#[test]
fn superseded_approval_does_not_count_for_what_it_approved() {
    refused(
        |case| {
            case.end("apr-1", "active");
            case.set("apr-1-active", json!({"artifact_hash": OTHER_HASH}));
        },
        &[ApprovalSuperseded],
    );
}

#[test]
fn superseding_approval_of_the_same_artifact_needs_votes_of_its_own() {
    refused(|case| case.end("apr-1", "active"), &[QuorumNotReached]);
    let attested = accepted(|case| {
        case.end("apr-1", "active");
        case.set("vote-1", json!({"approval_ref": "apr-1-active"}));
    });
    assert_eq!(
        attested.owner_or_approval_binding.approval_ref,
        "apr-1-active"
    );
}

#[test]
fn revoked_approval_is_not_active() {
    refused(|case| case.end("apr-1", "revoked"), &[LifecycleNotActive]);
}

#[test]
fn two_active_approvals_of_one_effect_are_ambiguous() {
    refused(
        |case| case.add("approval", "apr-2", approval_of(HASH)),
        &[AmbiguousAuthority],
    );
}

#[test]
fn attestation_ends_with_the_approval_it_rests_on() {
    let mut case = Case::good();
    case.set(
        "apr-1",
        json!({"expires_at": "2026-06-21T09:00:02.000000Z"}),
    );
    let header = case.run().unwrap().header;
    assert_eq!(header.expires_at.to_string(), "2026-06-21T09:00:01.999999Z");
}
