//! What must hold in a store whatever happened to the processes that wrote it.
//!
//! Read past the store's own code, on a connection that cannot write: a checker that shared the
//! store's reading would share its mistakes.

mod envelopes;
mod hashes;
mod rules;

use std::path::Path;

use canonical::{Digest, Timestamp, Uuid};
use rusqlite::{Connection, OpenFlags};

use crate::fixture::must;
use rules::{ALWAYS, AfterRecovery, Rule};

/// Every broken invariant of a store, in words; none where all hold.
pub fn broken(path: &Path) -> Vec<String> {
    let store = open(path);
    let mut found = broken_rows(path);
    sound(&store, &mut found);
    hashes::check(&store, &mut found);
    envelopes::check(&store, &mut found);
    found
}

/// The part that costs little however large the store: which rows stand beside which.
pub fn broken_rows(path: &Path) -> Vec<String> {
    let store = open(path);
    let rules = ALWAYS.iter();
    rules.flat_map(|rule| broken_by(&store, rule)).collect()
}

/// Everything of [`broken`], with what recovery owes: nothing open past the horizon, nothing unverified.
///
/// `horizon_ms` is the policy's. Call it once more time has passed since the last reservation.
pub fn broken_after_recovery(path: &Path, now: Timestamp, horizon_ms: u64) -> Vec<String> {
    let store = open(path);
    let mut found = broken(path);
    let owed = AfterRecovery::new(now, horizon_ms);
    found.extend(owed.rules().iter().flat_map(|rule| broken_by(&store, rule)));
    envelopes::check_reports(&store, &mut found);
    found
}

/// Whether these bytes are the stored answer of an attempt, byte for byte.
pub fn is_stored_answer(path: &Path, answer: &[u8]) -> bool {
    let text = "SELECT EXISTS (SELECT 1 FROM decision WHERE bytes = ?1) \
                OR EXISTS (SELECT 1 FROM failure_audit WHERE answer = ?1)";
    must(open(path).query_row(text, [answer], |row| row.get(0)))
}

/// Waits until a table has more rows than `before`, or until nobody would add any.
pub fn await_row(path: &Path, table: &str, before: u64, mut is_over: impl FnMut() -> bool) {
    let store = open(path);
    let text = format!("SELECT count(*) > ?1 FROM {table}");
    let before = must(i64::try_from(before));
    let mut statement = must(store.prepare(&text));
    while !must(statement.query_row([before], |row| row.get::<_, bool>(0))) && !is_over() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

/// How many rows of a table there are.
pub fn count(path: &Path, table: &str) -> u64 {
    let text = format!("SELECT count(*) FROM {table}");
    let rows: i64 = must(open(path).query_row(&text, [], |row| row.get(0)));
    must(u64::try_from(rows))
}

/// The states of a target's attempts, in the order in which they were opened.
pub fn states(path: &Path, target: &str) -> Vec<String> {
    let store = open(path);
    let text = "SELECT state FROM attempt WHERE target = 'dot:' || ?1 ORDER BY opened_at";
    let mut statement = must(store.prepare(text));
    let states = must(statement.query_map([target], |row| row.get(0)));
    must(states.collect())
}

/// A connection that the engine keeps from writing.
fn open(path: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let store = must(Connection::open_with_flags(path, flags));
    must(store.busy_timeout(std::time::Duration::from_secs(10)));
    store
}

/// The file itself: pages, indexes, references.
fn sound(store: &Connection, found: &mut Vec<String>) {
    let said: String = must(store.query_row("PRAGMA integrity_check", [], |row| row.get(0)));
    if said != "ok" {
        found.push(format!("integrity check: {said}"));
    }
    let mut statement = must(store.prepare("PRAGMA foreign_key_check"));
    let tables = must(statement.query_map([], |row| row.get::<_, String>(0)));
    for table in tables {
        found.push(format!("a row of `{}` refers to nothing", must(table)));
    }
}

/// The rows that break one rule.
fn broken_by(store: &Connection, rule: &Rule) -> Vec<String> {
    let mut statement = must(store.prepare(&rule.offenders));
    let rows = must(statement.query_map([], |row| row.get::<_, String>(0)));
    let offenders = rows.map(must);
    offenders
        .map(|offender| format!("{}: {offender}", rule.broken))
        .collect()
}

fn digest(bytes: Vec<u8>) -> Digest {
    Digest::from_bytes(must(bytes.try_into()))
}

fn uuid(bytes: Vec<u8>) -> Uuid {
    Uuid::from_bytes(must(bytes.try_into()))
}
