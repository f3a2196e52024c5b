//! `holdfast block NAME` for all six blocks: fed with what a real registration recorded, each says
//! again what it said then, byte for byte, with no store behind it; and refuses by name what was
//! changed.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use holdfast_tests::kind::Kind;
use holdfast_tests::recorded::recorded;
use holdfast_tests::shell::{Said, codes, holdfast, run_with};
use serde_json::{Value, json};
use store_postgres::Role;

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).unwrap().as_str().unwrap()
}

fn issued_at(envelope: &Value) -> &Value {
    &envelope["header"]["issued_at"]
}

/// A frame of these slots of the evidence, with these further ones.
fn frame(slots: &[&str], more: Value) -> Value {
    let evidence = &recorded().evidence;
    let mut frame = more;
    for slot in slots {
        frame[*slot] = evidence[*slot].clone();
    }
    frame
}

fn block(name: &str, frame: &Value) -> Said {
    let mut command = holdfast(recorded().fixture.dir.path(), &["block", name]);
    run_with(&mut command, frame.to_string().as_bytes())
}

fn answer(name: &str, frame: &Value) -> Value {
    let said = block(name, frame).exits(0);
    assert_eq!(said.stderr, "");
    assert_eq!(said.text().lines().count(), 1);
    said.json()
}

/// The block's answer is the recorded envelope, byte for byte.
fn says_again(name: &str, frame: &Value, envelope: &Value) {
    let said = block(name, frame).exits(0);
    let again = said.json();
    let members = envelope.as_object().unwrap().iter();
    for (member, then) in members.filter(|(member, _)| *member != "header") {
        assert_eq!(&again[member], then, "{member}");
    }
    assert_eq!(said.text(), format!("{envelope}\n"));
}

/// The codes of an attestation's refusals.
fn refusals(attestation: &Value) -> Vec<&str> {
    let refusals = attestation["refusals"].as_array().unwrap();
    refusals.iter().map(|one| text(one, "/code")).collect()
}

fn refuses_the_frame(name: &str, frame: &Value, cause: &str) {
    let error = block(name, frame).exits(2).error();
    assert_eq!(error.tried, "answer this frame");
    assert!(error.cause.clone().unwrap().contains(cause), "{error:?}");
}

fn owner_frame() -> Value {
    let slots = [
        "registration_request",
        "artifact_attestation",
        "policy",
        "attempt",
    ];
    let recorded = recorded();
    frame(
        &slots,
        json!({"now": issued_at(&recorded.evidence["owner_attestation"]),
            "caller": recorded.evidence["authority_readback"]["caller"],
            "world": {"rows": recorded.rows}}),
    )
}

/// A world's rows without those of one carrier.
fn without(carrier: &str) -> Vec<&'static Value> {
    let others = |row: &&Value| row["carrier"] != carrier;
    recorded().rows.iter().filter(others).collect()
}

#[test]
fn owner_resolver_says_again_who_owns_and_names_what_is_missing() {
    let frame = owner_frame();
    says_again(
        "owner-resolver",
        &frame,
        &recorded().evidence["owner_attestation"],
    );
    for (carrier, code) in [
        ("ownership", "OWNER_OF_RECORD_ABSENT"),
        ("approval", "APPROVAL_ABSENT"),
        ("approval_vote", "QUORUM_NOT_REACHED"),
    ] {
        let mut changed = frame.clone();
        changed["world"]["rows"] = json!(without(carrier));
        let attestation = answer("owner-resolver", &changed);
        assert_eq!(attestation["trusted_attested"], Value::Null);
        assert!(
            refusals(&attestation).contains(&code),
            "{carrier}: {}",
            attestation["refusals"]
        );
    }
    let mut stranger = frame.clone();
    stranger["caller"]["value"] = json!("4294967294");
    assert_eq!(
        refusals(&answer("owner-resolver", &stranger)),
        ["ACTOR_MISMATCH"]
    );
    let mut tampered = frame;
    let owner = tampered["world"]["rows"].as_array_mut().unwrap();
    let owner = owner.iter_mut().find(|row| row["carrier"] == "ownership");
    owner.unwrap()["columns"]["owner"] = json!("principal/alice");
    refuses_the_frame("owner-resolver", &tampered, "cannot be used");
}

fn artifact_frame() -> Value {
    let slots = ["registration_request", "policy", "attempt"];
    let admissions = recorded()
        .rows
        .iter()
        .filter(|row| row["carrier"] == "admission");
    let now = issued_at(&recorded().evidence["artifact_attestation"]);
    frame(
        &slots,
        json!({"now": now, "world": {"rows": admissions.collect::<Vec<_>>()}}),
    )
}

#[test]
fn artifact_resolver_says_again_what_is_admitted_and_names_what_is_not() {
    let frame = artifact_frame();
    says_again(
        "artifact-resolver-f",
        &frame,
        &recorded().evidence["artifact_attestation"],
    );
    let mut unknown = frame.clone();
    unknown["world"]["rows"] = json!([]);
    let attestation = answer("artifact-resolver-f", &unknown);
    assert_eq!(attestation["trusted_attested"], Value::Null);
    assert_eq!(refusals(&attestation), ["ARTIFACT_NOT_ADMITTED"]);
    let mut foreign = frame;
    foreign["world"]["rows"] = json!(recorded().rows);
    refuses_the_frame("artifact-resolver-f", &foreign, "is no admission");
}

fn snapshot_frame() -> Value {
    let recorded = recorded();
    let before = &recorded.evidence["snapshots"][0];
    let slots = [
        "registration_request",
        "owner_attestation",
        "artifact_attestation",
        "policy",
        "attempt",
    ];
    let of = |carrier: &str| -> Vec<&Value> {
        recorded
            .rows
            .iter()
            .filter(|row| row["carrier"] == carrier)
            .collect()
    };
    let owners = of("ownership").into_iter().map(|row| {
        json!({"row_key": row["row_key"], "row_hash": row["row_hash"], "columns": row["columns"]})
    });
    let ledger = before["capture"]["surfaces"].as_array().unwrap();
    let ledger = ledger.iter().find(|one| one["surface"] == "ledger");
    let provenance = &ledger.unwrap()["write_set"]["provenance"];
    let nothing = json!({"write_set": {"provenance": provenance, "rows": []}});
    frame(
        &slots,
        json!({"phase": "before", "sequence": 1, "snapshots": [], "now": issued_at(before),
            "observer": before["capture"]["observer"],
            "world": {"store_clock": before["capture"]["store_clock"],
                "manifests": of("manifest"), "governed_issuers": ["principal/olga"],
                "surfaces": {"dot_config": {"rows": []}, "hold_event": {"rows": []},
                    "ownership": {"rows": owners.collect::<Vec<_>>()},
                    "ledger": nothing, "decision": nothing, "dot_catalogue": nothing}}}),
    )
}

#[test]
fn snapshot_provider_says_again_what_it_saw_and_names_what_it_cannot_see() {
    let frame = snapshot_frame();
    says_again(
        "snapshot-provider",
        &frame,
        &recorded().evidence["snapshots"][0],
    );
    let mut unread = frame.clone();
    unread["world"]["surfaces"]
        .as_object_mut()
        .unwrap()
        .remove("ledger");
    let snapshot = answer("snapshot-provider", &unread);
    assert_eq!(snapshot["capture"], Value::Null);
    assert_eq!(refusals(&snapshot), ["MANIFEST_UNKNOWN_SURFACE"]);
    let mut ungoverned = frame;
    ungoverned["world"]["manifests"] = json!([]);
    let snapshot = answer("snapshot-provider", &ungoverned);
    assert_eq!(snapshot["capture"], Value::Null);
    assert_eq!(refusals(&snapshot), ["SNAPSHOT_MANIFEST_SOURCE_UNPROVEN"]);
}

const JUDGED: [&str; 7] = [
    "registration_request",
    "owner_attestation",
    "artifact_attestation",
    "authority_readback",
    "integration",
    "policy",
    "attempt",
];

fn before_frame() -> Value {
    let evidence = &recorded().evidence;
    frame(
        &JUDGED,
        json!({"stage": "before_write", "now": issued_at(&evidence["verdict"]),
            "snapshots": evidence["snapshots"]}),
    )
}

fn after_frame() -> Value {
    let recorded = recorded();
    let snapshots = [&recorded.evidence["snapshots"][0], &recorded.snapshot_after];
    frame(
        &JUDGED,
        json!({"stage": "after_write", "now": issued_at(&recorded.verdict_after),
            "snapshots": snapshots, "verdict": recorded.evidence["verdict"],
            "registration_decision": recorded.decision}),
    )
}

#[test]
fn validator_says_both_of_its_verdicts_again_from_the_recorded_frame() {
    let verdict = answer("validator-e", &before_frame());
    let then = &recorded().evidence["verdict"];
    assert_eq!(verdict["outcome"], "accept");
    assert_eq!(verdict["decision_ref"], then["decision_ref"]);
    says_again("validator-e", &before_frame(), then);
    says_again("validator-e", &after_frame(), &recorded().verdict_after);
}

#[test]
fn validator_names_what_was_changed_in_a_recorded_frame() {
    let mut late = before_frame();
    late["now"] = json!("2099-01-01T00:00:00.000000Z");
    let verdict = answer("validator-e", &late);
    assert_eq!(verdict["outcome"], "reject");
    assert_eq!(codes(&verdict)[0], "ENVELOPE_STALE");
    assert_ne!(
        verdict["decision_ref"],
        recorded().evidence["verdict"]["decision_ref"]
    );
    let mut changed = before_frame();
    changed["registration_request"]["attempt_no"] = json!(2);
    assert_eq!(
        codes(&answer("validator-e", &changed))[0],
        "EVIDENCE_HASH_MISMATCH"
    );
    let mut blind = before_frame();
    blind["snapshots"] = json!([]);
    assert_eq!(answer("validator-e", &blind)["outcome"], "reject");
    let mut undecided = after_frame();
    undecided["registration_decision"] = Value::Null;
    assert_eq!(
        codes(&answer("validator-e", &undecided)),
        ["DECISION_REF_MISSING"]
    );
    let mut gated = before_frame();
    gated["gate_report"] = recorded().evidence["gate_report"].clone();
    refuses_the_frame("validator-e", &gated, "slot `gate_report` is unknown");
}

fn registrar_world() -> Value {
    let evidence = &recorded().evidence;
    let rows: Vec<&Value> = recorded().rows.iter().collect();
    json!({"clock": evidence["authority_readback"]["store_clock"],
        "fingerprint": evidence["gate_report"]["fingerprint"], "rows": rows, "attempts": [],
        "heads": [], "holds": [], "open_config": []})
}

fn decide_frame() -> Value {
    let evidence = &recorded().evidence;
    let slots = [&JUDGED[..], &["verdict", "gate_report", "snapshots"]].concat();
    frame(
        &slots,
        json!({"verb": "decide", "now": evidence["now"], "world": registrar_world(),
            "owner_token": "01a1fc21-0000-7000-8000-000000000001"}),
    )
}

#[test]
fn registrar_decides_again_under_the_same_keys_and_names_what_stands_in_the_way() {
    let decision = answer("registrar", &decide_frame());
    assert_eq!(decision["outcome"], "registered");
    for member in [
        "replay_key",
        "effect_identity",
        "authorization_binding_digest",
        "decision_ref",
        "request_digest",
    ] {
        assert_eq!(decision[member], recorded().decision[member], "{member}");
    }
    for (member, value, outcome, code) in [
        (
            "heads",
            json!([{"dot_code": "DOT_0", "row_key": "h", "status": "draft"}]),
            "rejected",
            "HEAD_EXISTS",
        ),
        ("holds", json!(["dot:DOT_0"]), "hold", "REGISTRATION_HOLD"),
        (
            "open_config",
            json!(["DOT_0"]),
            "rejected",
            "TARGET_CONFIG_NOT_CLOSED",
        ),
        (
            "fingerprint",
            recorded().decision["replay_key"].clone(),
            "hold",
            "GATE_REPORT_STALE",
        ),
    ] {
        let mut changed = decide_frame();
        changed["world"][member] = value;
        let decision = answer("registrar", &changed);
        assert_eq!(decision["outcome"], outcome, "{member}");
        assert_eq!(codes(&decision), [code], "{member}");
    }
}

#[test]
fn registrar_reads_back_again_what_it_read() {
    let then = &recorded().evidence["authority_readback"];
    let slots = [
        "owner_attestation",
        "artifact_attestation",
        "snapshots",
        "policy",
        "attempt",
    ];
    let known = json!({"carriers": then["carriers"],
        "carrier_report_hash": then["carrier_report_hash"], "caller": then["caller"],
        "credential": then["rows"][0]["credential"], "registrar_process": then["registrar_process"],
        "observer_process": then["observer_process"]});
    let mut world = registrar_world();
    world["observer_session"] = then["observer_session"].clone();
    let frame = frame(
        &slots,
        json!({"verb": "readback", "now": issued_at(then), "world": world, "readback": known}),
    );
    says_again("registrar", &frame, then);
}

#[test]
fn registrar_passes_a_fresh_request_and_names_a_used_nonce() {
    let recorded = recorded();
    let request = &recorded.evidence["registration_request"];
    let mut intake = frame(
        &["registration_request", "policy", "attempt"],
        json!({"verb": "intake", "now": recorded.evidence["now"], "world": registrar_world()}),
    );
    says_again("registrar", &intake, request);
    let decision = &recorded.decision;
    intake["world"]["attempts"] = json!([{
        "attempt_id": decision["header"]["attempt_id"], "state": "consumed", "request": request,
        "replay_key": decision["replay_key"], "effect_identity": decision["effect_identity"],
        "authorization_binding_digest": decision["authorization_binding_digest"],
        "owner_token": "01a1fc21-0000-7000-8000-000000000001", "epoch": 1,
        "target": "dot:DOT_0", "opened_at": recorded.evidence["now"], "answer": decision,
        "evidence": null,
    }]);
    says_again("registrar", &intake, decision);
    let other = recorded.fixture.request_with(0, |other| {
        other["request_proposed"]["nonce"] = request["request_proposed"]["nonce"].clone();
    });
    intake["registration_request"] = serde_json::from_slice(&other).unwrap();
    let refused = answer("registrar", &intake);
    assert_eq!(codes(&refused)[0], "REPLAY_NONCE_CONSUMED");
    intake["registration_request"]["trusted_attested"] = json!({});
    assert_eq!(
        codes(&answer("registrar", &intake)),
        ["CALLER_SUPPLIED_ATTESTATION"]
    );
}

/// Who is bound to a credential that the server authenticates; any other stands for itself.
fn principal(credential: &str) -> &str {
    let Some(role) = credential.strip_prefix("db_role:") else {
        return credential;
    };
    let bound = recorded().rows.iter().find(|row| {
        row["carrier"] == "principal_binding"
            && row["columns"]["channel"] == "db_role"
            && row["columns"]["value"] == role
    });
    text(bound.unwrap(), "/columns/principal")
}

fn registrar_principal() -> String {
    let place = &recorded().fixture.place;
    match place.kind() {
        Kind::Sqlite => format!("os_uid:{}", embedded::caller_uid()),
        Kind::Postgres => {
            let login = Role::Registrar.login(place.database().name());
            principal(&format!("db_role:{login}")).to_owned()
        }
    }
}

fn verifier_frame() -> Value {
    let recorded = recorded();
    let (report, decision) = (&recorded.report, &recorded.decision);
    let head = &recorded.history["heads"][0];
    let attempt = &recorded.history["attempts"][0];
    let verifiers = recorded
        .rows
        .iter()
        .filter(|row| row["carrier"] == "verifier");
    let verifiers = verifiers.map(|row| {
        let columns = &row["columns"];
        json!({"verifier_ref": columns["verifier_ref"], "row_key": row["row_key"],
            "issued_at": columns["issued_at"],
            "written_by": principal(text(columns, "/written_by")),
            "specific_target": columns["specific_target"], "active": true})
    });
    let slots = [
        "owner_attestation",
        "artifact_attestation",
        "verdict",
        "policy",
        "attempt",
    ];
    frame(
        &slots,
        json!({"registration_decision": decision, "verdict_after": recorded.verdict_after,
            "now": issued_at(report), "attempt_opened_at": attempt["opened_at"],
            "registrar_principal": registrar_principal(),
            "world": {"clock": report["verified_at"],
                "catalogue": [{"row_key": head["row_key"], "columns": head["columns"]}],
                "ledger": [{"replay_key": decision["replay_key"],
                    "attempt_id": decision["header"]["attempt_id"],
                    "transaction_id": decision["consume"]["transaction_id"],
                    "effect_identity": decision["effect_identity"], "target": "dot:DOT_0"}],
                "decisions": [{"replay_key": decision["replay_key"], "decision": decision}],
                "open_config": [], "verifiers": verifiers.collect::<Vec<_>>(),
                "activation_triggers": []}}),
    )
}

#[test]
fn verifier_reports_again_what_it_reread_and_names_what_is_not_as_reported() {
    let frame = verifier_frame();
    says_again("verifier", &frame, &recorded().report);
    let active = json!([{"name": "notify", "fires_on_draft": true, "evidence": "seen"}]);
    let config = json!([{"dot_code": "DOT_0", "name": "autostart"}]);
    for (member, value, code) in [
        ("catalogue", json!([]), "HEAD_COUNT_NOT_ONE"),
        ("verifiers", json!([]), "POSTCONDITION_VERIFIER_UNRESOLVED"),
        ("open_config", config, "TARGET_CONFIG_NOT_CLOSED"),
        (
            "activation_triggers",
            active,
            "DRAFT_WRITE_EMITTED_ACTIVATION_NOTIFY",
        ),
        ("decisions", json!([]), "WRITE_READBACK_MISMATCH"),
        ("ledger", json!([]), "WRITE_READBACK_MISMATCH"),
    ] {
        let mut changed = frame.clone();
        changed["world"][member] = value;
        let report = answer("verifier", &changed);
        assert_eq!(report["outcome"], "failed", "{member}");
        let found = codes(&report);
        assert!(found.contains(&code.to_owned()), "{member}: {found:?}");
        assert!(
            found.contains(&"VERIFICATION_FAILED".to_owned()),
            "{member}: {found:?}"
        );
    }
}
