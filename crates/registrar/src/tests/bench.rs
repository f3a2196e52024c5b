//! One target, its authority rows, and submissions that can differ in one member each.

use canonical::{Digest, Nonce, Timestamp, Uuid, hash, row::row_hash, tags};
use envelope::Contract;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::contract::{self, PhaseName, RegistrationDecision, RejectCode};
use crate::*;

pub(super) const FAR: &str = "2026-06-22T09:00:00.000000Z";

pub(super) fn at(second: i64) -> Timestamp {
    let start: Timestamp = "2026-06-21T09:00:00.000000Z".parse().unwrap();
    Timestamp::from_micros(start.micros() + second * 1_000_000).unwrap()
}

pub(super) fn digest(of: &str) -> Digest {
    canonical::hash_bytes("test", of.as_bytes())
}

pub(super) fn uuid(seed: u8) -> Uuid {
    Uuid::from_bytes([seed; 16])
}

/// What one caller sends and what was attested for it.
#[derive(Clone, Debug)]
pub(super) struct Submission {
    pub(super) seed: u8,
    pub(super) nonce_seed: u8,
    pub(super) dot: &'static str,
    pub(super) operation: &'static str,
    pub(super) artifact: &'static str,
    pub(super) path: &'static str,
    pub(super) actor: &'static str,
    pub(super) run: &'static str,
    pub(super) approval: &'static str,
    pub(super) attempt_no: u64,
    pub(super) bound_to: Option<&'static str>,
}

impl Submission {
    pub(super) fn new(seed: u8) -> Self {
        Self {
            seed,
            nonce_seed: seed,
            dot: "DOT_A",
            operation: "register_dot",
            artifact: "artifact",
            path: "/srv/dots/a.sh",
            actor: "alice",
            run: "run-1",
            approval: "apr-1",
            attempt_no: 1,
            bound_to: None,
        }
    }

    pub(super) fn target(&self) -> String {
        format!("dot:{}", self.dot)
    }

    fn nonce(&self) -> String {
        let mut bytes = [self.nonce_seed; 16];
        let millis = at(0).micros() / 1000;
        bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
        bytes[6] = 0x70;
        bytes[8] = 0x80;
        let artifact = digest(self.bound_to.unwrap_or(self.artifact));
        let nonce = Nonce::mint(bytes, self.operation, &self.target(), &artifact);
        nonce.unwrap().to_string()
    }

    pub(super) fn request(&self) -> Vec<u8> {
        let mut header = header("caller", self.run, None, vec![]);
        header["expires_at"] = json!(at(600));
        seal(
            contract::registration_request(),
            json!({
                "envelope_type": "registration-request", "envelope_version": "1",
                "header": header, "attempt_no": self.attempt_no,
                "request_proposed": {
                    "run_id": self.run, "dot_code": self.dot, "operation": self.operation,
                    "artifact_hash": digest(self.artifact), "artifact_path": self.path,
                    "artifact_type": "file", "admission_ref": "adm-1", "actor": self.actor,
                    "nonce": self.nonce(),
                },
            }),
        )
    }

    fn owner(&self) -> Vec<u8> {
        let rows = [
            "ownership/own-1".to_owned(),
            format!("approval/{}", self.approval),
        ];
        seal(
            contract::owner_attestation(),
            json!({
                "envelope_type": "owner-attestation", "envelope_version": "1",
                "header": header("owner-resolver", self.run, Some(self.seed), sources(&rows)),
                "refusals": [],
                "trusted_attested": {
                    "canonical_operation": self.operation, "canonical_target": self.target(),
                    "object_type": "dot", "scope": "catalogue",
                    "artifact_hash": digest(self.artifact), "actor_principal": "principal/alice",
                    "postcondition_verifier_ref": "verifier/1",
                    "owner_or_approval_binding": {
                        "ownership_ref": "own-1", "ownership_row_hash": digest("own-1"),
                        "owner_principal": "principal/olga", "approval_ref": self.approval,
                        "approval_row_hash": digest(self.approval), "signoff_ref": null,
                        "quorum": {"risk_tier": "low", "counted": []},
                    },
                },
            }),
        )
    }

    fn artifact(&self) -> Vec<u8> {
        let rows = sources(&["admission/adm-1".to_owned()]);
        seal(
            contract::artifact_attestation(),
            json!({
                "envelope_type": "artifact-attestation", "envelope_version": "1",
                "header": header("artifact-resolver-f", self.run, Some(self.seed), rows),
                "refusals": [],
                "trusted_attested": {
                    "canonical_target": self.target(), "canonical_path": self.path,
                    "origin": "/srv/dots", "artifact_hash": digest(self.artifact),
                    "hash_algorithm": "sha256", "canonicalization_version": "raw-bytes/v1",
                    "artifact_type": "file", "admission_ref": "adm-1", "size_bytes": 12,
                    "drift_state": "none",
                },
            }),
        )
    }
}

/// Everything of one attempt up to its verdict.
#[derive(Clone, Debug)]
pub(super) struct Trial {
    pub(super) arrival: Arrival,
    pub(super) attempt: Attempt,
    pub(super) owner: Vec<u8>,
    pub(super) artifact: Vec<u8>,
    pub(super) readback: Readback,
    pub(super) verdict: Option<Vec<u8>>,
    pub(super) gate: Vec<u8>,
    pub(super) policy: Vec<u8>,
    pub(super) owner_token: Uuid,
}

impl Trial {
    /// Rereads in this world and makes the verdict that accepts what was reread.
    pub(super) fn of(world: &World, submission: &Submission) -> Self {
        let (owner, artifact, policy) = (submission.owner(), submission.artifact(), policy());
        let attempt = Attempt {
            attempt_id: uuid(submission.seed),
            correlation_id: uuid(submission.seed ^ 0x80),
        };
        let readback = readback(
            &mut world.clone(),
            &rereading(&owner, &artifact, &policy, attempt),
        );
        let mut trial = Self {
            arrival: Arrival::open(&submission.request()).unwrap(),
            attempt,
            owner,
            artifact,
            readback: readback.unwrap(),
            verdict: None,
            gate: gate("OPEN", at(300)),
            policy,
            owner_token: uuid(submission.seed ^ 0x40),
        };
        trial.verdict = Some(trial.accepting());
        trial
    }

    pub(super) fn evidence(&self) -> Evidence<'_> {
        Evidence {
            owner_attestation: Some(&self.owner),
            artifact_attestation: Some(&self.artifact),
            snapshots: &[],
            authority_readback: Some(&self.readback.bytes),
            integration: None,
            verdict: self.verdict.as_deref(),
            gate_report: Some(&self.gate),
            policy: Some(&self.policy),
        }
    }

    pub(super) fn accepting(&self) -> Vec<u8> {
        seal(contract::verdict(), self.verdict_json())
    }

    /// The accepting verdict as a document.
    pub(super) fn verdict_json(&self) -> Value {
        let inputs = [
            (
                "registration_request",
                self.arrival.request().evidence_hash(),
            ),
            ("owner_attestation", stated(&self.owner)),
            ("artifact_attestation", stated(&self.artifact)),
            ("authority_readback", stated(&self.readback.bytes)),
        ];
        let mut listed: Vec<Value> = inputs
            .iter()
            .map(|(slot, hash)| json!({"slot": slot, "evidence_hash": hash}))
            .collect();
        for slot in ["integration", "verdict", "registration_decision"] {
            listed.push(json!({"slot": slot, "evidence_hash": null}));
        }
        let attempt = self.attempt;
        let mut header = header("validator-e", "run-1", None, vec![]);
        header["attempt_id"] = json!(attempt.attempt_id);
        header["correlation_id"] = json!(attempt.correlation_id);
        referred(json!({
            "envelope_type": "verdict", "envelope_version": "1", "header": header,
            "stage": "before_write", "outcome": "accept", "reject_codes": [], "checks": [],
            "decision_ref": null, "policy_ref": stated(&self.policy),
            "inputs": listed, "evaluated_at": at(5),
        }))
    }

    pub(super) fn reserve(&self, store: &mut impl port::RegistrarStore) -> Reserved {
        reserve(store, &self.reserving()).unwrap()
    }

    pub(super) fn reserving(&self) -> ReserveInput<'_> {
        ReserveInput {
            arrival: &self.arrival,
            evidence: self.evidence(),
            attempt: self.attempt,
            owner_token: self.owner_token,
            head_versions: &self.readback.head_versions,
            now: at(6),
        }
    }

    /// The reservation; panics unless it opens.
    pub(super) fn open(&self, world: &World) -> Prepared {
        match self.reserve(&mut world.clone()) {
            Reserved::Open(prepared) => *prepared,
            other => panic!("not reserved: {other:?}"),
        }
    }

    pub(super) fn failing<'a>(&'a self, rejection: &'a Rejection) -> FailureInput<'a> {
        FailureInput {
            arrival: &self.arrival,
            evidence: self.evidence(),
            attempt: self.attempt,
            phase: PhaseName::ConsumeAndWrite,
            rejection,
            now: at(7),
        }
    }
}

/// The verdict with the reference that follows from what it states, as block E documents it.
pub(super) fn referred(mut verdict: Value) -> Value {
    let inputs: Map<String, Value> = verdict["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|input| {
            let slot = input["slot"].as_str().unwrap();
            (slot.to_owned(), input["evidence_hash"].clone())
        })
        .collect();
    let basis = json!({"inputs": inputs, "now": verdict["evaluated_at"],
        "policy": verdict["policy_ref"], "stage": verdict["stage"]});
    verdict["decision_ref"] = json!(hash(tags::DECISION_REF, &basis).unwrap());
    verdict
}

/// Registers, panics unless it does, and gives the decision.
pub(super) fn register(world: &World, submission: &Submission) -> Vec<u8> {
    let prepared = Trial::of(world, submission).open(world);
    match only(consume(&mut world.clone(), &[prepared]).unwrap()) {
        Consumed::Registered { decision, .. } => decision,
        other => panic!("not registered: {other:?}"),
    }
}

/// Reserves and closes with a failure; gives the answer.
pub(super) fn abort(world: &World, submission: &Submission) -> Vec<u8> {
    let trial = Trial::of(world, submission);
    let prepared = trial.open(world);
    let rejection = Rejection::named(&["TARGET_CONFIG_NOT_CLOSED"], "open").unwrap();
    let (mut store, mut sink) = (world.clone(), world.clone());
    let ended = fail(&mut store, &mut sink, &trial.failing(&rejection), &prepared);
    match ended.unwrap() {
        Ended::Answered(answered) => answered.decision,
        Ended::Settled(prior) => panic!("settled: {prior:?}"),
    }
}

pub(super) fn only<T>(items: Vec<T>) -> T {
    let [item] = <[T; 1]>::try_from(items).unwrap_or_else(|_| panic!("not one item"));
    item
}

pub(super) fn refused(reserved: Reserved) -> Rejection {
    match reserved {
        Reserved::Refused(rejection) => *rejection,
        other => panic!("not refused: {other:?}"),
    }
}

pub(super) fn codes(rejection: &Rejection) -> Vec<String> {
    rejection
        .codes()
        .iter()
        .map(RejectCode::to_string)
        .collect()
}

pub(super) fn decision(bytes: &[u8]) -> RegistrationDecision {
    contract::registration_decision()
        .open(bytes)
        .unwrap()
        .into_value()
}

pub(super) fn decided_codes(bytes: &[u8]) -> Vec<String> {
    decision(bytes)
        .reject_codes
        .iter()
        .map(RejectCode::to_string)
        .collect()
}

/// A world with the target's authority rows.
pub(super) fn world() -> World {
    let world = World::new(at(6), digest("fingerprint"));
    for row in [
        row(
            "ownership",
            "own-1",
            &json!({"object_type": "dot", "object_ref": "DOT_A",
            "scope": "catalogue", "kind": "accountable"}),
        ),
        row("approval", "apr-1", &approval("artifact")),
        row("approval", "apr-2", &approval("other")),
        row("admission", "adm-1", &json!({"dot_code": "DOT_A"})),
    ] {
        world.insert_row(row);
    }
    world
}

fn approval(artifact: &str) -> Value {
    json!({"operation": "register_dot", "object_type": "dot", "object_ref": "DOT_A",
        "artifact_hash": digest(artifact)})
}

/// A governed row, active and unchallenged unless the columns say otherwise.
pub(super) fn row(carrier: &str, row_key: &str, columns: &Value) -> WorldRow {
    let mut all: Map<String, Value> =
        json!({"issued_at": at(-1000), "written_by": "principal/root",
        "lifecycle_status": "active", "supersedes": null})
        .as_object()
        .unwrap()
        .clone();
    all.extend(columns.as_object().unwrap().clone());
    let carrier_name = carrier.parse().unwrap();
    WorldRow {
        carrier: carrier.to_owned(),
        row_key: row_key.to_owned(),
        row_hash: row_hash(&carrier_name, row_key, &all).unwrap(),
        columns: all,
    }
}

pub(super) fn policy() -> Vec<u8> {
    seal(
        contract::policy(),
        json!({
            "envelope_type": "policy", "envelope_version": "1",
            "header": header("authority", "policy-1", None, vec![]),
            "policy_id": "policy-1", "protocol_version": "holdfast/1", "skew_max_ms": 5000,
            "attestation_age_max_ms": 300_000, "row_age_max_ms": 31_536_000_000_u64,
            "readback_age_max_ms": 60_000, "snapshot_age_max_ms": 300_000,
            "clock_offset_max_ms": 2000, "request_validity_max_ms": 86_400_000,
            "attestation_validity_ms": 300_000, "gate_report_validity_ms": 60_000,
            "recovery_horizon_ms": 60_000, "in_flight_wait_max_ms": 5000, "quorum": [],
            "assurance_accepted": "single-principal", "trust_base": [], "carriers": [],
        }),
    )
}

pub(super) fn gate(state: &str, expires_at: Timestamp) -> Vec<u8> {
    let mut header = header("gate", "gate-1", None, vec![]);
    header["expires_at"] = json!(expires_at);
    let codes = if state == "OPEN" {
        json!([])
    } else {
        json!(["HASH_CARRIER_UNPROVEN"])
    };
    seal(
        contract::gate_report(),
        json!({
            "envelope_type": "gate-report", "envelope_version": "1", "header": header,
            "state": state, "reject_codes": codes, "prerequisites": [],
            "assurance": "single-principal", "carrier_report_hash": digest("carriers"),
            "fingerprint": digest("fingerprint"), "policy_ref": stated(&policy()),
        }),
    )
}

pub(super) fn rereading<'a>(
    owner: &'a [u8],
    artifact: &'a [u8],
    policy: &'a [u8],
    attempt: Attempt,
) -> ReadbackInput<'a> {
    let process = ProcessFacts {
        pid: 41,
        start_time: 77,
        uid: 1001,
        executable_digest: digest("holdfast"),
    };
    ReadbackInput {
        owner_attestation: owner,
        artifact_attestation: artifact,
        snapshots: &[],
        carriers: &[],
        carrier_report_hash: Some(digest("carriers")),
        caller: Caller {
            channel: "os_uid",
            value: "1000",
        },
        credential: "registrar",
        registrar_process: process,
        observer_process: Some(ProcessFacts { pid: 42, ..process }),
        attempt,
        policy,
        now: at(4),
    }
}

/// A header from `at(0)` to a day later; with a seed, of that attempt.
fn header(producer: &str, run: &str, seed: Option<u8>, sources: Vec<Value>) -> Value {
    json!({
        "trust_domain": "holdfast", "audience": "holdfast.registration", "run_id": run,
        "attempt_id": seed.map(uuid), "correlation_id": seed.map(|seed| uuid(seed ^ 0x80)),
        "producer": producer, "issued_at": at(0), "expires_at": FAR,
        "evidence_hash": Digest::UNSEALED, "source_refs": sources,
        "key_id": null, "key_status_ref": null,
    })
}

fn sources(places: &[String]) -> Vec<Value> {
    let places = places.iter().map(|place| place.split_once('/').unwrap());
    places
        .map(|(carrier, key)| {
            json!({"carrier": carrier, "row_key": key, "row_hash": digest(key),
                "envelope_type": "owner-attestation"})
        })
        .collect()
}

pub(super) fn seal<T: Serialize + for<'de> Deserialize<'de>>(
    contract: &Contract<T>,
    document: Value,
) -> Vec<u8> {
    let value = T::deserialize(&document).unwrap();
    contract.seal(&value).unwrap().into_bytes()
}

pub(super) fn stated(bytes: &[u8]) -> Digest {
    evidence::stated_hash(bytes).unwrap()
}
