use serde_json::json;

use super::fixture::{Case, accepted, refused};
use crate::contract::RejectCode::{
    self, ApproverAliasDoubleCount, DatabaseRoleNotOwner, OperatorNotOwner, ProposerCounted,
    QuorumNotReached, RegistrarNotAuthority, RequesterNotOwner, ValidatorNotAuthority,
};

fn tier(case: &mut Case, tier: &str) {
    case.set("act-1", json!({"risk_tier": tier}));
}

fn council(case: &mut Case, members: &[(&str, u32)]) {
    for (name, uid) in members {
        case.person(name, *uid, "human", "council");
        case.vote(&format!("vote-{name}"), &format!("principal/{name}"), *uid);
    }
}

#[test]
fn approval_without_votes_reaches_no_quorum() {
    refused(|case| case.remove("vote-1"), &[QuorumNotReached]);
}

#[test]
fn medium_risk_needs_a_human_of_the_owner_side() {
    let by_council = |case: &mut Case| {
        tier(case, "medium");
        case.remove("vote-1");
        council(case, &[("carol", 2000)]);
    };
    refused(by_council, &[QuorumNotReached]);
    accepted(|case| {
        by_council(case);
        case.vote("vote-1", "principal/bob", 1002);
    });
    refused(
        |case| {
            tier(case, "medium");
            case.set("pri-bob", json!({"kind": "service"}));
        },
        &[QuorumNotReached],
    );
    accepted(|case| case.set("pri-bob", json!({"kind": "service"})));
}

#[test]
fn high_risk_needs_an_owner_human_and_two_of_the_council() {
    refused(
        |case| {
            tier(case, "high");
            council(case, &[("carol", 2000)]);
        },
        &[QuorumNotReached],
    );
    let attested = accepted(|case| {
        tier(case, "high");
        council(case, &[("carol", 2000), ("dora", 2001)]);
    });
    assert_eq!(attested.owner_or_approval_binding.quorum.counted.len(), 3);
}

#[test]
fn policy_can_ask_for_more_but_never_for_less() {
    let rule = |approvals: u64| {
        json!([{"risk_tier": "medium", "approvals_min": approvals, "owner_humans_min": 0,
            "council_min": 0}])
    };
    let council_only = |case: &mut Case| {
        tier(case, "medium");
        case.remove("vote-1");
        council(case, &[("carol", 2000)]);
    };
    refused(
        |case| {
            council_only(case);
            case.policy["quorum"] = rule(0);
        },
        &[QuorumNotReached],
    );
    refused(
        |case| {
            tier(case, "medium");
            case.policy["quorum"] = rule(2);
        },
        &[QuorumNotReached],
    );
    accepted(|case| {
        tier(case, "medium");
        case.policy["quorum"] = rule(1);
    });
}

#[test]
fn tier_without_rule_reaches_no_quorum() {
    refused(
        |case| case.policy["quorum"] = json!([]),
        &[QuorumNotReached],
    );
}

#[test]
fn any_rejection_is_the_end_of_an_approval() {
    let rejection = |case: &mut Case| {
        case.person("eve", 3000, "human", "owner");
        case.vote("vote-2", "principal/eve", 3000);
    };
    accepted(rejection);
    refused(
        |case| {
            rejection(case);
            case.set("vote-2", json!({"decision": "reject"}));
        },
        &[QuorumNotReached],
    );
    refused(
        |case| {
            rejection(case);
            case.set(
                "vote-2",
                json!({"decision": "reject", "lifecycle_status": "superseded"}),
            );
        },
        &[QuorumNotReached],
    );
}

#[test]
fn aliases_do_not_add_up() {
    let twice = |case: &mut Case| {
        case.policy["quorum"][0]["approvals_min"] = json!(2);
        case.vote("vote-2", "bob", 1002);
    };
    refused(twice, &[QuorumNotReached, ApproverAliasDoubleCount]);
    accepted(|case| {
        twice(case);
        case.person("eve", 3000, "human", "owner");
        case.vote("vote-3", "principal/eve", 3000);
    });
}

#[test]
fn quorum_that_double_counting_would_not_reach_is_not_blamed_on_it() {
    refused(
        |case| {
            case.policy["quorum"][0]["approvals_min"] = json!(3);
            case.vote("vote-2", "bob", 1002);
        },
        &[QuorumNotReached],
    );
}

#[test]
fn proposer_never_counts() {
    refused(
        |case| case.set("apr-1", json!({"proposer": "bob"})),
        &[QuorumNotReached, ProposerCounted],
    );
    accepted(|case| {
        case.set("apr-1", json!({"proposer": "bob"}));
        case.person("eve", 3000, "human", "owner");
        case.vote("vote-2", "principal/eve", 3000);
    });
}

#[test]
fn caller_cannot_approve_its_own_request() {
    let alone = |case: &mut Case| {
        case.set("pri-alice", json!({"side": "owner"}));
        case.set("apr-1", json!({"proposer": "principal/olga"}));
        case.set(
            "vote-1",
            json!({"voter": "alice", "voter_channel": "os_uid:1000"}),
        );
    };
    refused(alone, &[QuorumNotReached, ProposerCounted]);
    accepted(|case| {
        alone(case);
        case.vote("vote-2", "principal/bob", 1002);
    });
}

#[test]
fn proposer_that_nobody_knows_cannot_be_told_from_the_voters() {
    refused(
        |case| case.set("apr-1", json!({"proposer": "somebody"})),
        &[QuorumNotReached],
    );
}

#[test]
fn proposer_and_double_counting_are_both_named_where_only_both_would_reach() {
    refused(
        |case| {
            case.policy["quorum"][0]["approvals_min"] = json!(3);
            case.set("pri-alice", json!({"side": "owner"}));
            case.vote("vote-2", "bob", 1002);
            case.vote("vote-3", "alice", 1000);
        },
        &[QuorumNotReached, ProposerCounted, ApproverAliasDoubleCount],
    );
}

#[test]
fn vote_through_another_credential_does_not_count() {
    refused(
        |case| case.set("vote-1", json!({"voter_channel": "os_uid:1000"})),
        &[QuorumNotReached],
    );
    refused(
        |case| case.set("vote-1", json!({"voter_channel": "alias:bob"})),
        &[QuorumNotReached],
    );
    refused(|case| case.end("uid-bob", "revoked"), &[QuorumNotReached]);
    accepted(|case| case.set("vote-1", json!({"voter": "bob"})));
}

#[test]
fn vote_of_nobody_known_or_on_no_side_does_not_count() {
    refused(
        |case| case.set("vote-1", json!({"voter": "the board"})),
        &[QuorumNotReached],
    );
    refused(
        |case| case.set("pri-bob", json!({"side": "none"})),
        &[QuorumNotReached],
    );
    accepted(|case| case.set("pri-bob", json!({"side": "council"})));
}

#[test]
fn vote_that_was_withdrawn_or_is_not_yet_cast_does_not_count() {
    refused(|case| case.end("vote-1", "revoked"), &[QuorumNotReached]);
    refused(
        |case| {
            case.set(
                "vote-1",
                json!({"decided_at": "2026-06-21T09:00:00.000001Z"}),
            );
        },
        &[QuorumNotReached],
    );
    accepted(|case| {
        case.set(
            "vote-1",
            json!({"decided_at": "2026-06-21T09:00:00.000000Z"}),
        );
    });
}

#[test]
fn voters_that_are_no_authority_cannot_approve() {
    let kinds: [(&str, RejectCode); 5] = [
        ("operator", OperatorNotOwner),
        ("requester", RequesterNotOwner),
        ("validator", ValidatorNotAuthority),
        ("registrar", RegistrarNotAuthority),
        ("database_role", DatabaseRoleNotOwner),
    ];
    for (kind, code) in kinds {
        refused(
            |case| case.set("pri-bob", json!({"kind": kind})),
            &[QuorumNotReached, code],
        );
    }
}

#[test]
fn more_votes_than_an_envelope_carries_keep_the_ones_the_tier_asks_for() {
    let attested = accepted(|case| {
        tier(case, "high");
        case.remove("vote-1");
        for number in 0..30_u32 {
            let name = format!("owner{number}");
            case.person(&name, 4000 + number, "human", "owner");
            case.vote(&format!("vote-{name}"), &name, 4000 + number);
        }
        council(case, &[("carol", 2000), ("dora", 2001)]);
    });
    let counted = attested.owner_or_approval_binding.quorum.counted;
    assert_eq!(counted.len(), 12);
    let council = counted
        .iter()
        .filter(|vote| vote.side == crate::contract::VoterSide::Council);
    assert_eq!(council.count(), 2);
}
