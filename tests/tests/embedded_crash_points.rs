//! A process that dies at each crash point of the store: what its caller saw, what it left behind,
//! what recovery makes of it, and what a retry is answered.
//!
//! All processes run the same program: recovery captures with another process of the observer that
//! captured before, and an observer of another program is another observer.

use std::collections::BTreeSet;
use std::path::Path;

use embedded::edge;
use holdfast_tests::fixture::{Fixture, must};
use holdfast_tests::invariants::{broken, broken_after_recovery, count, is_stored_answer, states};
use holdfast_tests::program::holdfast_with_crash_points;
use holdfast_tests::runs::{ABORTED, CRASH_AT, Run, recover, register};
use serde_json::json;

/// Recovery takes on whatever is older than this.
const HORIZON_MS: u64 = 1;

/// What a registration that dies at a point has left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// No attempt at all.
    Nothing,
    /// A reservation that nobody will use.
    Open,
    /// A committed registration without its verification.
    Committed,
}

/// A test per crash point, and the list that is compared with the points there are.
macro_rules! dies_at {
    ($($test:ident: $scenario:ident($point:literal $(, $left:expr)?);)*) => {
        $(
            #[test]
            fn $test() {
                $scenario($point $(, $left)?);
            }
        )*

        const COVERED: &[&str] = &[$($point),*];
    };
}

dies_at! {
    registrar_dies_before_the_reservation_commits: registrar_dies("reserve.before_commit", Left::Nothing);
    registrar_dies_after_the_reservation_commits: registrar_dies("reserve.after_commit", Left::Open);
    registrar_dies_after_it_took_the_attempt: registrar_dies("consume.after_transition", Left::Open);
    registrar_dies_after_it_inserted_the_key: registrar_dies("consume.after_ledger", Left::Open);
    registrar_dies_after_it_inserted_the_head: registrar_dies("consume.after_head", Left::Open);
    registrar_dies_after_it_inserted_the_decision: registrar_dies("consume.after_decision", Left::Open);
    registrar_dies_before_the_registration_commits: registrar_dies("consume.before_commit", Left::Open);
    registrar_dies_after_the_registration_commits: registrar_dies("consume.after_commit", Left::Committed);
    observer_dies_before_it_stores_a_capture: observer_dies("snapshot.before_insert", Left::Nothing);
    observer_dies_after_it_inserted_a_capture: observer_dies("snapshot.after_insert", Left::Nothing);
    observer_dies_before_it_stores_a_report: observer_dies("report.before_insert", Left::Committed);
    observer_dies_after_it_inserted_a_report: observer_dies("report.after_insert", Left::Committed);
    refuser_dies_before_it_records: refuser_dies("audit.before_insert");
    refuser_dies_before_the_record_commits: refuser_dies("audit.before_commit");
    refuser_dies_after_the_record_commits: refuser_dies("audit.after_commit");
}

#[test]
fn every_crash_point_of_the_store_is_covered() {
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/store-sqlite/src");
    let mut points = BTreeSet::new();
    collect(Path::new(sources), &mut points);
    assert!(points.len() >= 15, "{points:?}");
    let covered: BTreeSet<String> = COVERED.iter().map(|&point| point.to_owned()).collect();
    assert_eq!(covered, points);
}

/// The names in every call of `crash_point`, in whatever form they stand between its brackets.
fn collect(folder: &Path, points: &mut BTreeSet<String>) {
    for entry in must(std::fs::read_dir(folder)) {
        let path = must(entry).path();
        if path.is_dir() {
            collect(&path, points);
            continue;
        }
        let text = must(std::fs::read_to_string(&path));
        let calls = text.replace("fn crash_point(", "");
        for call in calls.split("crash_point(").skip(1) {
            let end = call.find(");").unwrap_or(call.len());
            let named = call.get(..end).unwrap_or_default().split('"');
            points.extend(named.skip(1).step_by(2).map(str::to_owned));
        }
    }
}

/// What a registration that died at a point has left, and the request that it was.
struct Crashed {
    fixture: Fixture,
    request: Vec<u8>,
    run: Run,
}

impl Crashed {
    fn at(point: &str) -> Self {
        let fixture = fixture();
        let request = fixture.request(0);
        let run = dying(&fixture, point, &request);
        Self {
            fixture,
            request,
            run,
        }
    }

    fn path(&self) -> &Path {
        self.fixture.embedded().path()
    }

    /// The store as the crash left it.
    fn assert_left(&self, left: Left) {
        let expected: &[&str] = match left {
            Left::Nothing => &[],
            Left::Open => &["reserved"],
            Left::Committed => &["consumed"],
        };
        assert_eq!(states(self.path(), "DOT_0"), expected);
        assert_eq!(broken(self.path()), Vec::<String>::new());
        assert_eq!(count(self.path(), "verification_report"), 0);
        assert_eq!(count(self.path(), "failure_audit"), 0);
    }

    /// Recovery settles it, and a retry and a fresh nonce are answered as what is left allows.
    fn assert_recovers(&self, left: Left) {
        assert_recovered(&self.fixture);
        let first = answered(&self.fixture, &self.request);
        let again = answered(&self.fixture, &self.request);
        assert_eq!(again, first);
        assert!(is_stored_answer(self.path(), &first.stdout));
        let fresh = answered(&self.fixture, &self.fixture.request(0));
        match left {
            Left::Open => {
                assert_eq!(first.code, Some(3));
                assert_eq!(first.reject_codes(), ["OUTCOME_ABANDONED"]);
                assert_eq!(fresh.code, Some(0));
            }
            Left::Nothing | Left::Committed => {
                assert_eq!(first.code, Some(0));
                assert_eq!(fresh.code, Some(3));
                assert_eq!(fresh.reject_codes(), ["REPLAY_DUPLICATE"]);
            }
        }
        assert_recovered(&self.fixture);
        assert_eq!(count(self.path(), "dot_catalogue"), 1);
        assert_eq!(count(self.path(), "failure_audit"), 1);
    }
}

fn registrar_dies(point: &str, left: Left) {
    let crashed = Crashed::at(point);
    assert_died(&crashed.run);
    crashed.assert_left(left);
    crashed.assert_recovers(left);
}

/// The observer is another process: it dies alone, and the registrar still answers its caller.
fn observer_dies(point: &str, left: Left) {
    let crashed = Crashed::at(point);
    assert_eq!(crashed.run.code, Some(6), "{:?}", crashed.run);
    crashed.assert_left(left);
    // What was written is not answered as registered before it is verified.
    assert_eq!(crashed.run.stdout, b"");
    crashed.assert_recovers(left);
    if left == Left::Committed {
        let answer = answered(&crashed.fixture, &crashed.request).stdout;
        assert!(is_stored_answer(crashed.path(), &answer));
    }
}

/// A request that is refused before it reserves anything, in a process that dies as it records.
fn refuser_dies(point: &str) {
    let fixture = fixture();
    let request = fixture.request_with(0, |request| {
        let path = request.pointer_mut("/request_proposed/artifact_path");
        *must(path.ok_or("no path")) = json!("/somewhere/else");
    });
    assert_died(&dying(&fixture, point, &request));
    let path = fixture.embedded().path();
    assert_eq!(broken(path), Vec::<String>::new());
    assert_eq!(count(path, "attempt"), 0);
    let recorded = u64::from(point == "audit.after_commit");
    assert_eq!(count(path, "failure_audit"), recorded);
    assert_recovered(&fixture);
    let retry = answered(&fixture, &request);
    assert_eq!(retry.code, Some(3));
    assert!(is_stored_answer(path, &retry.stdout));
    assert_eq!(count(path, "failure_audit"), recorded + 1);
    assert_eq!(answered(&fixture, &fixture.request(0)).code, Some(0));
    assert_recovered(&fixture);
}

#[test]
fn recovery_that_dies_as_it_records_is_finished_by_the_next() {
    for point in [
        "audit.before_insert",
        "audit.before_commit",
        "audit.after_commit",
    ] {
        let crashed = Crashed::at("reserve.after_commit");
        let path = crashed.path();
        let mut dying = recover(&crashed.fixture, holdfast_with_crash_points());
        assert_died(&Run::of(dying.env(CRASH_AT, point)));
        let committed = point == "audit.after_commit";
        let state = if committed { "aborted" } else { "reserved" };
        assert_eq!(states(path, "DOT_0"), [state]);
        assert_eq!(broken(path), Vec::<String>::new());
        crashed.assert_recovers(Left::Open);
    }
}

#[test]
fn observer_that_dies_under_recovery_leaves_the_verification_to_the_next() {
    for point in [
        "snapshot.before_insert",
        "snapshot.after_insert",
        "report.before_insert",
        "report.after_insert",
    ] {
        let crashed = Crashed::at("consume.after_commit");
        let mut dying = recover(&crashed.fixture, holdfast_with_crash_points());
        let run = Run::of(dying.env(CRASH_AT, point));
        assert_eq!(run.code, Some(6), "{run:?}");
        crashed.assert_left(Left::Committed);
        crashed.assert_recovers(Left::Committed);
    }
}

fn fixture() -> Fixture {
    Fixture::with_policy(1, json!({ "recovery_horizon_ms": HORIZON_MS }))
}

/// Registers in a process that dies at a point: its own, or its observer's, which inherits the name
/// and alone passes the points of captures and reports.
fn dying(fixture: &Fixture, point: &str, request: &[u8]) -> Run {
    let mut command = register(fixture, holdfast_with_crash_points(), request);
    Run::of(command.env(CRASH_AT, point))
}

fn answered(fixture: &Fixture, request: &[u8]) -> Run {
    Run::of(&mut register(
        fixture,
        holdfast_with_crash_points(),
        request,
    ))
}

/// It ended itself, and its caller saw nothing.
fn assert_died(run: &Run) {
    assert_eq!(run.signal, Some(ABORTED), "{run:?}");
    assert_eq!(run.stdout, b"");
}

fn assert_recovered(fixture: &Fixture) {
    let now = edge::now();
    let run = Run::of(&mut recover(fixture, holdfast_with_crash_points()));
    assert_eq!(run.code, Some(0), "{run:?}");
    let broken = broken_after_recovery(fixture.embedded().path(), now, HORIZON_MS);
    assert_eq!(broken, Vec::<String>::new());
}
