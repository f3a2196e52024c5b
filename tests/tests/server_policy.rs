//! On a server a policy says whom it trusts, by command as well as by file.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use gate::contract::gate_report;
use holdfast_tests::answered::texts;
use holdfast_tests::fixture::Fixture;
use holdfast_tests::kind::Kind;
use holdfast_tests::shell::{Said, run};

fn set(fixture: &Fixture, trusted: &[String]) -> Said {
    let mut command = fixture.command(&["authority", "policy", "set"]);
    for line in trusted {
        command.arg("--trust").arg(line);
    }
    run(&mut command)
}

/// Whom the gate asks the policy to name, each as `--trust` takes it.
fn missing(fixture: &Fixture) -> (Option<i32>, Vec<String>) {
    let said = run(&mut fixture.command(&["gate", "--json"]));
    let report = said.envelope(gate_report());
    let all = report["prerequisites"].as_array().unwrap();
    let writer = all.iter().find(|one| one["id"] == "single-writer").unwrap();
    let lines = texts(writer, "/evidence");
    let named = lines
        .iter()
        .filter_map(|line| line.strip_prefix("missing: the policy's trust base names "))
        .map(str::to_owned)
        .collect();
    (said.exit, named)
}

#[test]
fn policy_of_a_server_names_each_that_the_gate_asks_for() {
    let fixture = Fixture::of(Kind::Postgres, 1);
    assert_eq!(missing(&fixture), (Some(0), Vec::new()));
    let refused = set(&fixture, &[]).exits(2).error();
    assert!(refused.tried.contains("without saying who is trusted"));
    assert_eq!(missing(&fixture), (Some(0), Vec::new()), "nothing was set");
    set(&fixture, &["nobody".to_owned()]).exits(0);
    let (exit, named) = missing(&fixture);
    assert_eq!((exit, named.len()), (Some(4), 3), "{named:?}");
    set(&fixture, &named[..2]).exits(0);
    assert_eq!(missing(&fixture), (Some(4), named[2..].to_vec()));
    set(&fixture, &named).exits(0);
    assert_eq!(missing(&fixture), (Some(0), Vec::new()));
}
