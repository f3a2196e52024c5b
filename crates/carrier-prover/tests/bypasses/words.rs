//! What is said of a database, word for word, beside what was reviewed.
//!
//! `HOLDFAST_BLESS=1` writes what is said now, for a reviewed change of it.

use std::path::Path;
use std::{env, fs};

use carrier_prover::{Report, render};

/// The version whose answers are kept word for word.
pub(crate) const TOLD: u16 = 15;

/// The whole answer, in a database of no particular name.
///
/// Left out are the head, which speaks of the server, and the fingerprint.
pub(crate) fn words(report: &Report, database: &str) -> String {
    let text = render(report).replace(database, "case");
    let lines: Vec<&str> = text.lines().skip(2).collect();
    lines.join("\n") + "\n"
}

/// Where the answer differs from the reviewed one in this file of `tests`; empty if nowhere.
pub(crate) fn untold(file: &str, told: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(file);
    if env::var_os("HOLDFAST_BLESS").is_some() {
        fs::write(&path, told).unwrap();
    }
    let due = fs::read_to_string(&path).unwrap_or_default();
    let differs = |(told, due): &(&str, &str)| told != due;
    match told.lines().zip(due.lines()).find(differs) {
        Some((told, due)) => format!("{file}: told {told}\nnot {due}\n"),
        None if told.len() != due.len() => format!("{file}: more or less than was reviewed\n"),
        None => String::new(),
    }
}
