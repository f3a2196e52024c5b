//! One registration whose capture stands, told as a filter frame, and ways to spoil it.

use std::path::Path;

use canonical::{Identifier, hash, row, tags, write};
use envelope::Contract;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::capture::{Attempt, Input, Observer, capture};
use crate::contract::{
    RejectCode, Snapshot, SnapshotPhase, artifact_attestation, owner_attestation, policy,
    registration_request, snapshot,
};
use crate::error::CaptureError;
use crate::filter::{FilterError, filter};
use crate::port::SurfaceReader;
use crate::world::World;

pub(crate) const ATTEMPT: &str = "0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5f60";
pub(crate) const CORRELATION: &str = "0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5f61";

/// Everything a capture is made from, still open to change.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) request: Value,
    pub(crate) owner: Value,
    pub(crate) artifact: Value,
    pub(crate) policy: Value,
    pub(crate) phase: &'static str,
    pub(crate) before: Option<Vec<u8>>,
    pub(crate) now: String,
    pub(crate) observer: Value,
    pub(crate) manifests: Vec<Manifest>,
    pub(crate) governed_issuers: Vec<&'static str>,
    pub(crate) surfaces: Value,
}

/// A manifest row before it is written.
#[derive(Clone)]
pub(crate) struct Manifest {
    pub(crate) row_key: &'static str,
    pub(crate) carrier: &'static str,
    pub(crate) issuer: &'static str,
    pub(crate) canonicalization_version: &'static str,
    pub(crate) surfaces: Value,
    /// Stated instead of the hash that would be right.
    pub(crate) manifest_hash: Option<String>,
}

impl Manifest {
    fn default_one() -> Self {
        Self {
            row_key: "manifest/default",
            carrier: "manifest",
            issuer: "principal/olga",
            canonicalization_version: "jcs-rows/v1",
            surfaces: json!([
                {"name": "config", "kind": "state", "carrier": "dot_config"},
                {"name": "holds", "kind": "state", "carrier": "hold_event"},
                {"name": "ledger", "kind": "append_only", "carrier": "ledger"},
                {"name": "heads", "kind": "catalogue", "carrier": "dot_catalogue"},
                {"name": "launcher", "kind": "file", "carrier": "etc/launcher"},
            ]),
            manifest_hash: None,
        }
    }

    fn row(&self) -> Value {
        let mut stated = json!({
            "manifest_id": "manifest/default",
            "manifest_version": "1",
            "issuer": self.issuer,
            "canonicalization_version": self.canonicalization_version,
            "surfaces": self.surfaces,
        });
        let right = hash(tags::MANIFEST, &stated).unwrap().to_string();
        let text = String::from_utf8(write(&self.surfaces).unwrap()).unwrap();
        stated["surfaces"] = json!(text);
        stated["manifest_hash"] = json!(self.manifest_hash.clone().unwrap_or(right));
        stated["written_by"] = json!("principal/olga");
        let columns = stated.as_object().unwrap();
        let carrier: Identifier = self.carrier.parse().unwrap();
        let row_hash = row::row_hash(&carrier, self.row_key, columns).unwrap();
        json!({"carrier": carrier, "row_key": self.row_key, "columns": columns, "row_hash": row_hash})
    }
}

impl Scene {
    pub(crate) fn standing() -> Self {
        Self {
            request: example("registration-request"),
            owner: example("owner-attestation"),
            artifact: example("artifact-attestation"),
            policy: example("policy"),
            phase: "before",
            before: None,
            now: "2026-06-21T09:00:01.000000Z".to_owned(),
            observer: observer(4321),
            manifests: vec![Manifest::default_one()],
            governed_issuers: vec!["principal/olga"],
            surfaces: json!({
                "config": {"rows": [{"name": "schedule", "value": "closed"}]},
                "holds": {"rows": []},
                "ledger": {"write_set": {"provenance": "writer_ordinal", "rows": []}},
                "heads": {"write_set": {"provenance": "writer_ordinal", "rows": []}},
                "launcher": {"file": digest("3f")},
            }),
        }
    }

    pub(crate) fn manifest(&mut self) -> &mut Manifest {
        self.manifests.first_mut().unwrap()
    }

    pub(crate) fn frame(&self) -> Vec<u8> {
        let slots = [
            (
                "registration_request",
                sealed(registration_request(), &self.request),
            ),
            (
                "owner_attestation",
                sealed(owner_attestation(), &self.owner),
            ),
            (
                "artifact_attestation",
                sealed(artifact_attestation(), &self.artifact),
            ),
            ("policy", sealed(policy(), &self.policy)),
            (
                "attempt",
                json!({"attempt_id": ATTEMPT, "correlation_id": CORRELATION}).to_string(),
            ),
            ("phase", json!(self.phase).to_string()),
            (
                "sequence",
                if self.phase == "before" { "1" } else { "2" }.to_owned(),
            ),
            ("snapshots", self.snapshots()),
            ("now", json!(self.now).to_string()),
            ("observer", self.observer.to_string()),
            ("world", self.world().to_string()),
        ];
        let members = slots.map(|(name, value)| format!("\"{name}\":{value}"));
        format!("{{{}}}", members.join(",")).into_bytes()
    }

    pub(crate) fn capture(&self) -> Result<Vec<u8>, FilterError> {
        filter(&self.frame())
    }

    /// Captures by any port.
    pub(crate) fn capture_by(
        &self,
        reader: &mut impl SurfaceReader,
    ) -> Result<Vec<u8>, CaptureError> {
        let bytes = |sealed: String| sealed.into_bytes();
        let input = Input {
            registration_request: &bytes(sealed(registration_request(), &self.request)),
            owner_attestation: &bytes(sealed(owner_attestation(), &self.owner)),
            artifact_attestation: &bytes(sealed(artifact_attestation(), &self.artifact)),
            policy: &bytes(sealed(policy(), &self.policy)),
            attempt: Attempt {
                attempt_id: ATTEMPT.parse().unwrap(),
                correlation_id: CORRELATION.parse().unwrap(),
            },
            phase: SnapshotPhase::Before,
            observer: Observer {
                principal: "uid:1000".parse().unwrap(),
                process: serde_json::from_value(self.observer["process"].clone()).unwrap(),
            },
            sequence: 1_u32.into(),
            continuity: true,
            now: self.now.parse().unwrap(),
        };
        capture(reader, &input)
    }

    pub(crate) fn reader(&self) -> World {
        World::read(self.world().to_string().as_bytes()).unwrap()
    }

    /// The answer, opened as a consumer opens it.
    pub(crate) fn snapshot(&self) -> Snapshot {
        snapshot()
            .open(&self.capture().unwrap())
            .unwrap()
            .into_value()
    }

    fn snapshots(&self) -> String {
        let before = self.before.as_deref().map(std::str::from_utf8);
        format!("[{}]", before.map_or("", Result::unwrap))
    }

    fn world(&self) -> Value {
        let manifests: Vec<Value> = self.manifests.iter().map(Manifest::row).collect();
        json!({
            "store_clock": "2026-06-21T09:00:01.000500Z",
            "manifests": manifests,
            "governed_issuers": self.governed_issuers,
            "surfaces": self.surfaces,
        })
    }
}

/// A spoilt scene is refused with exactly these codes, in this order, and nothing is captured; the
/// same scene unspoilt is captured.
#[track_caller]
pub(crate) fn check(spoil: impl FnOnce(&mut Scene), expected: &[RejectCode]) -> Snapshot {
    let mut scene = Scene::standing();
    let standing = scene.snapshot();
    assert!(standing.refusals.is_empty() && standing.capture.is_some());
    spoil(&mut scene);
    let refused = scene.snapshot();
    let codes: Vec<RejectCode> = refused
        .refusals
        .iter()
        .map(|refusal| refusal.code)
        .collect();
    assert_eq!(codes, expected);
    assert!(refused.capture.is_none());
    refused
}

/// A changed scene is still captured.
#[track_caller]
pub(crate) fn accepted(change: impl FnOnce(&mut Scene)) -> Snapshot {
    let mut scene = Scene::standing();
    change(&mut scene);
    let snapshot = scene.snapshot();
    assert_eq!(snapshot.refusals.to_vec(), vec![]);
    assert!(snapshot.capture.is_some());
    snapshot
}

pub(crate) fn observer(pid: u32) -> Value {
    json!({
        "principal": "uid:1000",
        "process": {
            "pid": pid,
            "start_time": 1_234_567,
            "uid": 1000,
            "executable_digest": digest("3f"),
        }
    })
}

pub(crate) fn digest(byte: &str) -> String {
    format!("sha256:{}", byte.repeat(32))
}

fn example(envelope_type: &str) -> Value {
    let file = format!("../../schemas/{envelope_type}.v1.schema.json");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    schema["examples"][0].clone()
}

fn sealed<T: Serialize + DeserializeOwned>(contract: &Contract<T>, json: &Value) -> String {
    let value: T = serde_json::from_value(json.clone()).unwrap();
    String::from_utf8(contract.seal(&value).unwrap().into_bytes()).unwrap()
}
