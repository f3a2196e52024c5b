//! The suite is whole: every named case, every code, every family in its folder. That each block
//! conforms to it as a library is a test of `crates/conformance`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use std::collections::BTreeSet;

use conformance::{Block, Case, FAIL_OPEN, Finding, Outcome, Suite};
use holdfast_tests::answered::{text, texts};
use serde_json::Value;

const NAMED: &str = include_str!("../cases/named-cases.json");
const CODES: &str = include_str!("../../schemas/common/codes.schema.json");

fn suite() -> Suite {
    Suite::load().unwrap()
}

fn named() -> Vec<Value> {
    let document: Value = serde_json::from_str(NAMED).unwrap();
    document["cases"].as_array().unwrap().clone()
}

fn codes() -> BTreeSet<String> {
    let schema: Value = serde_json::from_str(CODES).unwrap();
    texts(&schema, "/$defs/RejectCode/enum")
        .into_iter()
        .collect()
}

/// The codes of a case, those of what it is an alias of included.
fn due(suite: &Suite, case: &Case) -> BTreeSet<String> {
    let inputs = suite.inputs(case);
    inputs
        .flat_map(|input| input.expect.codes.clone())
        .collect()
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::PriorDecision => "OK_PRIOR_DECISION",
        Outcome::Accept => "OK_ACCEPT",
        Outcome::Verified => "OK_VERIFIED",
        Outcome::FailureAuditSurvives => "OK_FAILURE_AUDIT_SURVIVES",
    }
}

#[test]
fn every_named_case_is_there_under_its_id_with_what_is_due_of_it() {
    let suite = suite();
    let named = named();
    assert_eq!(named.len(), 50);
    for one in &named {
        let id = text(one, "/id");
        let case = suite.case(&id).unwrap_or_else(|| panic!("{id} is no case"));
        assert_eq!(case.family, text(one, "/family"), "{id}");
        assert_eq!(case.layer, texts(one, "/layer"), "{id}");
        // Where it names several codes, one for each half, a variant of the case has the other.
        let variants = suite.cases().filter(|other| {
            let rest = other.id.strip_prefix(&id);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        });
        let mut found: BTreeSet<String> = BTreeSet::new();
        for variant in variants {
            found.extend(due(&suite, variant));
            found.extend(variant.expect.outcome.map(|it| outcome(it).to_owned()));
        }
        for code in texts(one, "/expect") {
            assert!(found.contains(&code), "{id} provokes no {code}: {found:?}");
        }
    }
}

#[test]
fn every_code_has_a_case_and_every_case_a_code_that_exists() {
    let suite = suite();
    let mut without = codes();
    for case in suite.cases() {
        for code in due(&suite, case) {
            assert!(codes().contains(&code), "{}: {code} is no code", case.id);
            without.remove(&code);
        }
    }
    assert_eq!(without, BTreeSet::new(), "codes without a case");
}

#[test]
fn codes_stand_in_the_order_of_precedence() {
    let schema: Value = serde_json::from_str(CODES).unwrap();
    let order = texts(&schema, "/$defs/RejectCode/enum");
    let place = |code: &String| order.iter().position(|one| one == code).unwrap();
    let suite = suite();
    let judged = |case: &&Case| {
        let blocks = ["validator-e/", "verifier/", "registrar/"];
        let at = case.block.as_ref();
        at.is_some_and(|at| blocks.iter().any(|block| at.baseline.starts_with(block)))
    };
    for case in suite.cases().filter(judged) {
        let places: Vec<usize> = case.expect.codes.iter().map(place).collect();
        assert!(places.is_sorted(), "{}: {:?}", case.id, case.expect.codes);
    }
}

/// The one case that is about the runner: a pass given to what has to be rejected.
#[test]
fn a_pass_where_a_reject_is_due_is_fail_open_and_a_reject_is_not() {
    let suite = suite();
    let cases = suite.cases().filter(|case| case.judged.is_some());
    let cases: Vec<&Case> = cases.collect();
    assert_eq!(cases.len(), 1);
    let case = cases[0];
    assert_eq!(case.expect.codes, [FAIL_OPEN]);
    let of = suite.case(case.judged.as_deref().unwrap()).unwrap();
    let passed = suite.judged(of, Block::ValidatorE, true).unwrap();
    assert!(matches!(passed, Finding::FailOpen(_)), "{passed:?}");
    let rejected = suite.judged(of, Block::ValidatorE, false).unwrap();
    assert_eq!(rejected, Finding::Good);
}
