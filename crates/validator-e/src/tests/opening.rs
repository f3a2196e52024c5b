//! What does not open, is not there, or comes from somebody else.

use serde_json::{Value, json};

use super::baseline::{self, OTHER, source};
use super::bundle::{Drop, Raw, Set, Slot, after, before, seal};
use crate::contract::CheckOutcome;
use crate::contract::RejectCode::{self as Code, *};

const SLOTS: [Slot; 7] = [
    Slot::Policy,
    Slot::Request,
    Slot::Owner,
    Slot::Artifact,
    Slot::Before,
    Slot::Readback,
    Slot::Integration,
];

fn document(slot: Slot) -> Value {
    match slot {
        Slot::Policy => baseline::policy(),
        Slot::Request => baseline::request(),
        Slot::Owner => baseline::owner(),
        Slot::Artifact => baseline::artifact(),
        Slot::Before => baseline::before(),
        Slot::After => baseline::after(),
        Slot::Readback => baseline::readback(),
        Slot::Integration => baseline::integration(),
        Slot::Verdict | Slot::Decision => baseline::decision(),
    }
}

#[test]
fn each_slot_answers_with_the_code_of_the_opening_path() {
    for slot in SLOTS {
        let mut other_type = document(slot);
        other_type["envelope_type"] = json!("failure-audit");
        let mut other_version = document(slot);
        other_version["envelope_version"] = json!("2");
        let mut tampered = seal(&document(slot));
        let place = tampered
            .windows(8)
            .position(|part| part == b"holdfast")
            .unwrap();
        tampered[place] = b'b';
        let mut open = document(slot);
        open["unknown"] = json!(1);
        for (bytes, code) in [
            (b"{".to_vec(), EnvelopeMalformed),
            (br#"{"a":1,"a":1}"#.to_vec(), DuplicateMember),
            (br#"{"a":1.5}"#.to_vec(), CanonicalizationUnsupported),
            (seal(&other_type), EnvelopeTypeMismatch),
            (seal(&other_version), EnvelopeVersionUnsupported),
            (seal(&open), SchemaViolation),
        ] {
            before(&[Raw(slot, bytes)], &[code]);
        }
        // The integration of the baseline is not assembled, so it does not even fit its schema.
        if slot != Slot::Integration {
            before(&[Raw(slot, tampered)], &[EvidenceHashMismatch]);
        }
    }
}

#[test]
fn what_is_absent_has_its_own_code() {
    for (slot, code) in [
        (Slot::Policy, EnvelopeMalformed),
        (Slot::Request, EnvelopeMalformed),
        (Slot::Owner, TrustedProducerAbsent),
        (Slot::Artifact, TrustedProducerAbsent),
        (Slot::Before, SnapshotManifestSourceUnproven),
        (Slot::Readback, AuthorityReadbackMissing),
        (Slot::Integration, TrustedProducerAbsent),
    ] {
        before(&[Drop(slot)], &[code]);
    }
    after(&[Drop(Slot::Verdict)], &[DecisionRefMissing]);
    after(&[Drop(Slot::Decision)], &[DecisionRefMissing]);
    after(&[Drop(Slot::After)], &[SnapshotManifestSourceUnproven]);
}

#[test]
fn without_a_policy_everything_that_depends_on_it_is_not_reached() {
    let verdict = before(&[Drop(Slot::Policy)], &[EnvelopeMalformed]);
    let check = |id: &str| verdict.checks.iter().find(|check| check.id == id).unwrap();
    let freshness = check("freshness.envelopes");
    assert_eq!(freshness.outcome, CheckOutcome::NotReached);
    assert_eq!(freshness.stopped_by.as_deref(), Some("open.policy"));
    assert_eq!(check("artifact.state").outcome, CheckOutcome::Held);
    assert_eq!(verdict.policy_ref, None);
}

#[test]
fn a_request_that_attests_is_told_so() {
    for member in ["trusted_attested", "owner_attestation", "verdict"] {
        let mut request = baseline::request();
        request[member] = json!({});
        before(
            &[Raw(Slot::Request, seal(&request))],
            &[CallerSuppliedAttestation],
        );
    }
    let mut request = baseline::request();
    request["request_proposed"]["trusted_attested"] = json!({});
    before(
        &[Raw(Slot::Request, seal(&request))],
        &[CallerSuppliedAttestation],
    );
    let mut request = baseline::request();
    request["comment"] = json!({});
    before(&[Raw(Slot::Request, seal(&request))], &[SchemaViolation]);
    // What has no type has no schema either that it could violate.
    let mut request = baseline::request();
    request["verdict"] = json!({});
    request["envelope_type"] = json!([]);
    before(&[Raw(Slot::Request, seal(&request))], &[SchemaViolation]);
    let row = source("ownership", "own-1", "registration-request");
    before(
        &[Set(Slot::Request, "/header/source_refs/-", row)],
        &[CallerSuppliedAttestation],
    );
}

#[test]
fn an_attestation_of_the_caller_is_none() {
    for slot in [
        Slot::Owner,
        Slot::Artifact,
        Slot::Before,
        Slot::Readback,
        Slot::Integration,
    ] {
        before(
            &[Set(slot, "/header/producer", json!("caller"))],
            &[CallerSuppliedAttestation],
        );
    }
    before(
        &[Set(
            Slot::Request,
            "/header/producer",
            json!("owner-resolver"),
        )],
        &[CallerSuppliedAttestation],
    );
}

#[test]
fn an_envelope_of_another_block_has_no_trusted_producer() {
    let other = || json!("failure-writer");
    for (slot, code) in [
        (Slot::Policy, TrustedProducerAbsent),
        (Slot::Owner, TrustedProducerAbsent),
        (Slot::Artifact, TrustedProducerAbsent),
        (Slot::Before, SnapshotManifestSourceUnproven),
        (Slot::Readback, TrustedProducerAbsent),
        (Slot::Integration, TrustedProducerAbsent),
    ] {
        before(&[Set(slot, "/header/producer", other())], &[code]);
    }
    after(
        &[Set(Slot::Decision, "/header/producer", other())],
        &[TrustedProducerAbsent],
    );
}

#[test]
fn each_envelope_is_of_the_same_domain_audience_run_and_attempt() {
    for slot in SLOTS {
        let edit = |pointer, value| [Set(slot, pointer, value)];
        // Every other envelope then differs from the policy, so the policy's are left alone.
        if slot == Slot::Policy {
            continue;
        }
        before(
            &edit("/header/trust_domain", json!("other")),
            &[TrustDomainMismatch],
        );
        before(
            &edit("/header/audience", json!("other")),
            &[AudienceMismatch],
        );
        let (run, attempt) = match slot {
            Slot::Before => (SnapshotAttemptMismatch, SnapshotAttemptMismatch),
            _ => (RunIdMismatch, AttemptMismatch),
        };
        before(&edit("/header/run_id", json!("run-10")), &[run]);
        before(&edit("/header/attempt_id", json!(OTHER)), &[attempt]);
        before(
            &edit("/header/correlation_id", json!(OTHER)),
            &[CorrelationMismatch],
        );
    }
    before(
        &[Set(Slot::Request, "/request_proposed/run_id", json!("run"))],
        &[RunIdMismatch, SnapshotAttemptMismatch],
    );
}

#[test]
fn a_key_is_refused_wherever_it_stands() {
    for slot in SLOTS {
        for member in ["/header/key_id", "/header/key_status_ref"] {
            before(&[Set(slot, member, json!("key-1"))], &[KeyIdUnsupported]);
        }
    }
    let codes: &[Code] = &[KeyIdUnsupported];
    after(&[Set(Slot::Decision, "/header/key_id", json!(""))], codes);
    after(&[Set(Slot::After, "/header/key_id", json!(""))], codes);
}
