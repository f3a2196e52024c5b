//! What the fuzzers found, and what they start from, is put to every target again.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use proptest::prelude::*;
use serde::Deserialize;

fn tests(below: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests")
        .join(below)
}

fn names(below: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(tests(below)).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn corpus(target: &str) -> Vec<PathBuf> {
    let folder = tests("corpora").join(target);
    let entries = fs::read_dir(folder).unwrap();
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

#[derive(Deserialize)]
struct Manifest {
    bin: Vec<Binary>,
}

#[derive(Deserialize)]
struct Binary {
    name: String,
    path: String,
}

/// The fuzzers are a workspace of their own, which no other test builds.
#[test]
fn every_target_has_its_corpus_and_its_fuzzer_and_there_are_no_others() {
    let targets = totality::TARGETS.map(|(target, _)| target.to_owned());
    let due = BTreeSet::from(targets);
    assert_eq!(due.len(), totality::TARGETS.len(), "a name stands twice");
    assert_eq!(names("corpora"), due);
    let manifest = fs::read_to_string(tests("fuzz/Cargo.toml")).unwrap();
    let manifest: Manifest = toml::from_str(&manifest).unwrap();
    let fuzzers: Vec<&str> = manifest.bin.iter().map(|bin| &*bin.name).collect();
    assert_eq!(fuzzers.len(), due.len(), "{fuzzers:?}");
    let files = due.iter().map(|target| format!("{target}.rs"));
    assert_eq!(names("fuzz/fuzz_targets"), files.collect());
    for bin in manifest.bin {
        assert!(due.contains(&bin.name), "{}", bin.name);
        assert_eq!(bin.path, format!("fuzz_targets/{}.rs", bin.name));
        let text = fs::read_to_string(tests("fuzz").join(bin.path)).unwrap();
        let put = format!("totality::put(\"{}\", bytes)", bin.name);
        assert!(text.contains(&put), "{text}");
    }
}

/// The envelopes of the corpus are those that a reader may get: every schema has one that opens.
#[test]
fn corpus_of_the_opening_has_every_envelope() {
    let schemas = names("../schemas").into_iter();
    let envelopes =
        schemas.filter_map(|name| Some(name.strip_suffix(".v1.schema.json")?.to_owned()));
    for envelope in envelopes {
        let input = tests("corpora/opening").join(format!("{envelope}.json"));
        let opened = totality::opens(&fs::read(&input).unwrap());
        assert_eq!(opened, [envelope]);
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
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// What is no document is met by every target; what edits one is met by those that take edits.
    #[test]
    fn any_bytes_hold(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        for (_, put) in totality::TARGETS {
            put(&bytes);
        }
    }
}
