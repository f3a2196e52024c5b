//! An admission of one file that is there, and the ways to change one thing of it.

use canonical::{ContentHasher, Digest, Identifier, row::row_hash};
use envelope::Contract;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::memory::Memory;
use crate::contract::{
    ArtifactAttestation, ArtifactTrustedAttested, Policy, RegistrationRequest, RejectCode,
    artifact_attestation, policy, registration_request,
};
use crate::error::ResolveError;
use crate::filter::{FilterError, filter};
use crate::input::{Attempt, Input};
use crate::measure::measure;
use crate::port::{AdmissionReader, ArtifactSource, Progress, Unwatched};
use crate::resolve::resolve;
use crate::world::World;

pub(crate) const NOW: &str = "2026-06-21T09:00:00.000000Z";
pub(crate) const PATH: &str = "/srv/dots/daily-report.sh";
pub(crate) const TREE: &str = "/srv/dots/suite";
const ATTEMPT: &str = "0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5f60";
const CORRELATION: &str = "0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5f61";

/// The inputs of one resolution, still open to change.
pub(crate) struct Case {
    pub(crate) request: Value,
    pub(crate) policy: Value,
    pub(crate) files: Memory,
    rows: Vec<(String, Value)>,
}

impl Case {
    /// One file, admitted as `adm-1` and asked for as it was admitted.
    pub(crate) fn file() -> Self {
        let mut hasher = ContentHasher::new();
        hasher.update(b"echo report\n");
        let files = Memory::default().file(PATH, "echo report\n");
        Self::of(files, PATH, "file", "raw-bytes/v1", hasher.finish())
    }

    /// One tree, admitted as `adm-1` and asked for as it was admitted.
    pub(crate) fn tree(files: Memory) -> Self {
        let hash = measure(&mut files.clone(), &mut Unwatched, TREE, "/srv/dots").unwrap();
        Self::of(files, TREE, "tree", "tree/v1", hash.artifact_hash)
    }

    fn of(files: Memory, path: &str, kind: &str, canonicalization: &str, hash: Digest) -> Self {
        let admission = json!({
            "issued_at": "2026-06-01T09:00:00.000000Z", "written_by": "principal/writer",
            "lifecycle_status": "active", "supersedes": null,
            "dot_code": "DOT_DAILY_REPORT", "canonical_path": path, "origin": "/srv/dots",
            "artifact_type": kind, "artifact_hash": hash, "hash_algorithm": "sha256",
            "canonicalization_version": canonicalization});
        Self {
            request: request(path, kind),
            policy: policy_value(),
            files,
            rows: vec![("adm-1".to_owned(), admission)],
        }
    }

    /// Changes members of what the request proposes.
    pub(crate) fn propose(&mut self, members: Value) {
        merge(&mut self.request["request_proposed"], members);
    }

    /// Changes columns of the admission, as if it had been written so.
    pub(crate) fn admit(&mut self, columns: Value) {
        merge(&mut self.rows[0].1, columns);
    }

    /// Adds the row that ends the admission.
    pub(crate) fn end(&mut self, status: &str) {
        let mut columns = self.rows[0].1.clone();
        merge(
            &mut columns,
            json!({"lifecycle_status": status, "supersedes": "adm-1"}),
        );
        self.rows.push(("adm-2".to_owned(), columns));
    }

    pub(crate) fn run(&mut self) -> Result<ArtifactAttestation, FilterError> {
        let frame = json!({
            "registration_request": sealed::<RegistrationRequest>(registration_request(), &self.request),
            "policy": sealed::<Policy>(policy(), &self.policy),
            "now": NOW, "world": self.world(),
            "attempt": {"attempt_id": ATTEMPT, "correlation_id": CORRELATION}});
        let bytes = filter(
            frame.to_string().as_bytes(),
            &mut self.files,
            &mut Unwatched,
        )?;
        Ok(artifact_attestation().open(&bytes).unwrap().into_value())
    }

    /// The admissions as a port.
    pub(crate) fn admissions(&self) -> World {
        World::read(&self.world()).unwrap()
    }

    /// Resolves by any ports.
    pub(crate) fn resolve_by(
        &self,
        admissions: &mut impl AdmissionReader,
        source: &mut impl ArtifactSource,
        progress: &mut impl Progress,
    ) -> Result<Vec<u8>, ResolveError> {
        let bytes = |sealed: &Value| canonical::write(sealed).unwrap();
        let input = Input {
            registration_request: &bytes(&sealed(registration_request(), &self.request)),
            policy: &bytes(&sealed(policy(), &self.policy)),
            attempt: Attempt {
                attempt_id: ATTEMPT.parse().unwrap(),
                correlation_id: CORRELATION.parse().unwrap(),
            },
            now: NOW.parse().unwrap(),
        };
        resolve(admissions, source, progress, &input)
    }

    /// The codes of the refusals, in order; nothing is attested beside any of them.
    pub(crate) fn codes(&mut self) -> Vec<RejectCode> {
        let attestation = self.run().unwrap();
        let codes: Vec<_> = attestation
            .refusals
            .iter()
            .map(|refusal| refusal.code)
            .collect();
        assert_eq!(codes.is_empty(), attestation.trusted_attested.is_some());
        codes
    }

    pub(crate) fn attested(&mut self) -> ArtifactTrustedAttested {
        let attestation = self.run().unwrap();
        assert_eq!(attestation.refusals.to_vec(), Vec::new());
        attestation.trusted_attested.unwrap()
    }

    fn world(&self) -> Value {
        let carrier = Identifier::try_from("admission").unwrap();
        let rows = self.rows.iter().map(|(key, columns)| {
            let hash = row_hash(&carrier, key, columns.as_object().unwrap()).unwrap();
            json!({"carrier": carrier, "row_key": key, "columns": columns, "row_hash": hash})
        });
        json!({"rows": rows.collect::<Vec<_>>()})
    }
}

/// Asserts the refusals where one thing of the admitted file was changed.
#[track_caller]
pub(crate) fn refused(change: impl FnOnce(&mut Case), codes: &[RejectCode]) {
    let mut case = Case::file();
    change(&mut case);
    assert_eq!(case.codes(), codes);
}

/// Asserts that the admitted file still is attested where one thing was changed.
#[track_caller]
pub(crate) fn accepted(change: impl FnOnce(&mut Case)) -> ArtifactTrustedAttested {
    let mut case = Case::file();
    change(&mut case);
    case.attested()
}

fn merge(into: &mut Value, members: Value) {
    let members: Map<String, Value> = serde_json::from_value(members).unwrap();
    into.as_object_mut().unwrap().extend(members);
}

fn sealed<T: Serialize + for<'de> Deserialize<'de>>(
    contract: &Contract<T>,
    value: &Value,
) -> Value {
    let value = T::deserialize(value).unwrap();
    contract.seal(&value).unwrap().json().clone()
}

fn header(producer: &str) -> Value {
    json!({
        "trust_domain": "holdfast", "audience": "holdfast.registration",
        "run_id": "run-1", "attempt_id": null, "correlation_id": null,
        "producer": producer, "issued_at": NOW, "expires_at": "2026-06-21T10:00:00.000000Z",
        "evidence_hash": Digest::UNSEALED, "source_refs": [], "key_id": null,
        "key_status_ref": null})
}

fn request(path: &str, kind: &str) -> Value {
    json!({
        "envelope_type": "registration-request", "envelope_version": "1",
        "header": header("caller"), "attempt_no": 1,
        "request_proposed": {
            "run_id": "run-1", "dot_code": "DOT_DAILY_REPORT", "operation": "register_dot",
            "artifact_hash": "sha256:00", "artifact_path": path,
            "artifact_type": kind, "admission_ref": "adm-1", "actor": "alice", "nonce": "n"}})
}

fn policy_value() -> Value {
    json!({
        "envelope_type": "policy", "envelope_version": "1", "header": header("authority"),
        "policy_id": "policy/default", "protocol_version": "holdfast/1", "skew_max_ms": 5000,
        "attestation_age_max_ms": 300_000, "row_age_max_ms": 31_536_000_000_u64,
        "readback_age_max_ms": 60_000, "snapshot_age_max_ms": 300_000, "clock_offset_max_ms": 2000,
        "request_validity_max_ms": 86_400_000, "attestation_validity_ms": 300_000,
        "gate_report_validity_ms": 60_000, "recovery_horizon_ms": 60_000,
        "in_flight_wait_max_ms": 5000, "quorum": [], "assurance_accepted": null,
        "trust_base": [], "carriers": []})
}
