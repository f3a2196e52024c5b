//! What must hold of any bytes whatever: each function takes some, and panics when they show a
//! defect.
//!
//! The fuzzers of `tests/fuzz` look for such bytes; the test of this crate replays the corpora that
//! they have left in `tests/corpora`, so that what was found once is never lost.

#![forbid(unsafe_code)]
#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a panic is how a fuzzer is told that it has found something"
)]

mod answers;
mod blocks;
mod documents;
mod edit;
mod judgement;
mod keys;
mod order;
mod resealed;

/// One function and the name of its corpus.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 8] = [
    ("parser", documents::parser),
    ("canonicaliser", documents::canonicaliser),
    ("opening", documents::opening),
    ("validator", blocks::validator),
    ("judgement", judgement::judgement),
    ("registrar", blocks::registrar),
    ("answer_table", answers::answer_table),
    ("replay_key", keys::replay_key),
];

/// The types of envelope as which bytes open.
pub fn opens(bytes: &[u8]) -> Vec<&'static str> {
    documents::opens(bytes)
}

/// Puts bytes to the target of this name.
///
/// # Panics
///
/// When the bytes show a defect, or there is no such target.
pub fn put(name: &str, bytes: &[u8]) {
    let target = TARGETS.iter().find(|(known, _)| *known == name);
    let Some((_, target)) = target else {
        panic!("no target `{name}`");
    };
    target(bytes);
}
