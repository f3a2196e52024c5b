use serde_json::json;

use super::fixture::{Case, accepted, owner, refused};
use crate::contract::RejectCode::{
    self, AmbiguousAuthority, ApprovalAbsent, CallerSelfAssertedOwnerRejected,
    DatabaseRoleNotOwner, DelegationExpired, DelegationNotYetEffective, FreeTextOwnerRejected,
    LifecycleNotActive, OperatorNotOwner, OwnerBindingAbsent, OwnerOfRecordAbsent,
    OwnerScopeMismatch, RegistrarNotAuthority, RequesterNotOwner, ValidatorNotAuthority,
};

#[test]
fn target_without_owner_has_no_owner_of_record() {
    refused(|case| case.remove("own-1"), &[OwnerOfRecordAbsent]);
    refused(
        |case| case.set("own-1", json!({"object_ref": "DOT_OTHER"})),
        &[OwnerOfRecordAbsent],
    );
}

#[test]
fn neither_owner_nor_approval_is_no_binding_at_all() {
    refused(
        |case| {
            case.remove("own-1");
            case.remove("apr-1");
        },
        &[OwnerOfRecordAbsent, OwnerBindingAbsent, ApprovalAbsent],
    );
}

#[test]
fn only_an_accountable_row_makes_an_owner_of_record() {
    for kind in ["supporting", "exception"] {
        refused(
            |case| case.set("own-1", json!({"kind": kind})),
            &[OwnerOfRecordAbsent],
        );
    }
    refused(
        |case| {
            let end = "2026-07-01T09:00:00.000000Z";
            case.set("own-1", json!({"kind": "delegated", "effective_to": end}));
        },
        &[OwnerOfRecordAbsent],
    );
    accepted(|case| {
        case.add("ownership", "own-2", owner("principal/bob"));
        case.set("own-2", json!({"kind": "supporting"}));
    });
}

#[test]
fn revoked_ownership_leaves_no_owner_of_record() {
    refused(
        |case| case.end("own-1", "revoked"),
        &[OwnerOfRecordAbsent, LifecycleNotActive],
    );
    refused(
        |case| case.set("own-1", json!({"lifecycle_status": "expired"})),
        &[OwnerOfRecordAbsent, LifecycleNotActive],
    );
}

#[test]
fn superseding_ownership_names_the_new_owner() {
    let attested = accepted(|case| {
        case.end("own-1", "active");
        case.set("own-1-active", json!({"owner": "principal/bob"}));
    });
    assert_eq!(
        attested.owner_or_approval_binding.ownership_ref,
        "own-1-active"
    );
    assert_eq!(
        attested.owner_or_approval_binding.owner_principal,
        "principal/bob"
    );
}

#[test]
fn two_accountable_owners_of_one_scope_are_ambiguous() {
    refused(
        |case| case.add("ownership", "own-2", owner("principal/bob")),
        &[AmbiguousAuthority],
    );
    accepted(|case| {
        case.add("ownership", "own-2", owner("principal/bob"));
        case.set("own-2", json!({"scope": "billing"}));
    });
}

#[test]
fn owner_must_cover_the_scope_that_the_action_requires() {
    for scope in [
        "billing",
        "catalog",
        "catalogue/dots/daily",
        "catalogue/dot",
    ] {
        refused(
            |case| case.set("own-1", json!({"scope": scope})),
            &[OwnerScopeMismatch],
        );
    }
    for scope in ["catalogue", "catalogue/dots"] {
        accepted(|case| case.set("own-1", json!({"scope": scope})));
    }
}

#[test]
fn ownership_counts_from_its_start_to_before_its_end() {
    let tick_after = "2026-06-21T09:00:00.000001Z";
    let exactly_now = "2026-06-21T09:00:00.000000Z";
    refused(
        |case| case.set("own-1", json!({"effective_from": tick_after})),
        &[OwnerOfRecordAbsent, DelegationNotYetEffective],
    );
    accepted(|case| case.set("own-1", json!({"effective_from": exactly_now})));
    refused(
        |case| case.set("own-1", json!({"effective_to": exactly_now})),
        &[OwnerOfRecordAbsent, DelegationExpired],
    );
    accepted(|case| case.set("own-1", json!({"effective_to": tick_after})));
}

#[test]
fn delegation_needs_an_end_date() {
    refused(
        |case| case.set("own-1", json!({"kind": "delegated"})),
        &[OwnerOfRecordAbsent, DelegationExpired],
    );
}

#[test]
fn attestation_ends_with_the_ownership_it_rests_on() {
    let mut case = Case::good();
    case.set(
        "own-1",
        json!({"effective_to": "2026-06-21T09:00:01.000000Z"}),
    );
    let header = case.run().unwrap().header;
    assert_eq!(header.expires_at.to_string(), "2026-06-21T09:00:00.999999Z");
    let header = Case::good().run().unwrap().header;
    assert_eq!(header.expires_at.to_string(), "2026-06-21T09:05:00.000000Z");
}

#[test]
fn owner_that_is_only_text_is_rejected() {
    refused(
        |case| case.set("own-1", json!({"owner": "the reporting people"})),
        &[FreeTextOwnerRejected],
    );
    accepted(|case| case.set("own-1", json!({"owner": "olga"})));
}

#[test]
fn owner_whose_principal_was_revoked_is_not_active() {
    refused(
        |case| case.end("pri-olga", "revoked"),
        &[LifecycleNotActive],
    );
}

#[test]
fn name_that_means_two_principals_is_ambiguous() {
    refused(
        |case| {
            case.bind("ali-2", "alias", "olga", "principal/bob");
            case.set("own-1", json!({"owner": "olga"}));
        },
        &[AmbiguousAuthority],
    );
}

#[test]
fn principals_that_are_no_authority_cannot_own() {
    let kinds: [(&str, RejectCode); 5] = [
        ("operator", OperatorNotOwner),
        ("requester", RequesterNotOwner),
        ("validator", ValidatorNotAuthority),
        ("registrar", RegistrarNotAuthority),
        ("database_role", DatabaseRoleNotOwner),
    ];
    for (kind, code) in kinds {
        refused(|case| case.set("pri-olga", json!({"kind": kind})), &[code]);
    }
    for kind in ["human", "service", "team"] {
        accepted(|case| case.set("pri-olga", json!({"kind": kind})));
    }
}

#[test]
fn caller_cannot_record_its_own_ownership() {
    for writer in ["principal/alice", "alice", "os_uid:1000"] {
        refused(
            |case| {
                case.set(
                    "own-1",
                    json!({"owner": "principal/alice", "written_by": writer}),
                );
            },
            &[CallerSelfAssertedOwnerRejected],
        );
    }
    accepted(|case| case.set("own-1", json!({"owner": "principal/alice"})));
    accepted(|case| case.set("own-1", json!({"written_by": "principal/alice"})));
}

#[test]
fn self_assertion_is_seen_through_another_credential_of_the_caller() {
    refused(
        |case| {
            case.bind("tok-alice", "token_subject", "alice@ci", "principal/alice");
            let writer = "token_subject:alice@ci";
            case.set(
                "own-1",
                json!({"owner": "principal/alice", "written_by": writer}),
            );
        },
        &[CallerSelfAssertedOwnerRejected],
    );
}
