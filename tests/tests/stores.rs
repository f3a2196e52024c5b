//! Which tests run on the second kind of store: all but those that are about one kind and say so.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use std::path::Path;

/// All that the second pass leaves out: the helpers' own tests, binaries and tests whose own name
/// begins with a kind, and what runs on the server anyway.
const LEFT_OUT: &str = "kind(lib) \
     | binary(/^(embedded|postgres|server)_/) \
     | binary(/^(oracle|contracts|bundles_golden|conform_suite|conform_mutants|conform_programs|raised_codes)$/) \
     | test(/(^|::)(embedded|postgres)_/) \
     | test(nothing_but_json_is_on_standard_output)";

fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    std::fs::read_to_string(root.join(path)).unwrap()
}

#[test]
fn the_second_pass_leaves_out_only_what_is_about_one_kind_of_store() {
    let configuration = read(".config/nextest.toml");
    let (_, profile) = configuration.split_once("[profile.postgres]\n").unwrap();
    let filter = profile.lines().find(|line| line.contains('=')).unwrap();
    let expected = format!("default-filter = 'package(holdfast-tests) & not ({LEFT_OUT})'");
    assert_eq!(filter, expected);
}

#[test]
fn a_test_that_opens_the_file_itself_says_that_it_is_about_the_embedded_store() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut looked_at = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if name.starts_with("embedded_") || name == "stores.rs" || path.is_dir() {
            continue;
        }
        looked_at += 1;
        let text = std::fs::read_to_string(&path).unwrap();
        // A file that is not about one kind reaches its store through what every kind has.
        assert!(!text.contains("fixture.embedded()"), "{name}");
    }
    assert!(looked_at > 15, "{looked_at} files");
}
