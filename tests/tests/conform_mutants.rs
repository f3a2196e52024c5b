//! Whatever is taken out of block E, the suite notices: one check at a time, one code at a time.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use std::collections::{BTreeMap, BTreeSet};

use conformance::{Block, Door, Excuses, FAIL_OPEN, Library, Suite, Unanswered, run};
use serde_json::{Value, json};

/// Block E with a way to forget.
struct Forgetful<'a>(Forgets<'a>);

impl Door for Forgetful<'_> {
    fn ask(&mut self, frame: &[u8]) -> Result<Vec<u8>, Unanswered> {
        let answer = Library(Block::ValidatorE).ask(frame)?;
        Ok(self.0.apply(&answer))
    }
}

#[derive(Clone, Copy)]
enum Forgets<'a> {
    Check(&'a str),
    Code(&'a str),
}

impl Forgets<'_> {
    /// The verdict as the block would give it without what it forgets.
    fn apply(self, answer: &[u8]) -> Vec<u8> {
        let mut verdict: Value = serde_json::from_slice(answer).unwrap();
        let mut left = BTreeSet::new();
        for check in verdict["checks"].as_array_mut().unwrap() {
            let forgotten = match self {
                Self::Check(id) => check["id"] == id,
                Self::Code(_) => false,
            };
            let codes = check["reject_codes"].as_array_mut().unwrap();
            codes.retain(|code| match self {
                Self::Code(forgotten) => code != forgotten,
                Self::Check(_) => !forgotten,
            });
            left.extend(codes.iter().map(|code| code.as_str().unwrap().to_owned()));
            if check["outcome"] == "failed" && check["reject_codes"] == json!([]) {
                check["outcome"] = json!("held");
            }
        }
        let codes = verdict["reject_codes"].as_array_mut().unwrap();
        codes.retain(|code| left.contains(code.as_str().unwrap()));
        if codes.is_empty() {
            verdict["outcome"] = json!("accept");
        }
        sealed(verdict)
    }
}

fn sealed(mut verdict: Value) -> Vec<u8> {
    verdict["header"]["evidence_hash"] = Value::Null;
    let hash = canonical::hash(&canonical::tags::evidence("verdict"), &verdict).unwrap();
    verdict["header"]["evidence_hash"] = json!(hash);
    canonical::write(&verdict).unwrap()
}

/// The cases in whose verdict a check failed, and those in whose verdict a code stands.
#[derive(Default)]
struct Concerned {
    checks: BTreeMap<String, BTreeSet<String>>,
    codes: BTreeMap<String, BTreeSet<String>>,
}

fn concerned(suite: &Suite) -> Concerned {
    let mut concerned = Concerned::default();
    let baseline = |case: &conformance::Case| case.block.as_ref().map(|at| at.baseline.clone());
    let cases = suite
        .cases()
        .filter(|case| baseline(case).is_some_and(|name| name.starts_with("validator-e/")));
    for case in cases {
        let frame = suite.input(case, false).unwrap();
        let verdict = Block::ValidatorE.answer(frame.bytes()).unwrap();
        let verdict: Value = serde_json::from_slice(&verdict).unwrap();
        for check in verdict["checks"].as_array().unwrap() {
            let id = check["id"].as_str().unwrap().to_owned();
            let cases = concerned.checks.entry(id).or_default();
            if check["outcome"] == "failed" {
                cases.insert(case.id.clone());
            }
        }
        for code in verdict["reject_codes"].as_array().unwrap() {
            let code = code.as_str().unwrap().to_owned();
            concerned
                .codes
                .entry(code)
                .or_default()
                .insert(case.id.clone());
        }
    }
    concerned
}

/// What the suite says to block E without something, as far as its cases are about that.
fn without(suite: &Suite, cases: &BTreeSet<String>, forgets: Forgets<'_>) -> conformance::Report {
    let mut block = Forgetful(forgets);
    let suite = suite.only(cases);
    run(
        &suite,
        Block::ValidatorE,
        &mut block,
        &Excuses::default(),
        |_, _| {},
    )
    .unwrap()
}

#[test]
fn every_check_that_is_taken_out_of_block_e_is_missed() {
    let suite = Suite::load().unwrap();
    let concerned = concerned(&suite);
    assert_eq!(concerned.checks.len(), validator_e::checks().count());
    let mut open = 0;
    for (check, cases) in &concerned.checks {
        assert!(!cases.is_empty(), "no case fails {check}");
        let report = without(&suite, cases, Forgets::Check(check));
        assert!(!report.conforms(), "nobody misses {check}");
        open += usize::from(report.count(FAIL_OPEN) > 0);
    }
    // Where nothing else stands in the way, what is missed is a pass.
    assert!(open > concerned.checks.len() / 2, "{open} fail open");
}

#[test]
fn every_code_that_block_e_forgets_is_missed() {
    let suite = Suite::load().unwrap();
    let concerned = concerned(&suite);
    let raised = validator_e::checks().flat_map(|check| check.codes);
    for code in raised.map(ToString::to_string) {
        let cases = concerned.codes.get(&code);
        let cases = cases.unwrap_or_else(|| panic!("no case provokes {code}"));
        let report = without(&suite, cases, Forgets::Code(&code));
        assert_eq!(report.count("passed"), 0, "somebody does not miss {code}");
    }
}
