//! The second oracle: the validator in Python says what block E says.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use std::path::Path;

use holdfast_tests::second_validator::{program, root, with_a_defect};
use serde_json::{Value, json};
use situations::{Answer, Baseline, Campaign, Foreign, Plan, Situation, draw};

fn command(root: &Path) -> String {
    format!("python3 {}", program(root).display())
}

fn plan(root: &Path) -> Plan {
    Plan {
        program: command(root),
        processes: 2,
    }
}

#[test]
fn both_validators_agree_on_drawn_situations() {
    let campaign = Campaign::run(0..400, &plan(&root()), &|_| {}).unwrap();
    let first = campaign.differences.first();
    assert!(first.is_none(), "{first:?}");
    assert!(campaign.coverage.accepted > 3 && campaign.coverage.rejected > 200);
}

#[test]
fn both_validators_agree_on_every_kept_situation() {
    let folder = root().join("crates/situations/regressions");
    let mut foreign = Foreign::start(&command(&root())).unwrap();
    let mut judged = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap().path();
        let situation = Situation::from_json(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let texts = situation.texts().unwrap();
        let own = Answer::of_block_e(&texts).unwrap();
        assert_eq!(foreign.judge(&texts).unwrap(), own, "{}", file.display());
        judged += 1;
    }
    assert!(judged > 0, "no situation is kept");
}

#[test]
fn same_seed_draws_the_same_situation_and_a_kept_one_reads_back() {
    let baselines = Baseline::all().unwrap();
    for seed in 0..60 {
        let situation = draw(&baselines, seed).unwrap();
        let again = draw(&baselines, seed).unwrap();
        assert_eq!(situation.steps, again.steps);
        let kept = Situation::from_json(&situation.to_json().unwrap()).unwrap();
        assert_eq!(
            kept.texts().unwrap(),
            situation.texts().unwrap(),
            "seed {seed}"
        );
    }
}

#[test]
fn one_rule_less_is_found_and_cut_down() {
    let copy = with_a_defect(
        "header.py",
        "\"key_id\"] is not None",
        "\"key_id\"] == \"never\"",
    );
    let campaign = Campaign::run(0..256, &plan(copy.path()), &|_| {}).unwrap();
    let found = campaign
        .differences
        .first()
        .expect("a check that is gone is found");
    assert_eq!(
        found.situation.steps.len(),
        1,
        "{:?}",
        found.situation.steps
    );
}

/// A verdict without the words that nobody decides by.
fn plain(mut verdict: Value) -> Value {
    verdict["header"]["evidence_hash"] = Value::Null;
    for check in verdict["checks"].as_array_mut().unwrap() {
        check["compared"] = json!([]);
        check["source_refs"] = json!([]);
    }
    verdict
}

#[test]
fn validator_is_a_filter_whose_verdict_opens() {
    use holdfast_tests::shell::run_with;
    for baseline in Baseline::all().unwrap() {
        let situation = Situation {
            baseline: baseline.into(),
            steps: Vec::new(),
        };
        let frame = situation.texts().unwrap().frame(None);
        let mut command = std::process::Command::new("python3");
        command.arg(program(&root()));
        let said = run_with(&mut command, frame.as_bytes()).exits(0);
        let line = said.stdout.strip_suffix(b"\n").unwrap();
        let opened = validator_e::contract::verdict().open(line).unwrap();
        let own = validator_e::filter(frame.as_bytes()).unwrap();
        assert_eq!(
            plain(opened.json()),
            plain(serde_json::from_slice(&own).unwrap())
        );
    }
    let mut command = std::process::Command::new("python3");
    command.arg(program(&root()));
    run_with(&mut command, b"{\"extra\":1}").exits(2);
}
