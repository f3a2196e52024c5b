//! `register --plan` writes nothing and foresees what `register` then says: exit code, outcome and
//! codes.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use authority::{ConfigValue, Draft, HoldEntry};
use deployment::Authority;
use holdfast_tests::acts::Acts;
use holdfast_tests::fixture::{Fixture, seal};
use holdfast_tests::kind::Kind;
use holdfast_tests::place::Readable as _;
use holdfast_tests::raw::Cell;
use holdfast_tests::shell::{Said, codes, run_with};
use registrar::contract::registration_decision;
use serde_json::{Value, json};
use verifier::contract::verification_report;

/// Every row of every table, as it lies there.
fn content(fixture: &Fixture) -> Vec<String> {
    let mut store = fixture.read();
    let (tables, row) = match fixture.kind() {
        Kind::Sqlite => (
            "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
            "*",
        ),
        Kind::Postgres => (
            "SELECT 'holdfast.' || tablename::text FROM pg_tables \
             WHERE schemaname = 'holdfast' ORDER BY tablename",
            "CAST(one AS text)",
        ),
    };
    let names = store.rows(tables, &[]);
    assert!(names.len() > 15, "{names:?}");
    let mut content = Vec::new();
    for name in names.iter().flatten().map(Cell::text) {
        let rows = store.rows(&format!("SELECT {row} FROM {name} AS one"), &[]);
        content.extend(rows.iter().map(|row| format!("{name}: {row:?}")));
    }
    content
}

fn program(fixture: &Fixture, arguments: &[&str], request: &[u8]) -> Said {
    run_with(&mut fixture.command(arguments), request)
}

/// What a request is expected to come to.
struct Expected<'a> {
    exit: i32,
    would: &'a str,
    codes: &'a [&'a str],
}

/// Plans, checks that nothing was written, then registers and checks that the plan was right.
fn foreseen(fixture: &Fixture, request: &[u8], expected: &Expected<'_>) {
    let before = content(fixture);
    let plan =
        program(fixture, &["register", "-", "--plan", "--json"], request).exits(expected.exit);
    assert_eq!(plan.stderr, "");
    let text = program(fixture, &["register", "-", "--plan"], request).exits(expected.exit);
    assert_eq!(content(fixture), before, "a plan writes nothing");
    let plan = plan.json();
    assert_eq!(plan["would"], expected.would);
    assert_eq!(codes(&plan), expected.codes);
    let headline = format!("WOULD BE {}\n", expected.would.to_uppercase());
    assert!(text.text().starts_with(&headline), "{}", text.text());
    assert!(
        text.text()
            .contains("nothing was reserved and nothing was written")
    );

    let answer = program(fixture, &["register", "-", "--json"], request).exits(expected.exit);
    if expected.would == "verification failed" {
        let report = answer.envelope(verification_report());
        assert_eq!(report["outcome"], "failed");
        assert_eq!(codes(&report), expected.codes);
        return;
    }
    let decision = answer.envelope(registration_decision());
    assert_eq!(codes(&decision), expected.codes);
    if expected.would != "replayed" {
        assert_eq!(decision["outcome"], expected.would);
    }
}

fn rejected<'a>(codes: &'a [&'a str]) -> Expected<'a> {
    Expected {
        exit: 3,
        would: "rejected",
        codes,
    }
}

const REGISTERED: Expected<'_> = Expected {
    exit: 0,
    would: "registered",
    codes: &[],
};

fn act(fixture: &Fixture, act: impl FnOnce(&mut Draft<'_, Authority>)) {
    let mut writer = fixture.authority();
    let mut draft = Draft::begin(&mut writer).unwrap();
    act(&mut draft);
    draft.commit().unwrap();
}

#[test]
fn acceptance_is_foreseen_with_every_check_and_so_is_its_retry() {
    let fixture = Fixture::new(1);
    let request = fixture.request(0);
    let plan = program(&fixture, &["register", "-", "--plan", "--json"], &request)
        .exits(0)
        .json();
    assert_eq!(plan["verdict"]["outcome"], "accept");
    assert_eq!(plan["verdict"]["stage"], "before_write");
    foreseen(&fixture, &request, &REGISTERED);
    let replayed = Expected {
        would: "replayed",
        ..REGISTERED
    };
    foreseen(&fixture, &request, &replayed);
}

#[test]
fn refusals_are_foreseen_with_their_codes() {
    let fixture = Fixture::new(3);
    let actor = fixture.request_with(0, |request| {
        request["request_proposed"]["actor"] = json!("olga");
    });
    foreseen(&fixture, &actor, &rejected(&["ACTOR_MISMATCH"]));
    let operation = fixture.request_with(0, |request| {
        request["request_proposed"]["operation"] = json!("delete_dot");
    });
    let plan = program(&fixture, &["register", "-", "--plan", "--json"], &operation)
        .exits(3)
        .json();
    let found = codes(&plan);
    assert!(
        found.contains(&"OPERATION_NOT_REGISTER".to_owned()),
        "{found:?}"
    );
    let found: Vec<&str> = found.iter().map(String::as_str).collect();
    foreseen(&fixture, &operation, &rejected(&found));
    std::fs::write(
        fixture.dir.path().join("dots/1.sh"),
        "#!/bin/sh\necho changed\n",
    )
    .unwrap();
    foreseen(
        &fixture,
        &fixture.request(1),
        &rejected(&["ARTIFACT_DRIFT"]),
    );
    let bytes = b"{\"attempt_no\":1.5}";
    let plan = program(&fixture, &["register", "-", "--plan"], bytes).exits(3);
    let answer = program(&fixture, &["register", "-"], bytes).exits(3);
    assert_eq!(plan.error(), answer.error());
    assert_eq!(
        plan.error().code.as_deref(),
        Some("CANONICALIZATION_UNSUPPORTED")
    );
}

#[test]
fn refusals_of_the_registrar_are_foreseen_too() {
    let fixture = Fixture::new(2);
    let request = fixture.request(0);
    foreseen(&fixture, &request, &REGISTERED);
    let mut bumped: Value = serde_json::from_slice(&request).unwrap();
    bumped["attempt_no"] = json!(2);
    foreseen(
        &fixture,
        &seal(bumped),
        &rejected(&["REPLAY_ATTEMPT_NO_BYPASS"]),
    );
    let mut moved: Value = serde_json::from_slice(&request).unwrap();
    moved["request_proposed"]["actor"] = json!("olga");
    foreseen(
        &fixture,
        &seal(moved),
        &rejected(&[
            "REPLAY_NONCE_CONSUMED",
            "NONCE_REUSE_AUTHORIZATION_MISMATCH",
        ]),
    );
    foreseen(
        &fixture,
        &fixture.request(0),
        &rejected(&["REPLAY_DUPLICATE"]),
    );
    act(&fixture, |draft| {
        let (dot_code, name) = ("DOT_1".parse().unwrap(), "autostart".parse().unwrap());
        draft
            .set_config(&dot_code, &name, ConfigValue::Open)
            .unwrap();
    });
    let open = fixture.request(1);
    foreseen(&fixture, &open, &rejected(&["TARGET_CONFIG_NOT_CLOSED"]));
    let retry_of_a_refusal = Expected {
        would: "replayed",
        ..rejected(&["TARGET_CONFIG_NOT_CLOSED"])
    };
    foreseen(&fixture, &open, &retry_of_a_refusal);
}

#[test]
fn closed_gate_is_foreseen_for_the_store_and_for_one_target() {
    let closed = Fixture::new(1);
    let acts = Acts::on(&closed);
    acts.revoke("manifest", &acts.one("manifest", &[]));
    let hold = Expected {
        exit: 4,
        would: "hold",
        codes: &["REGISTRATION_HOLD", "SNAPSHOT_MANIFEST_SOURCE_UNPROVEN"],
    };
    foreseen(&closed, &closed.request(0), &hold);

    let fixture = Fixture::new(2);
    let entry = HoldEntry {
        dot_code: Some("DOT_0".parse().unwrap()),
        reason: "under review".parse().unwrap(),
    };
    act(&fixture, |draft| {
        draft.hold(&entry).unwrap();
    });
    let hold = Expected {
        codes: &["REGISTRATION_HOLD"],
        ..hold
    };
    let request = fixture.request(0);
    foreseen(&fixture, &request, &hold);
    foreseen(&fixture, &fixture.request(1), &REGISTERED);
    act(&fixture, |draft| {
        draft.release(&entry).unwrap();
    });
    foreseen(&fixture, &request, &Expected { ..REGISTERED });
}

#[test]
fn failed_verification_is_foreseen_and_so_is_its_retry() {
    let fixture = Fixture::new(1);
    let rows = json!({"verifiers": [{"verifier_ref": "verifier/postcondition-1",
        "specific_target": "DOT_0", "description": "made for one target"}]});
    program(
        &fixture,
        &["authority", "import", "-"],
        rows.to_string().as_bytes(),
    )
    .exits(0);
    let request = fixture.request(0);
    let failed = Expected {
        exit: 5,
        would: "verification failed",
        codes: &["VERIFICATION_FAILED", "POSTCONDITION_VERIFIER_UNRESOLVED"],
    };
    foreseen(&fixture, &request, &failed);
    foreseen(&fixture, &request, &failed);
}
