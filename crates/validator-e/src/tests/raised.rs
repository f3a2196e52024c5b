//! The codes that no named case provokes; the twin of each is the baseline.

use serde_json::{Value, json};

use super::baseline::{at, digest, nonce, source, vote};
use super::bundle::{Edit, Set, Slot, before};
use crate::contract::RejectCode::{self as Code, *};

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
fn a_target_differs_wherever_it_is_stated() {
    const TARGET: &[Code] = &[TargetMismatch];
    before(
        &[owner(
            "/trusted_attested/canonical_target",
            json!("dot:DOT_B"),
        )],
        TARGET,
    );
    before(
        &[Set(
            Slot::Artifact,
            "/trusted_attested/canonical_target",
            json!("dot:DOT_B"),
        )],
        TARGET,
    );
    before(
        &[Set(Slot::Before, "/capture/target", json!("dot:DOT_B"))],
        TARGET,
    );
    before(
        &[Set(Slot::Before, "/capture/target", Value::Null)],
        &[SnapshotScopeUnbound],
    );
    let other = nonce(0, "register_dot", "dot:DOT_B", "artifact");
    before(
        &[
            request("/request_proposed/dot_code", json!("DOT_B")),
            request("/request_proposed/nonce", other),
        ],
        TARGET,
    );
}

#[test]
fn an_operation_is_a_registration_and_the_one_attested() {
    let asked = |operation: &str| {
        vec![
            request("/request_proposed/operation", json!(operation)),
            request(
                "/request_proposed/nonce",
                nonce(0, operation, "dot:DOT_A", "artifact"),
            ),
        ]
    };
    before(&asked("reregister_dot"), &[OperationMismatch]);
    before(
        &asked("retire_dot"),
        &[OperationMismatch, OperationNotRegister],
    );
    let all = |operation: &str| {
        let mut edits = asked(operation);
        edits.push(owner(
            "/trusted_attested/canonical_operation",
            json!(operation),
        ));
        edits.push(Set(Slot::Before, "/capture/operation", json!(operation)));
        edits
    };
    before(&all("reregister_dot"), &[]);
    before(&all("retire_dot"), &[OperationNotRegister]);
}

#[test]
fn an_assembled_value_is_the_attested_one() {
    for (pointer, value, codes) in [
        (
            "/trusted_attested/scope/value",
            "elsewhere",
            &[ScopeMismatch][..],
        ),
        (
            "/trusted_attested/actor_principal/value",
            "principal/eve",
            &[ActorMismatch],
        ),
        (
            "/trusted_attested/canonical_operation/value",
            "retire_dot",
            &[OperationMismatch],
        ),
        (
            "/trusted_attested/canonical_target/value",
            "dot:DOT_B",
            &[TargetMismatch],
        ),
        (
            "/trusted_attested/artifact_hash/value",
            "none",
            &[HashMismatch],
        ),
        (
            "/trusted_attested/canonical_path/value",
            "/srv/other",
            &[PathNotCanonical],
        ),
        (
            "/trusted_attested/artifact_type/value",
            "tree",
            &[ArtifactTypeMismatch],
        ),
        (
            "/trusted_attested/admission_ref/value",
            "adm-2",
            &[ArtifactNotAdmitted],
        ),
        (
            "/trusted_attested/owner_or_approval_binding/value",
            "own-1 apr-2",
            &[OwnerBindingAbsent],
        ),
    ] {
        before(&[integration(pointer, json!(value))], codes);
    }
}

#[test]
fn a_proposed_value_in_the_place_of_the_attested_one_is_named() {
    before(
        &[integration(
            "/trusted_attested/actor_principal/value",
            json!("alice"),
        )],
        &[RequestProposedAsTrusted, ActorMismatch],
    );
    before(
        &[integration(
            "/trusted_attested/canonical_target/value",
            json!("DOT_A"),
        )],
        &[RequestProposedAsTrusted, TargetMismatch],
    );
}

#[test]
fn an_assembled_value_names_the_envelope_it_was_taken_from() {
    const SOURCE: &str = "/trusted_attested/artifact_hash/source/evidence_hash";
    const TYPE: &str = "/trusted_attested/artifact_hash/source/envelope_type";
    before(
        &[integration(SOURCE, json!(digest("other")))],
        &[EvidenceHashMismatch],
    );
    before(
        &[integration(TYPE, json!("owner-attestation"))],
        &[SourceRefWrongEnvelopeType],
    );
}

#[test]
fn the_integration_is_of_these_envelopes() {
    for pointer in [
        "/envelope_hashes/registration_request",
        "/envelope_hashes/owner_attestation",
        "/envelope_hashes/artifact_attestation",
        "/envelope_hashes/snapshot_before",
        "/envelope_hashes/authority_readback",
    ] {
        before(
            &[integration(pointer, json!(digest("other")))],
            &[EvidenceHashMismatch],
        );
    }
    before(
        &[integration(
            "/envelope_hashes/owner_attestation",
            Value::Null,
        )],
        &[EvidenceHashMismatch],
    );
    before(
        &[integration("/request_proposed/actor", json!("bob"))],
        &[EvidenceHashMismatch],
    );
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
fn an_attestation_names_the_rows_it_rests_on() {
    for slot in [Slot::Owner, Slot::Artifact, Slot::Before] {
        before(
            &[Set(slot, "/header/source_refs", json!([]))],
            &[SourceRefMissing],
        );
    }
    before(
        &[Set(
            Slot::Artifact,
            "/header/source_refs/0/row_key",
            json!("adm-2"),
        )],
        &[SourceRefMissing, AuthorityReadbackMissing],
    );
}

#[test]
fn operation_and_actor_rest_on_rows_of_their_own() {
    let rows = super::baseline::owner()["header"]["source_refs"].clone();
    for carrier in ["action_type", "principal_binding"] {
        let mut fewer = rows.as_array().unwrap().clone();
        fewer.retain(|row| row["carrier"] != carrier);
        before(
            &[owner("/header/source_refs", json!(fewer))],
            &[SourceRefMissing],
        );
    }
}

#[test]
fn a_row_of_the_binding_comes_from_the_carrier_of_its_kind() {
    for (member, hash, row) in [
        ("ownership_ref", "ownership_row_hash", "apr-1"),
        ("approval_ref", "approval_row_hash", "own-1"),
    ] {
        let mut binding =
            super::baseline::owner()["trusted_attested"]["owner_or_approval_binding"].clone();
        binding[member] = json!(row);
        binding[hash] = json!(digest(row));
        before(
            &[owner(
                "/trusted_attested/owner_or_approval_binding",
                binding,
            )],
            &[OwnerBindingAbsent],
        );
    }
    let counted = "/trusted_attested/owner_or_approval_binding/quorum/counted/0";
    before(
        &[owner(counted, vote("apr-1", "principal/olga", "owner"))],
        &[OwnerBindingAbsent],
    );
    let signoff = "/trusted_attested/owner_or_approval_binding/signoff_ref";
    before(&[owner(signoff, json!("apr-1"))], &[OwnerBindingAbsent]);
    before(&[owner(signoff, json!("vote-1"))], &[]);
}

#[test]
fn a_vote_counts_for_one_principal_and_never_for_who_asks() {
    let counted = "/trusted_attested/owner_or_approval_binding/quorum/counted/-";
    before(
        &[owner(counted, vote("vote-1", "principal/otto", "owner"))],
        &[ApproverAliasDoubleCount],
    );
    let asking = "/trusted_attested/owner_or_approval_binding/quorum/counted/0";
    before(
        &[owner(asking, vote("vote-1", "principal/alice", "owner"))],
        &[ProposerCounted],
    );
}

#[test]
fn a_carrier_is_judged_by_all_its_criteria() {
    for (pointer, code) in [
        ("/carriers/2/criteria/consumer_readback", UnknownCarrier),
        ("/carriers/2/criteria/tamper_evidence", UnknownCarrier),
        ("/carriers/2/criteria/retention", UnknownCarrier),
        (
            "/carriers/2/criteria/writer_authority",
            AuthorityWriterUnproven,
        ),
    ] {
        before(&[Set(Slot::Readback, pointer, json!("unproven"))], &[code]);
    }
    let class = json!("REUSE_CANDIDATE_PRECEDENT");
    before(
        &[Set(Slot::Readback, "/carriers/2/carrier_class", class)],
        &[UnknownCarrier],
    );
    before(
        &[Set(Slot::Readback, "/carriers/2/carrier", json!("other"))],
        &[AuthorityWriterUnproven],
    );
    before(
        &[Set(Slot::Readback, "/carrier_report_hash", Value::Null)],
        &[AuthorityWriterUnproven],
    );
    before(
        &[Set(
            Slot::Policy,
            "/carriers/2/envelope_type",
            json!("snapshot"),
        )],
        &[SourceRefWrongEnvelopeType],
    );
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

#[test]
fn a_row_was_active_when_it_was_attested_and_still_is() {
    let status = |status: &str, changed: i64| {
        [
            Set(Slot::Readback, "/rows/2/lifecycle_status", json!(status)),
            Set(Slot::Readback, "/rows/2/lifecycle_changed_at", at(changed)),
        ]
    };
    before(&status("active", 200), &[]);
    before(&status("superseded", 200), &[LifecycleNotActive]);
    before(&status("superseded", 201), &[LifecycleChangedPostIssuance]);
    before(&status("active", 201), &[LifecycleChangedPostIssuance]);
    before(
        &[Set(Slot::Readback, "/rows/2/active_heads", json!(0))],
        &[LifecycleNotActive],
    );
    before(
        &[Set(Slot::Readback, "/rows/2/row_hash", Value::Null)],
        &[AuthorityReadbackMismatch],
    );
    before(
        &[Set(Slot::Readback, "/rows/2/issued_at", Value::Null)],
        &[StaleTrustedRow],
    );
}

const BINDING: &str = "/trusted_attested/owner_or_approval_binding/ownership_row_hash";
const QUORUM: &str = "/trusted_attested/owner_or_approval_binding/quorum";

#[test]
fn the_binding_names_rows_that_were_read() {
    before(
        &[owner(BINDING, json!(digest("other")))],
        &[OwnerBindingAbsent],
    );
    let signoff = "/trusted_attested/owner_or_approval_binding/signoff_ref";
    before(&[owner(signoff, json!("sign-1"))], &[OwnerBindingAbsent]);
    before(&[owner(signoff, json!("vote-1"))], &[]);
    before(
        &[owner(
            "/trusted_attested/artifact_hash",
            json!(digest("other")),
        )],
        &[ApprovalNotBoundToEffectIdentity],
    );
}

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

#[test]
fn an_artifact_is_the_one_that_was_admitted() {
    let artifact = |pointer, value| [Set(Slot::Artifact, pointer, value)];
    before(
        &[request("/request_proposed/admission_ref", Value::Null)],
        &[MissingAdmissionRef],
    );
    before(
        &[request("/request_proposed/admission_ref", json!("adm-9"))],
        &[ArtifactNotAdmitted],
    );
    before(
        &artifact("/trusted_attested/hash_algorithm", json!("sha1")),
        &[HashAlgorithmUnsupported],
    );
    before(
        &artifact(
            "/trusted_attested/canonicalization_version",
            json!("tree/v1"),
        ),
        &[CanonicalizationUnsupported],
    );
    before(
        &artifact("/trusted_attested/drift_state", json!("content_changed")),
        &[ArtifactDrift],
    );
    before(
        &[request("/request_proposed/artifact_type", json!("tree"))],
        &[ArtifactTypeMismatch],
    );
    before(
        &artifact("/trusted_attested/artifact_hash", json!(digest("other"))),
        &[ApprovalNotBoundToEffectIdentity, HashMismatch],
    );
}
