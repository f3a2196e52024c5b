//! What the observer and the verifier see.

use canonical::Uuid;
use observer::{BatchReader as _, InsertAnswer, ReportRow, SnapshotRow, SnapshotSink as _};
use registrar::port::RegistrarStore as _;
use serde_json::json;
use snapshot_provider::port::{SurfaceContent, SurfaceKind, SurfaceQuery, SurfaceReader as _};
use verifier::port::CommittedReader as _;

use super::{Fixture, at, fixture, new_id, new_row};
use crate::ObserverReader;
use authority::port::AuthorityWriter as _;

fn surface(
    observer: &mut ObserverReader,
    kind: SurfaceKind,
    carrier: &str,
    attempt_id: Uuid,
) -> SurfaceContent {
    observer
        .surface(&SurfaceQuery {
            name: carrier,
            kind,
            carrier,
            target: "dot:DOT_A",
            attempt_id,
        })
        .unwrap()
}

fn added(fixture: &Fixture, attempt_id: Uuid, kind: SurfaceKind, carrier: &str) -> Vec<String> {
    let mut observer = fixture.store.observer_reader().unwrap();
    match surface(&mut observer, kind, carrier, attempt_id) {
        SurfaceContent::WriteSet { provenance, rows } => {
            assert_eq!(provenance, "writer_ordinal");
            rows.into_iter()
                .map(|row| {
                    assert_eq!(row.attempt_id, Some(attempt_id));
                    assert_eq!(row.transaction_id, "txn:1");
                    row.row_key
                })
                .collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn write_set_of_an_attempt_is_exactly_its_own_rows() {
    let fixture = fixture();
    let attempt = fixture.register("DOT_A");
    fixture.register("DOT_B");
    let (id, key) = (attempt.attempt_id, attempt.replay_key.to_string());
    let appended = SurfaceKind::AppendOnly;
    assert_eq!(
        added(&fixture, id, appended, "ledger"),
        std::slice::from_ref(&key)
    );
    assert_eq!(added(&fixture, id, appended, "decision"), [key]);
    let heads = added(&fixture, id, SurfaceKind::Catalogue, "dot_catalogue");
    assert_eq!(heads, [id.to_string()]);
    for (kind, carrier) in [
        (appended, "ledger"),
        (appended, "decision"),
        (appended, "failure_audit"),
        (SurfaceKind::Catalogue, "dot_catalogue"),
    ] {
        assert!(added(&fixture, new_id(), kind, carrier).is_empty());
    }
}

#[test]
fn state_surface_shows_the_targets_rows_and_every_change_of_them() {
    let fixture = fixture();
    let entry = |code: &str, name: &str| {
        let columns = json!({"dot_code": code, "name": name, "value": "closed"});
        new_row("dot_config", &format!("{code}/{name}"), columns)
    };
    let mut authority = fixture.authority();
    authority
        .insert(vec![entry("DOT_A", "b"), entry("DOT_B", "a")])
        .unwrap();
    let mut observer = fixture.store.observer_reader().unwrap();
    let mut rows = || match surface(&mut observer, SurfaceKind::State, "dot_config", new_id()) {
        SurfaceContent::Rows(rows) => rows,
        other => panic!("{other:?}"),
    };
    let before = rows();
    assert_eq!(before.len(), 1);
    assert_eq!(before[0]["row_key"], "DOT_A/b");
    authority.insert(vec![entry("DOT_B", "c")]).unwrap();
    assert_eq!(rows(), before);
    authority.insert(vec![entry("DOT_A", "a")]).unwrap();
    let keys: Vec<_> = rows().iter().map(|row| row["row_key"].clone()).collect();
    assert_eq!(keys, ["DOT_A/a", "DOT_A/b"]);
}

#[test]
fn surfaces_that_the_store_does_not_have_are_unknown() {
    let fixture = fixture();
    let mut observer = fixture.store.observer_reader().unwrap();
    for (kind, carrier) in [
        (SurfaceKind::State, "ledger"),
        (SurfaceKind::State, "sqlite_schema"),
        (SurfaceKind::AppendOnly, "sqlite_schema"),
        (SurfaceKind::Catalogue, "ledger"),
    ] {
        let content = surface(&mut observer, kind, carrier, new_id());
        assert_eq!(content, SurfaceContent::Unknown, "{carrier}");
    }
}

#[test]
fn table_that_tells_not_who_added_a_row_offers_no_write_set() {
    let fixture = fixture();
    let mut observer = fixture.store.observer_reader().unwrap();
    let mut of = |carrier| {
        let kind = SurfaceKind::AppendOnly;
        surface(&mut observer, kind, carrier, new_id())
    };
    assert_eq!(of("ownership"), SurfaceContent::Rows(vec![]));
    assert!(matches!(of("ledger"), SurfaceContent::WriteSet { .. }));
}

#[test]
fn file_surface_is_the_hash_of_its_content() {
    let fixture = fixture();
    let path = fixture.directory.path().join("protected.toml");
    std::fs::write(&path, "closed = true").unwrap();
    let path = path.to_str().unwrap().to_owned();
    let mut observer = fixture.store.observer_reader().unwrap();
    let before = surface(&mut observer, SurfaceKind::File, &path, new_id());
    assert_eq!(
        before,
        surface(&mut observer, SurfaceKind::File, &path, new_id())
    );
    std::fs::write(&path, "closed = false").unwrap();
    assert_ne!(
        before,
        surface(&mut observer, SurfaceKind::File, &path, new_id())
    );
    let query = |carrier| SurfaceQuery {
        name: "file",
        kind: SurfaceKind::File,
        carrier,
        target: "dot:DOT_A",
        attempt_id: new_id(),
    };
    observer.surface(&query("/dev/zero")).unwrap_err();
    observer.surface(&query("/nowhere/at/all")).unwrap_err();
}

#[test]
fn reading_that_was_never_ended_keeps_no_later_one_in_the_past() {
    let fixture = fixture();
    let mut observer = fixture.store.observer_reader().unwrap();
    observer.begin().unwrap();
    let attempt = fixture.register("DOT_A");
    observer.begin().unwrap();
    let (kind, carrier) = (SurfaceKind::Catalogue, "dot_catalogue");
    let SurfaceContent::WriteSet { rows, .. } =
        surface(&mut observer, kind, carrier, attempt.attempt_id)
    else {
        panic!("no rows");
    };
    assert_eq!(rows.len(), 1);
    observer.end().unwrap();
}

#[test]
fn batch_of_captures_sees_one_state() {
    let fixture = fixture();
    let mut observer = fixture.store.observer_reader().unwrap();
    observer.begin().unwrap();
    let attempt = fixture.register("DOT_A");
    let mut heads = || match surface(
        &mut observer,
        SurfaceKind::Catalogue,
        "dot_catalogue",
        attempt.attempt_id,
    ) {
        SurfaceContent::WriteSet { rows, .. } => rows.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(heads(), 0);
    observer.end().unwrap();
    let mut heads = || match surface(
        &mut observer,
        SurfaceKind::Catalogue,
        "dot_catalogue",
        attempt.attempt_id,
    ) {
        SurfaceContent::WriteSet { rows, .. } => rows.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(heads(), 1);
}

#[test]
fn manifests_and_issuers_are_active_rows() {
    let fixture = fixture();
    let manifest = json!({
        "manifest_id": "m", "manifest_version": "1", "issuer": "principal/olga",
        "canonicalization_version": "jcs-rows/v1", "surfaces": "[]",
        "manifest_hash": super::digest("manifest"),
    });
    let mut second = manifest.clone();
    second["supersedes"] = json!("m/1");
    fixture.insert("manifest", "m/1", manifest);
    fixture.insert("manifest", "m/2", second);
    let principal = |name: &str, kind: &str| {
        let columns =
            json!({"principal": name, "kind": kind, "side": "owner", "display_name": name});
        fixture.insert("principal", name, columns);
    };
    principal("principal/olga", "human");
    principal("principal/rita", "requester");
    let mut observer = fixture.store.observer_reader().unwrap();
    let found = observer.manifests().unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].row.key(), "m/2");
    assert!(observer.issuer_is_governed("principal/olga").unwrap());
    assert!(!observer.issuer_is_governed("principal/rita").unwrap());
    assert!(!observer.issuer_is_governed("principal/nobody").unwrap());
}

#[test]
fn snapshots_and_reports_are_stored_once() {
    let fixture = fixture();
    let attempt = fixture.register("DOT_A");
    let id = attempt.attempt_id;
    let snapshot = |phase, text: &str| SnapshotRow {
        attempt_id: id,
        phase,
        bytes: text.as_bytes().to_vec(),
    };
    let report = |text: &str| ReportRow {
        attempt_id: id,
        report: text.as_bytes().to_vec(),
        verdict_after: b"verdict".to_vec(),
    };
    let mut sink = fixture.store.snapshot_writer().unwrap();
    let answers = sink
        .insert(
            &[snapshot("before", "one"), snapshot("after", "two")],
            &[report("three")],
        )
        .unwrap();
    assert_eq!(answers, [InsertAnswer::Inserted; 3]);
    let answers = sink
        .insert(
            &[snapshot("before", "one"), snapshot("after", "else")],
            &[report("else")],
        )
        .unwrap();
    assert_eq!(
        answers,
        [
            InsertAnswer::AlreadyInserted,
            InsertAnswer::Different,
            InsertAnswer::Different
        ]
    );
    let reader = fixture.store.reader().unwrap();
    assert_eq!(reader.snapshot(&id, "after").unwrap().unwrap(), b"two");
    assert_eq!(reader.snapshot(&id, "during").unwrap(), None);
    assert_eq!(reader.report(&id).unwrap().unwrap().report, b"three");
    assert!(reader.evidence(&id).unwrap().is_some());
    assert!(
        fixture
            .registrar()
            .unverified_attempts(10)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn report_on_an_attempt_that_was_not_consumed_is_refused() {
    let fixture = fixture();
    let report = ReportRow {
        attempt_id: new_id(),
        report: vec![1],
        verdict_after: vec![2],
    };
    let mut sink = fixture.store.snapshot_writer().unwrap();
    sink.insert(&[], &[report]).unwrap_err();
    assert_eq!(fixture.count("verification_report"), 0);
}

#[test]
fn verifier_rereads_what_was_committed() {
    let fixture = fixture();
    let attempt = fixture.register("DOT_A");
    let mut verifier = fixture.store.verifier().unwrap();
    let heads = verifier.current_heads("DOT_A").unwrap();
    assert_eq!(heads.len(), 1);
    assert_eq!(heads[0].status, "draft");
    assert_eq!(heads[0].columns["replay_key"], json!(attempt.replay_key));
    assert_eq!(
        verifier.row_by_key(&heads[0].row_key).unwrap().as_ref(),
        heads.first()
    );
    let ledger = verifier.ledger_row(&attempt.replay_key).unwrap().unwrap();
    assert_eq!(ledger.attempt_id, attempt.attempt_id);
    assert_eq!(ledger.transaction_id, "txn:1");
    assert_eq!(
        verifier.decision(&attempt.replay_key).unwrap(),
        attempt.answer
    );
    assert_eq!(verifier.ledger_row(&super::digest("other")).unwrap(), None);
    assert!(verifier.open_config("DOT_A").unwrap().is_empty());
    let open = json!({"dot_code": "DOT_A", "name": "schedule", "value": "open"});
    fixture.insert("dot_config", "c/1", open);
    assert_eq!(verifier.open_config("DOT_A").unwrap(), ["schedule"]);
    let row = json!({"verifier_ref": "v", "specific_target": null, "description": "d", "issued_at": at(3)});
    fixture.insert("verifier", "v/1", row);
    let rows = verifier.verifier("v").unwrap();
    assert_eq!(rows[0].written_by, "principal/authority");
    assert_eq!(rows[0].issued_at, at(3));
    assert!(rows[0].active);
}

#[test]
fn head_that_was_tampered_with_is_an_error_and_a_retired_one_is_not() {
    let fixture = fixture();
    let attempt = fixture.register("DOT_A");
    fixture.authorise("DOT_A");
    let retirement = json!({"dot_code": "DOT_A", "approval_ref": "app/DOT_A", "reason": "r"});
    fixture
        .authority()
        .retire_head("DOT_A", new_row("retirement", "retire/1", retirement))
        .unwrap();
    let mut verifier = fixture.store.verifier().unwrap();
    let key = attempt.attempt_id.to_string();
    let row = verifier.row_by_key(&key).unwrap().unwrap();
    assert_eq!(row.status, "retired");
    assert!(verifier.current_heads("DOT_A").unwrap().is_empty());
    fixture
        .raw()
        .execute_batch(
            "DROP TRIGGER dot_catalogue_is_only_retired; UPDATE dot_catalogue SET size_bytes = 1",
        )
        .unwrap();
    verifier.row_by_key(&key).unwrap_err();
}

#[test]
fn foreign_trigger_fires_on_drafts_unless_its_whole_condition_is_active() {
    let fixture = fixture();
    let mut verifier = fixture.store.verifier().unwrap();
    assert!(verifier.activation_triggers().unwrap().is_empty());
    fixture
        .raw()
        .execute_batch(
            "CREATE TRIGGER on_active AFTER UPDATE ON dot_catalogue
             WHEN NEW.status = 'active' BEGIN SELECT 1; END;
             CREATE TRIGGER on_either AFTER UPDATE ON dot_catalogue
             WHEN NEW.status = 'active' OR 1 BEGIN SELECT 1; END;
             CREATE TRIGGER on_all AFTER INSERT ON dot_catalogue BEGIN SELECT 1; END;",
        )
        .unwrap();
    let found: Vec<(String, bool)> = verifier
        .activation_triggers()
        .unwrap()
        .into_iter()
        .map(|trigger| (trigger.name, trigger.fires_on_draft))
        .collect();
    let named = |name: &str, fires| (name.to_owned(), fires);
    assert_eq!(
        found,
        [
            named("on_active", false),
            named("on_all", true),
            named("on_either", true)
        ]
    );
}
