use serde_json::json;

use super::fixture::{Case, NOW, accepted, refused};
use crate::contract::RejectCode::{
    ActorMismatch, AttemptMismatch, AudienceMismatch, OwnerOfRecordAbsent, RunIdMismatch,
    TrustDomainMismatch, TrustedProducerAbsent,
};
use crate::error::ResolveError;
use crate::filter::{FilterError, filter};

#[test]
fn without_an_attested_artifact_the_rest_is_still_judged() {
    let unattested = |case: &mut Case| {
        case.artifact["trusted_attested"] = json!(null);
        case.artifact["refusals"] =
            json!([{"code": "ARTIFACT_DRIFT", "detail": "changed", "source_refs": []}]);
    };
    refused(unattested, &[TrustedProducerAbsent]);
    refused(
        |case| {
            unattested(case);
            case.remove("own-1");
            case.request["request_proposed"]["actor"] = json!("bob");
        },
        &[TrustedProducerAbsent, ActorMismatch, OwnerOfRecordAbsent],
    );
}

#[test]
fn attestation_beside_a_refusal_is_not_taken() {
    refused(
        |case| {
            case.artifact["refusals"] =
                json!([{"code": "ARTIFACT_DRIFT", "detail": "changed", "source_refs": []}]);
        },
        &[TrustedProducerAbsent],
    );
}

#[test]
fn artifact_attested_by_another_producer_is_not_taken() {
    refused(
        |case| case.artifact["header"]["producer"] = json!("caller"),
        &[TrustedProducerAbsent],
    );
}

#[test]
fn artifact_of_another_attempt_or_run_is_not_taken() {
    refused(
        |case| {
            let other = "0197a3b2-7c1d-7e4f-8a90-000000000000";
            case.artifact["header"]["attempt_id"] = json!(other);
        },
        &[TrustedProducerAbsent, AttemptMismatch],
    );
    refused(
        |case| case.artifact["header"]["run_id"] = json!("run-10"),
        &[TrustedProducerAbsent, RunIdMismatch],
    );
}

#[test]
fn inputs_of_another_trust_domain_or_audience_are_refused() {
    refused(
        |case| case.request["header"]["trust_domain"] = json!("staging"),
        &[TrustDomainMismatch],
    );
    refused(
        |case| case.request["header"]["audience"] = json!("somebody.else"),
        &[AudienceMismatch],
    );
    refused(
        |case| case.artifact["header"]["trust_domain"] = json!("staging"),
        &[TrustDomainMismatch, TrustedProducerAbsent],
    );
}

#[test]
fn attestation_names_every_row_it_rests_on_once() {
    let header = Case::good().run().unwrap().header;
    let mut keys: Vec<_> = header
        .source_refs
        .iter()
        .map(|one| one.row_key.to_string())
        .collect();
    keys.sort_unstable();
    let expected = [
        "act-1",
        "apr-1",
        "own-1",
        "pri-alice",
        "pri-bob",
        "pri-olga",
        "uid-alice",
        "uid-bob",
        "ver-1",
        "vote-1",
    ];
    assert_eq!(keys, expected);
    assert!(
        header
            .source_refs
            .iter()
            .all(|one| one.envelope_type == "owner-attestation")
    );
    assert_eq!(header.issued_at.to_string(), NOW);
}

#[test]
fn validity_ends_with_the_request_and_never_before_it_begins() {
    let mut case = Case::good();
    case.request["header"]["expires_at"] = json!("2026-06-21T09:00:01.000000Z");
    assert_eq!(
        case.run().unwrap().header.expires_at.to_string(),
        "2026-06-21T09:00:01.000000Z"
    );
    case.request["header"]["expires_at"] = json!("2026-06-21T08:00:00.000000Z");
    assert_eq!(case.run().unwrap().header.expires_at.to_string(), NOW);
}

#[test]
fn what_the_request_proposes_is_never_attested() {
    let attested = accepted(|case| case.request["request_proposed"]["actor"] = json!("alice"));
    assert_eq!(attested.actor_principal, "principal/alice");
    refused(
        |case| case.request["request_proposed"]["dot_code"] = json!("DOT' OR '1'='1"),
        &[
            OwnerOfRecordAbsent,
            crate::contract::RejectCode::OwnerBindingAbsent,
            crate::contract::RejectCode::ApprovalAbsent,
        ],
    );
}

#[test]
fn row_that_lacks_what_its_carrier_holds_is_no_answer() {
    let mut case = Case::good();
    case.strip("own-1", "effective_from");
    assert!(matches!(
        case.run(),
        Err(FilterError::Resolve(ResolveError::Row { .. }))
    ));
    let mut case = Case::good();
    case.set("pri-olga", json!({"kind": "king"}));
    assert!(matches!(
        case.run(),
        Err(FilterError::Resolve(ResolveError::Vocabulary {
            column: "kind",
            ..
        }))
    ));
}

#[test]
fn frame_with_an_unknown_or_missing_slot_is_no_question() {
    assert!(matches!(
        filter(br#"{"surprise":1}"#),
        Err(FilterError::UnknownSlot(slot)) if slot == "surprise"
    ));
    assert!(matches!(
        filter(b"{}"),
        Err(FilterError::MissingSlot("attempt"))
    ));
    assert!(matches!(filter(b"[]"), Err(FilterError::Frame(_))));
}
