//! Bundles of every released contract version keep verifying.
//!
//! `HOLDFAST_BLESS=1` makes what is not kept yet of the store that `HOLDFAST_TEST_STORE` names; what
//! is kept is never written again.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use bundle::{Bundle, find, gather, verify};
use holdfast_tests::acts::Acts;
use holdfast_tests::fixture::{Fixture, dot_code};
use holdfast_tests::kind::Kind;
use serde_json::Value;

/// What is kept of each store: how it ended, and the state of its attempt. A refusal before the
/// reservation has none, and is one of block E, so that its verdict is there to be made again.
const ENDS: [(&str, Option<&str>); 3] = [
    ("registered", Some("consumed")),
    ("rejected", None),
    ("aborted", Some("aborted")),
];

/// An embedded store writes under one principal and numbers its transactions; a server keeps the
/// credentials apart, and states who observed in which session.
const STORES: [&str; 2] = ["embedded", "postgres"];

/// The folder of what is made now.
const NEWEST: &str = "v1";

/// Of a carrier report a bundle has the hash alone.
const IN_NO_BUNDLE: &str = "carrier-report@";

/// The `type@version` of each envelope in the kept bundles of a store.
type Kept = BTreeMap<String, BTreeSet<String>>;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn every_kept_bundle_verifies() {
    let folder = root().join("bundles");
    if std::env::var_os("HOLDFAST_BLESS").is_some() {
        add(&folder.join(NEWEST));
    }
    let mut kept = Kept::new();
    for version in fs::read_dir(folder).unwrap() {
        let version = version.unwrap().path();
        for store in STORES {
            for (end, state) in ENDS {
                let file = version.join(format!("{store}-{end}.json"));
                let labels = verified(&file, end, state);
                kept.entry(store.to_owned()).or_default().extend(labels);
            }
        }
    }
    let released = fs::read_to_string(root().join("../schemas/frozen.json"));
    // No file: nothing was released yet.
    let released = released.map_or(Value::Null, |text| serde_json::from_str(&text).unwrap());
    let released = released.as_object().into_iter().flatten();
    let unkept = unkept(released.map(|(label, _)| label.as_str()), &kept);
    assert!(unkept.is_empty(), "released, and in no bundle: {unkept:?}");
}

#[test]
fn released_version_of_which_no_bundle_is_kept_is_named() {
    let of = |labels: [&str; 2]| labels.map(str::to_owned).into();
    let kept = Kept::from([
        ("embedded".to_owned(), of(["verdict@1", "verdict@2"])),
        ("postgres".to_owned(), of(["verdict@1", "policy@1"])),
    ]);
    let none = Vec::<String>::new();
    assert_eq!(unkept(["verdict@1", "carrier-report@1"], &kept), none);
    assert_eq!(unkept(["verdict@2"], &kept), ["verdict@2 of postgres"]);
}

/// The released versions that the bundles of some store do not show.
fn unkept<'a>(released: impl IntoIterator<Item = &'a str>, kept: &Kept) -> Vec<String> {
    let due = released
        .into_iter()
        .filter(|label| !label.starts_with(IN_NO_BUNDLE));
    let each = due.flat_map(|label| {
        kept.iter()
            .map(move |(store, labels)| (label, store, labels))
    });
    let missed = each.filter(|(label, _, labels)| !labels.contains(*label));
    missed
        .map(|(label, store, _)| format!("{label} of {store}"))
        .collect()
}

/// The `type@version` of each envelope in a bundle, which verifies and ends as it is named.
fn verified(file: &Path, end: &str, state: Option<&str>) -> Vec<String> {
    let name = file.display();
    let bytes = fs::read(file).map_err(|error| format!("{name}: {error}"));
    let bytes = bytes.unwrap();
    let verification = verify(&bytes);
    let inconsistency = verification.first_inconsistency();
    assert!(inconsistency.is_none(), "{name}: {inconsistency:?}");
    let outcome = if end == "registered" { end } else { "rejected" };
    assert_eq!(verification.outcome.as_deref(), Some(outcome), "{name}");
    let (bundle, _) = Bundle::read(&bytes).unwrap();
    assert_eq!(bundle.attempt.state.as_deref(), state, "{name}");
    assert!(bundle.envelope(bundle::Slot::Verdict).is_some(), "{name}");
    let envelopes = bundle.envelopes.values().chain(&bundle.failure_audits);
    envelopes
        .map(|bytes| {
            let envelope: Value = serde_json::from_slice(bytes).unwrap();
            let text = |member: &str| envelope.get(member).unwrap().as_str().unwrap().to_owned();
            format!("{}@{}", text("envelope_type"), text("envelope_version"))
        })
        .collect()
}

/// Makes what is not there.
fn add(folder: &Path) {
    let store = match Kind::asked() {
        Kind::Sqlite => "embedded",
        Kind::Postgres => "postgres",
    };
    fs::create_dir_all(folder).unwrap();
    for (end, _) in ENDS {
        let file = folder.join(format!("{store}-{end}.json"));
        if !file.exists() {
            fs::write(file, made(end)).unwrap();
        }
    }
}

fn made(end: &str) -> Vec<u8> {
    // The gate holds where nothing has an owner any more: the other target keeps its own.
    let (fixture, code) = (Fixture::new(2), dot_code(0));
    let acts = Acts::on(&fixture);
    match end {
        "rejected" => drop(acts.revoke_owner(&code)),
        "aborted" => drop(acts.configure(&code, "autostart", authority::ConfigValue::Open)),
        _ => {}
    }
    fixture.pipeline().register(&fixture.request(0)).unwrap();
    let records = fixture.records();
    let found = find(&records, &code).unwrap().unwrap();
    gather(&records, &found).unwrap().write().unwrap()
}
