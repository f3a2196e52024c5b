//! The suite is whole: every named case, every code, every family in its folder. That each block
//! conforms to it as a library is a test of `crates/conformance`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use std::collections::{BTreeMap, BTreeSet};

use conformance::{Block, Case, FAIL_OPEN, Finding, Outcome, Suite};
use holdfast_tests::answered::{text, texts};
use serde_json::Value;
use situations::{Baseline, draw};
use validator_e::{PassesOn, VerdictStage};

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

const CHECKS: &str = include_str!("../../docs/validator-e.md");

/// One row of the tables of block E's checks.
struct Told {
    id: String,
    title: String,
    run: String,
    codes: String,
    stops: String,
}

fn told() -> Vec<Told> {
    let rows = CHECKS.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [id, title, run, codes, stops] = cells[..].try_into().unwrap();
        Told {
            id: id.trim_matches('`').to_owned(),
            title: title.to_owned(),
            run: run.to_owned(),
            codes: codes.to_owned(),
            stops: stops.to_owned(),
        }
    })
    .collect()
}

/// What stands between backticks.
fn names(cell: &str) -> BTreeSet<String> {
    cell.split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_check_of_block_e_is_told_in_its_order_with_its_codes() {
    let told = told();
    let checks: Vec<_> = validator_e::checks().collect();
    let ids: Vec<&str> = told.iter().map(|one| one.id.as_str()).collect();
    assert_eq!(ids, checks.iter().map(|one| one.id).collect::<Vec<_>>());
    for (told, check) in told.iter().zip(checks) {
        assert_eq!(told.title, check.title, "{}", check.id);
        let run = match check.stage {
            VerdictStage::BeforeWrite => "1",
            VerdictStage::AfterWrite => "2",
        };
        assert_eq!(told.run, run, "{}", check.id);
        let named = names(&told.codes)
            .intersection(&codes())
            .cloned()
            .collect::<BTreeSet<_>>();
        let raised = check.codes.iter().map(ToString::to_string).collect();
        assert_eq!(named, raised, "{}", check.id);
        for (words, what) in [
            ("opening codes", PassesOn::Opening),
            ("'s refusals", PassesOn::Refusals),
        ] {
            assert_eq!(
                told.codes.contains(words),
                check.passes_on == what,
                "{}",
                check.id
            );
        }
    }
}

/// What stops a check, as it is told: the words that stand for several checks taken apart.
fn told_stops(told: &Told) -> BTreeSet<String> {
    let checks: BTreeSet<&str> = validator_e::checks().map(|check| check.id).collect();
    let mut stops = names(&told.stops);
    stops.retain(|name| checks.contains(name.as_str()));
    for (word, means) in [
        ("*owner*,", ["open.owner_attestation", "provenance.owner"]),
        (
            "*artifact*,",
            ["open.artifact_attestation", "provenance.artifact"],
        ),
        (
            "*judged at*,",
            ["open.registration_decision", "replay.consume"],
        ),
    ] {
        if format!("{},", told.stops).replace(';', ",").contains(word) {
            stops.extend(means.map(str::to_owned));
        }
    }
    stops
}

/// In the verdicts on all cases and on drawn situations, a check is stopped by what is told, and each
/// thing told stops it at least once.
#[test]
fn every_check_of_block_e_is_stopped_by_what_is_told() {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut look = |frame: &[u8]| {
        // Some situations are about the frame, which then gets no verdict.
        let verdict = Block::ValidatorE
            .answer(frame)
            .unwrap_or_else(|_| b"{\"checks\":[]}".to_vec());
        let verdict: Value = serde_json::from_slice(&verdict).unwrap();
        for check in verdict["checks"].as_array().unwrap() {
            let stops = found.entry(text(check, "/id")).or_default();
            if let Some(stop) = check["stopped_by"]
                .as_str()
                .filter(|stop| *stop != "stage.after_write")
            {
                stops.insert(stop.to_owned());
            }
        }
    };
    let suite = suite();
    let of_block_e = |case: &&Case| {
        let at = case.block.as_ref();
        at.is_some_and(|at| at.baseline.starts_with("validator-e/"))
    };
    for case in suite.cases().filter(of_block_e) {
        look(suite.input(case, false).unwrap().bytes());
    }
    let baselines = Baseline::all().unwrap();
    for seed in 0..400 {
        let texts = draw(&baselines, seed).unwrap().texts().unwrap();
        look(texts.frame(None).as_bytes());
    }
    for told in told() {
        let mut stops = told_stops(&told);
        // What follows from another block's refusal takes a real refusal: block E's own tests have it.
        if ["provenance.owner", "snapshot.captured"].contains(&told.id.as_str()) {
            let refused = ["provenance.artifact", "provenance.owner"];
            stops.retain(|stop| !refused.contains(&stop.as_str()));
        }
        assert_eq!(found[&told.id], stops, "{}", told.id);
    }
}
