//! `register` through the real program: every exit code, the text for people, and with `--json`
//! exactly one envelope.

use holdfast_tests::acts::Acts;
use holdfast_tests::fixture::{Fixture, seal};
use holdfast_tests::shell::{Said, codes, run, run_with, tidy};
use registrar::contract::registration_decision;
use serde_json::{Value, json};
use verifier::contract::verification_report;

fn register(fixture: &Fixture, arguments: &[&str], request: &[u8]) -> Said {
    let mut command = fixture.command(&[&["register", "-"], arguments].concat());
    run_with(&mut command, request)
}

/// With the transaction by the name that the first has, whichever it was.
fn tidied(fixture: &Fixture, said: &Said) -> String {
    let text = tidy(&said.text(), fixture.dir.path());
    let lines = text.lines().map(|line| match line.split_once("txn:") {
        Some((before, number)) if number.parse::<u64>().is_ok() => format!("{before}txn:1"),
        _ => line.to_owned(),
    });
    lines.map(|line| line + "\n").collect()
}

/// Imports authority rows through the program.
fn import(fixture: &Fixture, rows: &Value) {
    let mut command = fixture.command(&["authority", "import", "-"]);
    run_with(&mut command, rows.to_string().as_bytes()).exits(0);
}

/// What a registration says on a fixture's kind of store.
fn what_is_said(fixture: &Fixture) -> String {
    REGISTERED.replace("single-principal", &fixture.kind().assurance().to_string())
}

const REGISTERED: &str = "\
REGISTERED
  head         <id>
  status       draft
  replay key   <digest>
  effect       <digest>
  transaction  txn:1
  attempt      <id>
  run          run-1
  assurance    single-principal
  verification passed
";

#[test]
fn registered_request_exits_0_and_its_retry_is_the_same_answer() {
    let fixture = Fixture::new(1);
    let request = fixture.request(0);
    let first = register(&fixture, &[], &request).exits(0);
    let registered = what_is_said(&fixture);
    assert_eq!(tidied(&fixture, &first), registered);
    assert_eq!(first.stderr, "");
    let again = register(&fixture, &[], &request).exits(0);
    let headline = "REGISTERED  (an exact retry: the prior decision, byte for byte)";
    assert_eq!(
        tidied(&fixture, &again),
        registered.replacen("REGISTERED", headline, 1)
    );
}

#[test]
fn json_answer_is_one_envelope_and_a_retry_prints_it_byte_for_byte() {
    let fixture = Fixture::new(1);
    let request = fixture.request(0);
    let first = register(&fixture, &["--json"], &request).exits(0);
    let decision = first.envelope(registration_decision());
    assert_eq!(decision["outcome"], "registered");
    let again = register(&fixture, &["--json"], &request).exits(0);
    assert_eq!(again.stdout, first.stdout);
    let spaced = String::from_utf8(request).unwrap().replace(',', " ,\n ");
    let spelled = register(&fixture, &["--json"], spaced.as_bytes()).exits(0);
    assert_eq!(
        spelled.stdout, first.stdout,
        "another spelling is the same request"
    );
}

#[test]
fn rejected_request_exits_3_with_its_code_and_what_to_do() {
    let fixture = Fixture::new(1);
    let request = fixture.request_with(0, |request| {
        request["request_proposed"]["actor"] = json!("olga");
    });
    let said = register(&fixture, &["--json"], &request).exits(3);
    let decision = said.envelope(registration_decision());
    assert_eq!(decision["outcome"], "rejected");
    assert_eq!(codes(&decision)[0], "ACTOR_MISMATCH");
    let said = register(&fixture, &[], &request).exits(3);
    assert_eq!(said.stderr, "");
    let text = said.text();
    assert!(text.starts_with("REJECTED\n"), "{text}");
    for part in [
        "  ACTOR_MISMATCH\n",
        "what to do:",
        "failed checks",
        "FAILED",
    ] {
        assert!(text.contains(part), "no `{part}` in:\n{text}");
    }
    assert!(
        !text.contains(" held "),
        "only what failed is shown:\n{text}"
    );
}

#[test]
fn retry_counter_on_a_used_nonce_names_the_decision_that_stands() {
    let fixture = Fixture::new(1);
    let request = fixture.request(0);
    let first = register(&fixture, &["--json"], &request).exits(0).json();
    let mut bumped: Value = serde_json::from_slice(&request).unwrap();
    bumped["attempt_no"] = json!(2);
    let bumped = seal(bumped);
    let said = register(&fixture, &["--json"], &bumped).exits(3);
    let decision = said.envelope(registration_decision());
    assert_eq!(codes(&decision), ["REPLAY_ATTEMPT_NO_BYPASS"]);
    assert_eq!(
        decision["prior_decision"]["evidence_hash"],
        first["header"]["evidence_hash"]
    );
    assert_eq!(decision["differing_members"], json!(["attempt_no"]));
    let text = register(&fixture, &[], &bumped).exits(3).text();
    let prior = first["header"]["evidence_hash"].as_str().unwrap();
    assert!(text.contains(&format!("prior        {prior}")), "{text}");
    assert!(text.contains("differs in   attempt_no"), "{text}");
}

#[test]
fn hold_exits_4_and_names_every_missing_prerequisite() {
    let fixture = Fixture::new(1);
    let acts = Acts::on(&fixture);
    acts.revoke("manifest", &acts.one("manifest", &[]));
    let request = fixture.request(0);
    let said = register(&fixture, &["--json"], &request).exits(4);
    let decision = said.envelope(registration_decision());
    assert_eq!(decision["outcome"], "hold");
    assert_eq!(
        codes(&decision),
        ["REGISTRATION_HOLD", "SNAPSHOT_MANIFEST_SOURCE_UNPROVEN"]
    );
    let text = register(&fixture, &[], &request).exits(4).text();
    assert!(text.starts_with("HOLD\n"), "{text}");
    assert!(
        text.contains("  SNAPSHOT_MANIFEST_SOURCE_UNPROVEN\n"),
        "{text}"
    );
    let gate = run(&mut fixture.command(&["gate", "--json"])).exits(4);
    let report = gate.envelope(gate::contract::gate_report());
    assert_eq!(report["state"], "HOLD");
    assert_eq!(codes(&report), codes(&decision));
}

#[test]
fn failed_verification_exits_5_and_holds_its_target_until_it_is_released() {
    let fixture = Fixture::new(2);
    import(
        &fixture,
        &json!({"verifiers": [{"verifier_ref": "verifier/postcondition-1",
            "specific_target": "DOT_0", "description": "made for one target"}]}),
    );
    let request = fixture.request(0);
    let said = register(&fixture, &[], &request).exits(5);
    let text = said.text();
    assert!(text.starts_with("VERIFICATION FAILED\n"), "{text}");
    assert!(text.contains("  verification FAILED\n"), "{text}");
    assert!(
        text.contains("  POSTCONDITION_VERIFIER_UNRESOLVED\n"),
        "{text}"
    );
    assert!(text.contains("  VERIFICATION_FAILED\n"), "{text}");
    let again = register(&fixture, &["--json"], &request).exits(5);
    assert_eq!(
        again.envelope(verification_report())["outcome"],
        "failed",
        "`registered` is answered only together with a passing report"
    );

    let fresh = fixture.request(0);
    let held = register(&fixture, &["--json"], &fresh).exits(4);
    let decision = held.envelope(registration_decision());
    assert_eq!(decision["outcome"], "hold");
    assert_eq!(codes(&decision), ["REGISTRATION_HOLD"]);

    let release = ["authority", "release", "DOT_0", "--reason", "looked into"];
    run(&mut fixture.command(&release)).exits(0);
    let rejected = register(&fixture, &["--json"], &fresh).exits(3);
    let decision = rejected.envelope(registration_decision());
    assert_eq!(
        codes(&decision),
        ["REPLAY_DUPLICATE"],
        "a hold burned no nonce"
    );
    run(&mut fixture.command(&release)).exits(2);
}

#[test]
fn request_comes_from_a_file_from_standard_input_or_from_a_pipe() {
    let fixture = Fixture::new(3);
    let file = fixture.dir.path().join("request.json");
    std::fs::write(&file, fixture.request(0)).unwrap();
    run(&mut fixture.command(&["register", "request.json"])).exits(0);
    register(&fixture, &[], &fixture.request(1)).exits(0);
    let mut command = fixture.command(&["register", "/dev/fd/0"]);
    run_with(&mut command, &fixture.request(2)).exits(0);
}

#[test]
fn request_made_by_the_program_registers() {
    let fixture = Fixture::new(1);
    let target = fixture.targets[0].clone();
    let made = run(&mut fixture.command(&[
        "request",
        "new",
        "--dot-code",
        &target.dot_code,
        "--artifact",
        "dots/0.sh",
        "--actor",
        "alice",
        "--admission-ref",
        &target.admission_ref,
    ]))
    .exits(0);
    let request = made.envelope(registrar::contract::registration_request());
    assert_eq!(
        request["request_proposed"]["artifact_hash"],
        json!(target.artifact_hash)
    );
    register(&fixture, &[], &made.stdout).exits(0);
}
