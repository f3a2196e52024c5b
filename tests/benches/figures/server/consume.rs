//! The consume port alone: attempts that are reserved already, consumed by many callers.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use canonical::{Digest, Timestamp};
use deployment::{BatchOptions, Store};
use gate::port::GateStore as _;
use holdfast_tests::fixture::{Fixture, must};
use postgres_lab::postgres::Row;
use registrar::port::{
    ConsumeAnswer, ConsumeItem, HeadRow, HeadVersion, RegistrarStore, Reservation, ReserveAnswer,
    SealedDecision, policy_digest,
};
use store_postgres::GateFacts;

use super::rows::Rows;
use crate::many::CALLERS;
use crate::rounds::ratio;

/// What every item rests on.
struct Basis {
    fingerprint: Digest,
    policy: Digest,
    end: Timestamp,
}

/// Reserves what the rows say, then consumes it; consumes per second.
pub(crate) fn consume_all(fixture: &Fixture, rows: &[Rows]) -> f64 {
    let Store::Postgres(store) = &fixture.store else {
        return must(Err("the store is not on a server"));
    };
    let writer = must(store.registrar_writer(BatchOptions {
        linger: Duration::from_millis(1),
        ..BatchOptions::default()
    }));
    let mut gate = must(GateFacts::new(store, true, None));
    let policies = must(gate.active_rows("policy"));
    let policy = must(policies.first().ok_or("no policy"));
    let now = must(gate.clock());
    let basis = Basis {
        fingerprint: must(gate.schema_fingerprint()),
        policy: policy_digest(must(policy.text("body")).as_bytes()),
        end: must(now.checked_add_millis(3_600_000).ok_or("no later")),
    };
    let mut registrar = must(store.registrar(&writer));
    for some in rows.chunks(256) {
        let reservations = some.iter().map(|rows| reservation(rows, &basis)).collect();
        for answer in must(registrar.reserve(reservations)) {
            must(match answer {
                ReserveAnswer::Reserved { .. } => Ok(()),
                other => Err(format!("not reserved but {other:?}")),
            });
        }
    }
    let versions: Vec<Vec<HeadVersion>> = rows
        .iter()
        .map(|rows| must(registrar.head_versions(&text(&rows.ledger, "target"))))
        .collect();
    let next = AtomicUsize::new(0);
    let (ready, go) = (Barrier::new(CALLERS + 1), Barrier::new(CALLERS + 1));
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            let mut registrar = must(store.registrar(&writer));
            let (next, ready, go, basis, versions) = (&next, &ready, &go, &basis, &versions);
            scope.spawn(move || {
                ready.wait();
                go.wait();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let (Some(rows), Some(versions)) = (rows.get(number), versions.get(number))
                    else {
                        break;
                    };
                    let consumed = must(registrar.consume(vec![item(rows, versions, basis)]));
                    must(match consumed.as_slice() {
                        [ConsumeAnswer::Registered { .. }] => Ok(()),
                        other => Err(format!("not consumed but {other:?}")),
                    });
                }
                ready.wait();
            });
        }
        ready.wait();
        let begin = Instant::now();
        go.wait();
        ready.wait();
        let count = must(u64::try_from(rows.len()));
        ratio(count, 1) / begin.elapsed().as_secs_f64()
    })
}

fn text(row: &Row, column: &str) -> String {
    row.get(column)
}

fn digest(row: &Row, column: &str) -> Digest {
    let bytes: Vec<u8> = row.get(column);
    Digest::from_bytes(must(bytes.try_into()))
}

fn replay_key(row: &Row) -> Digest {
    let key: Vec<u8> = row.get("ledger_key");
    Digest::from_bytes(must(key.get(6..).unwrap_or_default().try_into()))
}

fn nonce(row: &Row) -> (String, Timestamp) {
    let bytes: Vec<u8> = row.get("nonce");
    let (id, binding) = must(bytes.split_at_checked(16).ok_or("a short nonce"));
    let id = canonical::Uuid::from_bytes(must(id.try_into()));
    let binding = Digest::from_bytes(must(binding.try_into()));
    let nonce = format!("n1.{id}.{}", binding.to_hex());
    let minted_at = must(canonical::Nonce::parse(&nonce)).mint_time();
    (nonce, minted_at)
}

fn number(row: &Row, column: &str) -> u64 {
    must(u64::try_from(row.get::<_, i64>(column)))
}

fn reservation(rows: &Rows, basis: &Basis) -> Reservation {
    let row = &rows.attempt;
    let (nonce, nonce_minted_at) = nonce(row);
    Reservation {
        attempt_id: must(rows.attempt_id.parse()),
        replay_key: replay_key(row),
        nonce,
        nonce_minted_at,
        request_digest: digest(row, "request_digest"),
        request: row.get("request"),
        effect_identity: digest(row, "effect_identity"),
        authorization_binding_digest: digest(row, "authorization_binding_digest"),
        owner_token: must(text(row, "owner_token").parse()),
        epoch: number(row, "epoch"),
        target: text(row, "target"),
        run_id: text(row, "run_id"),
        attempt_no: number(row, "attempt_no"),
        expires_at: basis.end,
        evidence: rows.frame.clone(),
    }
}

fn item(rows: &Rows, versions: &[HeadVersion], basis: &Basis) -> ConsumeItem {
    let (ledger, attempt) = (&rows.ledger, &rows.attempt);
    let (nonce, nonce_minted_at) = nonce(ledger);
    let bytes: Vec<u8> = rows.decision.get("bytes");
    let evidence_hash = digest(&rows.decision, "evidence_hash");
    ConsumeItem {
        attempt_id: must(rows.attempt_id.parse()),
        owner_token: must(text(attempt, "owner_token").parse()),
        epoch: number(attempt, "epoch"),
        replay_key: replay_key(ledger),
        nonce,
        nonce_minted_at,
        effect_identity: digest(ledger, "effect_identity"),
        authorization_binding_digest: digest(ledger, "authorization_binding_digest"),
        target: text(ledger, "target"),
        dot_code: text(&rows.head, "dot_code"),
        operation: text(ledger, "operation"),
        run_id: text(ledger, "run_id"),
        attempt_no: number(ledger, "attempt_no"),
        artifact_hash: digest(ledger, "artifact_hash"),
        owner_binding_digest: digest(ledger, "owner_binding_digest"),
        expires_at: basis.end,
        head: head(rows),
        head_versions: versions.to_vec(),
        expected: Vec::new(),
        gate_fingerprint: basis.fingerprint,
        gate_expires_at: basis.end,
        policy_digest: basis.policy,
        decide: Box::new(move |_| {
            Ok(SealedDecision {
                bytes: bytes.clone(),
                evidence_hash,
            })
        }),
    }
}

fn head(rows: &Rows) -> HeadRow {
    let row = &rows.head;
    HeadRow {
        row_key: text(row, "row_key"),
        dot_code: text(row, "dot_code"),
        canonical_target: text(row, "canonical_target"),
        object_type: text(row, "object_type"),
        canonical_path: text(row, "canonical_path"),
        origin: text(row, "origin"),
        artifact_hash: digest(row, "artifact_hash"),
        hash_algorithm: text(row, "hash_algorithm"),
        canonicalization_version: text(row, "canonicalization_version"),
        artifact_type: text(row, "artifact_type"),
        admission_ref: text(row, "admission_ref"),
        size_bytes: number(row, "size_bytes"),
        scope: text(row, "scope"),
        owner_principal: text(row, "owner_principal"),
        replay_key: replay_key(row),
        attempt_id: must(rows.attempt_id.parse()),
    }
}
