//! `bundle`, `verify-bundle` and `explain KEY`, as people and scripts meet them.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use std::path::Path;
use std::process::Command;

use holdfast_tests::fixture::{Fixture, dot_code};
use holdfast_tests::shell::{Said, holdfast, run, run_with};
use pipeline::Outcome;
use serde_json::Value;

/// The program where there is no store, in an empty folder.
fn offline(arguments: &[&str], input: &[u8]) -> Said {
    let folder = tempfile::tempdir().unwrap();
    let mut command: Command = holdfast(folder.path(), arguments);
    run_with(&mut command, input)
}

fn registered() -> (Fixture, Vec<u8>) {
    let fixture = Fixture::new(1);
    let answer = fixture.pipeline().register(&fixture.request(0)).unwrap();
    assert_eq!(answer.outcome, Outcome::Registered);
    let said = run(&mut fixture.command(&["bundle", &dot_code(0)])).exits(0);
    (fixture, said.stdout)
}

#[test]
fn bundle_is_consistent_offline_and_says_what_that_does_not_show() {
    let (fixture, bundle) = registered();
    let said = offline(&["verify-bundle", "-"], &bundle).exits(0);
    assert!(said.text().starts_with("CONSISTENT\n"), "{}", said.text());
    assert!(
        said.text().contains("What this cannot show"),
        "{}",
        said.text()
    );
    assert!(said.text().contains("nothing is signed"), "{}", said.text());
    let json = offline(&["verify-bundle", "-", "--json"], &bundle)
        .exits(0)
        .json();
    assert_eq!(json["verdict"], "CONSISTENT");
    assert_eq!(json["decision"], "registered");
    assert!(json["not_shown"].as_array().unwrap().len() > 5);

    let file = fixture.dir.path().join("decision.json");
    let name = file.to_str().unwrap();
    run(&mut fixture.command(&["bundle", &dot_code(0), "--output", name])).exits(0);
    assert_eq!(std::fs::read(&file).unwrap(), bundle[..bundle.len() - 1]);
    run(&mut fixture.command(&["verify-bundle", name])).exits(0);
}

#[test]
fn tampered_bundle_ends_with_five_and_names_what_does_not_fit() {
    let (_fixture, bundle) = registered();
    let text = String::from_utf8(bundle).unwrap();
    let tampered = text.replacen("\"status\":\"draft\"", "\"status\":\"final\"", 1);
    assert_ne!(tampered, text);
    let said = offline(&["verify-bundle", "-"], tampered.as_bytes()).exits(5);
    let shown = said.text();
    assert!(shown.starts_with("INCONSISTENT\n  first: "), "{shown}");
    let json = offline(&["verify-bundle", "-", "--json"], tampered.as_bytes())
        .exits(5)
        .json();
    assert_eq!(json["first_inconsistency"]["id"], "hash");
    for no_bundle in ["", "{}", "[1,2]", "not json"] {
        let json = offline(&["verify-bundle", "-", "--json"], no_bundle.as_bytes())
            .exits(5)
            .json();
        assert_eq!(json["first_inconsistency"]["id"], "form", "{no_bundle}");
    }
}

#[test]
fn what_cannot_be_exported_or_read_says_so() {
    let fixture = Fixture::new(1);
    let error = run(&mut fixture.command(&["bundle", "DOT_NONE"]))
        .exits(2)
        .error();
    assert_eq!(error.tried, "find a decision for `DOT_NONE`");
    assert!(error.next.unwrap().contains("holdfast history"));
    let missing = Path::new("no-such-bundle.json");
    let error = offline(&["verify-bundle", missing.to_str().unwrap()], b"")
        .exits(2)
        .error();
    assert_eq!(error.tried, "read `no-such-bundle.json`");
}

#[test]
fn past_decision_is_explained_check_by_check() {
    let fixture = Fixture::new(2);
    let mut pipeline = fixture.pipeline();
    let answer = pipeline.register(&fixture.request(0)).unwrap();
    assert_eq!(answer.outcome, Outcome::Registered);
    let stale = fixture.request_with(1, |request| {
        request["header"]["issued_at"] = "2026-01-01T00:00:00.000000Z".into();
        request["header"]["expires_at"] = "2026-01-01T00:15:00.000000Z".into();
    });
    let answer = pipeline.register(&stale).unwrap();
    assert_eq!(answer.outcome, Outcome::Rejected);

    let json = run(&mut fixture.command(&["explain", &dot_code(0), "--json"]))
        .exits(0)
        .json();
    assert_eq!(json["outcome"], "registered");
    let held = |list: &Value| {
        let checks = list.as_array().unwrap();
        let held = checks.iter().filter(|check| check["outcome"] == "held");
        (held.count(), checks.len())
    };
    assert_eq!(held(&json["checks_before"]), (43, 52));
    assert_eq!(held(&json["checks_after"]), (52, 52));
    assert_eq!(held(&json["conditions"]), (9, 9));
    let text = run(&mut fixture.command(&["explain", &dot_code(0)]))
        .exits(0)
        .text();
    assert!(text.contains("after the write: the verifier"), "{text}");

    let refused = run(&mut fixture.command(&["explain", &dot_code(1)]))
        .exits(0)
        .text();
    assert!(refused.contains("REJECTED"), "{refused}");
    assert!(refused.contains("ENVELOPE_STALE"), "{refused}");
    let own = "what the decision itself refused";
    assert!(!refused.contains(own), "told twice: {refused}");
    let refused = run(&mut fixture.command(&["explain", &dot_code(1), "--json"]))
        .exits(0)
        .json();
    let (held, all) = held(&refused["checks_before"]);
    assert_eq!(all, 52, "every check, and not only those that failed");
    assert!((1..52).contains(&held), "{held}");
    let key = json["attempt_id"].as_str().unwrap();
    let same = run(&mut fixture.command(&["explain", key, "--json"]))
        .exits(0)
        .json();
    assert_eq!(same, json);
}
