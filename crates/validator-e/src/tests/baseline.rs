//! A registration on which everything holds, envelope by envelope, as plain documents.

use canonical::{Digest, Nonce, Timestamp, tags};
use serde_json::{Value, json};

pub(super) const ATTEMPT: &str = "0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5f60";
pub(super) const CORRELATION: &str = "0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5f61";
pub(super) const OTHER: &str = "0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5f99";
pub(super) const RUN: &str = "run-1";

/// The instants of the registration, in milliseconds after its request was issued.
pub(super) const CAPTURED_BEFORE: i64 = 300;
pub(super) const REREAD: i64 = 400;
pub(super) const NOW_BEFORE: i64 = 500;
pub(super) const OPERATION_START: i64 = 600;
pub(super) const CAPTURED_AFTER: i64 = 700;
pub(super) const NOW_AFTER: i64 = 800;

const DAY: i64 = 86_400_000;

pub(super) fn instant(millis: i64) -> Timestamp {
    micros(millis * 1000)
}

pub(super) fn micros(micros: i64) -> Timestamp {
    let start: Timestamp = "2026-06-21T09:00:00.000000Z".parse().unwrap();
    Timestamp::from_micros(start.micros() + micros).unwrap()
}

pub(super) fn at(millis: i64) -> Value {
    json!(instant(millis))
}

pub(super) fn digest(of: &str) -> Digest {
    canonical::hash_bytes("test", of.as_bytes())
}

pub(super) fn nonce(minted: i64, operation: &str, target: &str, artifact: &str) -> Value {
    let mut uuid = [0x7e; 16];
    let millis = instant(minted).micros() / 1000;
    uuid[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    uuid[6] = 0x70;
    uuid[8] = 0x80;
    json!(
        Nonce::mint(uuid, operation, target, &digest(artifact))
            .unwrap()
            .to_string()
    )
}

fn header(producer: &str, issued: i64, expires: i64, rows: Vec<Value>) -> Value {
    json!({
        "trust_domain": "holdfast", "audience": "holdfast.registration", "run_id": RUN,
        "attempt_id": ATTEMPT, "correlation_id": CORRELATION, "producer": producer,
        "issued_at": at(issued), "expires_at": at(expires), "evidence_hash": null,
        "source_refs": rows, "key_id": null, "key_status_ref": null,
    })
}

fn envelope(envelope_type: &str, header: Value, body: Value) -> Value {
    let mut envelope = json!({
        "envelope_type": envelope_type, "envelope_version": "1", "header": header,
    });
    let members = envelope.as_object_mut().unwrap();
    members.extend(body.as_object().unwrap().clone());
    envelope
}

/// The governed rows of the registration: carrier, key, and the envelope type that rests on it.
pub(super) const ROWS: [(&str, &str, &str); 8] = [
    ("action_type", "act-1", "owner-attestation"),
    ("principal_binding", "bind-1", "owner-attestation"),
    ("ownership", "own-1", "owner-attestation"),
    ("approval", "apr-1", "owner-attestation"),
    ("approval_vote", "vote-1", "owner-attestation"),
    ("verifier", "ver-1", "owner-attestation"),
    ("admission", "adm-1", "artifact-attestation"),
    ("manifest", "man-1", "snapshot"),
];

pub(super) fn source(carrier: &str, key: &str, envelope_type: &str) -> Value {
    json!({"carrier": carrier, "row_key": key, "row_hash": digest(key), "envelope_type": envelope_type})
}

fn rows_of(envelope_type: &str) -> Vec<Value> {
    let rows = ROWS.iter().filter(|row| row.2 == envelope_type);
    rows.map(|(carrier, key, due)| source(carrier, key, due))
        .collect()
}

pub(super) fn policy() -> Value {
    let mut header = header("authority", -DAY, 3650 * DAY, vec![]);
    header["attempt_id"] = Value::Null;
    header["correlation_id"] = Value::Null;
    header["run_id"] = json!("policy-1");
    let carriers = ROWS.iter().map(
        |(carrier, _, due)| json!({"carrier": carrier, "envelope_type": due, "lifecycle": true}),
    );
    envelope(
        "policy",
        header,
        json!({
            "policy_id": "policy-1", "protocol_version": "holdfast/1", "skew_max_ms": 5000,
            "attestation_age_max_ms": 300_000, "row_age_max_ms": 31_536_000_000_u64,
            "readback_age_max_ms": 60_000, "snapshot_age_max_ms": 300_000,
            "clock_offset_max_ms": 2000, "request_validity_max_ms": DAY,
            "attestation_validity_ms": 300_000, "gate_report_validity_ms": 60_000,
            "recovery_horizon_ms": 60_000, "in_flight_wait_max_ms": 5000,
            "quorum": [
                {"risk_tier": "low", "approvals_min": 1, "owner_humans_min": 0, "council_min": 0},
                {"risk_tier": "high", "approvals_min": 0, "owner_humans_min": 0, "council_min": 0},
            ],
            "assurance_accepted": "single-principal", "trust_base": [],
            "carriers": carriers.collect::<Vec<_>>(),
        }),
    )
}

pub(super) fn request() -> Value {
    let mut header = header("caller", 0, 600_000, vec![]);
    header["attempt_id"] = Value::Null;
    header["correlation_id"] = Value::Null;
    envelope(
        "registration-request",
        header,
        json!({
            "request_proposed": {
                "run_id": RUN, "dot_code": "DOT_A", "operation": "register_dot",
                "artifact_hash": digest("artifact"), "artifact_path": "/srv/dots/a.sh",
                "artifact_type": "file", "admission_ref": "adm-1", "actor": "alice",
                "nonce": nonce(0, "register_dot", "dot:DOT_A", "artifact"),
            },
            "attempt_no": 1,
        }),
    )
}

pub(super) fn artifact() -> Value {
    envelope(
        "artifact-attestation",
        header(
            "artifact-resolver-f",
            100,
            300_100,
            rows_of("artifact-attestation"),
        ),
        json!({
            "trusted_attested": {
                "canonical_target": "dot:DOT_A", "canonical_path": "/srv/dots/a.sh",
                "origin": "/srv/dots", "artifact_hash": digest("artifact"),
                "hash_algorithm": "sha256", "canonicalization_version": "raw-bytes/v1",
                "artifact_type": "file", "admission_ref": "adm-1", "size_bytes": 12,
                "drift_state": "none",
            },
            "refusals": [],
        }),
    )
}

pub(super) fn vote(key: &str, principal: &str, side: &str) -> Value {
    json!({"vote_ref": key, "principal": principal, "side": side, "human": true,
        "row_hash": digest(key)})
}

pub(super) fn owner() -> Value {
    envelope(
        "owner-attestation",
        header("owner-resolver", 200, 300_200, rows_of("owner-attestation")),
        json!({
            "trusted_attested": {
                "canonical_operation": "register_dot", "canonical_target": "dot:DOT_A",
                "object_type": "dot", "scope": "catalogue", "artifact_hash": digest("artifact"),
                "owner_or_approval_binding": {
                    "ownership_ref": "own-1", "ownership_row_hash": digest("own-1"),
                    "owner_principal": "principal/olga", "approval_ref": "apr-1",
                    "approval_row_hash": digest("apr-1"), "signoff_ref": null,
                    "quorum": {"risk_tier": "low",
                        "counted": [vote("vote-1", "principal/olga", "owner")]},
                },
                "actor_principal": "principal/alice", "postcondition_verifier_ref": "verifier/1",
            },
            "refusals": [],
        }),
    )
}

pub(super) fn process(pid: u64, uid: u64) -> Value {
    json!({"pid": pid, "start_time": 77, "uid": uid, "executable_digest": digest("holdfast")})
}

pub(super) fn readback() -> Value {
    let rows = ROWS.iter().map(|(carrier, key, _)| {
        json!({
            "carrier": carrier, "row_key": key, "row_hash": digest(key), "reread_at": at(REREAD),
            "credential": "registrar", "issued_at": at(-DAY), "lifecycle_status": "active",
            "lifecycle_changed_at": null, "active_heads": 1,
        })
    });
    let carriers = ROWS.iter().map(|(carrier, _, _)| {
        json!({
            "carrier": carrier, "carrier_class": "PROVEN_AUTHORITY_CONTROLLED_CARRIER",
            "criteria": {
                "writer_authority": "proven", "immutability": "proven",
                "consumer_readback": "proven", "tamper_evidence": "proven",
                "retention": "proven", "transition_writer": "proven",
            },
        })
    });
    envelope(
        "authority-readback",
        header("registrar", REREAD, 300_400, vec![]),
        json!({
            "rows": rows.collect::<Vec<_>>(), "carriers": carriers.collect::<Vec<_>>(),
            "carrier_report_hash": digest("report"), "store_clock": at(REREAD),
            "caller": {"channel": "os_uid", "value": "1000"},
            "registrar_process": process(41, 1001), "observer_process": process(42, 1002),
            "observer_session": null,
        }),
    )
}

fn surface(name: &str, kind: &str, content: Option<&str>, rows: Option<Vec<Value>>) -> Value {
    json!({
        "surface": name, "kind": kind, "canonicalization_version": "jcs-rows/v1",
        "content_hash": content.map(digest),
        "write_set": rows.map(|rows| json!({"provenance": "writer_ordinal", "rows": rows})),
    })
}

fn added(key: &str, hash: &str) -> Value {
    json!({"row_key": key, "row_hash": digest(hash), "attempt_id": ATTEMPT,
        "transaction_id": "txn:42"})
}

/// One capture; `written` is whether the operation's rows are there.
fn snapshot(phase: &str, sequence: u64, captured: i64, written: bool) -> Value {
    let rows = |key: String, hash: &str| {
        Some(if written {
            vec![added(&key, hash)]
        } else {
            vec![]
        })
    };
    let replay_key = digest("replay-key").to_string();
    let mut snapshot = envelope(
        "snapshot",
        header(
            "snapshot-provider",
            captured,
            captured + 300_000,
            rows_of("snapshot"),
        ),
        json!({
            "manifest": {
                "manifest_id": "manifest/default", "manifest_version": "1",
                "manifest_hash": null, "issuer": "principal/olga",
                "canonicalization_version": "jcs-rows/v1",
                "surfaces": [
                    {"name": "config", "kind": "state", "carrier": "dot_config"},
                    {"name": "ledger", "kind": "append_only", "carrier": "ledger"},
                    {"name": "decision", "kind": "append_only", "carrier": "decision"},
                    {"name": "audit", "kind": "append_only", "carrier": "failure_audit"},
                    {"name": "catalogue", "kind": "catalogue", "carrier": "dot_catalogue"},
                ],
            },
            "capture": {
                "snapshot_ref": format!("{ATTEMPT}/{phase}"), "phase": phase,
                "sequence": sequence, "operation": "register_dot", "scope": "catalogue",
                "target": "dot:DOT_A",
                "observer": {"principal": "uid:1002", "process": process(42, 1002)},
                "captured_at": at(captured), "store_clock": at(captured),
                "same_observer_continuity": true,
                "surfaces": [
                    surface("config", "state", Some("closed"), None),
                    surface("ledger", "append_only", None, rows(replay_key.clone(), "ledger-row")),
                    surface("decision", "append_only", None, rows(replay_key, "decision-row")),
                    surface("audit", "append_only", None, Some(vec![])),
                    surface("catalogue", "catalogue", None, rows(ATTEMPT.to_owned(), "head")),
                ],
                "aggregate": {
                    "members": ["config", "ledger", "decision", "audit", "catalogue"],
                    "hash": null,
                },
            },
            "refusals": [],
        }),
    );
    fit(&mut snapshot);
    snapshot
}

/// The hashes of its manifest and of its surfaces, made by the published formulas.
pub(super) fn fit(snapshot: &mut Value) {
    let hash = |tag, value: &Value| json!(canonical::hash(tag, value).unwrap());
    if let Value::Object(content) = &snapshot["manifest"] {
        let mut content = content.clone();
        content.remove("manifest_hash");
        snapshot["manifest"]["manifest_hash"] = hash(tags::MANIFEST, &json!(content));
    }
    if let Value::Array(surfaces) = &snapshot["capture"]["surfaces"] {
        let entry = |surface: &Value| {
            let write_set = Some(&surface["write_set"]).filter(|one| !one.is_null());
            json!({
                "surface": surface["surface"], "content_hash": surface["content_hash"],
                "write_set_hash": write_set.map(|one| hash(tags::SURFACE, one)),
            })
        };
        let entries: Vec<Value> = surfaces.iter().map(entry).collect();
        let aggregate = hash(tags::SURFACE, &json!({"surfaces": entries}));
        snapshot["capture"]["aggregate"]["hash"] = aggregate;
    }
}

pub(super) fn before() -> Value {
    snapshot("before", 1, CAPTURED_BEFORE, false)
}

pub(super) fn after() -> Value {
    snapshot("after", 2, CAPTURED_AFTER, true)
}

/// The decision, but for what it takes from the verdict.
pub(super) fn decision() -> Value {
    envelope(
        "registration-decision",
        header("registrar", OPERATION_START, 300_600, vec![]),
        json!({
            "outcome": "registered", "phase": "consume_and_write", "reject_codes": [],
            "failed_checks": [], "request_digest": digest("request"),
            "replay_key": digest("replay-key"), "effect_identity": digest("effect"),
            "authorization_binding_digest": digest("binding"),
            "consume": {"replay_key": digest("replay-key"), "attempt_id": ATTEMPT, "epoch": 1,
                "transaction_id": "txn:42"},
            "head": {"carrier": "dot_catalogue", "row_key": ATTEMPT, "row_hash": digest("head"),
                "status": "draft"},
            "operation_start": at(OPERATION_START), "verdict_ref": null, "decision_ref": null,
            "gate_report_ref": digest("gate"), "assurance": "single-principal",
            "prior_decision": null, "differing_members": [], "failure_audit_envelope": null,
            "decision_log_envelope": null,
        }),
    )
}

/// The integration, but for what it is assembled from.
pub(super) fn integration() -> Value {
    envelope(
        "integration",
        header("pipeline", 450, 600_000, vec![]),
        json!({"request_proposed": {}, "trusted_attested": {}, "envelope_hashes": {}}),
    )
}
