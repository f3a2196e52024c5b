//! Rows, reservations and items that the cases are made of.

use std::sync::Barrier;
use std::thread;

use authority::port::NewRow;
use canonical::{Digest, GovernedRow, Nonce, Timestamp, Uuid, hash_bytes};
use registrar::port::{
    ConsumeItem, ExpectedRow, FailureRecord, Fence, HeadRow, REGISTER, Reservation, SealedDecision,
    TransactionFacts, policy_digest,
};
use serde_json::{Map, Value, json};

/// The policy in force in every case; what it says is not the store's to know.
pub(crate) const POLICY: &str = "{}";

/// The fence that whoever recovers uses: it asks for no token and no epoch.
pub(crate) const ANYBODY: Option<Fence> = Some(Fence {
    owner_token: None,
    epoch: None,
});

/// An active row of a carrier that supersedes nothing; `columns` may say otherwise.
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

/// The same columns as a later row has them: of another status, and superseding a row.
pub(crate) fn superseding(mut columns: Value, status: &str, supersedes: &str) -> Value {
    columns["lifecycle_status"] = json!(status);
    columns["supersedes"] = json!(supersedes);
    columns
}

/// Accountable ownership of a code in the scope `catalogue`, without an end.
pub(crate) fn ownership(dot_code: &str) -> Value {
    json!({
        "object_type": "dot", "object_ref": dot_code, "scope": "catalogue",
        "owner": "principal/olga", "kind": "accountable",
        "effective_from": at(0), "effective_to": null,
    })
}

/// An approval of a code's registration, without an end in sight.
pub(crate) fn approval(dot_code: &str) -> Value {
    json!({
        "operation": "register_dot", "object_type": "dot", "object_ref": dot_code,
        "artifact_hash": digest("artifact"), "proposer": "principal/paul",
        "expires_at": at(i64::from(u32::MAX)),
    })
}

/// A vote on an approval: `approve` or `reject`.
pub(crate) fn vote(approval_ref: &str, decision: &str) -> Value {
    json!({
        "approval_ref": approval_ref, "voter": "principal/olga", "voter_channel": "os_uid:1000",
        "decision": decision, "is_signoff": 0, "checksum": null, "decided_at": at(0),
    })
}

/// A verifier that serves every target.
pub(crate) fn verifier(verifier_ref: &str) -> Value {
    json!({"verifier_ref": verifier_ref, "specific_target": null, "description": "rereads heads"})
}

/// A manifest that names no surface.
pub(crate) fn manifest(manifest_id: &str) -> Value {
    json!({
        "manifest_id": manifest_id, "manifest_version": "1", "issuer": "principal/olga",
        "canonicalization_version": "jcs-rows/v1", "surfaces": "[]",
        "manifest_hash": digest("manifest"),
    })
}

/// A configuration entry of a code, `open` or `closed`.
pub(crate) fn config(dot_code: &str, name: &str, value: &str) -> Value {
    json!({"dot_code": dot_code, "name": name, "value": value})
}

/// A `hold` on a code or on all (`*`), or its `release`.
pub(crate) fn hold(dot_code: &str, kind: &str) -> Value {
    json!({"dot_code": dot_code, "kind": kind, "reason": "a case of the suite"})
}

/// The end of a code's head under an approval.
pub(crate) fn retirement(row_key: &str, dot_code: &str, approval_ref: &str) -> NewRow {
    let columns = json!({"dot_code": dot_code, "approval_ref": approval_ref, "reason": "replaced"});
    new_row("retirement", row_key, columns)
}

/// The row as envelopes name it.
pub(crate) fn expected(row: &GovernedRow) -> ExpectedRow {
    ExpectedRow {
        carrier: row.carrier().to_string(),
        row_key: row.key().to_owned(),
        row_hash: row.row_hash(),
    }
}

/// Seconds after a fixed instant of 2023, which every store's clock has passed.
pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_micros((1_700_000_000 + seconds) * 1_000_000).unwrap()
}

/// A digest for a text.
pub(crate) fn digest(text: &str) -> Digest {
    hash_bytes("test", text.as_bytes())
}

/// An id that nobody had before.
pub(crate) fn new_id() -> Uuid {
    Uuid::from_bytes(uuid::Uuid::now_v7().into_bytes())
}

/// Every byte there is, in an order of its own for each name: bytes that are no text.
pub(crate) fn bytes_of(name: &str) -> Vec<u8> {
    name.bytes().chain(0..=u8::MAX).collect()
}

/// The columns of an admission of a code.
pub(crate) fn admission(dot_code: &str) -> Value {
    json!({
        "dot_code": dot_code, "canonical_path": "/srv/dots/report.sh", "origin": "/srv/dots",
        "artifact_type": "file", "artifact_hash": digest("artifact"),
        "hash_algorithm": "sha256", "canonicalization_version": "raw-bytes/v1",
    })
}

/// A fresh attempt to register a code until `expires_at`; its effect is the code's.
pub(crate) fn reservation(dot_code: &str, expires_at: Timestamp) -> Reservation {
    minted(uuid::Uuid::now_v7(), dot_code, expires_at)
}

/// A reservation whose nonce is minted at the time of this identifier.
pub(crate) fn minted(at: uuid::Uuid, dot_code: &str, expires_at: Timestamp) -> Reservation {
    let target = format!("dot:{dot_code}");
    let random = at.into_bytes();
    let nonce = Nonce::mint(random, REGISTER, &target, &digest("artifact")).unwrap();
    Reservation {
        attempt_id: new_id(),
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
        expires_at,
        evidence: b"{\"request\":{}}".to_vec(),
    }
}

/// The item of a reserved attempt, under a gate report that ends with the attempt.
pub(crate) fn item(reservation: &Reservation, gate_fingerprint: Digest) -> ConsumeItem {
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
        operation: REGISTER.to_owned(),
        run_id: reservation.run_id.clone(),
        attempt_no: reservation.attempt_no,
        artifact_hash: digest("artifact"),
        owner_binding_digest: digest("owner binding"),
        expires_at: reservation.expires_at,
        head: head(reservation, dot_code),
        head_versions: Vec::new(),
        expected: Vec::new(),
        gate_fingerprint,
        gate_expires_at: reservation.expires_at,
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

/// A decision that says which attempt it is of, and which transaction stored it.
pub(crate) fn decision(attempt_id: &Uuid, facts: &TransactionFacts) -> SealedDecision {
    let text = decision_text(attempt_id, &facts.transaction_id);
    SealedDecision {
        evidence_hash: digest(&text),
        bytes: text.into_bytes(),
    }
}

/// What [`decision`] says.
pub(crate) fn decision_text(attempt_id: &Uuid, transaction_id: &str) -> String {
    format!("{attempt_id} in {transaction_id}")
}

/// The failure of an attempt on `DOT_A`.
pub(crate) fn failure(open: &Reservation, abort: Option<Fence>) -> FailureRecord {
    FailureRecord {
        attempt_id: open.attempt_id,
        failure_digest: digest("failure"),
        audit: br#"{"dot_code":"DOT_A","reason":"a case"}"#.to_vec(),
        answer: b"rejected".to_vec(),
        evidence: None,
        abort,
        hold_target: None,
    }
}

/// The fence of whoever reserved the attempt.
pub(crate) fn own(open: &Reservation) -> Fence {
    Fence {
        owner_token: Some(open.owner_token),
        epoch: Some(open.epoch),
    }
}

/// Runs a piece of work in many threads at once and gives back what each got.
pub(crate) fn at_once<I: Send, T: Send>(
    inputs: Vec<I>,
    work: impl Fn(usize, I) -> T + Sync,
) -> Vec<T> {
    let start = Barrier::new(inputs.len());
    let (start, work) = (&start, &work);
    thread::scope(|scope| {
        let threads: Vec<_> = inputs
            .into_iter()
            .enumerate()
            .map(|(number, input)| {
                scope.spawn(move || {
                    start.wait();
                    work(number, input)
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .collect()
    })
}
