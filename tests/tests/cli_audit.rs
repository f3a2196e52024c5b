//! `audit head` and `audit verify`, as people and scripts meet them.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use std::process::Command;

use holdfast_tests::answered::edited;
use holdfast_tests::fixture::Fixture;
use holdfast_tests::kind::Kind;
use holdfast_tests::ledger::tamper;
use holdfast_tests::shell::{Said, run, run_with};
use pipeline::Outcome;
use serde_json::json;

/// Statements that alter what was recorded, past the store's code.
fn altered(kind: Kind, statement: &str) -> String {
    let open = match kind {
        Kind::Sqlite => {
            "DROP TRIGGER failure_audit_is_never_changed; DROP TRIGGER failure_audit_is_never_deleted;"
        }
        Kind::Postgres => {
            "ALTER TABLE failure_audit DISABLE TRIGGER failure_audit_is_never_changed;"
        }
    };
    format!("{open} {statement}")
}

/// A store with this many refusals on record.
fn refused(count: usize) -> Fixture {
    let fixture = Fixture::new(1);
    for _ in 0..count {
        let request = edited(&fixture.request(0), |request| {
            request["request_proposed"]["artifact_path"] = json!("/somewhere/else");
        });
        let answer = fixture.pipeline().register(&request).unwrap();
        assert_eq!(answer.outcome, Outcome::Rejected);
    }
    fixture
}

fn said(fixture: &Fixture, arguments: &[&str], input: &[u8]) -> Said {
    let mut command: Command = fixture.command(arguments);
    run_with(&mut command, input)
}

#[test]
fn log_continues_from_the_head_that_was_exported() {
    let fixture = refused(2);
    let head = run(&mut fixture.command(&["audit", "head"])).exits(0);
    assert_eq!(head.json()["tree_size"], 2);
    let file = fixture.dir.path().join("head.json");
    std::fs::write(&file, &head.stdout).unwrap();
    let name = file.to_str().unwrap();

    let shown = run(&mut fixture.command(&["audit", "verify", "--head", name])).exits(0);
    let text = shown.text();
    assert!(text.starts_with("CONSISTENT\n  records 2\n"), "{text}");
    assert!(
        text.contains("continues from the head over 2 records"),
        "{text}"
    );
    let alone = run(&mut fixture.command(&["audit", "verify"])).exits(0);
    assert!(alone.text().contains("audit head"), "{}", alone.text());

    let json = said(
        &fixture,
        &["audit", "verify", "--json", "--head", "-"],
        &head.stdout,
    );
    let json = json.exits(0).json();
    assert_eq!(json["verdict"], "CONSISTENT");
    let mut kept = head.json();
    kept.as_object_mut().unwrap().remove("last_rows").unwrap();
    assert_eq!(json["head"], kept);
    assert_eq!(json["held_to"], kept);
}

#[test]
fn log_that_was_cut_is_named_with_its_code_where_a_head_was_kept() {
    let fixture = refused(2);
    let head = run(&mut fixture.command(&["audit", "head"])).exits(0);
    let cut = "DELETE FROM failure_audit WHERE position = 2";
    tamper(&fixture, &altered(fixture.kind(), cut));
    run(&mut fixture.command(&["audit", "verify"])).exits(0);
    let verify = ["audit", "verify", "--head", "-"];
    let shown = said(&fixture, &verify, &head.stdout).exits(5);
    let text = shown.text();
    assert!(
        text.starts_with("INCONSISTENT AUDIT_LOG_INCONSISTENT\n  record 2: the log ends before"),
        "{text}"
    );
}

#[test]
fn record_that_was_altered_is_named_with_its_code_and_gives_no_head() {
    let fixture = refused(3);
    let other = "UPDATE failure_audit SET answer = \
                 (SELECT answer FROM failure_audit WHERE position = 1) WHERE position = 2";
    tamper(&fixture, &altered(fixture.kind(), other));
    let json = run(&mut fixture.command(&["audit", "verify", "--json"]));
    let json = json.exits(5).json();
    assert_eq!(json["verdict"], "INCONSISTENT");
    assert_eq!(json["reject_codes"], json!(["AUDIT_LOG_INCONSISTENT"]));
    assert_eq!(json["records"], json!({"first": 2, "last": 2}));
    let none = said(&fixture, &["audit", "head", "--after", "-"], b"{}").exits(2);
    assert!(none.error().next.is_some());
    let none = run(&mut fixture.command(&["audit", "head"])).exits(5);
    let error = none.error();
    assert_eq!(error.code.as_deref(), Some("AUDIT_LOG_INCONSISTENT"));
    let cause = error.cause.unwrap();
    assert!(cause.starts_with("record 2: "), "{cause}");
}

#[test]
fn head_is_given_only_of_a_log_that_continues_from_the_one_before() {
    let (fixture, other) = (refused(1), refused(1));
    let head = run(&mut fixture.command(&["audit", "head"])).exits(0);
    let after = ["audit", "head", "--after", "-"];
    let next = said(&fixture, &after, &head.stdout).exits(0);
    assert_eq!(next.json(), head.json());
    let error = said(&other, &after, &head.stdout).exits(5).error();
    assert_eq!(error.code.as_deref(), Some("AUDIT_LOG_INCONSISTENT"));
    let cause = error.cause.unwrap();
    assert!(cause.starts_with("record 1: their root is "), "{cause}");
}

#[test]
fn what_is_no_head_is_a_usage_error_even_where_the_log_does_not_hold() {
    let fixture = refused(2);
    let empty = refused(0);
    let nothing = run(&mut empty.command(&["audit", "head"])).exits(0);
    assert_eq!(nothing.json()["tree_size"], 0);
    let verify = ["audit", "verify", "--head", "-"];
    said(&empty, &verify, &nothing.stdout).exits(0);
    said(&fixture, &verify, &nothing.stdout).exits(0);
    let other = "UPDATE failure_audit SET dot_code = 'DOT_9'";
    tamper(&fixture, &altered(fixture.kind(), other));
    said(&fixture, &verify, &nothing.stdout).exits(5);
    for no_head in ["", "{}", "[]", r#"{"tree_size":0,"root_hash":"sha256:00"}"#] {
        let refused = said(&fixture, &verify, no_head.as_bytes()).exits(2);
        let next = refused.error().next.unwrap();
        assert!(next.contains("holdfast audit head"), "{no_head}: {next}");
    }
}
