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
            seen.push((version.file_name().into_string().unwrap(), outcome));
        }
    }
    for due in ["registered", "rejected"] {
        let is_there = seen
            .iter()
            .any(|(version, outcome)| version == "v1" && outcome == due);
        assert!(is_there, "no {due} bundle of version 1 is kept");
    }
}
