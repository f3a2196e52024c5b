//! The floor: a script that writes the same rows, in two transactions for each registration, and
//! judges nothing.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use holdfast_tests::fixture::must;
use holdfast_tests::place::Place;
use postgres_lab::postgres::types::{ToSql, Type};
use postgres_lab::postgres::{Client, Row, Statement, Transaction};

use super::rows::Rows;
use crate::many::CALLERS;
use crate::rounds::ratio;

struct Statements {
    attempt: Statement,
    evidence: Statement,
    snapshot: Statement,
    ledger: Statement,
    head: Statement,
    decision: Statement,
    consumed: Statement,
    report: Statement,
}

/// Writes the rows by many callers; registrations per second.
pub(crate) fn write_all(place: &Place, rows: &[Rows]) -> f64 {
    let database = place.database();
    let next = AtomicUsize::new(0);
    let (ready, go) = (Barrier::new(CALLERS + 1), Barrier::new(CALLERS + 1));
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            let (next, ready, go) = (&next, &ready, &go);
            scope.spawn(move || {
                let mut session = must(database.connect());
                let statements = prepare(&mut session);
                ready.wait();
                go.wait();
                while let Some(rows) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
                    write(&mut session, &statements, rows);
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

fn prepare(session: &mut Client) -> Statements {
    must(session.batch_execute("SET search_path = holdfast, pg_catalog"));
    let mut prepare = |text: &str| must(session.prepare(text));
    Statements {
        attempt: prepare(
            "INSERT INTO attempt (attempt_id, ledger_key, nonce, request_digest, request, \
             effect_identity, authorization_binding_digest, owner_token, epoch, target, run_id, \
             attempt_no, expires_at) VALUES ($1::text::uuid, $2, $3, $4, $5, $6, $7, \
             $8::text::uuid, $9, $10, $11, $12, $13::text::timestamptz)",
        ),
        evidence: prepare("INSERT INTO evidence (attempt_id, frame) VALUES ($1::text::uuid, $2)"),
        snapshot: prepare(
            "INSERT INTO snapshot (attempt_id, phase, bytes) VALUES ($1::text::uuid, $2, $3)",
        ),
        ledger: prepare(
            "INSERT INTO ledger (ledger_key, attempt_id, nonce, effect_identity, \
             authorization_binding_digest, owner_binding_digest, artifact_hash, target, operation, \
             run_id, attempt_no, expires_at, head_key, checksum) VALUES ($1, $2::text::uuid, $3, \
             $4, $5, $6, $7, $8, $9, $10, $11, $12::text::timestamptz, $13, $14)",
        ),
        head: prepare(
            "INSERT INTO dot_catalogue (row_key, dot_code, epoch, canonical_target, object_type, \
             canonical_path, origin, artifact_hash, hash_algorithm, canonicalization_version, \
             artifact_type, admission_ref, size_bytes, scope, owner_principal, attempt_id, \
             ledger_key, row_hash) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, \
             $14, $15, $16::text::uuid, $17, $18)",
        ),
        decision: prepare(
            "INSERT INTO decision (ledger_key, attempt_id, bytes, evidence_hash) \
             VALUES ($1, $2::text::uuid, $3, $4)",
        ),
        consumed: prepare(
            "UPDATE attempt SET state = 'consumed', consumed_key = ledger_key, \
             closed_at = clock_timestamp() WHERE attempt_id = $1::text::uuid",
        ),
        report: prepare(
            "INSERT INTO verification_report (attempt_id, report, verdict_after) \
             VALUES ($1::text::uuid, $2, $3)",
        ),
    }
}

fn write(session: &mut Client, statements: &Statements, rows: &Rows) {
    let id: &(dyn ToSql + Sync) = &rows.attempt_id;
    let mut first = must(session.transaction());
    insert(&mut first, &statements.attempt, &rows.attempt);
    must(first.execute(&statements.evidence, &[id, &rows.frame]));
    must(first.execute(&statements.snapshot, &[id, &"before", &rows.before]));
    must(first.commit());
    let mut second = must(session.transaction());
    insert(&mut second, &statements.head, &rows.head);
    insert(&mut second, &statements.ledger, &rows.ledger);
    insert(&mut second, &statements.decision, &rows.decision);
    must(second.execute(&statements.consumed, &[id]));
    must(second.execute(&statements.snapshot, &[id, &"after", &rows.after]));
    insert(&mut second, &statements.report, &rows.report);
    must(second.commit());
}

fn insert(transaction: &mut Transaction<'_>, statement: &Statement, row: &Row) {
    let values: Vec<Box<dyn ToSql + Sync>> = row
        .columns()
        .iter()
        .enumerate()
        .map(|(place, column)| -> Box<dyn ToSql + Sync> {
            match *column.type_() {
                Type::BYTEA => Box::new(row.get::<_, Vec<u8>>(place)),
                Type::INT4 => Box::new(row.get::<_, i32>(place)),
                Type::INT8 => Box::new(row.get::<_, i64>(place)),
                _ => Box::new(row.get::<_, String>(place)),
            }
        })
        .collect();
    let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(AsRef::as_ref).collect();
    must(transaction.execute(statement, &values));
}
