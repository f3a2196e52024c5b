//! How the observer reads, and what it keeps.

use canonical::Uuid;
use observer::{BatchReader as _, InsertAnswer, ReportRow, SnapshotRow, SnapshotSink as _};
use registrar::port::{FailureSink as _, RegistrarStore as _};
use serde_json::Value;
use snapshot_provider::port::{SurfaceKind, SurfaceReader};

use super::writing_authority::principal;
use crate::StoreUnderTest;
use crate::history::HistoryReader as _;
use crate::looking::{added, rows_of};
use crate::material::{bytes_of, config, failure, manifest, new_id, own, superseding};
use crate::setup::{Setup, only};

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

/// Where a store records sessions, the registrar is told the one that stored an attempt's capture
/// before: its principal, its server process, and since when that runs. Whoever stores the same
/// capture again later does not take its place, and an attempt without that capture has none.
pub fn session_that_stored_the_capture_before_is_told<S: StoreUnderTest>(store: &S) {
    let setup = Setup::new(store);
    let id = new_id();
    let session = |id: &Uuid| setup.registrar().observer_session(id).unwrap();
    let mut sink = store.snapshots();
    sink.insert(&[snapshot(id, "after", "two")], &[]).unwrap();
    assert_eq!(session(&id), None);
    sink.insert(&[snapshot(id, "before", "one")], &[]).unwrap();
    let told = session(&id);
    assert_eq!(told.is_some(), store.records_sessions());
    if let Some(told) = &told {
        assert!(!told.principal.is_empty());
        assert!(told.backend_pid > 0);
        assert!(told.backend_started <= setup.registrar().clock().unwrap());
    }
    let again = store
        .snapshots()
        .insert(&[snapshot(id, "before", "one")], &[]);
    assert_eq!(again.unwrap(), [InsertAnswer::AlreadyInserted]);
    assert_eq!(session(&id), told);
    assert_eq!(session(&new_id()), None);
}
