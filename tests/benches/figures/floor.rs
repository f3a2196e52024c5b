//! The floor: one thread that commits in groups what 64 callers hand it, and nothing else.
//!
//! Same tables and indexes, same rows to the byte, same synchronous FULL; no triggers, no references
//! and no reads, which is more than any store that keeps the rules could leave out.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Instant;

use holdfast_tests::fixture::must;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use store_sqlite::Store;
use tempfile::TempDir;

use crate::many::CALLERS;

/// The tables that a registration writes, each keyed by the attempt.
const TABLES: [&str; 7] = [
    "attempt",
    "evidence",
    "ledger",
    "dot_catalogue",
    "decision",
    "snapshot",
    "verification_report",
];
/// As many as the store's own writer takes.
const GROUP_MAX: usize = 256;

/// The rows of one registration, each with the place of its table.
type Rows = Vec<(usize, Vec<Value>)>;
type Job = (usize, SyncSender<()>);

/// Writes what a store holds into a bare file beside it; registrations per second.
pub(crate) fn write_all(store: &Store, place: &Path) -> f64 {
    let source = must(Connection::open(store.path()));
    let registrations = read_all(&source);
    let folder = must(TempDir::new_in(place));
    let target = must(Connection::open(folder.path().join("floor.db")));
    prepare(&source, &target);
    let widths: Vec<usize> = TABLES.map(|table| width(&source, table)).to_vec();
    drop(source);
    let next = AtomicUsize::new(0);
    let (jobs, waiting) = sync_channel::<Job>(1024);
    let begin = Instant::now();
    thread::scope(|scope| {
        let (registrations, next) = (&registrations, &next);
        scope.spawn(move || serve(&target, registrations, &widths, &waiting));
        for _ in 0..CALLERS {
            let jobs = jobs.clone();
            scope.spawn(move || {
                let (reply, done) = sync_channel(1);
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= registrations.len() {
                        return;
                    }
                    must(jobs.send((number, reply.clone())));
                    must(done.recv());
                }
            });
        }
        drop(jobs);
    });
    let count = must(u32::try_from(registrations.len()));
    f64::from(count) / begin.elapsed().as_secs_f64()
}

fn serve(target: &Connection, registrations: &[Rows], widths: &[usize], waiting: &Receiver<Job>) {
    let inserts: Vec<String> = TABLES
        .iter()
        .zip(widths)
        .map(|(table, width)| {
            format!(
                "INSERT INTO {table} VALUES ({})",
                vec!["?"; *width].join(",")
            )
        })
        .collect();
    while let Ok(first) = waiting.recv() {
        let group: Vec<Job> = std::iter::once(first)
            .chain(waiting.try_iter().take(GROUP_MAX - 1))
            .collect();
        must(target.execute_batch(
            "BEGIN IMMEDIATE; INSERT INTO writer_transaction (opened_at) VALUES (0)",
        ));
        for (number, _) in &group {
            for (table, row) in registrations.get(*number).into_iter().flatten() {
                let insert = must(inserts.get(*table).ok_or("no table"));
                let mut insert = must(target.prepare_cached(insert));
                must(insert.execute(params_from_iter(row)));
            }
        }
        must(target.execute_batch("COMMIT"));
        for (_, reply) in group {
            must(reply.send(()));
        }
    }
}

/// The tables and indexes of the store, without its triggers and references.
fn prepare(source: &Connection, target: &Connection) {
    must(target.pragma_update(None, "foreign_keys", "OFF"));
    must(target.pragma_update(None, "journal_mode", "WAL"));
    must(target.pragma_update(None, "synchronous", "FULL"));
    target.set_prepared_statement_cache_capacity(32);
    let mut schema = must(source.prepare(
        "SELECT sql FROM sqlite_schema WHERE type IN ('table', 'index') AND sql IS NOT NULL \
         AND name NOT LIKE 'sqlite_%' ORDER BY type DESC",
    ));
    let statements = must(schema.query_map([], |row| row.get::<_, String>(0)));
    for statement in statements {
        must(target.execute_batch(&must(statement)));
    }
}

fn width(source: &Connection, table: &str) -> usize {
    must(source.prepare(&format!("SELECT * FROM {table} LIMIT 0"))).column_count()
}

fn read_all(source: &Connection) -> Vec<Rows> {
    let mut attempts = must(source.prepare("SELECT attempt_id FROM attempt ORDER BY opened_at"));
    let attempts = must(attempts.query_map([], |row| row.get::<_, Vec<u8>>(0)));
    attempts
        .map(|attempt| rows_of(source, &must(attempt)))
        .collect()
}

fn rows_of(source: &Connection, attempt: &[u8]) -> Rows {
    let mut rows = Vec::new();
    for (place, table) in TABLES.iter().enumerate() {
        let select = format!("SELECT * FROM {table} WHERE attempt_id = ?1");
        let mut select = must(source.prepare_cached(&select));
        let width = select.column_count();
        let found = must(select.query_map([attempt], |row| {
            (0..width).map(|column| row.get(column)).collect()
        }));
        rows.extend(found.map(|row| (place, must(row))));
    }
    rows
}
