//! The named cases of layer V, by id: each one edit away from a bundle that is accepted.

use serde_json::{Value, json};

use super::baseline::{self, CAPTURED_AFTER, OPERATION_START, OTHER, at, digest, nonce, source};
use super::bundle::{Drop, Edit, Extra, Now, Set, Slot, check};
use crate::contract::RejectCode::{self as Code, *};
use crate::contract::VerdictStage::{self as Stage, AfterWrite, BeforeWrite};

struct Named {
    id: &'static str,
    stage: Stage,
    edits: Vec<Edit>,
    codes: &'static [Code],
}

fn named(id: &'static str, stage: Stage, edits: Vec<Edit>, codes: &'static [Code]) -> Named {
    Named {
        id,
        stage,
        edits,
        codes,
    }
}

const WRITER: &str = "/carriers/2/criteria/writer_authority";
const IMMUTABLE: &str = "/carriers/2/criteria/immutability";
const TRANSITION: &str = "/carriers/2/criteria/transition_writer";
const CAPTURED: &str = "/capture/captured_at";
const STORE: &str = "/capture/store_clock";
const MEMBERS: &str = "/capture/aggregate/members/-";

fn extra_surface() -> Value {
    json!({"surface": "unlisted", "kind": "state", "canonicalization_version": "jcs-rows/v1",
        "content_hash": digest("x"), "write_set": null})
}

fn other_attempt() -> Value {
    json!("0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5f99")
}

fn replay_cases() -> Vec<Named> {
    let unbound = nonce(0, "register_dot", "dot:DOT_B", "artifact");
    let unbound_artifact = nonce(0, "register_dot", "dot:DOT_A", "other");
    let stale_row = source("ledger", "sha256:1", "owner-attestation");
    vec![
        named(
            "P2-RP-05",
            BeforeWrite,
            vec![Set(Slot::Request, "/header/expires_at", at(499))],
            &[EnvelopeStale],
        ),
        named(
            "P2-RP-06",
            BeforeWrite,
            vec![Set(Slot::Request, "/request_proposed/nonce", unbound)],
            &[NonceUnbound],
        ),
        named(
            "P2-RP-06",
            BeforeWrite,
            vec![Set(
                Slot::Request,
                "/request_proposed/nonce",
                unbound_artifact,
            )],
            &[NonceUnbound],
        ),
        named(
            "P2-RP-07",
            BeforeWrite,
            vec![Set(Slot::Owner, "/header/source_refs/-", stale_row)],
            &[ReplayStaleRow],
        ),
        named(
            "P2-RP-07",
            AfterWrite,
            vec![Set(Slot::Decision, "/consume/attempt_id", json!(OTHER))],
            &[ReplayStaleRow],
        ),
    ]
}

fn authority_cases() -> Vec<Named> {
    vec![
        named(
            "P2-AU-01",
            BeforeWrite,
            vec![Set(Slot::Readback, WRITER, json!("unproven"))],
            &[AuthorityWriterUnproven],
        ),
        named(
            "P2-AU-02",
            BeforeWrite,
            vec![Set(Slot::Readback, IMMUTABLE, json!("refuted"))],
            &[AuthorityRowMutable],
        ),
        named(
            "P2-AU-03",
            BeforeWrite,
            vec![Drop(Slot::Readback)],
            &[AuthorityReadbackMissing],
        ),
        named(
            "P2-AU-03",
            BeforeWrite,
            vec![Set(Slot::Readback, "/rows/2/row_key", json!("own-2"))],
            &[AuthorityReadbackMissing],
        ),
        named(
            "P2-AU-04",
            BeforeWrite,
            vec![
                Set(Slot::Readback, "/rows/2/lifecycle_status", json!("revoked")),
                Set(Slot::Readback, "/rows/2/lifecycle_changed_at", at(300)),
            ],
            &[LifecycleChangedPostIssuance],
        ),
        named(
            "P2-AU-05",
            BeforeWrite,
            vec![Set(Slot::Readback, TRANSITION, json!("not_applicable"))],
            &[LifecycleTransitionAuthorityUnproven],
        ),
        named(
            "P2-AU-06",
            BeforeWrite,
            vec![Set(
                Slot::Readback,
                "/rows/2/row_hash",
                json!(digest("other")),
            )],
            &[AuthorityReadbackMismatch],
        ),
    ]
}

fn integration_cases() -> Vec<Named> {
    const HASH: &str = "/trusted_attested/artifact_hash";
    vec![
        named(
            "P2-IN-01",
            BeforeWrite,
            vec![Set(
                Slot::Integration,
                "/trusted_attested/artifact_hash/source/envelope_type",
                json!("registration-request"),
            )],
            &[RequestProposedAsTrusted],
        ),
        named(
            "P2-IN-02",
            BeforeWrite,
            vec![Set(
                Slot::Integration,
                "/trusted_attested/artifact_hash/source",
                Value::Null,
            )],
            &[TrustedProducerAbsent],
        ),
        named(
            "P2-IN-02",
            BeforeWrite,
            vec![Set(
                Slot::Integration,
                HASH,
                json!({"value": null, "source": null}),
            )],
            &[TrustedProducerAbsent],
        ),
        named(
            "P2-IN-02",
            BeforeWrite,
            vec![Drop(Slot::Owner)],
            &[TrustedProducerAbsent],
        ),
        named(
            "P2-IN-03",
            BeforeWrite,
            vec![Set(Slot::Policy, "/carriers/2/carrier", json!("other"))],
            &[UnknownCarrier],
        ),
        named(
            "P2-IN-04",
            BeforeWrite,
            vec![Set(Slot::Policy, "/row_age_max_ms", json!(1000))],
            &[StaleTrustedRow],
        ),
        named(
            "P2-IN-05",
            BeforeWrite,
            vec![Set(Slot::Readback, "/rows/2/active_heads", json!(2))],
            &[AmbiguousAuthority],
        ),
        named(
            "P2-IN-06",
            BeforeWrite,
            vec![Set(
                Slot::Owner,
                "/header/source_refs/2/envelope_type",
                json!("snapshot"),
            )],
            &[SourceRefWrongEnvelopeType],
        ),
        named(
            "P2-IN-07",
            AfterWrite,
            vec![Set(Slot::Decision, "/decision_ref", Value::Null)],
            &[DecisionRefMissing],
        ),
        named(
            "P2-IN-07",
            AfterWrite,
            vec![Set(Slot::Decision, "/decision_ref", json!(digest("other")))],
            &[DecisionRefMismatch],
        ),
    ]
}

fn snapshot_cases() -> Vec<Named> {
    vec![
        named(
            "SC-02",
            BeforeWrite,
            vec![Set(Slot::Before, "/header/attempt_id", other_attempt())],
            &[SnapshotAttemptMismatch],
        ),
        named(
            "SC-03",
            BeforeWrite,
            vec![
                Set(Slot::Before, CAPTURED, at(5501)),
                Set(Slot::Before, STORE, at(5501)),
            ],
            &[SnapshotFutureTimestamp],
        ),
        named(
            "SC-04",
            BeforeWrite,
            vec![Set(Slot::Before, STORE, at(2301))],
            &[SnapshotClockSkew],
        ),
        named(
            "SC-05",
            BeforeWrite,
            vec![Extra(baseline::before())],
            &[SnapshotDuplicateRef],
        ),
        named(
            "SC-06",
            BeforeWrite,
            vec![Set(Slot::Before, "/capture/operation", Value::Null)],
            &[SnapshotOperationUnbound],
        ),
        named(
            "SC-06",
            BeforeWrite,
            vec![Set(Slot::Before, "/capture/operation", json!("retire_dot"))],
            &[SnapshotOperationUnbound],
        ),
        named(
            "SC-07",
            BeforeWrite,
            vec![Set(Slot::Before, "/capture/scope", Value::Null)],
            &[SnapshotScopeUnbound],
        ),
        named(
            "SC-07",
            BeforeWrite,
            vec![Set(Slot::Before, "/capture/scope", json!("elsewhere"))],
            &[SnapshotScopeUnbound],
        ),
        named(
            "SC-09",
            BeforeWrite,
            vec![Set(Slot::Before, MEMBERS, json!("unlisted"))],
            &[ManifestAggregateMembershipMismatch],
        ),
        named(
            "SC-16",
            AfterWrite,
            vec![Set(
                Slot::Decision,
                "/operation_start",
                at(CAPTURED_AFTER + 1),
            )],
            &[SnapshotBothBeforeOp],
        ),
        named(
            "SC-17",
            AfterWrite,
            vec![Set(Slot::After, CAPTURED, at(299))],
            &[SnapshotReversedInterval],
        ),
        named(
            "SC-18",
            AfterWrite,
            vec![
                Set(Slot::After, "/header/expires_at", at(600_000)),
                Now(baseline::instant(CAPTURED_AFTER + 300_001)),
            ],
            &[SnapshotStale],
        ),
        named(
            "SC-19",
            AfterWrite,
            vec![Set(Slot::After, "/capture/observer/process/pid", json!(43))],
            &[SnapshotContinuityFalse],
        ),
    ]
}

fn manifest_cases() -> Vec<Named> {
    vec![
        named(
            "SC-11",
            AfterWrite,
            vec![Set(
                Slot::After,
                "/manifest/manifest_id",
                json!("manifest/other"),
            )],
            &[ManifestSubstitution],
        ),
        named("SC-12", AfterWrite, shrunk(), &[ManifestShrink]),
        named(
            "SC-13",
            BeforeWrite,
            vec![
                Set(Slot::Before, "/capture/surfaces/-", extra_surface()),
                Set(Slot::Before, MEMBERS, json!("unlisted")),
            ],
            &[ManifestUnknownSurface],
        ),
        named(
            "SC-14",
            BeforeWrite,
            vec![Set(
                Slot::Before,
                "/manifest/surfaces/-",
                json!({"name": "config", "kind": "state", "carrier": "dot_config"}),
            )],
            &[ManifestDuplicateSurface],
        ),
        named(
            "SC-15",
            BeforeWrite,
            vec![Set(
                Slot::Before,
                "/capture/surfaces/0/canonicalization_version",
                json!("jcs-rows/v2"),
            )],
            &[ManifestMixedCanonicalization],
        ),
    ]
}

/// The capture after, made under a manifest without its first surface.
fn shrunk() -> Vec<Edit> {
    let after = baseline::after();
    let rest = |pointer: &str| json!(after.pointer(pointer).unwrap().as_array().unwrap()[1..]);
    vec![
        Set(
            Slot::After,
            "/manifest/surfaces",
            rest("/manifest/surfaces"),
        ),
        Set(
            Slot::After,
            "/manifest/manifest_hash",
            json!(digest("smaller")),
        ),
        Set(Slot::After, "/capture/surfaces", rest("/capture/surfaces")),
        Set(
            Slot::After,
            "/capture/aggregate/members",
            rest("/capture/aggregate/members"),
        ),
    ]
}

/// The cases of §10 that are the cases of §8 by another name.
const ALIASES: [(&str, &str); 7] = [
    ("P2-SN-02", "SC-02"),
    ("P2-SN-03", "SC-03"),
    ("P2-SN-04", "SC-04"),
    ("P2-SN-05", "SC-05"),
    ("P2-SN-06", "SC-06"),
    ("P2-SN-06", "SC-07"),
    ("P2-SN-08", "SC-09"),
];

/// Every case of the source documents whose layer holds V.
const LAYER_V: [&str; 36] = [
    "P2-RP-05", "P2-RP-06", "P2-RP-07", "P2-AU-01", "P2-AU-02", "P2-AU-03", "P2-AU-04", "P2-AU-05",
    "P2-AU-06", "P2-SN-02", "P2-SN-03", "P2-SN-04", "P2-SN-05", "P2-SN-06", "P2-SN-08", "P2-IN-01",
    "P2-IN-02", "P2-IN-03", "P2-IN-04", "P2-IN-05", "P2-IN-06", "P2-IN-07", "SC-02", "SC-03",
    "SC-04", "SC-05", "SC-06", "SC-07", "SC-09", "SC-11", "SC-12", "SC-13", "SC-14", "SC-15",
    "SC-16", "SC-17",
];

fn cases() -> Vec<Named> {
    let classes = [
        replay_cases(),
        authority_cases(),
        integration_cases(),
        snapshot_cases(),
        manifest_cases(),
    ];
    classes.into_iter().flatten().collect()
}

#[test]
fn each_named_case_gets_exactly_its_code() {
    for case in cases() {
        check(case.stage, &case.edits, case.codes);
    }
}

#[test]
fn the_same_bundle_without_the_edit_is_accepted() {
    check(BeforeWrite, &[], &[]);
    check(AfterWrite, &[], &[]);
}

#[test]
fn every_case_of_layer_v_is_here() {
    let own: Vec<_> = cases().iter().map(|case| case.id).collect();
    let covers = |id: &str| {
        own.contains(&id)
            || ALIASES
                .iter()
                .any(|(alias, of)| *alias == id && own.contains(of))
    };
    for id in LAYER_V.into_iter().chain(["SC-18", "SC-19"]) {
        assert!(covers(id), "{id}");
    }
}

#[test]
fn a_capture_that_is_refused_gets_the_observers_own_codes() {
    let refusals = json!([{"code": "MANIFEST_UNAUTHORIZED_ISSUER", "detail": "issued by nobody",
        "source_refs": []}]);
    check(
        BeforeWrite,
        &[
            Set(Slot::Before, "/refusals", refusals),
            Set(Slot::Before, "/capture", Value::Null),
            Set(
                Slot::Integration,
                "/envelope_hashes/snapshot_before",
                Value::Null,
            ),
        ],
        &[ManifestUnauthorizedIssuer],
    );
}

#[test]
fn operation_start_is_inside_the_interval_to_the_microsecond() {
    for start in [baseline::CAPTURED_BEFORE, OPERATION_START, CAPTURED_AFTER] {
        let policy_of_that_time = [Set(Slot::Decision, "/operation_start", at(start))];
        check(AfterWrite, &policy_of_that_time, &[]);
    }
}
