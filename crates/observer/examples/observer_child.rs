//! An observer process over a store in memory, and processes that only pretend to be one: the
//! other end for the tests of `ObserverProcess`. The first argument names the conduct.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops where what it rests on does not hold"
)]

#[path = "../tests/support/store.rs"]
mod store;

use std::io::{BufRead, BufReader, Write, stdin, stdout};
use std::thread::sleep;
use std::time::Duration;

use observer::{Handler, own_facts, serve};
use store::{Store, now};

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("serve") => serve_from_memory(),
        Some("garbage") => answer_with("what?"),
        Some("unasked") => answer_with("{\"id\":77,\"ok\":null}"),
        Some("null") => answer_with("{\"id\":0,\"ok\":null}"),
        Some("endless") => flood(),
        Some("late") => answer_late(),
        Some("mute") => sleep(Duration::from_mins(10)),
        Some("quit") => drop(stdin().lines().next()),
        other => panic!("no conduct `{other:?}`"),
    }
}

fn serve_from_memory() {
    let store = Store::default();
    let facts = own_facts().unwrap();
    let mut handler = Handler::new(store.clone(), store, &facts, now).unwrap();
    serve(BufReader::new(stdin()), stdout(), &mut handler).unwrap();
}

/// One line, whatever was asked; then nothing, without an end.
fn answer_with(line: &str) {
    stdin().lines().next();
    println!("{line}");
    sleep(Duration::from_mins(10));
}

fn flood() {
    stdin().lines().next();
    let piece = [b'x'; 16_384];
    while stdout().write_all(&piece).is_ok() {}
}

/// Answers the first request only when the second has come.
fn answer_late() {
    let mut lines = stdin().lock().lines();
    lines.next();
    lines.next();
    println!("{{\"id\":0,\"ok\":{{\"late\":0}}}}\n{{\"id\":1,\"ok\":{{\"late\":1}}}}");
    lines.next();
}
