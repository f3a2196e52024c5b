//! Tests on real files, fresh each time.

mod append_only;
mod files;
mod full_disk;
mod gate;
mod grouping;
mod observed;
mod registering;
mod roles;
mod suite;

use std::thread;

use authority::port::{AuthorityWriter as _, NewRow};
use canonical::{Digest, GovernedRow, Identifier, Nonce, Timestamp, Uuid, hash_bytes};
use registrar::port::{
    ConsumeAnswer, ConsumeItem, HeadRow, RegistrarStore as _, Reservation, ReserveAnswer,
    SealedDecision, StoredAttempt, TransactionFacts, policy_digest,
};
use rusqlite::Connection;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::{AuthorityConnection, GroupOptions, GroupWriter, RegistrarConnection, Store};

/// The policy in force in every fixture; what it says is not the store's to know.
pub(crate) const POLICY: &str = "{}";

/// A store in a directory of its own with a policy in force, and its writer.
pub(crate) struct Fixture {
    pub(crate) directory: TempDir,
    pub(crate) store: Store,
    pub(crate) writer: GroupWriter,
}

pub(crate) fn fixture() -> Fixture {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::create(directory.path().join("store.db")).unwrap();
    let writer = store.group_writer(GroupOptions::default()).unwrap();
    put_policy_in_force(&store);
    Fixture {
        directory,
        store,
        writer,
    }
}

pub(crate) fn put_policy_in_force(store: &Store) {
    let policy = json!({"policy_id": "policy/default", "body": POLICY});
    let writer = Identifier::try_from("principal/authority").unwrap();
    store
        .authority(writer)
        .unwrap()
        .insert(vec![new_row("policy", "policy/1", policy)])
        .unwrap();
}

impl Fixture {
    pub(crate) fn registrar(&self) -> RegistrarConnection {
        self.store.registrar(&self.writer).unwrap()
    }

    pub(crate) fn authority(&self) -> AuthorityConnection {
        let writer = Identifier::try_from("principal/authority").unwrap();
        self.store.authority(writer).unwrap()
    }

    /// A connection that nothing narrows, as any other program has it.
    pub(crate) fn raw(&self) -> Connection {
        Connection::open(self.store.path()).unwrap()
    }

    pub(crate) fn insert(&self, carrier: &str, row_key: &str, columns: Value) -> GovernedRow {
        let row = new_row(carrier, row_key, columns);
        self.authority().insert(vec![row]).unwrap().remove(0)
    }

    pub(crate) fn reserve(&self, reservation: &Reservation) -> ReserveAnswer {
        self.registrar()
            .reserve(vec![reservation.clone()])
            .unwrap()
            .remove(0)
    }

    pub(crate) fn consume(&self, item: ConsumeItem) -> ConsumeAnswer {
        self.registrar().consume(vec![item]).unwrap().remove(0)
    }

    /// An item for a reserved attempt, its gate and authority as they are now.
    pub(crate) fn item(&self, reservation: &Reservation) -> ConsumeItem {
        let raw = self.raw();
        let mut item = item(reservation, crate::schema::fingerprint(&raw).unwrap());
        item.head_versions = self.registrar().head_versions(&item.target).unwrap();
        item
    }

    /// Reserves and consumes a first attempt on a code.
    pub(crate) fn register(&self, dot_code: &str) -> StoredAttempt {
        let reservation = reservation(dot_code);
        assert!(matches!(
            self.reserve(&reservation),
            ReserveAnswer::Reserved { .. }
        ));
        let answer = self.consume(self.item(&reservation));
        assert!(
            matches!(answer, ConsumeAnswer::Registered { .. }),
            "{answer:?}"
        );
        self.attempt(&reservation.attempt_id)
    }

    pub(crate) fn attempt(&self, id: &Uuid) -> StoredAttempt {
        self.registrar().attempt_by_id(id).unwrap().unwrap()
    }

    pub(crate) fn count(&self, table: &str) -> i64 {
        let text = format!("SELECT count(*) FROM {table}");
        self.raw().query_row(&text, [], |row| row.get(0)).unwrap()
    }
}

pub(crate) fn new_row(carrier: &str, row_key: &str, columns: Value) -> NewRow {
    let mut all: Map<String, Value> = Map::new();
    all.insert("issued_at".into(), json!(at(0)));
    all.insert("lifecycle_status".into(), json!("active"));
    all.insert("supersedes".into(), Value::Null);
    all.extend(columns.as_object().unwrap().clone());
    NewRow {
        carrier: carrier.to_owned(),
        row_key: row_key.to_owned(),
        columns: all,
    }
}

pub(crate) fn ownership(dot_code: &str) -> Value {
    json!({
        "object_type": "dot", "object_ref": dot_code, "scope": "catalogue",
        "owner": "principal/olga", "kind": "accountable",
        "effective_from": at(0), "effective_to": null,
    })
}

pub(crate) fn approval(dot_code: &str) -> Value {
    json!({
        "operation": "register_dot", "object_type": "dot", "object_ref": dot_code,
        "artifact_hash": digest("artifact"), "proposer": "principal/paul", "expires_at": at(i64::from(u32::MAX)),
    })
}

pub(crate) fn vote(approval_ref: &str, decision: &str) -> Value {
    json!({
        "approval_ref": approval_ref, "voter": "principal/olga", "voter_channel": "os_uid:1000",
        "decision": decision, "is_signoff": 0, "checksum": null, "decided_at": at(0),
    })
}

/// Seconds after a fixed day in 2026.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros((1_780_000_000 + seconds) * 1_000_000).unwrap()
}

/// An hour after now, by the host's clock.
pub(crate) fn later() -> Timestamp {
    crate::clock::now()
        .unwrap()
        .checked_add_millis(3_600_000)
        .unwrap()
}

pub(crate) fn digest(text: &str) -> Digest {
    hash_bytes("test", text.as_bytes())
}

pub(crate) fn new_id() -> Uuid {
    Uuid::from_bytes(uuid::Uuid::now_v7().into_bytes())
}

/// A fresh attempt to register a code; its effect is the code's.
pub(crate) fn reservation(dot_code: &str) -> Reservation {
    let attempt_id = new_id();
    let target = format!("dot:{dot_code}");
    let bytes = uuid::Uuid::now_v7().into_bytes();
    let nonce = Nonce::mint(bytes, "register_dot", &target, &digest("artifact")).unwrap();
    Reservation {
        attempt_id,
        replay_key: digest(&nonce.to_string()),
        nonce: nonce.to_string(),
        nonce_minted_at: nonce.mint_time(),
        request_digest: digest("request"),
        request: b"{}".to_vec(),
        effect_identity: digest(&format!("effect {dot_code}")),
        authorization_binding_digest: digest("authority"),
        owner_token: new_id(),
        epoch: 1,
        target,
        run_id: "run-1".to_owned(),
        attempt_no: 1,
        expires_at: later(),
        evidence: b"{\"request\":{}}".to_vec(),
    }
}

fn item(reservation: &Reservation, fingerprint: Digest) -> ConsumeItem {
    let dot_code = reservation.target.strip_prefix("dot:").unwrap();
    let attempt_id = reservation.attempt_id;
    ConsumeItem {
        attempt_id,
        owner_token: reservation.owner_token,
        epoch: reservation.epoch,
        replay_key: reservation.replay_key,
        nonce: reservation.nonce.clone(),
        nonce_minted_at: reservation.nonce_minted_at,
        effect_identity: reservation.effect_identity,
        authorization_binding_digest: reservation.authorization_binding_digest,
        target: reservation.target.clone(),
        dot_code: dot_code.to_owned(),
        operation: "register_dot".to_owned(),
        run_id: reservation.run_id.clone(),
        attempt_no: reservation.attempt_no,
        artifact_hash: digest("artifact"),
        owner_binding_digest: digest("owner binding"),
        expires_at: reservation.expires_at,
        head: head(reservation, dot_code),
        head_versions: Vec::new(),
        expected: Vec::new(),
        gate_fingerprint: fingerprint,
        gate_expires_at: later(),
        policy_digest: policy_digest(POLICY.as_bytes()),
        decide: Box::new(move |facts| Ok(decision(&attempt_id, facts))),
    }
}

fn head(reservation: &Reservation, dot_code: &str) -> HeadRow {
    HeadRow {
        row_key: reservation.attempt_id.to_string(),
        dot_code: dot_code.to_owned(),
        canonical_target: reservation.target.clone(),
        object_type: "dot".to_owned(),
        canonical_path: "/srv/dots/report.sh".to_owned(),
        origin: "/srv/dots".to_owned(),
        artifact_hash: digest("artifact"),
        hash_algorithm: "sha256".to_owned(),
        canonicalization_version: "raw-bytes/v1".to_owned(),
        artifact_type: "file".to_owned(),
        admission_ref: "admission/1".to_owned(),
        size_bytes: 42,
        scope: "catalogue".to_owned(),
        owner_principal: "principal/olga".to_owned(),
        replay_key: reservation.replay_key,
        attempt_id: reservation.attempt_id,
    }
}

pub(crate) fn decision(attempt_id: &Uuid, facts: &TransactionFacts) -> SealedDecision {
    let text = format!("{attempt_id} in {}", facts.transaction_id);
    SealedDecision {
        evidence_hash: digest(&text),
        bytes: text.into_bytes(),
    }
}

/// Runs a piece of work in many threads at once and gives back what each got.
pub(crate) fn at_once<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = std::sync::Barrier::new(count);
    let (start, work) = (&start, &work);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..count)
            .map(|number| {
                scope.spawn(move || {
                    start.wait();
                    work(number)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}
