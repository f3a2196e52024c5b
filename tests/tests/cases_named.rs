//! The named cases of the source documents, each with the test that provokes it: none is forgotten,
//! and none is listed that no test runs.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use std::collections::BTreeSet;
use std::path::Path;

use holdfast_tests::answered::{text, texts};
use serde_json::Value;

const CASES: &str = include_str!("../cases/named-cases.json");

/// Where a case is provoked: id, layer, file, test.
type Provoked = (&'static str, &'static str, &'static str, &'static str);

const VALIDATOR: &str = "crates/validator-e/src/tests/named_cases.rs";
const VALIDATED: &str = "each_named_case_gets_exactly_its_code";
const REPLAY: &str = "tests/tests/cases_replay.rs";
const PIPELINE: &str = "tests/tests/cases_pipeline.rs";
const MANIFESTS: &str = "crates/snapshot-provider/src/tests/manifests.rs";
const BINDINGS: &str = "crates/snapshot-provider/src/tests/bindings.rs";
const SURFACES: &str = "crates/snapshot-provider/src/tests/surfaces.rs";

/// Every case that is more than the pure validator's; those of layer V are all in one table, which
/// is the validator's own.
const PROVOKED: [Provoked; 19] = [
    (
        "P2-RP-01",
        "R",
        REPLAY,
        "p2_rp_01_another_attempt_no_is_no_way_around_single_use",
    ),
    (
        "P2-RP-02",
        "R",
        REPLAY,
        "p2_rp_02_an_exact_retry_returns_the_prior_bytes_and_writes_nothing",
    ),
    (
        "P2-RP-03",
        "R",
        REPLAY,
        "p2_rp_03_after_a_rollback_before_the_consume_a_fresh_nonce_is_accepted",
    ),
    (
        "P2-RP-04",
        "R",
        REPLAY,
        "p2_rp_04_a_used_nonce_is_refused_and_every_difference_named",
    ),
    (
        "P2-RP-05",
        "V",
        REPLAY,
        "p2_rp_05_an_expired_request_is_stale_though_its_nonce_was_never_used",
    ),
    (
        "P2-RP-06",
        "V",
        REPLAY,
        "p2_rp_06_a_nonce_that_is_bound_to_something_else_is_unbound",
    ),
    (
        "P2-RP-07",
        "R",
        REPLAY,
        "p2_rp_07_a_reservation_from_a_copied_store_is_no_live_consume",
    ),
    (
        "PX2-015",
        "verifier",
        PIPELINE,
        "px2_015_a_registration_is_verified_without_any_audit",
    ),
    (
        "T-P5-1",
        "registrar",
        PIPELINE,
        "t_p5_1_a_failure_audit_survives_the_rollback_of_the_write",
    ),
    (
        "P2-SN-01",
        "F",
        MANIFESTS,
        "an_ungoverned_issuer_is_refused",
    ),
    ("SC-01", "F", MANIFESTS, "an_ungoverned_issuer_is_refused"),
    (
        "SC-01",
        "F",
        PIPELINE,
        "sc_01_an_issuer_that_is_governed_no_more_is_refused",
    ),
    (
        "P2-SN-07",
        "F",
        BINDINGS,
        "the_caller_cannot_be_the_observer",
    ),
    ("SC-08", "F", BINDINGS, "the_caller_cannot_be_the_observer"),
    ("P2-SN-09", "F", SURFACES, "a_row_count_is_no_provenance"),
    ("SC-10", "F", SURFACES, "a_row_count_is_no_provenance"),
    (
        "SC-10",
        "F",
        PIPELINE,
        "sc_10_an_append_only_surface_without_provenance_is_refused",
    ),
    ("SC-18", "V", VALIDATOR, VALIDATED),
    ("SC-19", "V", VALIDATOR, VALIDATED),
];

fn cases() -> Vec<Value> {
    let document: Value = serde_json::from_str(CASES).unwrap();
    document["cases"].as_array().unwrap().clone()
}

/// The layers on which a case has to be provoked. What a producer attests and the validator judges
/// is provoked at the validator; a case that only a producer can see, at the producer.
fn layers(case: &Value) -> Vec<String> {
    let mut layers = texts(case, "/layer");
    if layers.len() > 1 {
        layers.retain(|layer| layer != "F");
    }
    layers
}

fn places(id: &str, layer: &str) -> Vec<Provoked> {
    let listed = PROVOKED.iter().filter(|one| (one.0, one.1) == (id, layer));
    let mut places: Vec<Provoked> = listed.copied().collect();
    if layer == "V" {
        places.push(("", "V", VALIDATOR, VALIDATED));
    }
    places
}

fn source(file: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    std::fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The test is there, and its file names the case, as text or in a test's name.
fn assert_provoked(id: &str, (_, _, file, test): Provoked) {
    let source = source(file);
    let is_test = source.contains(&format!("#[test]\nfn {test}() {{"));
    assert!(is_test, "{id}: {file} has no test `{test}`");
    let spelled = id.to_lowercase().replace('-', "_");
    let names_it = source.contains(id) || test.starts_with(&spelled);
    assert!(names_it, "{file} does not name {id}");
}

#[test]
fn every_named_case_is_provoked_by_a_test_that_exists() {
    let cases = cases();
    assert_eq!(cases.len(), 50);
    for case in &cases {
        let id = text(case, "/id");
        for layer in layers(case) {
            let places = places(&id, &layer);
            assert!(!places.is_empty(), "{id} has no test of layer {layer}");
            for place in places {
                assert_provoked(&id, place);
            }
        }
    }
}

#[test]
fn nothing_is_listed_that_is_no_case_of_its_layer() {
    let known: BTreeSet<(String, String)> = cases()
        .iter()
        .flat_map(|case| {
            let id = text(case, "/id");
            let layers = texts(case, "/layer").into_iter();
            layers.map(move |layer| (id.clone(), layer))
        })
        .collect();
    for (id, layer, ..) in PROVOKED {
        assert!(known.contains(&(id.to_owned(), layer.to_owned())), "{id}");
    }
}
