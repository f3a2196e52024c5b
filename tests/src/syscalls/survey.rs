//! Every disk that a machine may find after it lost its power during a recorded run, and what a
//! store on it owes to those who were answered.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::PathBuf;

use canonical::{Digest, hash_bytes};
use rusqlite::Connection;
use tempfile::TempDir;

use super::disk::{Fate, Image, LOSSES, Loss, Syncs};
use super::scene::{Scene, recovered, register};
use crate::answered::{json, text};
use crate::fixture::must;
use crate::invariants::{broken, count, is_stored_answer};
use crate::place::Readable as _;
use crate::raw::Cell;

/// What power may take although the decision that it is about was answered: the capture after the
/// write and the verification report, which recovery writes again. Rows of every other table are
/// there once an answer that came after them is out.
pub const MAY_BE_LOST: [&str; 2] = ["snapshot", "verification_report"];

/// Two captures belong to an attempt; the one before the write is never lost with it.
const WRITTEN_UPON: &str = "SELECT count(*) FROM attempt AS a WHERE a.state = 'consumed' AND NOT EXISTS \
     (SELECT 1 FROM snapshot AS s WHERE s.attempt_id = a.attempt_id)";

/// What a store is, once the engine opened it and moved its log into its file.
#[derive(Debug, Clone)]
struct Found {
    /// Invariants that do not hold.
    broken: Vec<String>,
    /// Whether each answer is stored, byte for byte.
    answers: Vec<bool>,
    /// How many rows each table has; rows are never deleted.
    rows: BTreeMap<String, u64>,
}

/// What came out.
#[derive(Debug, Default)]
pub struct Survey {
    /// Disks that were rebuilt.
    pub images: usize,
    /// Broken invariants.
    pub broken: Vec<String>,
    /// Answers that were out and are gone.
    pub answers_lost: Vec<String>,
    /// Other rows that are owed, and gone.
    pub rows_lost: Vec<String>,
    /// Tables that lost rows which they may lose.
    pub lost_as_allowed: BTreeSet<String>,
    states: HashMap<Digest, (Image, Found)>,
}

impl Survey {
    /// Lets the power go after each call of a recording, in every way of losing.
    pub fn of(scene: &Scene, syncs: Syncs) -> Self {
        let mut survey = Self::default();
        let answered_at = scene.answered_at();
        for cut in 0..=scene.calls.len() {
            let due: Vec<usize> = answered_at.iter().copied().filter(|at| *at < cut).collect();
            let owed = due.last().map(|at| {
                let all = image(scene, *at, Loss::Kept, syncs);
                survey.found(scene, &all).rows
            });
            for loss in LOSSES {
                let found = survey.found(scene, &image(scene, cut, loss, syncs));
                let what = format!("{loss:?} after {cut} calls");
                survey.images += 1;
                survey.judge(&found, due.len(), &owed.clone().unwrap_or_default(), &what);
            }
        }
        survey
    }

    /// Stores that differ, once opened.
    pub fn states(&self) -> usize {
        self.states.len()
    }

    fn judge(&mut self, found: &Found, due: usize, owed: &BTreeMap<String, u64>, what: &str) {
        let broken = found
            .broken
            .iter()
            .map(|broken| format!("{what}: {broken}"));
        self.broken.extend(broken);
        for (number, is_there) in found.answers.iter().enumerate().take(due) {
            if !is_there {
                self.answers_lost.push(format!("{what}: answer {number}"));
            }
        }
        for (table, owed) in owed {
            let rows = found.rows.get(table).copied().unwrap_or(0);
            if rows >= *owed {
                continue;
            }
            if MAY_BE_LOST.contains(&table.as_str()) {
                self.lost_as_allowed.insert(table.clone());
            } else {
                let lost = format!("{what}: `{table}` has {rows} rows of {owed}");
                self.rows_lost.push(lost);
            }
        }
    }

    fn found(&mut self, scene: &Scene, image: &Image) -> Found {
        let folder = must(TempDir::new());
        let store = image.put(folder.path());
        // The engine's own recovery; what it makes of the disk decides, not how the disk came about.
        let moved = Connection::open(&store).and_then(|connection| {
            connection.pragma_update(None, "synchronous", "OFF")?;
            connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))
        });
        let busy: i64 = must(moved);
        must((busy == 0).then_some(()).ok_or("somebody else has it open"));
        let state = hash_bytes("state", &must(fs::read(&store)));
        if let Some((_, found)) = self.states.get(&state) {
            return found.clone();
        }
        let mut found = Found {
            broken: broken(&store),
            answers: scene
                .answers
                .iter()
                .map(|answer| is_stored_answer(&store, answer))
                .collect(),
            rows: rows(&store),
        };
        if store.read().one(WRITTEN_UPON, &[]).count() > 0 {
            found
                .broken
                .push("a consumed attempt has no capture before it".to_owned());
        }
        self.states.insert(state, (image.clone(), found.clone()));
        found
    }

    /// Recovers every store that differs, asks each request again, and gives what was wrong.
    ///
    /// A stored answer is given again, byte for byte; any other request is decided once and for all.
    pub fn retried(&self, scene: &Scene) -> Vec<String> {
        let mut wrong = Vec::new();
        for (image, found) in self.states.values() {
            let folder = must(TempDir::new());
            let store = image.put(folder.path());
            wrong.extend(recovered(&store));
            let asked = scene
                .requests
                .iter()
                .zip(&scene.answers)
                .zip(&found.answers);
            for ((request, answer), is_stored) in asked {
                let said = register(&store, request).stdout;
                if *is_stored && is_registered(answer) && said != *answer {
                    wrong.push(format!("{said:?} instead of {answer:?}"));
                }
                if !is_stored_answer(&store, &said) {
                    wrong.push(format!("answered and not stored: {said:?}"));
                }
            }
            wrong.extend(recovered(&store));
        }
        wrong
    }
}

fn image(scene: &Scene, cut: usize, loss: Loss, syncs: Syncs) -> Image {
    let mut fate = Fate::new(loss, must(u64::try_from(cut)));
    scene.before.after(&scene.calls, cut, syncs, &mut fate)
}

fn is_registered(answer: &[u8]) -> bool {
    text(&json(answer), "/outcome") == "registered"
}

fn rows(store: &PathBuf) -> BTreeMap<String, u64> {
    let tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
    let tables = store.read().rows(tables, &[]);
    let tables = tables.iter().flatten().map(Cell::text);
    tables
        .map(|table| (table.clone(), count(store, &table)))
        .collect()
}
