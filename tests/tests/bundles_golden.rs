//! Bundles of every released contract version keep verifying.

use std::path::PathBuf;

use bundle::verify;

#[test]
fn every_kept_bundle_verifies() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("bundles");
    let mut seen = Vec::new();
    for version in std::fs::read_dir(folder).unwrap() {
        let version = version.unwrap();
        for file in std::fs::read_dir(version.path()).unwrap() {
            let file = file.unwrap().path();
            let verification = verify(&std::fs::read(&file).unwrap());
            let inconsistency = verification.first_inconsistency();
            assert!(
                inconsistency.is_none(),
                "{}: {inconsistency:?}",
                file.display()
            );
            let outcome = verification.outcome.unwrap();
            let store = file.file_name().unwrap().to_str().unwrap();
            let (store, _) = store.split_once('-').unwrap();
            let version = version.file_name().into_string().unwrap();
            seen.push([version, store.to_owned(), outcome]);
        }
    }
    // An embedded store writes under one principal and numbers its transactions; a server keeps the
    // credentials apart, and states who observed in which session.
    for store in ["embedded", "postgres"] {
        for outcome in ["registered", "rejected"] {
            let due = ["v1", store, outcome].map(str::to_owned);
            assert!(seen.contains(&due), "{due:?} is not kept: {seen:?}");
        }
    }
}
