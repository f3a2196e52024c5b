//! What the pipeline does when the world moves under a registration, on a real store.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use authority::{ConfigValue, Surface, SurfaceKind, default_manifest};
use holdfast_tests::acts::Acts;
use holdfast_tests::answered::{bytes, codes, decision, json, registered, text, texts};
use holdfast_tests::fixture::Fixture;
use holdfast_tests::foreign::Foreign;
use holdfast_tests::interjection::{Interjection, Moment};
use holdfast_tests::ledger::{Counts, tamper};
use pipeline::{Answer, Outcome, Phase};
use records::{AttemptKey, Records as _};
use serde_json::{Value, json};

/// After the readback nothing is reserved yet; before the write the attempt is open.
const MOMENTS: [Moment; 2] = [
    Moment::After("authority_readback"),
    Moment::Before(Phase::Write),
];

type Act = Arc<dyn Fn(&Acts) + Send + Sync>;

fn act(act: impl Fn(&Acts) + Send + Sync + 'static) -> Act {
    Arc::new(act)
}

/// Registers the fixture's first target, with an act in the middle.
fn register_while(fixture: &Fixture, moment: Moment, act: &Act) -> Answer {
    let (acts, act) = (Acts::on(fixture), Arc::clone(act));
    let watcher = Interjection::new(moment, move || act(&acts)).boxed();
    let mut pipeline = fixture.deployment().pipeline(watcher).unwrap();
    pipeline.register(&fixture.request(0)).unwrap()
}

/// The one failure audit of an attempt that was closed: it survived the rollback, says what was
/// rolled back, and holds the answer; nothing of the write is left.
fn assert_rolled_back(fixture: &Fixture, answer: &Answer) {
    assert_eq!(Counts::of(fixture), Counts::default().and_aborted(1));
    let audits = fixture.records().audits(0, 10).unwrap();
    let [record] = audits.as_slice() else {
        panic!("{} records", audits.len());
    };
    let (audit, decision) = (json(&record.audit), decision(answer));
    assert_eq!(record.answer, bytes(answer));
    assert_eq!(text(&audit, "/phase"), "consume_and_write");
    assert_eq!(audit["reject_codes"], decision["reject_codes"]);
    assert_eq!(
        texts(&audit, "/rolled_back"),
        ["one draft head", "one ledger row", "one decision"]
    );
    assert_eq!(
        text(&decision, "/failure_audit_envelope/evidence_hash"),
        text(&audit, "/header/evidence_hash")
    );
    assert_eq!(decision["decision_log_envelope"], Value::Null);
    assert_eq!(decision["head"], Value::Null);
    assert_eq!(decision["consume"], Value::Null);
}

#[test]
fn px2_015_a_registration_is_verified_without_any_audit() {
    let fixture = Fixture::new(1);
    let answer = fixture.pipeline().register(&fixture.request(0)).unwrap();
    assert_eq!(answer.outcome, Outcome::Registered);
    let decision = decision(&answer);
    assert_eq!(decision["failure_audit_envelope"], Value::Null);
    assert_eq!(decision["decision_log_envelope"], Value::Null);
    assert_eq!(text(&decision, "/head/status"), "draft");
    let report = json(&answer.report.unwrap());
    assert_eq!(text(&report, "/outcome"), "passed");
    let conditions = report["conditions"].as_array().unwrap();
    assert!(conditions.len() >= 6, "{} conditions", conditions.len());
    assert!(conditions.iter().all(|one| one["outcome"] == json!("held")));
    // No audit of any kind exists, and none is looked for.
    assert_eq!(Counts::of(&fixture), Counts::registered(1));
    assert!(!report.to_string().contains("audit"));
}

#[test]
fn t_p5_1_a_failure_audit_survives_the_rollback_of_the_write() {
    let fixture = Fixture::new(1);
    let revoke = act(|acts| drop(acts.revoke_owner("DOT_0")));
    let answer = register_while(&fixture, Moment::Before(Phase::Write), &revoke);
    assert_eq!(answer.outcome, Outcome::Rejected);
    assert_eq!(codes(&answer), ["LIFECYCLE_CHANGED_POST_ISSUANCE"]);
    assert_rolled_back(&fixture, &answer);
    assert_eq!(fixture.records().history("DOT_0", 9).unwrap().heads, []);
}

/// Each of these inserts a new row; no row that was read is touched.
#[test]
fn authority_that_changes_between_readback_and_consume_is_noticed() {
    let changes: [(&str, Act); 8] = [
        (
            "the owner is revoked",
            act(|acts| drop(acts.revoke_owner("DOT_0"))),
        ),
        (
            "the owner is replaced",
            act(|acts| {
                acts.revoke_owner("DOT_0");
                acts.own("DOT_0", "catalogue");
            }),
        ),
        (
            "a vote rejects",
            act(|acts| drop(acts.vote(&acts.approval("register_dot", "DOT_0"), "reject"))),
        ),
        (
            "the approving vote is withdrawn",
            act(|acts| {
                let approval = acts.approval("register_dot", "DOT_0");
                let vote = acts.one("approval_vote", &[("approval_ref", &approval)]);
                acts.revoke("approval_vote", &vote);
            }),
        ),
        (
            "another approval supersedes",
            act(|acts| drop(acts.supersede_approval("register_dot", "DOT_0"))),
        ),
        (
            "the action type is withdrawn",
            act(|acts| {
                let row_key = acts.one("action_type", &[("operation", "register_dot")]);
                acts.revoke("action_type", &row_key);
            }),
        ),
        (
            "the admission is withdrawn",
            act(|acts| {
                let row_key = acts.one("admission", &[("dot_code", "DOT_0")]);
                acts.revoke("admission", &row_key);
            }),
        ),
        (
            "the caller's credential is withdrawn",
            act(|acts| {
                let row_key = acts.one("principal_binding", &[("channel", "os_uid")]);
                acts.revoke("principal_binding", &row_key);
            }),
        ),
    ];
    for (what, change) in &changes {
        for moment in MOMENTS {
            let fixture = Fixture::new(1);
            let answer = register_while(&fixture, moment, change);
            let expected = ["LIFECYCLE_CHANGED_POST_ISSUANCE"];
            assert_eq!(codes(&answer), expected, "{what} {moment:?}");
            assert_eq!(answer.outcome, Outcome::Rejected);
            assert_rolled_back(&fixture, &answer);
        }
    }
}

#[test]
fn a_second_owner_that_appears_between_readback_and_consume_is_ambiguous() {
    for moment in MOMENTS {
        let fixture = Fixture::new(1);
        // The owner's scope covers what is asked for; soon a narrower one will as well.
        Acts::on(&fixture).set_action("register_dot", "catalogue/dots");
        let second = act(|acts| drop(acts.own("DOT_0", "catalogue/dots")));
        let answer = register_while(&fixture, moment, &second);
        assert_eq!(codes(&answer), ["AMBIGUOUS_AUTHORITY"], "{moment:?}");
        assert_eq!(answer.outcome, Outcome::Rejected);
        assert_rolled_back(&fixture, &answer);
    }
}

#[test]
fn authority_that_changes_without_concerning_the_attempt_lets_it_through() {
    let changes: [(&str, Act); 4] = [
        (
            "a stranger is added",
            act(|acts| drop(acts.add_bystander())),
        ),
        (
            "somebody owns another target",
            act(|acts| drop(acts.own("DOT_ELSEWHERE", "catalogue"))),
        ),
        (
            "another target is held",
            act(|acts| drop(acts.hold("DOT_ELSEWHERE"))),
        ),
        (
            "configuration of another target is opened",
            act(|acts| drop(acts.configure("DOT_ELSEWHERE", "runtime", ConfigValue::Open))),
        ),
    ];
    for (what, change) in &changes {
        for moment in MOMENTS {
            let fixture = Fixture::new(1);
            let answer = register_while(&fixture, moment, change);
            let codes = codes(&answer);
            assert_eq!(
                answer.outcome,
                Outcome::Registered,
                "{what} {moment:?} {codes:?}"
            );
            assert_eq!(Counts::of(&fixture), Counts::registered(1));
        }
    }
}

/// What the decision rests on still holds, but a protected surface of the target is another one
/// afterwards: the write stands, inert, and nobody is told that it is registered.
#[test]
fn a_protected_surface_that_changes_under_the_write_fails_the_verification() {
    let changes: [(&str, Act); 3] = [
        (
            "the target gets an owner in a scope beside",
            act(|acts| drop(acts.own("DOT_0", "elsewhere"))),
        ),
        (
            "the target is held and released",
            act(|acts| {
                acts.hold("DOT_0");
                acts.release("DOT_0");
            }),
        ),
        (
            "the target gets configuration, closed",
            act(|acts| drop(acts.configure("DOT_0", "runtime", ConfigValue::Closed))),
        ),
    ];
    for (what, change) in &changes {
        let fixture = Fixture::new(1);
        let answer = register_while(&fixture, Moment::Before(Phase::Write), change);
        assert_eq!(answer.outcome, Outcome::VerificationFailed, "{what}");
        let report = json(&answer.report.clone().unwrap());
        let expected = ["VERIFICATION_FAILED", "SNAPSHOT_UNEXPECTED_CHANGE"];
        let mut found = texts(&report, "/reject_codes");
        found.sort_by_key(|code| code != "VERIFICATION_FAILED");
        assert_eq!(found, expected, "{what}");
        assert_eq!(Counts::of(&fixture), Counts::registered(1).and_refused(1));
        // The key stays burned, an exact retry says the same, and the target is held.
        let retried = fixture
            .pipeline()
            .register(&request_behind(&answer, &fixture))
            .unwrap();
        assert_eq!(retried.outcome, Outcome::VerificationFailed, "{what}");
        assert_eq!(bytes(&retried), bytes(&answer));
        let held = Acts::on(&fixture).standing("hold_event", &[("kind", "hold")]);
        assert!(!held.is_empty(), "{what}");
    }
}

/// The very bytes that an answer was given to.
fn request_behind(answer: &Answer, fixture: &Fixture) -> Vec<u8> {
    let attempt = text(&decision(answer), "/header/attempt_id");
    let key = AttemptKey::AttemptId(attempt.parse().unwrap());
    let found = fixture.records().attempt(key).unwrap();
    found.unwrap().attempt.request
}

#[test]
fn a_hold_that_is_placed_before_the_write_stops_it() {
    let hold = act(|acts| drop(acts.hold("DOT_0")));
    let fixture = Fixture::new(2);
    let answer = register_while(&fixture, Moment::Before(Phase::Write), &hold);
    assert_eq!(answer.outcome, Outcome::Hold);
    assert_eq!(codes(&answer), ["REGISTRATION_HOLD"]);
    assert_rolled_back(&fixture, &answer);
    // A hold on one target holds no other.
    registered(&mut fixture.pipeline(), &fixture.request(1));
}

#[test]
fn a_hold_that_is_placed_before_the_reservation_burns_nothing() {
    let hold = act(|acts| drop(acts.hold("DOT_0")));
    let fixture = Fixture::new(1);
    let answer = register_while(&fixture, Moment::After("authority_readback"), &hold);
    assert_eq!(answer.outcome, Outcome::Hold);
    assert_eq!(codes(&answer), ["REGISTRATION_HOLD"]);
    assert_eq!(Counts::of(&fixture), Counts::default().and_refused(1));
    Acts::on(&fixture).release("DOT_0");
    registered(&mut fixture.pipeline(), &fixture.request(0));
}

#[test]
fn a_catalogue_that_changes_in_the_middle_closes_the_gate() {
    for moment in MOMENTS {
        let fixture = Fixture::new(1);
        let raw = fixture.place.raw();
        let trigger = Foreign::on(fixture.kind(), "sync_job", "dot_catalogue");
        let make = trigger.make.clone();
        let foreign = move |_: &Acts| raw.tamper(&make);
        let answer = register_while(&fixture, moment, &act(foreign));
        assert_eq!(answer.outcome, Outcome::Hold, "{moment:?}");
        assert_eq!(codes(&answer), ["GATE_REPORT_STALE"]);
        assert_rolled_back(&fixture, &answer);
        // The next report names it, and without it the gate is open again.
        let next = fixture.pipeline().register(&fixture.request(0)).unwrap();
        assert_eq!(codes(&next), ["REGISTRATION_HOLD", "TRIGGER_UNACCOUNTED"]);
        tamper(&fixture, &trigger.drop);
        registered(&mut fixture.pipeline(), &fixture.request(0));
    }
}

#[test]
fn configuration_that_is_open_refuses_the_target() {
    let open = act(|acts| drop(acts.configure("DOT_0", "runtime", ConfigValue::Open)));
    for moment in MOMENTS {
        let fixture = Fixture::new(1);
        let answer = register_while(&fixture, moment, &open);
        assert_eq!(answer.outcome, Outcome::Rejected, "{moment:?}");
        assert_eq!(codes(&answer), ["TARGET_CONFIG_NOT_CLOSED"]);
        assert_rolled_back(&fixture, &answer);
        // As long as it is open; once closed, the target registers.
        let acts = Acts::on(&fixture);
        let still = fixture.pipeline().register(&fixture.request(0)).unwrap();
        assert_eq!(codes(&still), ["TARGET_CONFIG_NOT_CLOSED"]);
        acts.configure("DOT_0", "runtime", ConfigValue::Closed);
        registered(&mut fixture.pipeline(), &fixture.request(0));
    }
}

/// Registers with so much time, and uses it up between reservation and consume.
fn register_too_late(fixture: &Fixture, validity_ms: u64) -> Answer {
    let end = embedded::edge::now()
        .checked_add_millis(validity_ms)
        .unwrap();
    let request = fixture.request_with(0, |request| {
        request["header"]["expires_at"] = json!(end);
    });
    let wait = move || {
        while embedded::edge::now() <= end {
            thread::sleep(Duration::from_millis(1));
        }
    };
    let late = Interjection::new(Moment::Before(Phase::Write), wait).boxed();
    let mut pipeline = fixture.deployment().pipeline(late).unwrap();
    pipeline.register(&request).unwrap()
}

#[test]
fn an_attempt_that_ends_between_reservation_and_consume_is_stale() {
    // A machine under load may need more than the first of these to get to the reservation.
    for validity_ms in [1_000, 4_000, 16_000] {
        let fixture = Fixture::new(1);
        let answer = register_too_late(&fixture, validity_ms);
        assert_eq!(answer.outcome, Outcome::Rejected);
        assert_eq!(codes(&answer), ["ENVELOPE_STALE"]);
        if text(&decision(&answer), "/phase") == "consume_and_write" {
            assert_rolled_back(&fixture, &answer);
            registered(&mut fixture.pipeline(), &fixture.request(0));
            return;
        }
    }
    panic!("no reservation within sixteen seconds");
}

/// The gate was open when it was asked; the issuer loses its standing right after.
#[test]
fn sc_01_an_issuer_that_is_governed_no_more_is_refused() {
    let fixture = Fixture::new(1);
    let acts = Acts::on(&fixture);
    acts.add_bystander();
    let issuer = || "principal/bystander".parse().unwrap();
    acts.write(|draft| draft.set_manifest(&default_manifest(issuer()).unwrap()));
    let withdraw = act(|acts| {
        let row_key = acts.one("principal", &[("principal", "principal/bystander")]);
        acts.revoke("principal", &row_key);
    });
    let answer = register_while(&fixture, Moment::After("gate_report"), &withdraw);
    assert_eq!(answer.outcome, Outcome::Rejected);
    assert_eq!(codes(&answer), ["MANIFEST_UNAUTHORIZED_ISSUER"]);
    assert_eq!(Counts::of(&fixture), Counts::default().and_refused(1));
}

/// Owners are rows of the authority: nothing says which of them an attempt has added.
#[test]
fn sc_10_an_append_only_surface_without_provenance_is_refused() {
    let fixture = Fixture::new(1);
    let acts = Acts::on(&fixture);
    let manifest = |version: &str, surface: Option<&str>| {
        let issuer = "principal/olga".parse().unwrap();
        let mut manifest = default_manifest(issuer).unwrap();
        manifest.manifest_version = version.parse().unwrap();
        let name = |name: &str| name.parse().unwrap();
        manifest.surfaces.extend(surface.map(|carrier| Surface {
            name: name(&format!("more/{carrier}")),
            kind: SurfaceKind::AppendOnly,
            carrier: name(carrier),
        }));
        manifest
    };
    let mut pipeline = fixture.pipeline();
    acts.write(|draft| draft.set_manifest(&manifest("2", Some("ownership"))));
    let answer = pipeline.register(&fixture.request(0)).unwrap();
    assert_eq!(answer.outcome, Outcome::Rejected);
    assert_eq!(codes(&answer), ["SNAPSHOT_WRITESET_PROVENANCE_ABSENT"]);
    acts.write(|draft| draft.set_manifest(&manifest("3", Some("failure_audit"))));
    registered(&mut pipeline, &fixture.request(0));
}
