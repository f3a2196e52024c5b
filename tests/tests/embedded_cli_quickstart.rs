//! The quickstart tells the whole job, and the questions it ends with are answered from its store.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops where what it rests on does not hold"
)]

use std::path::PathBuf;
use std::sync::OnceLock;

use holdfast_tests::shell::{Said, codes, holdfast, run, tidy};
use registrar::contract::{failure_audit, registration_decision};
use serde_json::{Value, json};
use tempfile::TempDir;

/// The folder of one quickstart for all of these tests, and what the quickstart said.
fn quickstart() -> &'static (TempDir, PathBuf, String) {
    static QUICKSTART: OnceLock<(TempDir, PathBuf, String)> = OnceLock::new();
    QUICKSTART.get_or_init(|| {
        let folder = TempDir::new().unwrap();
        let path = folder.path().canonicalize().unwrap();
        let said = run(&mut holdfast(&path, &["quickstart", "--dir", "q"])).exits(0);
        assert_eq!(said.stderr, "");
        let text = said.text();
        (folder, path, text)
    })
}

/// A question to the quickstart's store.
fn ask(arguments: &[&str]) -> Said {
    let (_, folder, _) = quickstart();
    let store = ["--store", "sqlite:q/holdfast.db"];
    run(&mut holdfast(folder, &[arguments, &store].concat()))
}

fn asked(arguments: &[&str]) -> String {
    let said = ask(arguments).exits(0);
    assert_eq!(said.stderr, "");
    tidy(&said.text(), &quickstart().1)
}

#[test]
fn quickstart_tells_every_phase_a_retry_and_three_refusals_in_order() {
    let (_, folder, text) = quickstart();
    let mut rest = tidy(text, folder);
    for part in [
        "1. Make a store\n",
        "gate       HOLD, ",
        "missing: at least one active accountable owner is on record\n",
        "2. Write the authority rows\n",
        "gate       OPEN, 13 of 13 prerequisites hold\n",
        "3. Register one artifact\n",
        "phase 0  artifact        the one artifact is <folder>/q/dots/daily-report.sh\n",
        "phase 1  authority       owner of record is principal/olga\n",
        "phase 2  capture before  6 protected surfaces, seen by another process",
        "phase 2  reread          11 governed rows reread",
        "phase 2  verdict         ",
        "phase 3  write           one transaction, txn:1:\n",
        "phase 4  capture after   6 protected surfaces, seen by another process",
        "phase 4  verification    9 checks held, 0 failed\n",
        "REGISTERED\n  head         <id>\n  status       draft\n",
        "4. Send the very same bytes again\n",
        "SAME BYTES  decision <digest>\n",
        "1 row in the catalogue, 1 attempt\n",
        "5. Three attacks\n",
        "REFUSED  REPLAY_ATTEMPT_NO_BYPASS\n",
        "REFUSED  ARTIFACT_DRIFT\n",
        "REFUSED  CALLER_SUPPLIED_ATTESTATION\n",
        "2 failures on record",
        "1 row in the catalogue, 1 attempt\n",
        "What to type next\n",
        "holdfast status DOT_DAILY_REPORT --store sqlite:",
    ] {
        let Some((_, after)) = rest.split_once(part) else {
            panic!("no `{}` in what is left:\n{rest}", part.trim_end());
        };
        rest = after.to_owned();
    }
}

#[test]
fn quickstart_touches_no_folder_that_holds_anything() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("mine.txt"), "mine").unwrap();
    let said = run(&mut holdfast(folder.path(), &["quickstart", "--dir", "."])).exits(2);
    for part in [
        "error: could not start in the folder `.`\n",
        "  cause: it is not empty\n",
        "  next:  name a new folder with --dir",
    ] {
        assert!(said.stderr.contains(part), "{}", said.stderr);
    }
    let story = run(&mut holdfast(folder.path(), &["quickstart", "--json"]))
        .exits(2)
        .error();
    assert!(story.next.unwrap().contains("leave out --json"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

const STATUS: &str = "\
REGISTERED
  head         <id>
  status       draft
  replay key   <digest>
  effect       <digest>
  transaction  txn:1
  attempt      <id>
  run          quickstart-1
  assurance    single-principal
  state        CONSUMED
  nonce        <nonce>
  opened       <instant>
  closed       <instant>
  verification passed
";

#[test]
fn status_finds_the_decision_by_each_of_its_names() {
    assert_eq!(asked(&["status", "DOT_DAILY_REPORT"]), STATUS);
    let said = ask(&["status", "DOT_DAILY_REPORT", "--json"]).exits(0);
    let decision = said.envelope(registration_decision());
    let request = std::fs::read(quickstart().1.join("q/request.json")).unwrap();
    let request: Value = serde_json::from_slice(&request).unwrap();
    for name in [
        &decision["replay_key"],
        &decision["header"]["attempt_id"],
        &request["request_proposed"]["nonce"],
    ] {
        let found = ask(&["status", name.as_str().unwrap(), "--json"]).exits(0);
        assert_eq!(found.stdout, said.stdout, "{name}");
    }
    let registered = ask(&["register", "q/request.json", "--json"]).exits(0);
    assert_eq!(registered.stdout, said.stdout);
}

#[test]
fn status_of_a_refusal_is_its_answer_and_of_nothing_is_an_error() {
    let said = ask(&["status", "DOT_DIGEST", "--json"]).exits(0);
    let decision = said.envelope(registration_decision());
    assert_eq!(decision["outcome"], "rejected");
    assert_eq!(codes(&decision), ["ARTIFACT_DRIFT"]);
    let attempt_id = decision["header"]["attempt_id"].as_str().unwrap();
    let again = ask(&["status", attempt_id, "--json"]).exits(0);
    assert_eq!(again.stdout, said.stdout);
    assert!(asked(&["status", "DOT_DIGEST"]).starts_with("REJECTED\n"));
    let digest = format!("sha256:{}", "0".repeat(64));
    for unknown in ["DOT_NOBODY", "n1.nothing", digest.as_str(), ""] {
        let error = ask(&["status", unknown]).exits(2).error();
        assert_eq!(error.tried, format!("find `{unknown}`"));
        assert!(error.next.unwrap().contains("audit list"));
    }
}

const HISTORY: &str = "\
rows in the catalogue
 row   status  transaction  row hash
 <id>  draft   txn:1        <digest>
attempts
 opened     state     attempt  run           no
 <instant>  CONSUMED  <id>     quickstart-1  1
failures
 no  recorded   phase   dot               codes                     attempt
 1   <instant>  intake  DOT_DAILY_REPORT  REPLAY_ATTEMPT_NO_BYPASS  <id>
";

/// Several spaces in a row count as two: columns are as wide as what was tidied away.
fn squeezed(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let indent = line.chars().take_while(|one| *one == ' ').count();
        let words = line
            .split("  ")
            .map(str::trim)
            .filter(|word| !word.is_empty());
        format!(
            "{}{}\n",
            " ".repeat(indent),
            words.collect::<Vec<_>>().join("  ")
        )
    });
    lines.collect()
}

#[test]
fn history_shows_rows_attempts_and_failures_of_one_dot() {
    assert_eq!(
        squeezed(&asked(&["history", "DOT_DAILY_REPORT"])),
        squeezed(HISTORY)
    );
    let history = ask(&["history", "DOT_DAILY_REPORT", "--json"])
        .exits(0)
        .json();
    let decision = ask(&["status", "DOT_DAILY_REPORT", "--json"])
        .exits(0)
        .json();
    assert_eq!(history["heads"].as_array().unwrap().len(), 1);
    assert_eq!(history["heads"][0]["status"], "draft");
    assert_eq!(
        history["heads"][0]["row_hash"],
        decision["head"]["row_hash"]
    );
    assert_eq!(history["attempts"].as_array().unwrap().len(), 1);
    assert_eq!(history["attempts"][0]["decision"], decision);
    assert_eq!(codes(&history["failures"][0]), ["REPLAY_ATTEMPT_NO_BYPASS"]);
    assert_eq!(
        asked(&["history", "DOT_NOBODY"]),
        "nothing is known of DOT_NOBODY\n"
    );
    let nothing = ask(&["history", "DOT_NOBODY", "--json"]).exits(0).json();
    assert_eq!(
        nothing,
        json!({"heads": [], "attempts": [], "failures": []})
    );
}

const GATE: &str = "\
OPEN  assurance single-principal, report valid until <instant>
  held     the registrar writes key, head and decision in one transaction, with its own rights only
  held     the operation is a governed and implemented action type
  held     at least one active accountable owner is on record
  held     admissions are written by the authority and never changed
  held     a governed table carries the hash of the admitted artifact
  held     a DOT has at most one draft or active row
  held     the catalogue knows draft, active, deprecated, retired and no other status
  held     a key is single use, conditions (a) to (g)
  held     failures can be recorded append-only, outside the rolled-back transaction
  held     approvals and votes cannot be rewritten, and the policy says what a quorum is
  held     a governed manifest lists the surfaces, and an independent observer captures them
  held     every trigger is made by the migrations or accepted by its exact body
  held     nobody but the declared roles writes, at an assurance that the policy accepts
";

#[test]
fn gate_is_open_with_every_prerequisite_and_explains_each() {
    assert_eq!(asked(&["gate"]), GATE);
    let explained = asked(&["gate", "--explain"]);
    assert!(explained.lines().count() > 2 * GATE.lines().count());
    for line in GATE.lines() {
        assert!(explained.contains(line), "{line}");
    }
    let report = ask(&["gate", "--json"])
        .exits(0)
        .envelope(gate::contract::gate_report());
    assert_eq!(report["state"], "OPEN");
    assert_eq!(report["reject_codes"], json!([]));
    assert_eq!(report["prerequisites"].as_array().unwrap().len(), 13);
}

#[test]
fn audit_list_shows_every_failure_once_in_order() {
    let text = asked(&["audit", "list"]);
    let rows: Vec<&str> = text.lines().skip(1).collect();
    assert_eq!(rows.len(), 2, "{text}");
    assert!(rows[0].contains("REPLAY_ATTEMPT_NO_BYPASS") && rows[1].contains("ARTIFACT_DRIFT"));
    let second = asked(&["audit", "list", "--from", "2"]);
    assert!(!second.contains("REPLAY_ATTEMPT_NO_BYPASS") && second.contains("ARTIFACT_DRIFT"));
    let first = asked(&["audit", "list", "--limit", "1"]);
    assert!(first.contains("REPLAY_ATTEMPT_NO_BYPASS") && !first.contains("ARTIFACT_DRIFT"));
    assert_eq!(
        asked(&["audit", "list", "--from", "3"]),
        "no failure audits\n"
    );
    let said = ask(&["audit", "list", "--json"]).exits(0);
    let audits: Vec<&[u8]> = said.stdout.split(|byte| *byte == b'\n').collect();
    assert_eq!(audits.len(), 3, "an envelope in each line");
    for audit in &audits[..2] {
        failure_audit().open(audit).unwrap();
    }
    assert_eq!(
        ask(&["audit", "list", "--from", "3", "--json"])
            .exits(0)
            .text(),
        ""
    );
}

#[test]
fn authority_shows_the_rows_that_everything_rested_on() {
    let text = asked(&["authority", "show"]);
    for carrier in [
        "principal\n",
        "ownership\n",
        "approval_vote\n",
        "admission\n",
        "policy\n",
    ] {
        assert!(
            text.lines().any(|line| line == carrier.trim_end()),
            "{carrier}"
        );
    }
    let owners = asked(&["authority", "show", "ownership"]);
    assert!(
        owners.starts_with("ownership\n  own-1 (active)\n"),
        "{owners}"
    );
    let said = ask(&["authority", "show", "ownership", "--json"]).exits(0);
    for line in said.text().lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        assert_eq!(row["carrier"], "ownership");
        assert_eq!(row["status"], "active");
    }
    let error = ask(&["authority", "show", "secrets"]).exits(2).error();
    assert_eq!(error.code.as_deref(), Some("UNKNOWN_CARRIER"));
    assert!(error.next.unwrap().contains("ownership, approval"));
    assert_eq!(
        asked(&["authority", "approval", "list", "--pending"]),
        "nothing waits for votes\n"
    );
    assert_eq!(asked(&["recover"]), "nothing to recover\n");
}
