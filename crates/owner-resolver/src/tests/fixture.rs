//! A world in which everything holds, and the ways to change one thing of it.

use canonical::{Digest, Identifier, row::row_hash};
use envelope::Contract;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::contract::{
    ArtifactAttestation, OwnerAttestation, OwnerTrustedAttested, Policy, RegistrationRequest,
    RejectCode, artifact_attestation, owner_attestation, policy, registration_request,
};
use crate::error::ResolveError;
use crate::filter::{FilterError, filter};
use crate::input::{Attempt, Caller, Input};
use crate::port::AuthorityReader;
use crate::resolve::resolve;
use crate::world::World;

pub(crate) const NOW: &str = "2026-06-21T09:00:00.000000Z";
pub(crate) const HASH: &str =
    "sha256:3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f";
pub(crate) const OTHER_HASH: &str =
    "sha256:4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f4f";
const ATTEMPT: &str = "0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5f60";
const CORRELATION: &str = "0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5f61";

/// The inputs of one resolution, still open to change.
pub(crate) struct Case {
    pub(crate) request: Value,
    pub(crate) artifact: Value,
    pub(crate) policy: Value,
    pub(crate) caller: Value,
    rows: Vec<(String, String, Value)>,
}

impl Case {
    /// Alice asks, Olga owns, Bob approved, everything is active and in time.
    pub(crate) fn good() -> Self {
        let mut case = Self {
            request: request(),
            artifact: artifact(),
            policy: policy_value(),
            caller: json!({"channel": "os_uid", "value": "1000"}),
            rows: Vec::new(),
        };
        case.add(
            "action_type",
            "act-1",
            json!({
            "operation": "register_dot", "object_type": "dot", "implemented": 1,
            "risk_tier": "low", "required_scope": "catalogue/dots", "signoff_required": 0,
            "postcondition_verifier_ref": "verifier/postcondition-1"}),
        );
        case.add(
            "verifier",
            "ver-1",
            json!({
            "verifier_ref": "verifier/postcondition-1", "specific_target": null,
            "description": "rereads the row"}),
        );
        case.person("alice", 1000, "human", "none");
        case.person("olga", 1001, "human", "owner");
        case.person("bob", 1002, "human", "owner");
        case.add("ownership", "own-1", owner("principal/olga"));
        case.add("approval", "apr-1", approval_of(HASH));
        case.vote("vote-1", "principal/bob", 1002);
        case
    }

    /// A principal with a canonical name, an alias and a user id.
    pub(crate) fn person(&mut self, name: &str, uid: u32, kind: &str, side: &str) {
        let principal = format!("principal/{name}");
        self.add(
            "principal",
            &format!("pri-{name}"),
            json!({
            "principal": principal, "kind": kind, "side": side, "display_name": name}),
        );
        self.bind(&format!("ali-{name}"), "alias", name, &principal);
        self.bind(
            &format!("uid-{name}"),
            "os_uid",
            &uid.to_string(),
            &principal,
        );
    }

    pub(crate) fn bind(&mut self, key: &str, channel: &str, value: &str, principal: &str) {
        let columns = json!({"channel": channel, "value": value, "principal": principal});
        self.add("principal_binding", key, columns);
    }

    pub(crate) fn vote(&mut self, key: &str, voter: &str, uid: u32) {
        self.add(
            "approval_vote",
            key,
            json!({
            "approval_ref": "apr-1", "voter": voter, "voter_channel": format!("os_uid:{uid}"),
            "decision": "approve", "is_signoff": 0, "checksum": null,
            "decided_at": "2026-06-20T09:00:00.000000Z"}),
        );
    }

    /// Adds a row; the columns common to all carriers unless they are given.
    pub(crate) fn add(&mut self, carrier: &str, key: &str, columns: Value) {
        let mut all = json!({
            "issued_at": "2026-06-01T09:00:00.000000Z", "written_by": "principal/writer",
            "lifecycle_status": "active", "supersedes": null});
        merge(&mut all, columns);
        self.rows.push((carrier.to_owned(), key.to_owned(), all));
    }

    /// Changes columns of a row, as if it had been written so.
    pub(crate) fn set(&mut self, key: &str, columns: Value) {
        let row = self.rows.iter_mut().find(|row| row.1 == key).unwrap();
        merge(&mut row.2, columns);
    }

    pub(crate) fn remove(&mut self, key: &str) {
        self.rows.retain(|row| row.1 != key);
    }

    /// Removes a column from a row.
    pub(crate) fn strip(&mut self, key: &str, column: &str) {
        let row = self.rows.iter_mut().find(|row| row.1 == key).unwrap();
        row.2.as_object_mut().unwrap().remove(column);
    }

    /// Adds the row that ends another one, with the same columns.
    pub(crate) fn end(&mut self, key: &str, status: &str) {
        let (carrier, _, mut columns) = self.rows.iter().find(|row| row.1 == key).unwrap().clone();
        merge(
            &mut columns,
            json!({"lifecycle_status": status, "supersedes": key}),
        );
        self.rows
            .push((carrier, format!("{key}-{status}"), columns));
    }

    pub(crate) fn run(&self) -> Result<OwnerAttestation, FilterError> {
        let frame = json!({
            "registration_request": sealed::<RegistrationRequest>(registration_request(), &self.request),
            "artifact_attestation": sealed::<ArtifactAttestation>(artifact_attestation(), &self.artifact),
            "policy": sealed::<Policy>(policy(), &self.policy),
            "caller": self.caller, "now": NOW, "world": self.world(),
            "attempt": {"attempt_id": ATTEMPT, "correlation_id": CORRELATION}});
        let bytes = filter(frame.to_string().as_bytes())?;
        Ok(owner_attestation().open(&bytes).unwrap().into_value())
    }

    /// The authority rows as a port.
    pub(crate) fn reader(&self) -> World {
        World::read(&self.world()).unwrap()
    }

    /// Resolves by any port.
    pub(crate) fn resolve_by(
        &self,
        reader: &mut impl AuthorityReader,
    ) -> Result<Vec<u8>, ResolveError> {
        let bytes = |sealed: &Value| canonical::write(sealed).unwrap();
        let text = |member: &str| self.caller[member].as_str().unwrap();
        let input = Input {
            registration_request: &bytes(&sealed(registration_request(), &self.request)),
            artifact_attestation: &bytes(&sealed(artifact_attestation(), &self.artifact)),
            policy: &bytes(&sealed(policy(), &self.policy)),
            caller: Caller {
                channel: text("channel"),
                value: text("value"),
            },
            attempt: Attempt {
                attempt_id: ATTEMPT.parse().unwrap(),
                correlation_id: CORRELATION.parse().unwrap(),
            },
            now: NOW.parse().unwrap(),
        };
        resolve(reader, &input)
    }

    /// The codes of the refusals, in order; nothing is attested beside any of them.
    pub(crate) fn codes(&self) -> Vec<RejectCode> {
        let attestation = self.run().unwrap();
        let codes: Vec<_> = attestation
            .refusals
            .iter()
            .map(|refusal| refusal.code)
            .collect();
        assert_eq!(codes.is_empty(), attestation.trusted_attested.is_some());
        codes
    }

    pub(crate) fn attested(&self) -> OwnerTrustedAttested {
        let attestation = self.run().unwrap();
        assert_eq!(attestation.refusals.to_vec(), Vec::new());
        attestation.trusted_attested.unwrap()
    }

    fn world(&self) -> Value {
        let rows = self.rows.iter().map(|(carrier, key, columns)| {
            let carrier = Identifier::try_from(carrier.as_str()).unwrap();
            let hash = row_hash(&carrier, key, columns.as_object().unwrap()).unwrap();
            json!({"carrier": carrier, "row_key": key, "columns": columns, "row_hash": hash})
        });
        json!({"rows": rows.collect::<Vec<_>>()})
    }
}

/// Asserts the refusals of a world in which one thing was changed.
#[track_caller]
pub(crate) fn refused(change: impl FnOnce(&mut Case), codes: &[RejectCode]) {
    let mut case = Case::good();
    change(&mut case);
    assert_eq!(case.codes(), codes);
}

/// Asserts that a world in which one thing was changed still is attested.
#[track_caller]
pub(crate) fn accepted(change: impl FnOnce(&mut Case)) -> OwnerTrustedAttested {
    let mut case = Case::good();
    change(&mut case);
    case.attested()
}

pub(crate) fn owner(name: &str) -> Value {
    json!({
        "object_type": "dot", "object_ref": "DOT_DAILY_REPORT", "scope": "catalogue",
        "owner": name, "kind": "accountable",
        "effective_from": "2026-06-01T09:00:00.000000Z", "effective_to": null})
}

pub(crate) fn approval_of(hash: &str) -> Value {
    json!({
        "operation": "register_dot", "object_type": "dot", "object_ref": "DOT_DAILY_REPORT",
        "artifact_hash": hash, "proposer": "principal/alice",
        "expires_at": "2026-07-01T09:00:00.000000Z"})
}

fn merge(into: &mut Value, columns: Value) {
    let columns: Map<String, Value> = serde_json::from_value(columns).unwrap();
    into.as_object_mut().unwrap().extend(columns);
}

fn sealed<T: Serialize + for<'de> Deserialize<'de>>(
    contract: &Contract<T>,
    value: &Value,
) -> Value {
    let value = T::deserialize(value).unwrap();
    contract.seal(&value).unwrap().json().clone()
}

fn header(producer: &str, attempt: Option<&str>, correlation: Option<&str>) -> Value {
    json!({
        "trust_domain": "holdfast", "audience": "holdfast.registration",
        "run_id": "run-1", "attempt_id": attempt, "correlation_id": correlation,
        "producer": producer, "issued_at": NOW, "expires_at": "2026-06-21T10:00:00.000000Z",
        "evidence_hash": Digest::UNSEALED, "source_refs": [], "key_id": null,
        "key_status_ref": null})
}

fn request() -> Value {
    json!({
        "envelope_type": "registration-request", "envelope_version": "1",
        "header": header("caller", None, None), "attempt_no": 1,
        "request_proposed": {
            "run_id": "run-1", "dot_code": "DOT_DAILY_REPORT", "operation": "register_dot",
            "artifact_hash": HASH, "artifact_path": "/srv/dots/daily-report.sh",
            "artifact_type": "file", "admission_ref": "adm-1", "actor": "alice", "nonce": "n"}})
}

fn artifact() -> Value {
    json!({
        "envelope_type": "artifact-attestation", "envelope_version": "1",
        "header": header("artifact-resolver-f", Some(ATTEMPT), Some(CORRELATION)),
        "refusals": [],
        "trusted_attested": {
            "canonical_target": "dot:DOT_DAILY_REPORT", "canonical_path": "/srv/dots/daily-report.sh",
            "origin": "/srv/dots", "artifact_hash": HASH, "hash_algorithm": "sha256",
            "canonicalization_version": "raw-bytes/v1", "artifact_type": "file",
            "admission_ref": "adm-1", "size_bytes": 512, "drift_state": "none"}})
}

fn policy_value() -> Value {
    let rule = |tier: &str, approvals: u64, owners: u64, council: u64| {
        json!({"risk_tier": tier, "approvals_min": approvals, "owner_humans_min": owners,
            "council_min": council})
    };
    json!({
        "envelope_type": "policy", "envelope_version": "1",
        "header": header("authority", None, None),
        "policy_id": "policy/default", "protocol_version": "holdfast/1", "skew_max_ms": 5000,
        "attestation_age_max_ms": 300_000, "row_age_max_ms": 31_536_000_000_u64,
        "readback_age_max_ms": 60_000, "snapshot_age_max_ms": 300_000, "clock_offset_max_ms": 2000,
        "request_validity_max_ms": 86_400_000, "attestation_validity_ms": 300_000,
        "gate_report_validity_ms": 60_000, "recovery_horizon_ms": 60_000,
        "in_flight_wait_max_ms": 5000,
        "quorum": [rule("low", 1, 0, 0), rule("medium", 1, 1, 0), rule("high", 3, 1, 2)],
        "assurance_accepted": "single-principal", "trust_base": [], "carriers": []})
}
