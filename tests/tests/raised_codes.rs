//! The table of codes says who raises what; the sources say so too.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

/// Who raises codes, as the table names it, and the crate whose sources say so. The opening path is
/// one, whichever of its two crates finds the fault.
const RAISERS: [(&str, &str); 11] = [
    ("artifact-resolver-f", "artifact-resolver-f"),
    ("audit-log", "audit-log"),
    ("conformance", "conformance"),
    ("envelope", "canonical"),
    ("envelope", "envelope"),
    ("gate", "gate"),
    ("owner-resolver", "owner-resolver"),
    ("registrar", "registrar"),
    ("snapshot-provider", "snapshot-provider"),
    ("validator-e", "validator-e"),
    ("verifier", "verifier"),
];

type Raised = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every code with who raises it, as the table says.
fn stated() -> Raised {
    let schema = std::fs::read_to_string(root().join("schemas/common/codes.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let definition = &schema["$defs"]["RejectCode"];
    let codes = definition["enum"].as_array().unwrap().iter();
    let facts = |code: &str| definition["x-codes"][code]["raised_by"].clone();
    codes
        .map(|code| {
            let code = code.as_str().unwrap().to_owned();
            let raised_by = serde_json::from_value(facts(&code)).unwrap();
            (code, raised_by)
        })
        .collect()
}

/// The sources of a crate, without its tests, what is generated, and comments.
fn source(name: &str) -> String {
    let mut folders = vec![root().join("crates").join(name).join("src")];
    let mut text = String::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let is = |name: &str| path.file_name().is_some_and(|found| found == name);
            if path.is_dir() {
                if !is("tests") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !is("tests.rs")
                && !is("generated.rs")
            {
                let file = std::fs::read_to_string(&path).unwrap();
                let file = file.split("#[cfg(test)]\nmod tests {").next().unwrap();
                let code = file
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"));
                text.extend(code.flat_map(|line| [line, "\n"]));
            }
        }
    }
    text
}

/// Whether a source names a code: as the text that it is, or as the variant of its enumeration.
fn names(source: &str, code: &str) -> bool {
    let variant: String = code.split('_').map(capitalised).collect();
    let variant = format!("Code::{variant}");
    let ends = |at: usize| {
        let next = source[at + variant.len()..].chars().next();
        !next.is_some_and(|next| next.is_ascii_alphanumeric())
    };
    source.contains(&format!("\"{code}\""))
        || source.match_indices(&variant).any(|(at, _)| ends(at))
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(1);
    format!("{first}{}", rest.to_lowercase())
}

#[test]
fn each_code_is_raised_by_whom_the_table_says_and_by_nobody_else() {
    let mut found: Raised = stated()
        .into_keys()
        .map(|code| (code, BTreeSet::new()))
        .collect();
    for (raiser, name) in RAISERS {
        let source = source(name);
        for (code, raisers) in &mut found {
            if names(&source, code) {
                raisers.insert(raiser.to_owned());
            }
        }
    }
    let differing: Vec<_> = stated()
        .into_iter()
        .filter(|(code, raised_by)| found[code] != *raised_by)
        .map(|(code, raised_by)| format!("{code}: table {raised_by:?}, sources {:?}", found[&code]))
        .collect();
    assert!(differing.is_empty(), "{differing:#?}");
}

#[test]
fn each_code_has_someone_who_raises_it() {
    let unraised: Vec<_> = stated()
        .into_iter()
        .filter(|(_, raised_by)| raised_by.is_empty())
        .collect();
    assert!(unraised.is_empty(), "{unraised:?}");
}

#[test]
fn a_code_is_recognised_as_text_and_as_variant_but_not_inside_another() {
    assert!(names("refuse(\"HASH_MISMATCH\")", "HASH_MISMATCH"));
    assert!(names("RejectCode::HashMismatch,", "HASH_MISMATCH"));
    assert!(!names("Code::HashMismatchOf", "HASH_MISMATCH"));
    assert!(!names("\"EVIDENCE_HASH_MISMATCH\"", "HASH_MISMATCH"));
}
