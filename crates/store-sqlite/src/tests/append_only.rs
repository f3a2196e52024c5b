//! What the file itself refuses, to any program that opens it.

use rusqlite::Connection;
use serde_json::json;

use super::{Fixture, approval, digest, fixture, new_id, new_row, reservation, vote};
use authority::port::AuthorityWriter as _;
use observer::{ReportRow, SnapshotRow, SnapshotSink as _};
use registrar::port::{FailureRecord, FailureSink as _};

/// A store with at least one row in every table.
fn filled() -> Fixture {
    let fixture = fixture();
    let artifact = digest("artifact");
    let rows = [
        (
            "principal",
            json!({"principal": "p", "kind": "human", "side": "owner", "display_name": "P"}),
        ),
        (
            "principal_binding",
            json!({"channel": "os_uid", "value": "1000", "principal": "p"}),
        ),
        (
            "action_type",
            json!({
                "operation": "register_dot", "object_type": "dot", "implemented": 1, "risk_tier": "low",
                "required_scope": "catalogue", "postcondition_verifier_ref": "v", "signoff_required": 0,
            }),
        ),
        ("ownership", super::ownership("DOT_A")),
        ("approval", approval("DOT_A")),
        ("approval_vote", vote("approval/1", "approve")),
        (
            "admission",
            json!({
                "dot_code": "DOT_A", "canonical_path": "/a", "origin": "/", "artifact_type": "file",
                "artifact_hash": artifact, "hash_algorithm": "sha256",
                "canonicalization_version": "raw-bytes/v1",
            }),
        ),
        (
            "manifest",
            json!({
                "manifest_id": "m", "manifest_version": "1", "issuer": "p",
                "canonicalization_version": "jcs-rows/v1", "surfaces": "[]", "manifest_hash": artifact,
            }),
        ),
        (
            "verifier",
            json!({"verifier_ref": "v", "specific_target": null, "description": "d"}),
        ),
        (
            "dot_config",
            json!({"dot_code": "DOT_A", "name": "n", "value": "closed"}),
        ),
        (
            "hold_event",
            json!({"dot_code": "DOT_A", "kind": "release", "reason": "r"}),
        ),
        (
            "retirement",
            json!({"dot_code": "DOT_Z", "approval_ref": "approval/1", "reason": "r"}),
        ),
        (
            "trigger_inventory",
            json!({"trigger_name": "t", "table_name": "x", "body_hash": artifact}),
        ),
    ];
    let rows = rows.map(|(carrier, columns)| new_row(carrier, &format!("{carrier}/1"), columns));
    fixture.authority().insert(rows.to_vec()).unwrap();
    let attempt = fixture.register("DOT_A");
    let snapshot = SnapshotRow {
        attempt_id: attempt.attempt_id,
        phase: "before",
        bytes: vec![1],
    };
    let report = ReportRow {
        attempt_id: attempt.attempt_id,
        report: vec![1],
        verdict_after: vec![2],
    };
    fixture
        .store
        .snapshot_writer()
        .unwrap()
        .insert(&[snapshot], &[report])
        .unwrap();
    let record = FailureRecord {
        attempt_id: new_id(),
        failure_digest: digest("failure"),
        audit: b"{}".to_vec(),
        answer: b"{}".to_vec(),
        evidence: None,
        abort: None,
        hold_target: None,
    };
    fixture
        .store
        .audit_writer()
        .unwrap()
        .record(vec![record])
        .unwrap();
    fixture
}

fn tables(raw: &Connection) -> Vec<String> {
    let mut statement = raw
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
        .unwrap();
    statement
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect()
}

fn refusal(raw: &Connection, text: &str) -> String {
    match raw.execute_batch(text) {
        Ok(()) => panic!("allowed: {text}"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn nothing_is_updated_deleted_or_replaced_by_any_program() {
    let fixture = filled();
    for recursive in ["OFF", "ON"] {
        let raw = fixture.raw();
        raw.pragma_update(None, "recursive_triggers", recursive)
            .unwrap();
        for table in tables(&raw) {
            assert!(fixture.count(&table) > 0, "{table} has no row to try");
            let column: String = raw
                .query_row(
                    &format!("SELECT name FROM pragma_table_info('{table}')"),
                    [],
                    |row| row.get(0),
                )
                .unwrap();
            for text in [
                format!("UPDATE {table} SET {column} = {column}"),
                format!("DELETE FROM {table}"),
                format!("INSERT OR REPLACE INTO {table} SELECT * FROM {table}"),
                format!("INSERT OR IGNORE INTO {table} SELECT * FROM {table}"),
                format!("UPDATE OR REPLACE {table} SET {column} = {column}"),
            ] {
                let said = refusal(&raw, &text);
                assert!(said.contains("holdfast:"), "{text}: {said}");
            }
        }
    }
}

#[test]
fn replacing_by_any_unique_key_is_refused() {
    let fixture = filled();
    let raw = fixture.raw();
    raw.pragma_update(None, "foreign_keys", "OFF").unwrap();
    for (table, unique, fresh) in [
        (
            "attempt",
            "nonce",
            "attempt_id = zeroblob(16), replay_key = zeroblob(32)",
        ),
        (
            "attempt",
            "replay_key",
            "attempt_id = zeroblob(16), nonce = zeroblob(48)",
        ),
        ("decision", "attempt_id", "ledger_key = zeroblob(38)"),
        ("approval", "row_key", "ordinal = 99"),
        ("failure_audit", "attempt_id", "position = 2"),
        ("writer_transaction", "ordinal", "opened_at = 9"),
    ] {
        raw.execute_batch(&format!(
            "CREATE TEMP TABLE copy AS SELECT * FROM {table} LIMIT 1"
        ))
        .unwrap();
        raw.execute_batch(&format!("UPDATE temp.copy SET {fresh}"))
            .unwrap();
        if table == "attempt" {
            raw.execute_batch(
                "UPDATE temp.copy SET state = 'reserved', closed_at = NULL, consumed_key = NULL",
            )
            .unwrap();
        }
        let text = format!("INSERT OR REPLACE INTO {table} SELECT * FROM temp.copy");
        let said = refusal(&raw, &text);
        assert!(said.contains("holdfast:"), "{table} by {unique}: {said}");
        raw.execute_batch("DROP TABLE temp.copy").unwrap();
    }
}

#[test]
fn replacing_by_hidden_row_number_is_refused() {
    let fixture = filled();
    let raw = fixture.raw();
    raw.pragma_update(None, "foreign_keys", "OFF").unwrap();
    let reserved = "state = 'reserved', closed_at = NULL, consumed_key = NULL";
    for (table, fresh) in [
        (
            "attempt",
            format!(
                "attempt_id = zeroblob(16), nonce = zeroblob(48), replay_key = zeroblob(32), {reserved}"
            ),
        ),
        ("evidence", "attempt_id = zeroblob(16)".to_owned()),
        ("snapshot", "attempt_id = zeroblob(16)".to_owned()),
    ] {
        raw.execute_batch(&format!(
            "CREATE TEMP TABLE copy AS SELECT * FROM {table} LIMIT 1; UPDATE temp.copy SET {fresh}"
        ))
        .unwrap();
        let names: Vec<String> = raw
            .prepare(&format!("SELECT name FROM pragma_table_info('{table}')"))
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let names = names.join(", ");
        let text = format!(
            "INSERT OR REPLACE INTO {table} (rowid, {names}) SELECT 1, {names} FROM temp.copy"
        );
        assert!(refusal(&raw, &text).contains("holdfast:"), "{table}");
        raw.execute_batch(&text.replace("SELECT 1,", "SELECT 9,"))
            .unwrap();
        raw.execute_batch("DROP TABLE temp.copy").unwrap();
    }
    for number in [1, 7] {
        let moved = format!(
            "UPDATE OR REPLACE attempt SET rowid = {number}, state = 'aborted', closed_at = 1, \
             failure_digest = zeroblob(32) WHERE state = 'reserved'"
        );
        assert!(refusal(&raw, &moved).contains("holdfast:"));
    }
}

#[test]
fn retirement_ends_one_head_and_replaces_none() {
    let fixture = filled();
    fixture.insert("approval", "approval/2", approval("DOT_A"));
    let retirement = new_row(
        "retirement",
        "retirement/2",
        json!({"dot_code": "DOT_A", "approval_ref": "approval/2", "reason": "r"}),
    );
    fixture
        .authority()
        .retire_head("DOT_A", retirement)
        .unwrap();
    let mut again = reservation("DOT_A");
    again.effect_identity = digest("again");
    fixture.reserve(&again);
    let mut item = fixture.item(&again);
    item.operation = "reregister_dot".to_owned();
    fixture.consume(item);
    assert_eq!(fixture.count("dot_catalogue"), 2);
    let raw = fixture.raw();
    raw.pragma_update(None, "foreign_keys", "OFF").unwrap();
    let reused = "UPDATE OR REPLACE dot_catalogue SET status = 'retired', \
                  retirement_ref = 'retirement/2' WHERE status = 'draft'";
    assert!(refusal(&raw, reused).contains("only ever retired"));
    assert_eq!(fixture.count("dot_catalogue"), 2);
}

#[test]
fn attempts_take_no_other_transition() {
    let fixture = filled();
    let open = reservation("DOT_B");
    fixture.reserve(&open);
    let raw = fixture.raw();
    let of_open = "WHERE state = 'reserved'";
    let of_closed = "WHERE state = 'consumed'";
    for text in [
        format!("UPDATE attempt SET state = 'reserved' {of_closed}"),
        format!(
            "UPDATE attempt SET state = 'aborted', failure_digest = zeroblob(32), consumed_key = NULL {of_closed}"
        ),
        format!("UPDATE attempt SET epoch = 2 {of_open}"),
        format!("UPDATE attempt SET state = 'consumed' {of_open}"),
        format!("UPDATE attempt SET state = 'aborted', closed_at = 1 {of_open}"),
        format!(
            "UPDATE attempt SET state = 'aborted', closed_at = 1, failure_digest = zeroblob(32) {of_open}"
        ),
        format!(
            "UPDATE attempt SET state = 'consumed', closed_at = 1, consumed_key = zeroblob(38) {of_open}"
        ),
        format!(
            "UPDATE attempt SET state = 'aborted', closed_at = 1, failure_digest = zeroblob(32), owner_token = zeroblob(16) {of_open}"
        ),
    ] {
        refusal(&raw, &text);
    }
}

#[test]
fn heads_are_only_written_as_draft_and_only_retired() {
    let fixture = filled();
    let raw = fixture.raw();
    let copy = |status: &str| {
        format!(
            "INSERT INTO dot_catalogue SELECT 'k', 'DOT_C', 'dot:DOT_C', object_type, \
             canonical_path, origin, artifact_hash, hash_algorithm, canonicalization_version, \
             artifact_type, admission_ref, size_bytes, scope, owner_principal, '{status}', \
             zeroblob(16), ledger_key, writer_ordinal, row_hash, NULL FROM dot_catalogue LIMIT 1"
        )
    };
    assert!(refusal(&raw, &copy("active")).contains("holdfast"));
    assert!(refusal(&raw, &copy("unheard-of")).contains("holdfast"));
    assert!(refusal(&raw, &copy("draft")).contains("consumed its key"));
    for text in [
        "UPDATE dot_catalogue SET status = 'active'",
        "UPDATE dot_catalogue SET status = 'deprecated'",
        "UPDATE dot_catalogue SET status = 'retired'",
        "UPDATE dot_catalogue SET status = 'retired', retirement_ref = 'none'",
        // A retirement of another code.
        "UPDATE dot_catalogue SET status = 'retired', retirement_ref = 'retirement/1'",
    ] {
        assert!(refusal(&raw, text).contains("only ever retired"), "{text}");
    }
}

#[test]
fn key_without_head_and_decision_does_not_commit() {
    let fixture = fixture();
    let open = reservation("DOT_A");
    fixture.reserve(&open);
    let raw = fixture.raw();
    raw.execute_batch(
        "BEGIN; INSERT INTO writer_transaction (opened_at) VALUES (1);
         UPDATE attempt SET state = 'consumed', closed_at = 1,
                consumed_key = CAST(substr(nonce, 1, 6) || replay_key AS BLOB);",
    )
    .unwrap();
    let insert = "INSERT INTO ledger SELECT consumed_key, attempt_id, nonce, effect_identity,
                  authorization_binding_digest, zeroblob(32), zeroblob(32), target, 'register_dot',
                  run_id, attempt_no, {at}, 5, {ordinal}, 'head' FROM attempt";
    let late = insert.replace("{at}", "6").replace("{ordinal}", "1");
    assert!(refusal(&raw, &late).contains("CHECK"));
    let elsewhere = insert.replace("{at}", "1").replace("{ordinal}", "7");
    assert!(refusal(&raw, &elsewhere).contains("running transaction"));
    raw.execute_batch(&insert.replace("{at}", "1").replace("{ordinal}", "1"))
        .unwrap();
    assert!(refusal(&raw, "COMMIT").contains("FOREIGN KEY"));
    raw.execute_batch("ROLLBACK").unwrap();
    assert_eq!(fixture.count("ledger"), 0);
}

#[test]
fn consumed_state_without_a_key_does_not_commit() {
    let fixture = fixture();
    fixture.reserve(&reservation("DOT_A"));
    let raw = fixture.raw();
    raw.execute_batch(
        "BEGIN; UPDATE attempt SET state = 'consumed', closed_at = 1, consumed_key = zeroblob(38)",
    )
    .unwrap();
    assert!(refusal(&raw, "COMMIT").contains("FOREIGN KEY"));
    raw.execute_batch(
        "ROLLBACK; BEGIN;
         UPDATE attempt SET state = 'aborted', closed_at = 1, failure_digest = zeroblob(32)",
    )
    .unwrap();
    assert!(refusal(&raw, "COMMIT").contains("FOREIGN KEY"));
}

#[test]
fn ordinals_and_positions_leave_no_gap() {
    let fixture = filled();
    let raw = fixture.raw();
    for text in [
        "INSERT INTO writer_transaction VALUES (7, 1)",
        "INSERT INTO failure_audit VALUES (7, zeroblob(16), zeroblob(32), NULL, x'', x'', 1, NULL)",
        "INSERT INTO failure_audit VALUES (-1, zeroblob(16), zeroblob(32), NULL, x'', x'', 1, NULL)",
    ] {
        refusal(&raw, text);
    }
    raw.execute_batch(
        "INSERT INTO failure_audit VALUES (2, zeroblob(16), zeroblob(32), NULL, x'', x'', 1, NULL)",
    )
    .unwrap();
}
