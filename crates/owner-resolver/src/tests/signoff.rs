use serde_json::json;

use super::fixture::{Case, HASH, OTHER_HASH, accepted, refused};
use crate::contract::RejectCode::{
    QuorumNotReached, SignoffChecksumAbsent, SignoffReviewerNotIndependent,
};

fn reviewed(case: &mut Case) {
    case.set("act-1", json!({"signoff_required": 1}));
    case.person("rita", 5000, "human", "none");
    case.vote("sign-1", "principal/rita", 5000);
    case.set("sign-1", json!({"is_signoff": 1, "checksum": HASH}));
}

#[test]
fn independent_signoff_of_the_artifact_is_attested() {
    let attested = accepted(reviewed);
    let binding = attested.owner_or_approval_binding;
    assert_eq!(binding.signoff_ref.unwrap(), "sign-1");
    assert_eq!(binding.quorum.counted.len(), 1);
}

#[test]
fn required_signoff_that_nobody_gave_is_refused() {
    refused(
        |case| {
            reviewed(case);
            case.remove("sign-1");
        },
        &[SignoffChecksumAbsent],
    );
    accepted(|case| {
        reviewed(case);
        case.remove("sign-1");
        case.set("act-1", json!({"signoff_required": 0}));
    });
}

#[test]
fn signoff_needs_the_checksum_of_the_artifact() {
    for checksum in [json!(null), json!(OTHER_HASH), json!("looks fine")] {
        refused(
            |case| {
                reviewed(case);
                case.set("sign-1", json!({"checksum": checksum}));
            },
            &[SignoffChecksumAbsent],
        );
    }
}

#[test]
fn reviewer_who_asks_for_the_registration_is_not_independent() {
    refused(
        |case| {
            reviewed(case);
            case.set(
                "sign-1",
                json!({"voter": "alice", "voter_channel": "os_uid:1000"}),
            );
        },
        &[SignoffReviewerNotIndependent],
    );
    refused(
        |case| {
            reviewed(case);
            case.set("apr-1", json!({"proposer": "rita"}));
        },
        &[SignoffReviewerNotIndependent],
    );
}

#[test]
fn another_name_is_no_independence() {
    refused(
        |case| {
            reviewed(case);
            case.set("sign-1", json!({"voter_channel": "os_uid:1000"}));
        },
        &[SignoffReviewerNotIndependent],
    );
}

#[test]
fn one_good_signoff_stands_beside_bad_ones() {
    accepted(|case| {
        reviewed(case);
        case.vote("sign-0", "alice", 1000);
        case.set("sign-0", json!({"is_signoff": 1}));
    });
}

#[test]
fn signoff_does_not_count_towards_the_quorum() {
    refused(
        |case| {
            reviewed(case);
            case.set("pri-rita", json!({"side": "owner"}));
            case.remove("vote-1");
        },
        &[QuorumNotReached],
    );
}
