//! What there is when a run begins: authority rows made by the authority's own rules, and files.

use std::sync::Arc;

use authority::{ArtifactType, AuthorityFile, Measured, import};
use canonical::{ContentHasher, Digest, Timestamp};
use gate::port::SchemaObject;
use registrar::port::RowStatus;
use serde_json::{Value, json};

use crate::error::SimulatorError;
use crate::files::Files;
use crate::store::authority::{AuthorityHand, text};
use crate::store::{State, Store, schema};

/// When the authority wrote its rows.
const WRITTEN: &str = "2026-01-05T08:00:00.000000Z";
/// When runs begin.
const BEGINS: &str = "2026-01-05T09:00:00.000000Z";
/// Shorter than a gate report lives, so that recovery and a slow owner can meet.
pub(crate) const RECOVERY_HORIZON_MS: u64 = 10_000;
/// Where all artifacts lie.
pub(crate) const ORIGIN: &str = "/srv/dots";
/// The targets of a run.
pub(crate) const TARGETS: [&str; 2] = ["DOT_A", "DOT_B"];
/// What can be done to a target.
const OPERATIONS: [&str; 3] = ["register_dot", "reregister_dot", "retire_dot"];

/// One target, and what is admitted for it.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) dot_code: &'static str,
    pub(crate) path: String,
    pub(crate) admission_ref: String,
}

/// The beginning of every run.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) state: Arc<State>,
    pub(crate) files: Files,
    pub(crate) schema: Vec<SchemaObject>,
    pub(crate) targets: Vec<Target>,
    pub(crate) begins: Timestamp,
}

impl Scene {
    /// Makes the beginning; the same each time.
    pub(crate) fn new() -> Result<Self, SimulatorError> {
        let mut store = Store::new(Arc::default(), None);
        let mut files = Files::default();
        for dot_code in TARGETS {
            files.put(&path(dot_code), &content(dot_code, 1));
        }
        let mut writer = AuthorityHand {
            store: &mut store,
            now: WRITTEN.parse()?,
        };
        let file = AuthorityFile::from_json(&rows().to_string())?;
        import(&mut writer, &file, &mut |path| {
            let dot_code = TARGETS.into_iter().find(|code| path.contains(code));
            Ok(measured(dot_code.unwrap_or_default(), 1)?)
        })?;
        let state = store.current();
        let targets = TARGETS.into_iter().map(|dot_code| {
            let admissions = state
                .authority
                .select("admission", &[("dot_code", dot_code)]);
            let row = admissions
                .iter()
                .find(|row| row.status == RowStatus::Active);
            let admission_ref = row.map_or(String::new(), |found| found.row.key().to_owned());
            let path = row.map_or(String::new(), |found| {
                text(found.row, "canonical_path").to_owned()
            });
            Target {
                dot_code,
                path,
                admission_ref,
            }
        });
        Ok(Self {
            targets: targets.collect(),
            state,
            files,
            schema: schema::expected(),
            begins: BEGINS.parse()?,
        })
    }
}

/// Where a target's artifact lies.
pub(crate) fn path(dot_code: &str) -> String {
    format!("{ORIGIN}/{dot_code}.sh")
}

/// A version of a target's artifact.
pub(crate) fn content(dot_code: &str, version: u32) -> String {
    format!("#!/bin/sh\necho {dot_code} {version}\n")
}

/// The hash of that version.
pub(crate) fn content_hash(dot_code: &str, version: u32) -> Digest {
    let mut hasher = ContentHasher::new();
    hasher.update(content(dot_code, version).as_bytes());
    hasher.finish()
}

/// That version as the authority measures it.
pub(crate) fn measured(dot_code: &str, version: u32) -> Result<Measured, canonical::ScalarError> {
    Ok(Measured {
        canonical_path: path(dot_code).as_str().try_into()?,
        origin: ORIGIN.try_into()?,
        artifact_type: ArtifactType::File,
        artifact_hash: content_hash(dot_code, version),
        canonicalization_version: "raw-bytes/v1".parse()?,
    })
}

/// The authority file.
fn rows() -> Value {
    let action = |operation: &str| {
        json!({
            "operation": operation, "object_type": "dot", "implemented": true,
            "risk_tier": "medium", "required_scope": "catalogue",
            "postcondition_verifier_ref": "verifier/postcondition-1",
        })
    };
    let approvals = TARGETS.iter().flat_map(|code| {
        OPERATIONS.map(|operation| {
            json!({
                "operation": operation, "object_type": "dot", "object_ref": code,
                "proposer": "principal/alice", "valid_days": 30,
                "votes": [{
                    "voter": "principal/olga", "voter_channel": "token_subject:olga",
                    "decision": "approve",
                }],
            })
        })
    });
    let owners = TARGETS.map(|code| {
        json!({
            "object_type": "dot", "object_ref": code, "scope": "catalogue",
            "owner": "principal/olga", "kind": "accountable",
        })
    });
    json!({
        "policy": {
            "assurance_accepted": "single-principal",
            "recovery_horizon_ms": RECOVERY_HORIZON_MS,
        },
        "principals": [
            {"principal": "principal/olga", "kind": "human", "side": "owner", "display_name": "Olga"},
            {"principal": "principal/alice", "kind": "human", "display_name": "Alice"},
        ],
        "bindings": [
            {"channel": "alias", "value": "alice", "principal": "principal/alice"},
            {"channel": "os_uid", "value": "1000", "principal": "principal/alice"},
            {"channel": "token_subject", "value": "olga", "principal": "principal/olga"},
        ],
        "verifiers": [{"verifier_ref": "verifier/postcondition-1", "description": "rereads"}],
        "action_types": OPERATIONS.map(action),
        "owners": owners,
        "admissions": TARGETS.map(|code| json!({"dot_code": code, "path": path(code)})),
        "approvals": approvals.collect::<Vec<_>>(),
        "manifest": {"issuer": "principal/olga"},
    })
}
