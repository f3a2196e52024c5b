//! The protected surfaces, and what the observer keeps of them.

use authority::port::AuthorityWriter as _;
use canonical::{Digest, Uuid};
use observer::{BatchReader as _, InsertAnswer, ReportRow, SnapshotRow, SnapshotSink as _};
use registrar::port::{FailureSink as _, RegistrarStore as _};
use serde_json::{Value, json};
use snapshot_provider::port::{AddedRow, SurfaceContent, SurfaceKind, SurfaceQuery, SurfaceReader};
use verifier::port::CommittedReader as _;

use super::writing_authority::principal;
use crate::StoreUnderTest;
use crate::history::HistoryReader as _;
use crate::material::{
    at_once, bytes_of, config, failure, hold, manifest, new_id, own, retirement, superseding, vote,
};
use crate::setup::{Setup, only};

/// What a store holds of a surface, asked for the target `DOT_A`.
fn surface<R: SurfaceReader>(
    reader: &mut R,
    kind: SurfaceKind,
    carrier: &str,
    attempt_id: Uuid,
) -> SurfaceContent {
    let query = SurfaceQuery {
        name: carrier,
        kind,
        carrier,
        target: "dot:DOT_A",
        attempt_id,
    };
    reader.surface(&query).unwrap()
}

/// The rows that an attempt added to a surface, of a provenance that tells an attempt's own rows.
fn added<R: SurfaceReader>(
    reader: &mut R,
    kind: SurfaceKind,
    carrier: &str,
    attempt_id: Uuid,
) -> Vec<AddedRow> {
    match surface(reader, kind, carrier, attempt_id) {
        SurfaceContent::WriteSet { provenance, rows } => {
            let known = ["writer_ordinal", "writer_txid"].contains(&provenance);
            assert!(known, "{carrier}: {provenance}");
            rows
        }
        other => panic!("{carrier}: {other:?}"),
    }
}

/// The surfaces that a registration writes to.
const WRITTEN: [(SurfaceKind, &str); 3] = [
    (SurfaceKind::AppendOnly, "ledger"),
    (SurfaceKind::AppendOnly, "decision"),
    (SurfaceKind::Catalogue, "dot_catalogue"),
];

/// Asserts that an attempt's write-set is its key, its decision and its head, of one transaction.
fn assert_own_write_set<R: SurfaceReader>(
    reader: &mut R,
    attempt_id: Uuid,
    replay_key: &Digest,
    transaction_id: &str,
) {
    for (kind, carrier) in WRITTEN {
        let row = only(added(reader, kind, carrier, attempt_id));
        let row_key = match kind {
            SurfaceKind::Catalogue => attempt_id.to_string(),
            _ => replay_key.to_string(),
        };
        assert_eq!(row.row_key, row_key, "{carrier}");
        assert_eq!(row.attempt_id, Some(attempt_id), "{carrier}");
        assert_eq!(row.transaction_id, transaction_id, "{carrier}");
    }
}

/// The write-set of an attempt is exactly its key, its decision and its head, each under the
/// transaction that wrote them; the head's hash is the one that its decision states. An attempt
/// that wrote nothing has no row anywhere.
pub fn write_set_of_an_attempt_is_exactly_its_own_rows<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let item = setup.opened_item("DOT_A");
    let (attempt_id, replay_key) = (item.attempt_id, item.replay_key);
    let head_row_hash = item.head.row_hash().unwrap();
    let mut observer = store.observer();
    for (kind, carrier) in WRITTEN {
        assert_eq!(added(&mut observer, kind, carrier, attempt_id), []);
    }
    let (_, transaction_id) = setup.written(item);
    setup.register("DOT_B");
    assert_own_write_set(&mut observer, attempt_id, &replay_key, &transaction_id);
    let head = added(
        &mut observer,
        SurfaceKind::Catalogue,
        "dot_catalogue",
        attempt_id,
    );
    assert_eq!(only(head).row_hash, head_row_hash);
    for (kind, carrier) in WRITTEN {
        assert_eq!(added(&mut observer, kind, carrier, new_id()), []);
    }
    let (kind, carrier) = (SurfaceKind::AppendOnly, "failure_audit");
    assert_eq!(added(&mut observer, kind, carrier, attempt_id), []);
}

/// A failure that was recorded for an attempt is in the attempt's write-set, and in no other's.
pub fn failure_is_in_the_write_set_of_its_attempt<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    let other = failure(&setup.reservation("DOT_A"), None);
    let mut sink = store.failures();
    sink.record(vec![other, failure(&open, Some(own(&open)))])
        .unwrap();
    let mut observer = store.observer();
    let (kind, carrier) = (SurfaceKind::AppendOnly, "failure_audit");
    let row = only(added(&mut observer, kind, carrier, open.attempt_id));
    assert_eq!(row.attempt_id, Some(open.attempt_id));
    for (kind, carrier) in WRITTEN {
        assert_eq!(added(&mut observer, kind, carrier, open.attempt_id), []);
    }
}

/// Registrations of one transaction, and such that run at the same time, leave each other's
/// write-set alone.
pub fn registrations_side_by_side_do_not_disturb_each_others_write_set<S: StoreUnderTest>(
    store: &S,
) {
    let setup = Setup::new(store);
    let open: Vec<_> = (0..4)
        .map(|number| setup.reservation(&format!("DOT_{number}")))
        .collect();
    setup.registrar().reserve(open.clone()).unwrap();
    let batch = open.iter().map(|open| setup.item(open)).collect();
    setup.registrar().consume(batch).unwrap();
    let apart: Vec<_> = (4..8)
        .map(|number| setup.opened_item(&format!("DOT_{number}")))
        .collect();
    let mut expected: Vec<_> = open
        .iter()
        .map(|open| (open.attempt_id, open.replay_key))
        .collect();
    expected.extend(apart.iter().map(|item| (item.attempt_id, item.replay_key)));
    let callers = apart
        .into_iter()
        .map(|item| (store.registrar(), item))
        .collect();
    at_once(callers, |_, (mut registrar, item)| {
        registrar.consume(vec![item]).unwrap();
    });
    let mut observer = store.observer();
    for (attempt_id, replay_key) in expected {
        let key = store.verifier().ledger_row(&replay_key).unwrap().unwrap();
        assert_eq!(key.attempt_id, attempt_id);
        let transaction_id = &key.transaction_id;
        assert_own_write_set(&mut observer, attempt_id, &replay_key, transaction_id);
    }
}

/// A `state` surface is the rows that concern the target, in the order of their keys, and shows
/// every change of them; rows of another target do not show.
pub fn state_surface_shows_the_targets_rows_and_every_change_of_them<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    setup.insert("dot_config", "config/b", config("DOT_A", "b", "closed"));
    setup.insert("dot_config", "config/x", config("DOT_B", "x", "closed"));
    let mut observer = store.observer();
    let mut rows = |carrier: &str| rows_of(&mut observer, carrier);
    let before = rows("dot_config");
    assert_eq!(keys(&before), ["config/b"]);
    setup.insert("dot_config", "config/y", config("DOT_B", "y", "closed"));
    assert_eq!(rows("dot_config"), before);
    setup.insert("dot_config", "config/a", config("DOT_A", "a", "closed"));
    assert_eq!(keys(&rows("dot_config")), ["config/a", "config/b"]);
    assert_eq!(rows("dot_config")[1], before[0]);
    let closing = superseding(config("DOT_A", "b", "closed"), "active", "config/b");
    setup.insert("dot_config", "config/c", closing);
    assert_eq!(
        keys(&rows("dot_config")),
        ["config/a", "config/b", "config/c"]
    );
}

/// Which rows of a carrier concern a target is the carrier's: by its code or for every code, by its
/// object, by the approval that it votes on, or all of them.
pub fn state_surface_knows_how_each_carrier_names_its_target<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    setup.authorise("DOT_A");
    setup.authorise("DOT_B");
    for (carrier, row_key, columns) in [
        ("approval_vote", "vote/A", vote("app/DOT_A", "approve")),
        ("approval_vote", "vote/B", vote("app/DOT_B", "approve")),
        ("hold_event", "hold/A", hold("DOT_A", "release")),
        ("hold_event", "hold/B", hold("DOT_B", "release")),
        ("hold_event", "hold/all", hold("*", "release")),
        ("principal", "p/1", principal("principal/olga", "human")),
    ] {
        setup.insert(carrier, row_key, columns);
    }
    let mut observer = store.observer();
    for (carrier, expected) in [
        ("ownership", ["own/DOT_A"].as_slice()),
        ("approval", &["app/DOT_A"]),
        ("approval_vote", &["vote/A"]),
        ("hold_event", &["hold/A", "hold/all"]),
        ("principal", &["p/1"]),
        ("policy", &["policy/1"]),
        ("admission", &[]),
    ] {
        let rows = rows_of(&mut observer, carrier);
        assert_eq!(keys(&rows), expected, "{carrier}");
    }
}

fn rows_of<R: SurfaceReader>(reader: &mut R, carrier: &str) -> Vec<Value> {
    match surface(reader, SurfaceKind::State, carrier, new_id()) {
        SurfaceContent::Rows(rows) => rows,
        other => panic!("{carrier}: {other:?}"),
    }
}

fn keys(rows: &[Value]) -> Vec<&str> {
    rows.iter()
        .map(|row| row["row_key"].as_str().unwrap())
        .collect()
}

/// What the store does not have, or not as this kind, is unknown: the database's own tables, the
/// ledger as state, an authority carrier as catalogue, text that is no name.
pub fn surfaces_that_the_store_does_not_have_are_unknown<S: StoreUnderTest>(store: &S) {
    let mut observer = store.observer();
    for (kind, carrier) in [
        (SurfaceKind::State, "ledger"),
        (SurfaceKind::State, "no_such_table"),
        (SurfaceKind::State, "sqlite_schema"),
        (SurfaceKind::State, "pg_authid"),
        (SurfaceKind::State, "ownership; DROP TABLE ownership"),
        (SurfaceKind::AppendOnly, "no_such_table"),
        (SurfaceKind::AppendOnly, "sqlite_schema"),
        (SurfaceKind::AppendOnly, "pg_class"),
        (SurfaceKind::Catalogue, "ledger"),
        (SurfaceKind::Catalogue, "ownership"),
    ] {
        let content = surface(&mut observer, kind, carrier, new_id());
        assert_eq!(content, SurfaceContent::Unknown, "{kind:?} {carrier}");
    }
    assert_eq!(rows_of(&mut observer, "ownership"), [] as [Value; 0]);
}

/// A table that tells not which attempt added a row has no write-set to offer, not even an empty
/// one that would look like one.
pub fn table_that_tells_not_who_added_a_row_offers_no_write_set<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    setup.authorise("DOT_A");
    let mut observer = store.observer();
    let kind = SurfaceKind::AppendOnly;
    match surface(&mut observer, kind, "ownership", new_id()) {
        SurfaceContent::Rows(rows) => assert_eq!(rows, [] as [Value; 0]),
        other => panic!("{other:?}"),
    }
    assert_eq!(added(&mut observer, kind, "ledger", new_id()), []);
}

/// A `file` surface is the hash of a regular file's content; what is no such file is an error, and
/// is not waited for.
pub fn file_surface_is_the_hash_of_its_content<S: StoreUnderTest>(store: &S) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("protected.toml");
    let carrier = path.to_str().unwrap();
    let mut observer = store.observer();
    let mut content = |text: &str| {
        std::fs::write(&path, text).unwrap();
        surface(&mut observer, SurfaceKind::File, carrier, new_id())
    };
    let closed = content("closed = true");
    let mut hasher = canonical::ContentHasher::new();
    hasher.update(b"closed = true");
    assert_eq!(closed, SurfaceContent::File(hasher.finish()));
    assert_ne!(content("closed = false"), closed);
    assert_eq!(content("closed = true"), closed);
    for unreadable in ["/dev/zero", "/nowhere/at/all"] {
        let query = SurfaceQuery {
            name: "file",
            kind: SurfaceKind::File,
            carrier: unreadable,
            target: "dot:DOT_A",
            attempt_id: new_id(),
        };
        observer.surface(&query).unwrap_err();
    }
}

/// How many heads an attempt has in the observer's eyes.
fn heads_seen<R: SurfaceReader>(reader: &mut R, attempt_id: Uuid) -> usize {
    added(reader, SurfaceKind::Catalogue, "dot_catalogue", attempt_id).len()
}

/// Between its beginning and its end a batch of captures sees one state: what was committed before
/// it began and nothing after; the next capture sees newer commits again.
pub fn batch_of_captures_sees_one_state<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let first = setup.register("DOT_A").attempt_id;
    let mut observer = store.observer();
    observer.begin().unwrap();
    let second = setup.register("DOT_B").attempt_id;
    setup.insert("dot_config", "config/1", config("DOT_A", "n", "closed"));
    assert_eq!(heads_seen(&mut observer, first), 1);
    assert_eq!(heads_seen(&mut observer, second), 0);
    assert_eq!(rows_of(&mut observer, "dot_config"), [] as [Value; 0]);
    observer.end().unwrap();
    assert_eq!(heads_seen(&mut observer, second), 1);
    assert_eq!(rows_of(&mut observer, "dot_config").len(), 1);
}

/// A batch that was never ended keeps no later one in the past.
pub fn reading_that_was_never_ended_keeps_no_later_one_in_the_past<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let mut observer = store.observer();
    observer.begin().unwrap();
    let attempt_id = setup.register("DOT_A").attempt_id;
    observer.begin().unwrap();
    assert_eq!(heads_seen(&mut observer, attempt_id), 1);
    observer.end().unwrap();
}

/// Manifests are the active rows of their carrier, and whoever may issue one is an active human,
/// service or team, not somebody who only asks.
pub fn manifests_and_issuers_are_active_rows<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    setup.insert("manifest", "m/1", manifest("m"));
    let second = superseding(manifest("m"), "active", "m/1");
    let second = setup.insert("manifest", "m/2", second);
    for (name, kind) in [
        ("principal/olga", "human"),
        ("principal/sam", "service"),
        ("principal/team", "team"),
        ("principal/rita", "requester"),
        ("principal/gone", "human"),
    ] {
        setup.insert("principal", name, principal(name, kind));
    }
    let gone = superseding(
        principal("principal/gone", "human"),
        "revoked",
        "principal/gone",
    );
    setup.insert("principal", "principal/gone/2", gone);
    let mut observer = store.observer();
    let found = only(observer.manifests().unwrap());
    assert_eq!(found.row, second);
    let mut issues = |name: &str| observer.issuer_is_governed(name).unwrap();
    for governed in ["principal/olga", "principal/sam", "principal/team"] {
        assert!(issues(governed), "{governed}");
    }
    for not in ["principal/rita", "principal/gone", "principal/nobody"] {
        assert!(!issues(not), "{not}");
    }
}

fn snapshot(attempt_id: Uuid, phase: &'static str, name: &str) -> SnapshotRow {
    SnapshotRow {
        attempt_id,
        phase,
        bytes: bytes_of(name),
    }
}

fn report(attempt_id: Uuid, name: &str, verdict: &str) -> ReportRow {
    ReportRow {
        attempt_id,
        report: bytes_of(name),
        verdict_after: bytes_of(verdict),
    }
}

/// A snapshot is stored once for its attempt and phase, a report once for its attempt: the same
/// bytes again are told as such, others are told to differ and change nothing. Every row of a batch
/// has its own answer, snapshots first.
pub fn snapshots_and_reports_are_stored_once<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let id = setup.register("DOT_A").attempt_id;
    let mut sink = store.snapshots();
    assert_eq!(sink.insert(&[], &[]).unwrap(), []);
    let answers = sink
        .insert(
            &[snapshot(id, "before", "one"), snapshot(id, "after", "two")],
            &[report(id, "three", "four")],
        )
        .unwrap();
    assert_eq!(answers, [InsertAnswer::Inserted; 3]);
    let other = new_id();
    let answers = sink
        .insert(
            &[
                snapshot(id, "before", "one"),
                snapshot(id, "after", "else"),
                snapshot(other, "before", "five"),
                snapshot(other, "before", "five"),
            ],
            &[
                report(id, "three", "four"),
                report(id, "else", "four"),
                report(id, "three", "else"),
            ],
        )
        .unwrap();
    assert_eq!(
        answers,
        [
            InsertAnswer::AlreadyInserted,
            InsertAnswer::Different,
            InsertAnswer::Inserted,
            InsertAnswer::AlreadyInserted,
            InsertAnswer::AlreadyInserted,
            InsertAnswer::Different,
            InsertAnswer::Different,
        ]
    );
    let mut history = store.history();
    assert_eq!(history.snapshot(&id, "before"), Some(bytes_of("one")));
    assert_eq!(history.snapshot(&id, "after"), Some(bytes_of("two")));
    assert_eq!(history.snapshot(&id, "during"), None);
    assert_eq!(history.snapshot(&other, "before"), Some(bytes_of("five")));
    assert_eq!(history.snapshot(&other, "after"), None);
    assert_eq!(
        history.report(&id),
        Some((bytes_of("three"), bytes_of("four")))
    );
}

/// Only a consumed attempt has a report. One on any other attempt fails its whole batch: no
/// snapshot beside it is stored either.
pub fn report_on_an_attempt_that_was_not_consumed_fails_its_batch<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let open = setup.reservation("DOT_A");
    setup.open(&open);
    let aborted = setup.reservation("DOT_B");
    setup.open(&aborted);
    let record = failure(&aborted, Some(own(&aborted)));
    store.failures().record(vec![record]).unwrap();
    let mut sink = store.snapshots();
    let beside = snapshot(new_id(), "before", "beside");
    for attempt_id in [open.attempt_id, aborted.attempt_id, new_id()] {
        let refused = report(attempt_id, "report", "verdict");
        sink.insert(std::slice::from_ref(&beside), &[refused])
            .unwrap_err();
        assert_eq!(store.history().report(&attempt_id), None);
    }
    assert_eq!(store.history().snapshot(&beside.attempt_id, "before"), None);
    let answers = sink.insert(&[beside], &[]).unwrap();
    assert_eq!(answers, [InsertAnswer::Inserted]);
}

/// A head that was retired since is still the attempt's one row of the catalogue; its hash is that
/// of the row as it is now.
pub fn retired_head_stays_in_the_write_set<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let attempt_id = setup.register("DOT_A").attempt_id;
    let mut observer = store.observer();
    let (kind, carrier) = (SurfaceKind::Catalogue, "dot_catalogue");
    let as_written = only(added(&mut observer, kind, carrier, attempt_id));
    setup.authorise("DOT_A");
    let row = retirement("retire/1", "DOT_A", "app/DOT_A");
    setup.authority().retire_head("DOT_A", row).unwrap();
    let retired = only(added(&mut observer, kind, carrier, attempt_id));
    assert_eq!(retired.row_key, as_written.row_key);
    assert_eq!(retired.transaction_id, as_written.transaction_id);
    assert_ne!(retired.row_hash, as_written.row_hash);
    let row = store.verifier().row_by_key(&retired.row_key).unwrap();
    let row = row.unwrap();
    assert_eq!(row.columns["status"], json!("retired"));
    assert_eq!(row.row_hash, retired.row_hash);
}
