//! What a caller reads when it is refused: the cause alone, and under it what was found.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use authority::{AuthorityWriter, NewRow};
use canonical::{Nonce, hash_bytes};
use holdfast_tests::acts::Acts;
use holdfast_tests::answered::{codes, decision, text, texts};
use holdfast_tests::fixture::Fixture;
use pipeline::{Answer, Outcome};
use records::Records as _;
use serde_json::{Value, json};

fn refused(fixture: &Fixture, request: &[u8]) -> Answer {
    let answer = fixture.pipeline().register(request).unwrap();
    assert_eq!(answer.outcome, Outcome::Rejected);
    answer
}

#[track_caller]
fn refused_with(fixture: &Fixture, request: &[u8], expected: &[&str]) -> Value {
    let answer = refused(fixture, request);
    assert_eq!(codes(&answer), expected, "{:#}", decision(&answer));
    decision(&answer)
}

fn rewrite(fixture: &Fixture) {
    let path = &fixture.targets[0].path;
    std::fs::write(path, "#!/bin/sh\necho swapped\n").unwrap();
}

#[test]
fn drifted_artifact_is_refused_for_its_drift_alone() {
    let fixture = Fixture::new(1);
    let request = fixture.request(0);
    rewrite(&fixture);
    let decision = refused_with(&fixture, &request, &["ARTIFACT_DRIFT"]);
    assert_eq!(decision["failed_checks"].as_array().unwrap().len(), 1);
    let check = &decision["failed_checks"][0];
    assert_eq!(check["id"], "provenance.artifact");
    let found = text(check, "/compared/0/left");
    let admitted = fixture.targets[0].artifact_hash.to_string();
    assert!(found.contains(&admitted), "{found}");
    assert_eq!(check["source_refs"][0]["carrier"], "admission");
    refused_with(
        &fixture,
        &fixture.request_with(0, |request| {
            request["request_proposed"]["actor"] = json!("olga");
        }),
        &["ACTOR_MISMATCH", "ARTIFACT_DRIFT"],
    );
}

#[test]
fn owner_that_was_revoked_is_refused_as_block_a_says() {
    let fixture = Fixture::new(2);
    Acts::on(&fixture).revoke_owner("DOT_0");
    refused_with(
        &fixture,
        &fixture.request(0),
        &["OWNER_OF_RECORD_ABSENT", "LIFECYCLE_NOT_ACTIVE"],
    );
}

/// Puts an approval that has ended in the place of the first target's; gives its key.
fn end_approval(fixture: &Fixture) -> String {
    let acts = Acts::on(fixture);
    let older = acts.approval("register_dot", "DOT_0");
    let mut writer = acts.writer();
    let rows = writer.rows("approval").unwrap();
    let stored = rows.iter().find(|stored| stored.row.key() == older);
    let mut columns = stored.unwrap().row.columns().clone();
    columns.remove("written_by");
    let now = writer.clock().unwrap();
    columns.insert("issued_at".to_owned(), json!(now));
    columns.insert("expires_at".to_owned(), json!(now));
    columns.insert("supersedes".to_owned(), json!(older));
    let row_key = "apr-ended".to_owned();
    let row = NewRow {
        carrier: "approval".to_owned(),
        row_key: row_key.clone(),
        columns,
    };
    writer.insert(vec![row]).unwrap();
    row_key
}

#[test]
fn approval_that_ended_is_refused_with_the_row_that_it_is() {
    let fixture = Fixture::new(1);
    let row_key = end_approval(&fixture);
    let decision = refused_with(&fixture, &fixture.request(0), &["APPROVAL_EXPIRED"]);
    let check = &decision["failed_checks"][0];
    assert_eq!(check["id"], "provenance.owner");
    let rows = check["source_refs"].as_array().unwrap().iter();
    assert!(
        rows.clone().any(|row| row["row_key"] == row_key),
        "{check:#}"
    );
}

#[test]
fn hash_of_something_else_is_refused_with_both_hashes() {
    let fixture = Fixture::new(1);
    let other = hash_bytes("test", b"other");
    let request = fixture.request_with(0, |request| {
        let nonce = Nonce::mint(
            *embedded::edge::fresh_id().as_bytes(),
            "register_dot",
            "dot:DOT_0",
            &other,
        );
        request["request_proposed"]["artifact_hash"] = json!(other);
        request["request_proposed"]["nonce"] = json!(nonce.unwrap().to_string());
    });
    let decision = refused_with(&fixture, &request, &["HASH_MISMATCH"]);
    let compared = &decision["failed_checks"][0]["compared"][0];
    assert_eq!(text(compared, "/left"), other.to_string());
    assert_eq!(
        text(compared, "/right"),
        fixture.targets[0].artifact_hash.to_string()
    );
}

#[test]
fn expired_request_is_stale_and_nothing_else() {
    let fixture = Fixture::new(1);
    let request = fixture.request_with(0, |request| {
        let issued = request["header"]["issued_at"].as_str().unwrap();
        let issued: canonical::Timestamp = issued.parse().unwrap();
        request["header"]["expires_at"] = json!(issued.checked_add_millis(1));
    });
    let decision = refused_with(&fixture, &request, &["ENVELOPE_STALE"]);
    assert_eq!(
        text(&decision, "/failed_checks/0/compared/0/name"),
        "registration_request expires / now"
    );
}

#[test]
fn registered_target_is_refused_with_the_row_that_stands() {
    let fixture = Fixture::new(1);
    let mut pipeline = fixture.pipeline();
    let first = pipeline.register(&fixture.request(0)).unwrap();
    assert_eq!(first.outcome, Outcome::Registered);
    let head = text(&decision(&first), "/head/row_key");
    let twice = refused_with(&fixture, &fixture.request(0), &["REPLAY_DUPLICATE"]);
    let reason = text(&twice, "/failed_checks/0/compared/0/left");
    assert!(reason.contains(&head), "{reason}");
    rewrite(&fixture);
    let acts = Acts::on(&fixture);
    let path = std::path::Path::new(&fixture.targets[0].path);
    let (admission_ref, artifact_hash) = acts.admit("DOT_0", path, false);
    acts.approve("register_dot", "DOT_0");
    let mut other = fixture.targets.clone();
    other[0].admission_ref = admission_ref;
    other[0].artifact_hash = artifact_hash;
    let fixture = Fixture {
        targets: other,
        ..fixture
    };
    let exists = refused_with(&fixture, &fixture.request(0), &["HEAD_EXISTS"]);
    let reason = text(&exists, "/failed_checks/0/compared/0/left");
    assert!(reason.contains(&head), "{reason}");
    assert_eq!(
        texts(&exists, "/failed_checks/0/reject_codes"),
        ["HEAD_EXISTS"]
    );
}

#[test]
fn what_is_no_request_gets_one_envelope_and_no_audit() {
    let fixture = Fixture::new(1);
    let answer = fixture.pipeline().register(b"{\"a\":1,\"a\":2}").unwrap();
    assert!(matches!(answer.outcome, Outcome::Unopenable(_)));
    let decision = decision(&answer);
    assert_eq!(codes(&answer), ["DUPLICATE_MEMBER"]);
    assert_eq!(decision["outcome"], "rejected");
    assert_eq!(decision["failure_audit_envelope"], Value::Null);
    assert_eq!(decision["failed_checks"][0]["id"], "intake.opening");
    assert_eq!(decision["header"]["trust_domain"], "holdfast");
    assert_eq!(fixture.records().audit_count().unwrap(), 0);
}

#[test]
fn refusal_reads_code_meaning_finding_row_and_what_to_do() {
    let fixture = Fixture::new(1);
    let request = fixture.request(0);
    std::fs::write(fixture.dir.path().join("request.json"), request).unwrap();
    rewrite(&fixture);
    let output = fixture
        .command(&["register", "request.json"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(3));
    let text = String::from_utf8(output.stdout).unwrap();
    let (_, shown) = text.split_once("  ARTIFACT_DRIFT\n").unwrap();
    let lines: Vec<&str> = shown.lines().map(str::trim).collect();
    let place = |start: &str| {
        let found = lines.iter().position(|line| line.starts_with(start));
        found.unwrap_or_else(|| panic!("no `{start}` in:\n{text}"))
    };
    let order = [
        "The file on disk changed",
        "found: admitted as",
        "from: admission `adm-1`",
        "what to do:",
        "failed checks",
        "FAILED  block F attests the artifact (provenance.artifact)",
    ]
    .map(place);
    assert!(order.is_sorted(), "{text}");
    assert_eq!(text.matches("FAILED").count(), 1, "{text}");
}
