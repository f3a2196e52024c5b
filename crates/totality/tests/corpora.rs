//! What the fuzzers found, and what they start from, is put to every target again.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;

fn corpus(target: &str) -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpora");
    let entries = fs::read_dir(folder.join(target)).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn corpora_hold_what_must_hold_of_any_bytes() {
    for (target, put) in totality::TARGETS {
        let inputs = corpus(target);
        assert!(!inputs.is_empty(), "{target}");
        for input in inputs {
            println!("{}", input.display());
            put(&fs::read(input).unwrap());
        }
    }
}

#[test]
fn every_corpus_belongs_to_a_target() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/corpora");
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            totality::TARGETS.iter().any(|(target, _)| *target == name),
            "{name}"
        );
    }
}

#[test]
fn cases_of_the_corpora_reach_both_ends() {
    let again = fs::read(
        corpus("registrar")
            .iter()
            .find(|path| path.ends_with("intake-again.json"))
            .unwrap(),
    );
    let answer = registrar::filter(&again.unwrap()).unwrap();
    assert!(
        registrar::contract::registration_decision()
            .open(&answer)
            .is_ok()
    );
    let before = fs::read(
        corpus("validator")
            .iter()
            .find(|path| path.ends_with("before-write.json"))
            .unwrap(),
    );
    let verdict = validator_e::filter(&before.unwrap()).unwrap();
    let verdict = validator_e::contract::verdict().open(&verdict).unwrap();
    assert_eq!(
        verdict.outcome,
        validator_e::contract::VerdictOutcome::Accept
    );
}

proptest! {
    /// What is no document is met by every target; what edits one is met by those that take edits.
    #[test]
    fn any_bytes_hold(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        for (_, put) in totality::TARGETS {
            put(&bytes);
        }
    }
}
