//! What a code of the suite's cases comes with: more spellings of the same, the other side of a bound,
//! and the checks that a refusal stops.

use serde_json::{Value, json};

use super::baseline::{at, digest, source, vote};
use super::bundle::{Edit, Set, Slot, before};
use crate::contract::RejectCode::*;

fn owner(pointer: &'static str, value: Value) -> Edit {
    Set(Slot::Owner, pointer, value)
}

fn request(pointer: &'static str, value: Value) -> Edit {
    Set(Slot::Request, pointer, value)
}

fn integration(pointer: &'static str, value: Value) -> Edit {
    Set(Slot::Integration, pointer, value)
}

#[test]
fn a_refusal_surfaces_with_its_code_and_stops_what_rests_on_the_statement() {
    let refused = |slot, code: &str| {
        let refusal = json!([{"code": code, "detail": "seen", "source_refs": []}]);
        vec![
            Set(slot, "/trusted_attested", Value::Null),
            Set(slot, "/refusals", refusal),
        ]
    };
    let verdict = before(
        &refused(Slot::Owner, "APPROVAL_EXPIRED"),
        &[ApprovalExpired],
    );
    let binding = verdict
        .checks
        .iter()
        .find(|check| check.id == "authority.binding")
        .unwrap();
    assert_eq!(binding.stopped_by.as_deref(), Some("provenance.owner"));
    before(
        &refused(Slot::Artifact, "SOURCE_NOT_DEPLOYED"),
        &[SourceNotDeployed],
    );
    for slot in [Slot::Owner, Slot::Artifact] {
        before(
            &[Set(slot, "/trusted_attested", Value::Null)],
            &[TrustedProducerAbsent],
        );
        let beside = json!([{"code": "QUORUM_NOT_REACHED", "detail": "", "source_refs": []}]);
        let mut edits = vec![Set(slot, "/refusals", beside)];
        // What stands beside a refusal attests nothing, so nothing may be assembled from it.
        edits.push(integration("/header/run_id", json!("run-1")));
        let codes = super::bundle::sealed(crate::VerdictStage::BeforeWrite, &edits).verdict();
        assert!(codes.reject_codes.contains(&QuorumNotReached));
    }
}

#[test]
fn a_row_without_a_lifecycle_needs_no_transition_writer() {
    let none = [
        Set(Slot::Policy, "/carriers/2/lifecycle", json!(false)),
        Set(
            Slot::Readback,
            "/carriers/2/criteria/transition_writer",
            json!("not_applicable"),
        ),
        Set(Slot::Readback, "/rows/2/lifecycle_status", Value::Null),
    ];
    before(&none, &[]);
    before(&none[2..], &[LifecycleNotActive]);
}

const QUORUM: &str = "/trusted_attested/owner_or_approval_binding/quorum";

#[test]
fn the_quorum_is_counted_again() {
    let votes = |tier: &str, votes: &[(&'static str, &str, &str)]| {
        let counted: Vec<_> = votes
            .iter()
            .map(|(key, who, side)| vote(key, who, side))
            .collect();
        let mut edits = vec![owner(
            QUORUM,
            json!({"risk_tier": tier, "counted": counted}),
        )];
        for (key, _, _) in votes.iter().filter(|(key, _, _)| *key != "vote-1") {
            edits.push(owner(
                "/header/source_refs/-",
                source("approval_vote", key, "owner-attestation"),
            ));
            let row = json!({"carrier": "approval_vote", "row_key": key, "row_hash": digest(key),
                "reread_at": at(400), "credential": "registrar", "issued_at": at(0),
                "lifecycle_status": "active", "lifecycle_changed_at": null, "active_heads": 1});
            edits.push(Set(Slot::Readback, "/rows/-", row));
        }
        edits
    };
    let (olga, carl, cora) = (
        ("vote-1", "principal/olga", "owner"),
        ("vote-2", "principal/carl", "council"),
        ("vote-3", "principal/cora", "council"),
    );
    before(&votes("low", &[]), &[QuorumNotReached]);
    before(&votes("low", &[carl]), &[]);
    before(&votes("high", &[olga, carl, cora]), &[]);
    before(&votes("high", &[olga, carl]), &[QuorumNotReached]);
    before(&votes("high", &[carl, cora]), &[QuorumNotReached]);
    before(&votes("medium", &[olga]), &[QuorumNotReached]);
    let twice = [olga, ("vote-2", "principal/olga", "owner")];
    before(&votes("low", &twice), &[ApproverAliasDoubleCount]);
}

#[test]
fn a_request_names_one_artifact() {
    for path in [
        "/srv/dots/*",
        "/srv/dots/a.sh,/srv/dots/b.sh",
        "/srv/{a,b}",
        "/srv/a\n/srv/b",
    ] {
        before(
            &[request("/request_proposed/artifact_path", json!(path))],
            &[MassRegistrationAttempted],
        );
    }
    before(
        &[request(
            "/request_proposed/artifact_path",
            json!("/srv/my dots/a.sh"),
        )],
        &[],
    );
    before(
        &[request("/request_proposed/dot_code", json!("DOT_*"))],
        &[TargetMismatch, MassRegistrationAttempted, NonceUnbound],
    );
}

#[test]
fn a_nonce_has_its_form() {
    before(
        &[request("/request_proposed/nonce", json!("n2.x.y"))],
        &[NonceMalformed],
    );
    before(
        &[request(
            "/request_proposed/artifact_hash",
            json!("sha512:00"),
        )],
        &[NonceUnbound, HashMismatch],
    );
}
