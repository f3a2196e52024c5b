//! Authority rows as each block reads them.

use artifact_resolver_f::port::AdmissionReader as _;
use authority::port::{AuthorityWriter as _, RowStatus};
use gate::port::{Checkpoint, GateStore as _};
use owner_resolver::port::{AuthorityQuery, AuthorityReader as _};
use registrar::port::{RegistrarStore as _, RereadRow, RowRef};
use serde_json::{Value, json};

use super::{at, digest, fixture, new_row, vote};
use crate::{GateFacts, RecordedCheckpoint};

fn verifier(row_key: &str, status: &str, supersedes: Value) -> authority::port::NewRow {
    let columns = json!({
        "verifier_ref": "verifier/head", "specific_target": null, "description": "d",
        "lifecycle_status": status, "supersedes": supersedes, "issued_at": at(5),
    });
    new_row("verifier", row_key, columns)
}

fn reread(fixture: &super::Fixture, carrier: &str, row_key: &str) -> RereadRow {
    let row = RowRef {
        carrier: carrier.to_owned(),
        row_key: row_key.to_owned(),
    };
    fixture.registrar().reread(&[row]).unwrap().remove(0)
}

#[test]
fn status_of_a_row_follows_what_superseded_it() {
    let fixture = fixture();
    let rows = vec![
        verifier("v/1", "active", json!(null)),
        verifier("v/2", "active", json!("v/1")),
        verifier("v/3", "revoked", json!("v/2")),
        verifier("v/4", "active", json!(null)),
        verifier("v/5", "expired", json!("v/4")),
    ];
    fixture.authority().insert(rows).unwrap();
    let stored = fixture.authority().rows("verifier").unwrap();
    let statuses: Vec<_> = stored.iter().map(|row| row.status).collect();
    assert_eq!(
        statuses,
        [
            RowStatus::Superseded,
            RowStatus::Revoked,
            RowStatus::Revoked,
            RowStatus::Expired,
            RowStatus::Expired
        ]
    );
    let row = reread(&fixture, "verifier", "v/1");
    assert_eq!(row.status_changed_at, Some(at(5)));
}

#[test]
fn row_is_written_by_the_connections_principal_and_hashes_to_what_was_returned() {
    let fixture = fixture();
    let mut row = verifier("v/1", "active", json!(null));
    row.columns
        .insert("written_by".into(), json!("principal/somebody"));
    let returned = fixture.authority().insert(vec![row]).unwrap().remove(0);
    assert_eq!(returned.text("written_by").unwrap(), "principal/authority");
    let stored = fixture.authority().rows("verifier").unwrap().remove(0);
    assert_eq!(stored.row, returned);
    assert_eq!(
        reread(&fixture, "verifier", "v/1").row_hash,
        Some(returned.row_hash())
    );
}

#[test]
fn rows_with_missing_unknown_or_unfit_columns_are_refused_together() {
    let fixture = fixture();
    let good = || verifier("v/1", "active", json!(null));
    let mut missing = verifier("v/2", "active", json!(null));
    missing.columns.remove("description");
    let mut unknown = verifier("v/2", "active", json!(null));
    unknown.columns.insert("other".into(), json!(1));
    let mut unfit = verifier("v/2", "active", json!(null));
    unfit.columns.insert("issued_at".into(), json!("yesterday"));
    let mut elsewhere = verifier("v/2", "active", json!(null));
    elsewhere.carrier = "ledger".to_owned();
    let lifeless = verifier("v/2", "retired", json!(null));
    let mut keyless = verifier("", "active", json!(null));
    keyless.row_key = "no identifier at all".to_owned();
    for bad in [missing, unknown, unfit, elsewhere, lifeless, keyless] {
        fixture.authority().insert(vec![good(), bad]).unwrap_err();
        assert_eq!(fixture.count("verifier"), 0);
    }
    fixture.authority().insert(vec![good()]).unwrap();
}

#[test]
fn row_that_was_tampered_with_is_an_error_to_resolvers_and_hashless_to_the_registrar() {
    let fixture = fixture();
    fixture.authorise("DOT_A");
    let mut reader = fixture.store.reader().unwrap();
    let query = AuthorityQuery::Ownership {
        object_type: "dot",
        object_ref: "DOT_A",
    };
    assert_eq!(reader.rows(query).unwrap().len(), 1);
    fixture
        .raw()
        .execute_batch("DROP TRIGGER ownership_is_never_changed; UPDATE ownership SET owner = 'me'")
        .unwrap();
    reader.rows(query).unwrap_err();
    let row = reread(&fixture, "ownership", "own/DOT_A");
    assert_eq!(row.row_hash, None);
    assert!(row.status.is_some());
}

#[test]
fn rejecting_vote_makes_an_approval_revoked_until_it_is_taken_back() {
    let fixture = fixture();
    fixture.authorise("DOT_A");
    assert_eq!(
        reread(&fixture, "approval", "app/DOT_A").status,
        Some(registrar::port::RowStatus::Active)
    );
    let mut rejecting = vote("app/DOT_A", "reject");
    rejecting["issued_at"] = json!(at(7));
    fixture.insert("approval_vote", "vote/1", rejecting);
    let row = reread(&fixture, "approval", "app/DOT_A");
    assert_eq!(row.status, Some(registrar::port::RowStatus::Revoked));
    assert_eq!(row.status_changed_at, Some(at(7)));
    let mut approving = vote("app/DOT_A", "approve");
    approving["supersedes"] = json!("vote/1");
    fixture.insert("approval_vote", "vote/2", approving);
    assert_eq!(
        reread(&fixture, "approval", "app/DOT_A").status,
        Some(registrar::port::RowStatus::Active)
    );
}

#[test]
fn unknown_rows_and_carriers_are_reread_as_absent() {
    let fixture = fixture();
    for (carrier, row_key) in [("ownership", "none"), ("ledger", "none"), ("x; DROP", "'")] {
        let row = reread(&fixture, carrier, row_key);
        assert_eq!(
            (row.row_hash, row.status, row.active_heads),
            (None, None, 0)
        );
    }
}

#[test]
fn two_manifests_answer_one_question() {
    let fixture = fixture();
    let manifest = |id: &str| {
        json!({
            "manifest_id": id, "manifest_version": "1", "issuer": "p",
            "canonicalization_version": "jcs-rows/v1", "surfaces": "[]",
            "manifest_hash": digest("manifest"),
        })
    };
    fixture.insert("manifest", "m/1", manifest("one"));
    assert_eq!(reread(&fixture, "manifest", "m/1").active_heads, 1);
    fixture.insert("manifest", "m/2", manifest("two"));
    assert_eq!(reread(&fixture, "manifest", "m/1").active_heads, 2);
}

#[test]
fn head_versions_move_for_the_target_or_for_all() {
    let fixture = fixture();
    let versions = || -> Vec<u64> {
        let found = fixture.registrar().head_versions("dot:DOT_A").unwrap();
        found.into_iter().map(|head| head.version).collect()
    };
    // The fixture has its policy.
    assert_eq!(versions(), [0, 1]);
    fixture.authorise("DOT_A");
    assert_eq!(versions(), [2, 1]);
    fixture.insert("approval_vote", "vote/1", vote("app/DOT_A", "approve"));
    fixture.authorise("DOT_B");
    assert_eq!(versions(), [3, 1]);
    fixture
        .authority()
        .insert(vec![verifier("v/1", "active", json!(null))])
        .unwrap();
    let hold = json!({"dot_code": "*", "kind": "hold", "reason": "r"});
    fixture.insert("hold_event", "hold/1", hold);
    assert_eq!(versions(), [3, 3]);
}

#[test]
fn each_query_finds_its_rows() {
    let fixture = fixture();
    fixture.authorise("DOT_A");
    fixture.insert("approval_vote", "vote/1", vote("app/DOT_A", "approve"));
    let binding = json!({"channel": "os_uid", "value": "1000", "principal": "principal/olga"});
    fixture.insert("principal_binding", "b/1", binding);
    fixture
        .authority()
        .insert(vec![verifier("v/1", "active", json!(null))])
        .unwrap();
    let mut reader = fixture.store.reader().unwrap();
    let mut count = |query| reader.rows(query).unwrap().len();
    let (object_type, object_ref) = ("dot", "DOT_A");
    assert_eq!(
        count(AuthorityQuery::Approvals {
            object_type,
            object_ref
        }),
        1
    );
    assert_eq!(
        count(AuthorityQuery::Votes {
            approval_ref: "app/DOT_A"
        }),
        1
    );
    let (channel, value) = ("os_uid", "1000");
    assert_eq!(count(AuthorityQuery::Binding { channel, value }), 1);
    assert_eq!(
        count(AuthorityQuery::Verifier {
            verifier_ref: "verifier/head"
        }),
        1
    );
    assert_eq!(
        count(AuthorityQuery::ActionType {
            operation: "' OR 1 = 1 --"
        }),
        0
    );
    assert_eq!(count(AuthorityQuery::Principal { principal: "olga" }), 0);
    assert!(reader.admissions("none").unwrap().is_empty());
}

#[test]
fn gate_sees_the_schema_the_rows_and_the_sink() {
    let fixture = fixture();
    fixture
        .authority()
        .insert(vec![
            verifier("v/1", "active", json!(null)),
            verifier("v/2", "active", json!("v/1")),
        ])
        .unwrap();
    let mut gate = GateFacts::new(&fixture.store, true, None).unwrap();
    assert_eq!(
        gate.schema_objects().unwrap(),
        gate.expected_objects().unwrap()
    );
    assert_eq!(gate.active_rows("verifier").unwrap().len(), 1);
    assert!(gate.active_rows("no such carrier").unwrap().is_empty());
    assert!(gate.audit_sink_writable().unwrap());
    assert_eq!(fixture.count("failure_audit"), 0);
    assert_eq!(gate.credentials().unwrap().len(), 7);
    assert!(!gate.principals_are_distinct().unwrap());
    assert!(gate.observer_is_another_process().unwrap());
    assert_eq!(gate.checkpoint().unwrap(), Checkpoint::Absent);
    fixture
        .raw()
        .execute_batch("ALTER TABLE failure_audit RENAME TO elsewhere")
        .unwrap();
    assert!(!gate.audit_sink_writable().unwrap());
}

#[test]
fn store_older_than_its_checkpoint_is_behind() {
    let fixture = fixture();
    fixture.register("DOT_A");
    let reached = GateFacts::new(&fixture.store, true, None)
        .unwrap()
        .reached()
        .unwrap();
    assert_eq!(
        reached,
        RecordedCheckpoint {
            transaction_ordinal: 1,
            audit_position: 0
        }
    );
    let compare = |recorded| {
        let mut gate = GateFacts::new(&fixture.store, true, Some(recorded)).unwrap();
        gate.checkpoint().unwrap()
    };
    assert!(matches!(compare(reached), Checkpoint::Held { .. }));
    let ahead = RecordedCheckpoint {
        audit_position: 1,
        ..reached
    };
    assert!(matches!(compare(ahead), Checkpoint::Behind { .. }));
}
