//! Runs of the real program on an embedded store, as a caller starts them.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use embedded::edge;
use rusqlite::Connection;
use serde_json::json;

use super::disk::Image;
use super::recording::{Call, log_of, record};
use crate::fixture::{Fixture, must};
use crate::invariants::broken_after_recovery;
use crate::program::holdfast_with_crash_points;
use crate::runs::Run;

/// Recovery takes on whatever is older than this.
pub const HORIZON_MS: u64 = 1;

/// A store for so many targets, from which recovery takes on whatever is open.
pub fn store_for(targets: usize) -> Fixture {
    Fixture::with_policy(targets, json!({ "recovery_horizon_ms": HORIZON_MS }))
}

/// The program on a store, wherever the store lies.
pub fn program(store: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(holdfast_with_crash_points());
    command.args(arguments).arg("--json");
    command.arg("--store").arg(address(store)).process_group(0);
    command
}

/// Registers exactly these bytes.
pub fn register(store: &Path, request: &[u8]) -> Run {
    Run::of(&mut program(store, &["register", &written(store, request)]))
}

/// The name of a file with these bytes, beside the store.
pub fn written(store: &Path, request: &[u8]) -> String {
    let name = canonical::hash_bytes("name", request).to_hex();
    let path = store.with_file_name(format!("request-{name}.json"));
    must(fs::write(&path, request));
    path.display().to_string()
}

/// Recovers undisturbed, and gives every invariant that does not hold then.
pub fn recovered(store: &Path) -> Vec<String> {
    let now = edge::now();
    let run = Run::of(&mut program(store, &["recover"]));
    if run.code != Some(0) {
        return vec![format!("recovery failed: {run:?}")];
    }
    broken_after_recovery(store, now, HORIZON_MS)
}

fn address(store: &Path) -> String {
    format!("sqlite:{}", store.display())
}

/// Who else has the store open while it is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// Nobody: whoever closes it last moves the log into the file.
    Nobody,
    /// A reader: the log stays and grows.
    Reader,
}

/// Runs of the program on one store, and everything that they asked of the disk.
pub struct Scene {
    /// The store.
    pub fixture: Fixture,
    /// Its files before the first run.
    pub before: Image,
    /// What was asked, in this order: two registrations, one that is refused, and another.
    pub requests: Vec<Vec<u8>>,
    /// What was answered.
    pub answers: Vec<Vec<u8>>,
    /// The calls.
    pub calls: Vec<Call>,
}

impl Scene {
    /// One process for each request and one that recovers, one after the other.
    pub fn recorded(beside: Beside) -> Self {
        let fixture = store_for(3);
        let store = fixture.embedded().path().to_owned();
        let requests = vec![
            fixture.request(0),
            fixture.request(1),
            elsewhere(&fixture),
            fixture.request(2),
        ];
        let command = script(&store, &requests);
        let reader = (beside == Beside::Reader).then(|| reading(&store));
        let before = Image::of(&store);
        let calls = record(&command, &store);
        drop(reader);
        let answer = |number: usize| {
            let answer = must(fs::read(store.with_file_name(format!("answer-{number}"))));
            answer.strip_suffix(b"\n").unwrap_or(&answer).to_vec()
        };
        Self {
            answers: (0..requests.len()).map(answer).collect(),
            fixture,
            before,
            requests,
            calls,
        }
    }

    /// For each answer, the call by which it was out.
    pub fn answered_at(&self) -> Vec<usize> {
        let said = |number: usize| {
            let name = format!("answer-{number}");
            let is_it = |call: &Call| matches!(call, Call::Said(said) if *said == name);
            must(self.calls.iter().position(is_it).ok_or("no answer"))
        };
        (0..self.requests.len()).map(said).collect()
    }
}

/// A request that is refused, because its artifact lies elsewhere.
fn elsewhere(fixture: &Fixture) -> Vec<u8> {
    fixture.request_with(2, |request| {
        let path = request.pointer_mut("/request_proposed/artifact_path");
        *must(path.ok_or("no path")) = json!("/somewhere/else");
    })
}

fn script(store: &Path, requests: &[Vec<u8>]) -> Command {
    let mut script = String::new();
    for (number, request) in requests.iter().enumerate() {
        // Three is the code of a refusal.
        must(writeln!(
            script,
            "\"$PROGRAM\" register --json \"{}\" --store \"$STORE\" > answer-{number} \
             || test $? = 3 || exit 1",
            written(store, request)
        ));
    }
    script += "\"$PROGRAM\" recover --json --store \"$STORE\" > recovered";
    let mut command = Command::new("sh");
    command.args(["-c", &script]);
    command.env("PROGRAM", holdfast_with_crash_points());
    command.env("STORE", address(store));
    command
}

fn reading(store: &Path) -> Connection {
    let reader = must(Connection::open(store));
    let text = "SELECT count(*) FROM sqlite_schema";
    let _tables: i64 = must(reader.query_row(text, [], |row| row.get(0)));
    reader
}

impl Image {
    /// The files as they are.
    pub fn of(store: &Path) -> Self {
        let log = log_of(store);
        Self {
            store: must(fs::read(store)),
            log: log.exists().then(|| must(fs::read(&log))),
        }
    }

    /// Writes the files into a folder, and gives the store's path.
    pub fn put(&self, folder: &Path) -> PathBuf {
        let store = folder.join("holdfast.db");
        must(fs::write(&store, &self.store));
        if let Some(log) = &self.log {
            must(fs::write(log_of(&store), log));
        }
        store
    }
}
