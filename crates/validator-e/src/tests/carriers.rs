//! What was proven of the carriers of the rows, when a row changed, and which rows a binding names.

use serde_json::json;

use super::baseline::{ROWS, at, digest};
use super::bundle::{Edit, Set, Slot, before};
use crate::contract::RejectCode::*;

fn set(slot: Slot, pointer: String, value: serde_json::Value) -> Edit {
    Set(slot, pointer.leak(), value)
}

#[test]
fn every_criterion_that_a_carrier_needs_is_proven() {
    before(&[], &[]);
    for place in 0..ROWS.len() {
        for (criterion, code) in [
            ("writer_authority", AuthorityWriterUnproven),
            ("immutability", AuthorityRowMutable),
            ("transition_writer", LifecycleTransitionAuthorityUnproven),
        ] {
            for outcome in ["refuted", "unproven", "not_applicable"] {
                let pointer = format!("/carriers/{place}/criteria/{criterion}");
                let edit = set(Slot::Readback, pointer, json!(outcome));
                before(&[edit], &[code]);
            }
        }
    }
}

#[test]
fn a_carrier_that_nobody_assessed_has_no_proven_writer() {
    let edit = Set(Slot::Readback, "/carriers/0/carrier", json!("another"));
    before(&[edit], &[AuthorityWriterUnproven]);
}

#[test]
fn transitions_are_asked_of_carriers_with_a_lifecycle_alone() {
    let unproven = Set(
        Slot::Readback,
        "/carriers/0/criteria/transition_writer",
        json!("not_applicable"),
    );
    let without = Set(Slot::Policy, "/carriers/0/lifecycle", json!(false));
    before(&[unproven.clone(), without], &[]);
    before(&[unproven], &[LifecycleTransitionAuthorityUnproven]);
}

#[test]
fn a_row_may_change_until_it_is_attested() {
    let changed = |millis| {
        [Set(
            Slot::Readback,
            "/rows/2/lifecycle_changed_at",
            at(millis),
        )]
    };
    before(&changed(199), &[]);
    before(&changed(200), &[]);
    before(&changed(201), &[LifecycleChangedPostIssuance]);
}

#[test]
fn every_row_that_a_binding_names_was_read_for_it() {
    const BINDING: &str = "/trusted_attested/owner_or_approval_binding";
    let with = |member: &str, value| [set(Slot::Owner, format!("{BINDING}/{member}"), value)];
    before(&with("signoff_ref", json!("vote-1")), &[]);
    before(&with("signoff_ref", json!("vote-9")), &[OwnerBindingAbsent]);
    before(&with("signoff_ref", json!("own-1")), &[OwnerBindingAbsent]);
    for member in [
        "ownership_row_hash",
        "approval_row_hash",
        "quorum/counted/0/row_hash",
    ] {
        let edits = with(member, json!(digest("another")));
        before(&edits, &[OwnerBindingAbsent]);
    }
}

#[test]
fn a_carrier_that_fails_by_what_has_no_code_of_its_own_is_unknown() {
    for place in 0..ROWS.len() {
        for criterion in ["consumer_readback", "tamper_evidence", "retention"] {
            let pointer = format!("/carriers/{place}/criteria/{criterion}");
            before(
                &[set(Slot::Readback, pointer, json!("unproven"))],
                &[UnknownCarrier],
            );
        }
    }
    let class = Set(
        Slot::Readback,
        "/carriers/0/carrier_class",
        json!("NOT_FIT_FOR_AUTHENTICITY"),
    );
    before(std::slice::from_ref(&class), &[UnknownCarrier]);
    for (criterion, code) in [
        ("writer_authority", AuthorityWriterUnproven),
        ("immutability", AuthorityRowMutable),
        ("transition_writer", LifecycleTransitionAuthorityUnproven),
    ] {
        let pointer = format!("/carriers/0/criteria/{criterion}");
        let finer = set(Slot::Readback, pointer, json!("refuted"));
        before(&[class.clone(), finer], &[code]);
    }
}

#[test]
fn a_carrier_that_the_policy_does_not_name_is_unknown() {
    let edit = Set(Slot::Policy, "/carriers/0/carrier", json!("another"));
    before(&[edit], &[UnknownCarrier]);
}

#[test]
fn a_hash_that_was_assembled_and_another_that_was_found_are_shown() {
    let of = |check: &crate::contract::Check| check.id == "provenance.assembly";
    for (stated, left) in [
        (json!(digest("another")), Some(digest("another"))),
        (serde_json::Value::Null, None),
    ] {
        let edit = Set(
            Slot::Integration,
            "/envelope_hashes/owner_attestation",
            stated,
        );
        let verdict = before(&[edit], &[EvidenceHashMismatch]);
        let check = verdict.checks.iter().find(|check| of(check)).unwrap();
        let pair = &check.compared[0];
        assert_eq!(&*pair.name, "owner_attestation");
        let left = left.map(|digest| digest.to_string());
        assert_eq!(pair.left.as_deref(), left.as_deref());
        assert!(pair.right.as_deref().unwrap().starts_with("sha256:"));
    }
}
