//! Texts beside those that were reviewed.
//!
//! `HOLDFAST_BLESS=1` writes what is said now, for a reviewed change of it.

use std::path::Path;
use std::{env, fs};

/// Whether what is said now is to be written down.
pub(crate) fn is_blessed() -> bool {
    env::var_os("HOLDFAST_BLESS").is_some()
}

/// Where a text differs from the reviewed one in this file of `tests`; empty if nowhere.
pub(crate) fn untold(file: &str, told: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(file);
    if is_blessed() {
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
