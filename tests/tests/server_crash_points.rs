//! A process that dies at each crash point of the store on a server: what its caller saw, what it
//! left behind, what recovery makes of it, and what a retry is answered.

use std::collections::BTreeSet;
use std::path::Path;

use holdfast_tests::fixture::must;
use holdfast_tests::runs::{ABORTED, CRASH_AT, Run};
use holdfast_tests::server::scene::Scene;
use serde_json::json;

/// What a registration that dies at a point has left behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    /// No attempt at all.
    Nothing,
    /// A reservation that nobody will use.
    Open,
    /// A committed registration without its verification.
    Committed,
    /// A committed registration with its verification.
    Verified,
}

/// Points that the registering process passes.
const REGISTRAR: &[(&str, Left)] = &[
    ("reserve.before_insert", Left::Nothing),
    ("reserve.before_commit", Left::Nothing),
    ("reserve.after_commit", Left::Open),
    ("consume.after_lock", Left::Open),
    ("consume.before_heads", Left::Open),
    ("consume.after_heads", Left::Open),
    ("consume.after_keys", Left::Open),
    ("consume.after_decisions", Left::Open),
    ("consume.after_transitions", Left::Open),
    ("consume.before_commit", Left::Open),
    ("consume.after_commit", Left::Committed),
];

/// Points that its observer passes, a process of its own.
const OBSERVER: &[(&str, Left)] = &[
    ("snapshot.before_insert", Left::Nothing),
    ("snapshot.after_insert", Left::Nothing),
    ("snapshot.after_commit", Left::Nothing),
    ("report.before_insert", Left::Committed),
    ("report.after_insert", Left::Committed),
    ("report.after_commit", Left::Verified),
];

/// Points that whoever records a failure passes, and whether it is recorded by then.
const AUDIT: &[(&str, bool)] = &[("audit.before_insert", false), ("audit.after_commit", true)];

#[test]
fn every_crash_point_of_the_store_is_walked() {
    let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/store-postgres/src");
    let mut points = BTreeSet::new();
    collect(Path::new(sources), &mut points);
    let walked = REGISTRAR.iter().chain(OBSERVER).map(|(point, _)| point);
    let walked = walked.chain(AUDIT.iter().map(|(point, _)| point));
    let walked: BTreeSet<String> = walked.map(|&point| point.to_owned()).collect();
    assert_eq!(walked, points);
}

#[test]
fn registrar_that_dies_anywhere_leaves_what_recovery_settles() {
    walk(REGISTRAR, |run, point, _| {
        assert_eq!(run.signal, Some(ABORTED), "{point}: {run:?}");
        assert_eq!(run.stdout, b"", "{point}");
    });
}

#[test]
fn observer_that_dies_anywhere_leaves_what_recovery_settles() {
    // It dies alone, and the registrar still answers its caller: that nothing is known, unless the
    // report is there for it to read.
    walk(OBSERVER, |run, point, left| {
        let is_known = left == Left::Verified;
        let code = if is_known { 0 } else { 6 };
        assert_eq!(run.code, Some(code), "{point}: {run:?}");
        assert_eq!(run.stdout.is_empty(), !is_known, "{point}");
    });
}

/// One store, a target for each point.
fn walk(points: &[(&str, Left)], assert_died: impl Fn(&Run, &str, Left)) {
    let scene = Scene::new(points.len());
    for (number, (point, left)) in points.iter().enumerate() {
        let request = scene.fixture.request(number);
        let run = scene.register_dying(point, &request);
        assert_died(&run, point, *left);
        assert_eq!(scene.states(number), left.states(), "{point}");
        scene.assert_sound();
        scene.assert_recovers();
        assert_answered(&scene, number, &request, *left, point);
    }
    scene.assert_recovers();
}

impl Left {
    const fn states(self) -> &'static [&'static str] {
        match self {
            Self::Nothing => &[],
            Self::Open => &["reserved"],
            Self::Committed | Self::Verified => &["consumed"],
        }
    }
}

/// The exact retry gets the stored answer, and a fresh nonce gets what is left to get.
fn assert_answered(scene: &Scene, number: usize, request: &[u8], left: Left, point: &str) {
    let retry = scene.register(request);
    assert!(scene.is_stored(&retry.stdout), "{point}: {retry:?}");
    if left == Left::Open {
        assert_eq!(retry.code, Some(3), "{point}: {retry:?}");
        assert_eq!(retry.reject_codes(), ["OUTCOME_ABANDONED"], "{point}");
        let fresh = scene.register(&scene.fixture.request(number));
        assert_eq!(fresh.code, Some(0), "{point}: {fresh:?}");
        assert_eq!(scene.states(number), ["aborted", "consumed"], "{point}");
    } else {
        assert_eq!(retry.code, Some(0), "{point}: {retry:?}");
        assert_eq!(scene.states(number), ["consumed"], "{point}");
    }
}

#[test]
fn refuser_that_dies_as_it_records_has_answered_nothing() {
    let scene = Scene::new(1);
    let mut recorded = 0;
    for (point, is_recorded) in AUDIT {
        let request = scene.fixture.request_with(0, |request| {
            let path = request.pointer_mut("/request_proposed/artifact_path");
            *must(path.ok_or("no path")) = json!("/somewhere/else");
        });
        let run = scene.register_dying(point, &request);
        assert_eq!(run.signal, Some(ABORTED), "{point}: {run:?}");
        assert_eq!(run.stdout, b"", "{point}");
        recorded += i64::from(*is_recorded);
        assert_eq!(scene.count("failure_audit"), recorded, "{point}");
        scene.assert_recovers();
        let retry = scene.register(&request);
        recorded += 1;
        assert_eq!(retry.code, Some(3), "{point}: {retry:?}");
        assert!(scene.is_stored(&retry.stdout), "{point}");
        assert_eq!(scene.count("failure_audit"), recorded, "{point}");
    }
    assert_eq!(scene.count("attempt"), 0);
    let accepted = scene.register(&scene.fixture.request(0));
    assert_eq!(accepted.code, Some(0), "{accepted:?}");
}

#[test]
fn recovery_that_dies_as_it_records_is_finished_by_the_next() {
    let scene = Scene::new(AUDIT.len());
    for (number, (point, is_recorded)) in AUDIT.iter().enumerate() {
        let request = scene.fixture.request(number);
        scene.register_dying("reserve.after_commit", &request);
        let mut recovery = scene.program(&scene.fixture.url(), "recover");
        let run = Run::of(recovery.env(CRASH_AT, point));
        assert_eq!(run.signal, Some(ABORTED), "{point}: {run:?}");
        let state = if *is_recorded { "aborted" } else { "reserved" };
        assert_eq!(scene.states(number), [state], "{point}");
        scene.assert_sound();
        scene.assert_recovers();
        assert_answered(&scene, number, &request, Left::Open, point);
    }
}

#[test]
fn observer_that_dies_under_recovery_leaves_the_verification_to_the_next() {
    let scene = Scene::new(OBSERVER.len());
    for (number, (point, _)) in OBSERVER.iter().enumerate() {
        let request = scene.fixture.request(number);
        scene.register_dying("consume.after_commit", &request);
        let mut recovery = scene.program(&scene.fixture.url(), "recover");
        let run = Run::of(recovery.env(CRASH_AT, point));
        // The capture after is stored together with the report, and then nothing is left to do.
        let code = if point.ends_with(".after_commit") {
            0
        } else {
            6
        };
        assert_eq!(run.code, Some(code), "{point}: {run:?}");
        scene.assert_sound();
        scene.assert_recovers();
        assert_answered(&scene, number, &request, Left::Committed, point);
    }
}

/// The names in every call of `crash_point`.
fn collect(folder: &Path, points: &mut BTreeSet<String>) {
    for entry in must(std::fs::read_dir(folder)) {
        let path = must(entry).path();
        if path.is_dir() {
            collect(&path, points);
            continue;
        }
        let text = must(std::fs::read_to_string(&path));
        for call in text.split("crash_point(\"").skip(1) {
            points.extend(call.split('"').next().map(str::to_owned));
        }
    }
}
