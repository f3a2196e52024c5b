//! What must hold in a store whatever happened to the processes that wrote it.
//!
//! Read past the store's own code, on a connection that cannot write: a checker that shared the
//! store's reading would share its mistakes.

mod envelopes;
mod hashes;
mod rules;

use canonical::{Digest, Timestamp, Uuid};

use crate::fixture::must;
use crate::place::Readable;
use crate::raw::{Cell, Raw};
use rules::{ALWAYS, AfterRecovery, EMBEDDED, Rule};

/// Every broken invariant of a store, in words; none where all hold.
pub fn broken(place: &(impl Readable + ?Sized)) -> Vec<String> {
    broken_in(&mut place.read())
}

fn broken_in(store: &mut Raw) -> Vec<String> {
    let mut found = broken_rows_in(store);
    sound(store, &mut found);
    hashes::check(store, &mut found);
    envelopes::check(store, &mut found);
    found
}

/// The part that costs little however large the store: which rows stand beside which.
pub fn broken_rows(place: &(impl Readable + ?Sized)) -> Vec<String> {
    broken_rows_in(&mut place.read())
}

fn broken_rows_in(store: &mut Raw) -> Vec<String> {
    let own: &[Rule] = if store.is_file() { &EMBEDDED } else { &[] };
    let rules = ALWAYS.iter().chain(own);
    rules.flat_map(|rule| broken_by(store, rule)).collect()
}

/// Everything of [`broken`], with what recovery owes: nothing open past the horizon, nothing unverified.
///
/// `horizon_ms` is the policy's. Call it once more time has passed since the last reservation.
pub fn broken_after_recovery(
    place: &(impl Readable + ?Sized),
    now: Timestamp,
    horizon_ms: u64,
) -> Vec<String> {
    let mut store = place.read();
    let mut found = broken_in(&mut store);
    let owed = AfterRecovery::new(now, horizon_ms);
    for rule in owed.rules() {
        found.extend(broken_by(&mut store, rule));
    }
    envelopes::check_reports(&mut store, &mut found);
    found
}

/// Whether these bytes are the stored answer of an attempt, byte for byte.
pub fn is_stored_answer(place: &(impl Readable + ?Sized), answer: &[u8]) -> bool {
    let text = "SELECT EXISTS (SELECT 1 FROM decision WHERE bytes = ?1) \
                OR EXISTS (SELECT 1 FROM failure_audit WHERE answer = ?1)";
    let found = place.read().one(text, &[Cell::Bytes(answer.to_vec())]);
    found.integer() == 1
}

/// Waits until a table has more rows than `before`, or until nobody would add any.
pub fn await_row(
    place: &(impl Readable + ?Sized),
    table: &str,
    before: u64,
    mut is_over: impl FnMut() -> bool,
) {
    let mut store = place.read();
    let text = format!("SELECT count(*) FROM {table}");
    while store.one(&text, &[]).count() <= before && !is_over() {
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
}

/// How many rows of a table there are.
pub fn count(place: &(impl Readable + ?Sized), table: &str) -> u64 {
    let text = format!("SELECT count(*) FROM {table}");
    place.read().one(&text, &[]).count()
}

/// The states of a target's attempts, in the order in which they were opened.
pub fn states(place: &(impl Readable + ?Sized), target: &str) -> Vec<String> {
    let text = "SELECT state FROM attempt WHERE target = ?1 ORDER BY opened_at";
    let target = Cell::Text(format!("dot:{target}"));
    let rows = place.read().rows(text, &[target]);
    rows.iter().flatten().map(Cell::text).collect()
}

/// The file itself: pages, indexes, references. A server looks after its own.
fn sound(store: &mut Raw, found: &mut Vec<String>) {
    if !store.is_file() {
        return;
    }
    let said = store.one("PRAGMA integrity_check", &[]).text();
    if said != "ok" {
        found.push(format!("integrity check: {said}"));
    }
    for row in store.rows("PRAGMA foreign_key_check", &[]) {
        found.push(format!("a row refers to nothing: {row:?}"));
    }
}

/// The rows that break one rule.
fn broken_by(store: &mut Raw, rule: &Rule) -> Vec<String> {
    let rows = store.rows(&rule.offenders, &[]);
    let offenders = rows.iter().flatten().map(Cell::text);
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
