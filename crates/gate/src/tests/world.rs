//! A store in memory whose schema and rows can be spoiled one by one.

use std::collections::BTreeMap;

use canonical::{ContentHasher, Digest, GovernedRow, Identifier, Timestamp, row};
use serde_json::{Map, Value, json};

use super::now;
use crate::contract::{Policy, policy};
use crate::port::{
    Checkpoint, CredentialFacts, GateStore, ObjectKind, PortError, ProvenCarriers, ReportHeading,
    SchemaObject,
};
use crate::rights::{AUTHORITY_CARRIERS, OPERATIONAL_CARRIERS};

#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one fact that a test spoils"
)]
pub(crate) struct World {
    pub(crate) objects: Vec<SchemaObject>,
    expected: Vec<SchemaObject>,
    rows: BTreeMap<String, Vec<GovernedRow>>,
    pub(crate) audit_sink_writable: bool,
    pub(crate) credentials: Vec<CredentialFacts>,
    pub(crate) principals_are_distinct: bool,
    pub(crate) credentials_to_bind: Vec<String>,
    pub(crate) observer_is_another_process: bool,
    pub(crate) checkpoint: Checkpoint,
    pub(crate) unreachable: bool,
    pub(crate) proven: Option<ProvenCarriers>,
}

impl World {
    /// A store on which registrations may be tried.
    pub(crate) fn open() -> Self {
        let expected = schema();
        let mut world = Self {
            objects: expected.clone(),
            expected,
            rows: BTreeMap::new(),
            audit_sink_writable: true,
            credentials: credentials(),
            principals_are_distinct: false,
            credentials_to_bind: Vec::new(),
            observer_is_another_process: true,
            checkpoint: Checkpoint::Absent,
            unreachable: false,
            proven: None,
        };
        world.set(
            "principal",
            &json!({"principal": "principal/olga", "kind": "human", "side": "owner"}),
        );
        world.set(
            "action_type",
            &json!({"operation": "register_dot", "implemented": 1, "risk_tier": "low"}),
        );
        world.set("ownership", &owner());
        world.set("manifest", &json!({"issuer": "principal/olga"}));
        world.set_policy(&policy_json());
        world
    }

    /// Makes this the one row of a carrier.
    pub(crate) fn set(&mut self, carrier: &str, columns: &Value) {
        self.clear(carrier);
        self.add(carrier, columns);
    }

    pub(crate) fn add(&mut self, carrier: &str, columns: &Value) {
        let columns: Map<String, Value> = columns.as_object().unwrap().clone();
        let rows = self.rows.entry(carrier.to_owned()).or_default();
        let key = format!("{carrier}-{}", rows.len() + 1);
        let carrier: Identifier = carrier.parse().unwrap();
        let hash = row::row_hash(&carrier, &key, &columns).unwrap();
        rows.push(GovernedRow::reread(carrier, key, columns, hash).unwrap());
    }

    pub(crate) fn clear(&mut self, carrier: &str) {
        self.rows.remove(carrier);
    }

    pub(crate) fn set_policy(&mut self, policy_json: &Value) {
        let value: Policy = serde_json::from_value(policy_json.clone()).unwrap();
        let sealed = policy().seal(&value).unwrap();
        let body = String::from_utf8(sealed.into_bytes()).unwrap();
        self.set(
            "policy",
            &json!({"policy_id": "policy/default", "body": body}),
        );
    }

    /// Drops the schema objects whose name contains a text; at least one.
    pub(crate) fn drop_object(&mut self, name: &str) {
        let before = self.objects.len();
        self.objects.retain(|object| !object.name.contains(name));
        assert!(self.objects.len() < before, "{name}");
    }

    /// Changes the text of one schema object.
    pub(crate) fn alter(&mut self, name: &str, from: &str, to: &str) {
        let place = self
            .objects
            .iter()
            .position(|object| object.name == name)
            .unwrap();
        let old = &self.objects[place];
        assert!(old.sql.contains(from), "{}", old.sql);
        self.objects[place] = object(old.kind, name, &old.table, &old.sql.replace(from, to));
    }

    pub(crate) fn credential(&mut self, role: &str) -> &mut CredentialFacts {
        self.credentials
            .iter_mut()
            .find(|credential| credential.role == role)
            .unwrap()
    }
}

impl GateStore for World {
    fn clock(&mut self) -> Result<Timestamp, PortError> {
        if self.unreachable {
            return Err(PortError::new("the store's clock", "connection lost"));
        }
        Ok(now())
    }

    fn store_kind(&self) -> &'static str {
        "sqlite"
    }

    fn schema_objects(&mut self) -> Result<Vec<SchemaObject>, PortError> {
        Ok(self.objects.clone())
    }

    fn expected_objects(&mut self) -> Result<Vec<SchemaObject>, PortError> {
        Ok(self.expected.clone())
    }

    fn schema_fingerprint(&mut self) -> Result<Digest, PortError> {
        let hashes: Vec<Digest> = self.objects.iter().map(|object| object.sql_hash).collect();
        Ok(canonical::hash("test/fingerprint", &json!(hashes)).unwrap())
    }

    fn active_rows(&mut self, carrier: &str) -> Result<Vec<GovernedRow>, PortError> {
        Ok(self.rows.get(carrier).cloned().unwrap_or_default())
    }

    fn prove_carriers(
        &mut self,
        _heading: &ReportHeading,
    ) -> Result<Option<ProvenCarriers>, PortError> {
        Ok(self.proven.clone())
    }

    fn audit_sink_writable(&mut self) -> Result<bool, PortError> {
        Ok(self.audit_sink_writable)
    }

    fn credentials(&mut self) -> Result<Vec<CredentialFacts>, PortError> {
        Ok(self.credentials.clone())
    }

    fn principals_are_distinct(&mut self) -> Result<bool, PortError> {
        Ok(self.principals_are_distinct)
    }

    fn credentials_to_bind(&mut self) -> Result<Vec<String>, PortError> {
        Ok(self.credentials_to_bind.clone())
    }

    fn observer_is_another_process(&mut self) -> Result<bool, PortError> {
        Ok(self.observer_is_another_process)
    }

    fn place_facts(&mut self) -> Result<Vec<String>, PortError> {
        Ok(vec!["owned by uid 1000, mode 600".to_owned()])
    }

    fn checkpoint(&mut self) -> Result<Checkpoint, PortError> {
        Ok(self.checkpoint.clone())
    }
}

pub(crate) fn owner() -> Value {
    json!({
        "object_type": "dot", "object_ref": "DOT_DAILY_REPORT", "scope": "dot",
        "owner": "principal/olga", "kind": "accountable",
        "effective_from": "2026-06-21T09:00:00.000000Z", "effective_to": null,
    })
}

pub(crate) fn policy_json() -> Value {
    let zero = "sha256:0000000000000000000000000000000000000000000000000000000000000000";
    let rule = |tier: &str, numbers: [u8; 3]| {
        json!({"risk_tier": tier, "approvals_min": numbers[0],
               "owner_humans_min": numbers[1], "council_min": numbers[2]})
    };
    json!({
        "envelope_type": "policy", "envelope_version": "1",
        "header": {
            "trust_domain": "acme", "audience": "acme.registration", "run_id": "policy/default",
            "attempt_id": null, "correlation_id": null, "producer": "authority",
            "issued_at": "2026-06-21T08:00:00.000000Z", "expires_at": "2036-06-21T09:00:00.000000Z",
            "evidence_hash": zero, "source_refs": [], "key_id": null, "key_status_ref": null,
        },
        "policy_id": "policy/default", "protocol_version": "holdfast/1",
        "skew_max_ms": 5000, "attestation_age_max_ms": 300_000, "row_age_max_ms": 31_536_000_000_u64,
        "readback_age_max_ms": 60000, "snapshot_age_max_ms": 300_000, "clock_offset_max_ms": 2000,
        "request_validity_max_ms": 86_400_000, "attestation_validity_ms": 300_000,
        "gate_report_validity_ms": 30000, "recovery_horizon_ms": 60000,
        "in_flight_wait_max_ms": 5000,
        "quorum": [rule("low", [1, 0, 0]), rule("medium", [1, 1, 0]), rule("high", [3, 1, 2])],
        "assurance_accepted": "single-principal",
        "trust_base": ["the operating-system user 1000"],
        "carriers": [],
    })
}

fn credentials() -> Vec<CredentialFacts> {
    let role = |role: &str, may_insert: &[&str], may_update: &[&str]| CredentialFacts {
        role: role.to_owned(),
        may_insert: may_insert.iter().map(ToString::to_string).collect(),
        may_update: may_update.iter().map(ToString::to_string).collect(),
        may_delete: Vec::new(),
        read_only: role == "verifier",
    };
    vec![
        role(
            "authority",
            &AUTHORITY_CARRIERS,
            &["dot_catalogue.retirement_ref", "dot_catalogue.status"],
        ),
        role(
            "registrar",
            &[
                "attempt",
                "decision",
                "dot_catalogue",
                "evidence",
                "ledger",
                "writer_transaction",
            ],
            &["attempt.closed_at", "attempt.consumed_key", "attempt.state"],
        ),
        role("observer", &[], &[]),
        role("snapshot-writer", &["snapshot", "verification_report"], &[]),
        role(
            "audit-writer",
            &["failure_audit", "hold_event"],
            &[
                "attempt.closed_at",
                "attempt.failure_digest",
                "attempt.state",
            ],
        ),
        role("verifier", &[], &[]),
    ]
}

pub(crate) fn object(kind: ObjectKind, name: &str, table: &str, sql: &str) -> SchemaObject {
    let mut hasher = ContentHasher::new();
    hasher.update(sql.as_bytes());
    SchemaObject {
        kind,
        name: name.to_owned(),
        table: table.to_owned(),
        sql_hash: hasher.finish(),
        sql: sql.to_owned(),
    }
}

/// The schema of the embedded store, as far as the gate looks at it.
fn schema() -> Vec<SchemaObject> {
    let mut objects = Vec::new();
    for table in AUTHORITY_CARRIERS.iter().chain(&OPERATIONAL_CARRIERS) {
        let sql = format!("CREATE TABLE {table} ({}) STRICT", columns(table));
        objects.push(object(ObjectKind::Table, table, table, &sql));
        for (statement, verb) in [("UPDATE", "changed"), ("DELETE", "deleted")] {
            let name = format!("{table}_is_never_{verb}");
            let sql = format!(
                "CREATE TRIGGER {name} BEFORE {statement} ON {table}\nBEGIN\n  \
                 SELECT RAISE(ABORT, 'holdfast: never');\nEND"
            );
            objects.push(object(ObjectKind::Trigger, &name, table, &sql));
        }
    }
    let sql = "CREATE UNIQUE INDEX dot_catalogue_one_head ON dot_catalogue (dot_code)\n  \
               WHERE status IN ('draft', 'active')";
    objects.push(object(
        ObjectKind::Index,
        "dot_catalogue_one_head",
        "dot_catalogue",
        sql,
    ));
    objects
}

fn columns(table: &str) -> &'static str {
    match table {
        "admission" => {
            "artifact_hash BLOB NOT NULL, hash_algorithm TEXT, canonicalization_version TEXT, \
             row_hash BLOB NOT NULL"
        }
        "approval" => "operation TEXT, artifact_hash BLOB, row_hash BLOB NOT NULL",
        "attempt" => "attempt_no INTEGER, request_digest BLOB NOT NULL",
        "dot_catalogue" => {
            "status TEXT NOT NULL CHECK (status IN ('draft', 'active', 'deprecated', 'retired')), \
             row_hash BLOB NOT NULL"
        }
        "decision" => {
            "ledger_key BLOB NOT NULL PRIMARY KEY REFERENCES ledger (ledger_key), \
             bytes BLOB NOT NULL"
        }
        "ledger" => {
            "ledger_key BLOB NOT NULL PRIMARY KEY, nonce BLOB NOT NULL UNIQUE, \
             effect_identity BLOB NOT NULL UNIQUE, operation TEXT, target TEXT, run_id TEXT, \
             attempt_no INTEGER, artifact_hash BLOB, owner_binding_digest BLOB, \
             head_key TEXT REFERENCES dot_catalogue (row_key) DEFERRABLE INITIALLY DEFERRED, \
             CHECK (consumed_at <= expires_at), FOREIGN KEY (ledger_key) \
             REFERENCES decision (ledger_key) DEFERRABLE INITIALLY DEFERRED"
        }
        "failure_audit" => "failure_digest BLOB NOT NULL",
        "evidence" => "frame BLOB NOT NULL",
        "snapshot" => "bytes BLOB NOT NULL",
        "verification_report" => "report BLOB NOT NULL",
        _ => "row_hash BLOB NOT NULL",
    }
}
