//! One registration as it was committed, to be bent in one place at a time.

use canonical::{Digest, Timestamp, Uuid, hash, tags};
use envelope::Contract;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::contract::{self, VerificationOutcome, VerificationReport};
use crate::head::CATALOGUE;
use crate::port::{ActivationTrigger, CatalogueRow, CommittedReader, LedgerRow, VerifierRow};
use crate::{Attempt, Input, VerifyError, World, verify};

pub(super) const ATTEMPT: &str = "0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5f60";
pub(super) const CORRELATION: &str = "0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5f61";

pub(super) fn at(micros: i64) -> Timestamp {
    let start: Timestamp = "2026-06-21T09:00:00.000000Z".parse().unwrap();
    Timestamp::from_micros(start.micros() + micros).unwrap()
}

pub(super) fn digest(of: &str) -> Digest {
    canonical::hash_bytes("test", of.as_bytes())
}

pub(super) fn attempt_id() -> Uuid {
    ATTEMPT.parse().unwrap()
}

/// The documents and the committed state of one registration.
#[derive(Clone, Debug)]
pub(super) struct Bench {
    pub(super) owner: Value,
    pub(super) artifact: Value,
    pub(super) policy: Value,
    /// Merged over the first verdict.
    pub(super) verdict: Value,
    /// Merged over the second verdict.
    pub(super) after: Value,
    /// Merged over the decision.
    pub(super) decision: Value,
    pub(super) world: World,
    pub(super) opened_at: Timestamp,
    pub(super) registrar: &'static str,
}

/// The sealed envelopes of a bench.
pub(super) struct Sealed {
    pub(super) owner: Vec<u8>,
    pub(super) artifact: Vec<u8>,
    pub(super) policy: Vec<u8>,
    pub(super) verdict: Vec<u8>,
    pub(super) after: Vec<u8>,
    pub(super) decision: Vec<u8>,
}

impl Bench {
    /// Everything holds, and the stored decision is the reported one.
    pub(super) fn new() -> Self {
        let mut bench = Self {
            owner: owner(),
            artifact: artifact(),
            policy: policy(),
            verdict: json!({}),
            after: json!({}),
            decision: json!({}),
            world: world(),
            opened_at: at(0),
            registrar: "principal/registrar",
        };
        bench.store_decision();
        bench
    }

    pub(super) fn seal(&self) -> Sealed {
        let owner = seal(contract::owner_attestation(), self.owner.clone());
        let artifact = seal(contract::artifact_attestation(), self.artifact.clone());
        let policy = seal(contract::policy(), self.policy.clone());
        let mut first = verdict(
            "before_write",
            &[
                ("owner_attestation", stated(&owner)),
                ("artifact_attestation", stated(&artifact)),
            ],
        );
        first["policy_ref"] = json!(stated(&policy));
        let verdict_bytes = seal(contract::verdict(), merged(first, &self.verdict));
        let decision = merged(decision(&verdict_bytes), &self.decision);
        let decision = seal(contract::registration_decision(), decision);
        let second = verdict(
            "after_write",
            &[("registration_decision", stated(&decision))],
        );
        Sealed {
            after: seal(contract::verdict(), merged(second, &self.after)),
            policy,
            verdict: verdict_bytes,
            owner,
            artifact,
            decision,
        }
    }

    /// Stores the decision as it now is, after an edit that changes its bytes.
    pub(super) fn store_decision(&mut self) {
        self.world.decisions = vec![(digest("key"), self.seal().decision)];
    }

    pub(super) fn verify(&self) -> Result<Vec<u8>, VerifyError> {
        self.verify_sealed(&self.seal())
    }

    pub(super) fn verify_sealed(&self, sealed: &Sealed) -> Result<Vec<u8>, VerifyError> {
        self.verify_with(&mut self.world.clone(), sealed)
    }

    pub(super) fn verify_with(
        &self,
        reader: &mut impl CommittedReader,
        sealed: &Sealed,
    ) -> Result<Vec<u8>, VerifyError> {
        let input = Input {
            reported_decision: &sealed.decision,
            owner_attestation: &sealed.owner,
            artifact_attestation: &sealed.artifact,
            verdict: &sealed.verdict,
            verdict_after: &sealed.after,
            policy: &sealed.policy,
            attempt: Attempt {
                attempt_id: attempt_id(),
                correlation_id: CORRELATION.parse().unwrap(),
            },
            now: at(20),
            attempt_opened_at: self.opened_at,
            registrar_principal: self.registrar,
        };
        verify(reader, &input)
    }

    pub(super) fn report(&self) -> VerificationReport {
        open(&self.verify().unwrap())
    }

    /// The codes of the report, and the conditions that failed.
    pub(super) fn failures(&self) -> (Vec<String>, Vec<String>) {
        let report = self.report();
        let codes = report
            .reject_codes
            .iter()
            .map(ToString::to_string)
            .collect();
        let failed = report.conditions.iter();
        let failed = failed.filter(|check| !check.reject_codes.is_empty());
        (codes, failed.map(|check| check.id.to_string()).collect())
    }

    /// Bends a column of the head and keeps the row's own hash true to it.
    pub(super) fn set_column(&mut self, name: &str, value: Value) {
        let row = &mut self.world.catalogue[0];
        if name == "status" {
            value.as_str().unwrap().clone_into(&mut row.status);
        }
        row.columns.insert(name.to_owned(), value);
        row.row_hash = row_hash(row);
    }
}

pub(super) fn open(bytes: &[u8]) -> VerificationReport {
    contract::verification_report()
        .open(bytes)
        .unwrap()
        .into_value()
}

/// Fails with exactly `VERIFICATION_FAILED` and this code, in this condition alone.
#[track_caller]
pub(super) fn check(bench: &Bench, code: &str, condition: &str) {
    let (codes, failed) = bench.failures();
    assert_eq!(codes, ["VERIFICATION_FAILED", code]);
    assert_eq!(failed, [condition]);
}

#[track_caller]
pub(super) fn passes(bench: &Bench) {
    let report = bench.report();
    assert_eq!(
        report.outcome,
        VerificationOutcome::Passed,
        "{:?}",
        report.reject_codes
    );
    assert!(report.reject_codes.is_empty());
    assert_eq!(report.conditions.len(), 9);
}

fn row_hash(row: &CatalogueRow) -> Digest {
    let row = json!({"carrier": CATALOGUE, "key": row.row_key, "columns": row.columns});
    hash(tags::ROW, &row).unwrap()
}

/// The head as a registration writes it.
pub(super) fn head(row_key: &str) -> CatalogueRow {
    let columns: Map<String, Value> = json!({
        "dot_code": "DOT_A", "canonical_target": "dot:DOT_A", "object_type": "dot",
        "canonical_path": "/srv/dots/a.sh", "origin": "/srv/dots",
        "artifact_hash": digest("artifact"), "hash_algorithm": "sha256",
        "canonicalization_version": "raw-bytes/v1", "artifact_type": "file",
        "admission_ref": "adm-1", "size_bytes": 12, "scope": "catalogue",
        "owner_principal": "principal/olga", "replay_key": digest("key"), "attempt_id": ATTEMPT,
        "status": "draft",
    })
    .as_object()
    .unwrap()
    .clone();
    let mut row = CatalogueRow {
        row_key: row_key.to_owned(),
        status: "draft".to_owned(),
        columns,
        row_hash: Digest::UNSEALED,
    };
    row.row_hash = row_hash(&row);
    row
}

pub(super) fn verifier_row() -> VerifierRow {
    VerifierRow {
        row_key: "ver-1".to_owned(),
        issued_at: at(-1),
        written_by: "principal/root".to_owned(),
        specific_target: None,
        active: true,
    }
}

fn world() -> World {
    World {
        clock: at(30),
        catalogue: vec![head(ATTEMPT)],
        ledger: vec![LedgerRow {
            replay_key: digest("key"),
            attempt_id: attempt_id(),
            transaction_id: "txn:42".to_owned(),
            effect_identity: digest("effect"),
            target: "dot:DOT_A".to_owned(),
        }],
        decisions: Vec::new(),
        open_config: Vec::new(),
        verifiers: vec![("verifier/1".to_owned(), verifier_row())],
        activation_triggers: vec![ActivationTrigger {
            name: "notify_active".to_owned(),
            fires_on_draft: false,
            evidence: "when new.status = 'active'".to_owned(),
        }],
    }
}

fn header(producer: &str) -> Value {
    json!({
        "trust_domain": "holdfast", "audience": "holdfast.registration", "run_id": "run-1",
        "attempt_id": ATTEMPT, "correlation_id": CORRELATION, "producer": producer,
        "issued_at": at(0), "expires_at": at(600_000_000), "evidence_hash": Digest::UNSEALED,
        "source_refs": [], "key_id": null, "key_status_ref": null,
    })
}

fn owner() -> Value {
    json!({
        "envelope_type": "owner-attestation", "envelope_version": "1",
        "header": header("owner-resolver"), "refusals": [],
        "trusted_attested": {
            "canonical_operation": "register_dot", "canonical_target": "dot:DOT_A",
            "object_type": "dot", "scope": "catalogue", "artifact_hash": digest("artifact"),
            "actor_principal": "principal/alice", "postcondition_verifier_ref": "verifier/1",
            "owner_or_approval_binding": {
                "ownership_ref": "own-1", "ownership_row_hash": digest("own-1"),
                "owner_principal": "principal/olga", "approval_ref": "apr-1",
                "approval_row_hash": digest("apr-1"), "signoff_ref": null,
                "quorum": {"risk_tier": "low", "counted": []},
            },
        },
    })
}

fn artifact() -> Value {
    json!({
        "envelope_type": "artifact-attestation", "envelope_version": "1",
        "header": header("artifact-resolver-f"), "refusals": [],
        "trusted_attested": {
            "canonical_target": "dot:DOT_A", "canonical_path": "/srv/dots/a.sh",
            "origin": "/srv/dots", "artifact_hash": digest("artifact"),
            "hash_algorithm": "sha256", "canonicalization_version": "raw-bytes/v1",
            "artifact_type": "file", "admission_ref": "adm-1", "size_bytes": 12,
            "drift_state": "none",
        },
    })
}

fn policy() -> Value {
    json!({
        "envelope_type": "policy", "envelope_version": "1", "header": header("authority"),
        "policy_id": "policy-1", "protocol_version": "holdfast/1", "skew_max_ms": 5000,
        "attestation_age_max_ms": 300_000, "row_age_max_ms": 1000, "readback_age_max_ms": 60_000,
        "snapshot_age_max_ms": 300_000, "clock_offset_max_ms": 2000,
        "request_validity_max_ms": 86_400_000, "attestation_validity_ms": 300_000,
        "gate_report_validity_ms": 60_000, "recovery_horizon_ms": 60_000,
        "in_flight_wait_max_ms": 5000, "quorum": [], "assurance_accepted": null,
        "trust_base": [], "carriers": [],
    })
}

fn verdict(stage: &str, inputs: &[(&str, Digest)]) -> Value {
    let inputs = inputs.iter();
    let inputs = inputs.map(|(slot, hash)| json!({"slot": slot, "evidence_hash": hash}));
    json!({
        "envelope_type": "verdict", "envelope_version": "1", "header": header("validator-e"),
        "stage": stage, "outcome": "accept", "reject_codes": [], "checks": [],
        "decision_ref": digest(stage), "policy_ref": digest("policy"),
        "inputs": inputs.collect::<Vec<_>>(), "evaluated_at": at(5),
    })
}

fn decision(verdict: &[u8]) -> Value {
    json!({
        "envelope_type": "registration-decision", "envelope_version": "1",
        "header": header("registrar"), "outcome": "registered", "phase": "consume_and_write",
        "reject_codes": [], "failed_checks": [], "request_digest": digest("request"),
        "replay_key": digest("key"), "effect_identity": digest("effect"),
        "authorization_binding_digest": digest("binding"),
        "consume": {"replay_key": digest("key"), "attempt_id": ATTEMPT, "epoch": 1,
            "transaction_id": "txn:42"},
        "head": {"carrier": CATALOGUE, "row_key": ATTEMPT, "row_hash": head(ATTEMPT).row_hash,
            "status": "draft"},
        "operation_start": at(10), "verdict_ref": stated(verdict),
        "decision_ref": digest("before_write"), "gate_report_ref": digest("gate"),
        "assurance": "separated-principals", "prior_decision": null, "differing_members": [],
        "failure_audit_envelope": null, "decision_log_envelope": null,
    })
}

/// Puts each value at its JSON pointer.
fn merged(mut document: Value, edits: &Value) -> Value {
    for (pointer, value) in edits.as_object().unwrap() {
        *document.pointer_mut(pointer).unwrap() = value.clone();
    }
    document
}

fn seal<T: Serialize + for<'de> Deserialize<'de>>(
    contract: &Contract<T>,
    document: Value,
) -> Vec<u8> {
    let value = T::deserialize(&document).unwrap();
    contract.seal(&value).unwrap().into_bytes()
}

fn stated(bytes: &[u8]) -> Digest {
    let document: Value = serde_json::from_slice(bytes).unwrap();
    document["header"]["evidence_hash"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap()
}
