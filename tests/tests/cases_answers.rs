//! Every answer of the registrar's table, through the pipeline on a real store.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where what it rests on does not hold"
)]

use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use canonical::{Nonce, Timestamp};
use deployment::AnyPipeline;
use holdfast_tests::acts::Acts;
use holdfast_tests::answered::{
    assert_prior_attached, assert_recorded, bytes, codes, edited, registered, rejected,
};
use holdfast_tests::fixture::Fixture;
use holdfast_tests::interjection::{Interjection, Moment};
use holdfast_tests::ledger::{Counts, audit_positions};
use pipeline::{Answer, Outcome, Phase};
use serde_json::json;

/// A pipeline that acts at a moment of its registration.
fn interrupted(
    fixture: &Fixture,
    moment: Moment,
    act: impl FnMut() + Send + 'static,
) -> AnyPipeline {
    let watcher = Interjection::new(moment, act).boxed();
    fixture.deployment().pipeline(watcher).unwrap()
}

#[test]
fn the_same_effect_under_a_fresh_nonce_is_a_duplicate() {
    let fixture = Fixture::new(1);
    let mut pipeline = fixture.pipeline();
    let prior = registered(&mut pipeline, &fixture.request(0));
    // A run and a retry counter of its own make it no other effect.
    let again = fixture.request_with(0, |request| {
        request["attempt_no"] = json!(7);
        request["header"]["run_id"] = json!("run-2");
        request["request_proposed"]["run_id"] = json!("run-2");
    });
    for request in [fixture.request(0), again] {
        let answer = rejected(&mut pipeline, &request, &["REPLAY_DUPLICATE"]);
        assert_prior_attached(&answer, &prior);
        assert_recorded(&fixture, &answer);
    }
    assert_eq!(Counts::of(&fixture), Counts::registered(1).and_refused(2));
}

#[test]
fn a_changed_approval_makes_no_new_effect() {
    let fixture = Fixture::new(1);
    let mut pipeline = fixture.pipeline();
    let prior = registered(&mut pipeline, &fixture.request(0));
    Acts::on(&fixture).supersede_approval("register_dot", "DOT_0");
    let answer = rejected(
        &mut pipeline,
        &fixture.request(0),
        &[
            "REPLAY_DUPLICATE",
            "AUTHORIZATION_CHANGED_SAME_EFFECT_DUPLICATE",
        ],
    );
    assert_prior_attached(&answer, &prior);
    assert_recorded(&fixture, &answer);
    assert_eq!(Counts::of(&fixture), Counts::registered(1).and_refused(1));
}

#[test]
fn another_artifact_for_a_target_with_a_head_is_refused_as_head_exists() {
    let fixture = Fixture::new(2);
    let mut pipeline = fixture.pipeline();
    let prior = registered(&mut pipeline, &fixture.request(0));
    let acts = Acts::on(&fixture);
    let path = fixture.dir.path().join("dots/0.sh");
    std::fs::write(&path, "#!/bin/sh\necho another\n").unwrap();
    let (admission, artifact_hash) = acts.admit("DOT_0", &path, false);
    acts.approve("register_dot", "DOT_0");
    let id = *embedded::edge::fresh_id().as_bytes();
    let nonce = Nonce::mint(id, "register_dot", "dot:DOT_0", &artifact_hash).unwrap();
    let request = fixture.request_with(0, |request| {
        let proposed = &mut request["request_proposed"];
        proposed["artifact_hash"] = json!(artifact_hash);
        proposed["admission_ref"] = json!(admission);
        proposed["nonce"] = json!(nonce.to_string());
    });
    let answer = rejected(&mut pipeline, &request, &["HEAD_EXISTS"]);
    assert_recorded(&fixture, &answer);
    assert_eq!(Counts::of(&fixture), Counts::registered(1).and_refused(1));
    // The target beside it has no head.
    assert_ne!(registered(&mut pipeline, &fixture.request(1)), prior);
}

#[test]
fn an_identical_request_that_waits_too_long_is_told_so_and_may_ask_again() {
    let fixture = Fixture::with_policy(1, json!({ "in_flight_wait_max_ms": 40 }));
    let request = fixture.request(0);
    let (sender, early) = channel();
    let mut second = fixture.pipeline();
    let mut slow = {
        let request = request.clone();
        interrupted(&fixture, Moment::Before(Phase::Write), move || {
            sender.send(second.register(&request).unwrap()).unwrap();
        })
    };
    let prior = registered(&mut slow, &request);
    let early = early.recv().unwrap();
    assert_eq!(codes(&early), ["ATTEMPT_IN_FLIGHT"]);
    assert_recorded(&fixture, &early);
    let later = fixture.pipeline().register(&request).unwrap();
    assert_eq!(later.outcome, Outcome::Replayed);
    assert_eq!(bytes(&later), prior);
    assert_eq!(Counts::of(&fixture), Counts::registered(1).and_refused(1));
}

#[test]
fn an_identical_request_that_waits_long_enough_gets_the_same_bytes() {
    let fixture = Fixture::new(1);
    let request = fixture.request(0);
    let (waiting, started): (Sender<()>, Receiver<()>) = channel();
    let (sender, second): (Sender<JoinHandle<Answer>>, _) = channel();
    let deployment = fixture.deployment();
    let mut slow = {
        let request = request.clone();
        interrupted(&fixture, Moment::Before(Phase::Write), move || {
            let (request, waiting, deployment) =
                (request.clone(), waiting.clone(), deployment.clone());
            let told = move || waiting.send(()).unwrap();
            let begun = Interjection::new(Moment::Before(Phase::Intake), told).boxed();
            let second = thread::spawn(move || {
                let mut pipeline = deployment.pipeline(begun).unwrap();
                pipeline.register(&request).unwrap()
            });
            started.recv().unwrap();
            // Long enough that it finds the attempt open; if it does not, it finds it decided.
            thread::sleep(Duration::from_millis(20));
            sender.send(second).unwrap();
        })
    };
    let prior = registered(&mut slow, &request);
    let second = second.recv().unwrap().join().unwrap();
    assert_eq!(second.outcome, Outcome::Replayed);
    assert_eq!(bytes(&second), prior);
    assert_eq!(Counts::of(&fixture), Counts::registered(1));
}

#[test]
fn an_aborted_attempt_keeps_its_answer_and_burns_its_nonce() {
    let fixture = Fixture::new(1);
    let acts = Acts::on(&fixture);
    let request = fixture.request(0);
    let mut revoking = {
        let acts = acts.clone();
        interrupted(&fixture, Moment::Before(Phase::Write), move || {
            acts.revoke_owner("DOT_0");
        })
    };
    let expected = ["LIFECYCLE_CHANGED_POST_ISSUANCE"];
    let failed = bytes(&rejected(&mut revoking, &request, &expected));
    // Whatever was wrong is mended: the answer stays the answer.
    acts.own("DOT_0", "catalogue");
    let mut pipeline = fixture.pipeline();
    let retried = pipeline.register(&request).unwrap();
    assert_eq!(retried.outcome, Outcome::Replayed);
    assert_eq!(bytes(&retried), failed);
    assert_eq!(Counts::of(&fixture), Counts::default().and_aborted(1));
    // Any other use of its nonce finds it burned, with that answer attached.
    let counted = edited(&request, |it| it["attempt_no"] = json!(2));
    let counted = rejected(&mut pipeline, &counted, &["REPLAY_ATTEMPT_NO_BYPASS"]);
    assert_prior_attached(&counted, &failed);
    let reused = edited(&request, |it| it["header"]["run_id"] = json!("run-2"));
    let reused = rejected(&mut pipeline, &reused, &["REPLAY_NONCE_CONSUMED"]);
    assert_prior_attached(&reused, &failed);
    // A fresh one is a new attempt.
    registered(&mut pipeline, &fixture.request(0));
    let expected = Counts::registered(1).and_aborted(1).and_refused(2);
    assert_eq!(Counts::of(&fixture), expected);
    assert_eq!(audit_positions(&fixture), [1, 2, 3]);
}

#[test]
fn a_reject_before_the_reservation_burns_nothing() {
    let fixture = Fixture::new(1);
    let acts = Acts::on(&fixture);
    acts.revoke_owner("DOT_0");
    // Somebody else's target keeps the gate open.
    acts.own("DOT_ELSEWHERE", "catalogue");
    let mut pipeline = fixture.pipeline();
    let request = fixture.request(0);
    let refused = pipeline.register(&request).unwrap();
    assert_eq!(refused.outcome, Outcome::Rejected);
    assert_eq!(codes(&refused)[0], "OWNER_OF_RECORD_ABSENT");
    assert_recorded(&fixture, &refused);
    acts.own("DOT_0", "catalogue");
    registered(&mut pipeline, &request);
    assert_eq!(Counts::of(&fixture), Counts::registered(1).and_refused(1));
}

/// Registers under a short validity: a machine under load may need more than the first of these.
fn registered_soon(fixture: &Fixture) -> (Vec<u8>, Vec<u8>, Timestamp) {
    let mut pipeline = fixture.pipeline();
    for validity_ms in [1_000, 4_000, 16_000] {
        let end = embedded::edge::now()
            .checked_add_millis(validity_ms)
            .unwrap();
        let request = fixture.request_with(0, |request| {
            request["header"]["expires_at"] = json!(end);
        });
        let answer = pipeline.register(&request).unwrap();
        if answer.outcome == Outcome::Registered {
            return (request, bytes(&answer), end);
        }
    }
    panic!("not registered within sixteen seconds");
}

/// Everything the prior decision rested on is taken away, one thing after another.
#[test]
fn an_exact_retry_gets_its_bytes_whatever_has_changed_since() {
    let fixture = Fixture::new(1);
    let acts = Acts::on(&fixture);
    let (request, prior, end) = registered_soon(&fixture);
    let counts = Counts::of(&fixture);
    let changes: [&dyn Fn(); 7] = [
        &|| drop(acts.revoke_owner("DOT_0")),
        &|| drop(acts.revoke("approval", &acts.approval("register_dot", "DOT_0"))),
        &|| std::fs::write(&fixture.targets[0].path, "other bytes").unwrap(),
        &|| std::fs::remove_file(&fixture.targets[0].path).unwrap(),
        &|| drop(acts.hold("DOT_0")),
        // The last owner is gone, and now the policy too: the gate is closed.
        &|| drop(acts.revoke("policy", &acts.one("policy", &[]))),
        // Past the request's own end.
        &|| {
            while embedded::edge::now() <= end {
                thread::sleep(Duration::from_millis(10));
            }
        },
    ];
    for change in changes {
        change();
        let answer = fixture.pipeline().register(&request).unwrap();
        assert_eq!(answer.outcome, Outcome::Replayed);
        assert_eq!(bytes(&answer), prior);
    }
    assert_eq!(Counts::of(&fixture), counts);
    let fresh = fixture.pipeline().register(&fixture.request(0)).unwrap();
    assert_eq!(fresh.outcome, Outcome::Hold, "the gate is really closed");
}

/// Comes up for a target after a request was new to intake; the answer that it alone leads to.
struct ComingUp {
    act: fn(&Acts, &str),
    outcome: Outcome,
    codes: &'static [&'static str],
}

const COMING_UP: [ComingUp; 4] = [
    ComingUp {
        act: |_, path| std::fs::write(path, "other bytes").unwrap(),
        outcome: Outcome::Rejected,
        codes: &["ARTIFACT_DRIFT"],
    },
    ComingUp {
        act: |acts, _| drop(acts.revoke("approval", &acts.approval("register_dot", "DOT_0"))),
        outcome: Outcome::Rejected,
        codes: &["LIFECYCLE_NOT_ACTIVE"],
    },
    ComingUp {
        act: |acts, _| drop(acts.hold("DOT_0")),
        outcome: Outcome::Hold,
        codes: &["REGISTRATION_HOLD"],
    },
    // The last owner is gone: the gate is closed.
    ComingUp {
        act: |acts, _| drop(acts.revoke_owner("DOT_0")),
        outcome: Outcome::Hold,
        codes: &["REGISTRATION_HOLD", "OWNER_OF_RECORD_ABSENT"],
    },
];

/// Whatever comes up between the two, the second of two identical requests that had begun together
/// gets the decision on the first.
#[test]
fn an_identical_request_that_falls_behind_gets_the_same_bytes_whatever_comes_up() {
    for ComingUp {
        act,
        outcome,
        codes: expected,
    } in COMING_UP
    {
        for is_registered in [true, false] {
            let fixture = Fixture::new(1);
            let request = fixture.request(0);
            let (sender, prior) = channel();
            let mut slow = {
                let (acts, path) = (Acts::on(&fixture), fixture.targets[0].path.clone());
                let (mut first, request) = (fixture.pipeline(), request.clone());
                interrupted(&fixture, Moment::Before(Phase::Gate), move || {
                    if is_registered {
                        sender.send(registered(&mut first, &request)).unwrap();
                    }
                    act(&acts, &path);
                })
            };
            let answer = slow.register(&request).unwrap();
            if is_registered {
                assert_eq!(answer.outcome, Outcome::Replayed, "{expected:?}");
                assert_eq!(bytes(&answer), prior.recv().unwrap());
                assert_eq!(Counts::of(&fixture), Counts::registered(1));
            } else {
                assert_eq!(codes(&answer), expected);
                assert_eq!(answer.outcome, outcome);
            }
        }
    }
}
