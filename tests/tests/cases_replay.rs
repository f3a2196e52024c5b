//! The replay cases, through the pipeline on a real store.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops where what it rests on does not hold"
)]

use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use canonical::Nonce;
use deployment::Store;
use holdfast_tests::acts::Acts;
use holdfast_tests::answered::{
    assert_prior_attached, assert_recorded, bytes, edited, json, members, registered, rejected,
    text,
};
use holdfast_tests::fixture::Fixture;
use holdfast_tests::handles;
use holdfast_tests::interjection::{Envelopes, Interjection, Moment};
use holdfast_tests::ledger::Counts;
use pipeline::{Outcome, Phase};
use records::{AttemptKey, Records as _};
use registrar::port::RegistrarStore;
use registrar::{Arrival, Consumed, ReserveInput, Reserved};
use serde_json::{Value, json};

/// A request with a used nonce, the codes of its refusal, and the members that differ.
type Reuse = (Vec<u8>, &'static [&'static str], &'static [&'static str]);

fn nonce_of(request: &[u8]) -> String {
    text(&json(request), "/request_proposed/nonce")
}

#[test]
fn p2_rp_01_another_attempt_no_is_no_way_around_single_use() {
    let fixture = Fixture::new(1);
    let mut pipeline = fixture.pipeline();
    let request = fixture.request(0);
    let prior = registered(&mut pipeline, &request);
    let again = edited(&request, |request| request["attempt_no"] = json!(2));
    let answer = rejected(&mut pipeline, &again, &["REPLAY_ATTEMPT_NO_BYPASS"]);
    assert_eq!(members(&answer), ["attempt_no"]);
    assert_prior_attached(&answer, &prior);
    assert_recorded(&fixture, &answer);
    assert_eq!(Counts::of(&fixture), Counts::registered(1).and_refused(1));
}

#[test]
fn p2_rp_02_an_exact_retry_returns_the_prior_bytes_and_writes_nothing() {
    let fixture = Fixture::new(1);
    let mut pipeline = fixture.pipeline();
    let request = fixture.request(0);
    let prior = registered(&mut pipeline, &request);
    // In another process's place, and in another spelling of the same JSON.
    let spelled = serde_json::to_vec_pretty(&json(&request)).unwrap();
    for (pipeline, request) in [
        (&mut pipeline, &request),
        (&mut fixture.pipeline(), &request),
        (&mut fixture.pipeline(), &spelled),
    ] {
        let answer = pipeline.register(request).unwrap();
        assert_eq!(answer.outcome, Outcome::Replayed);
        assert_eq!(bytes(&answer), prior);
        assert!(answer.report.is_some(), "registered needs a passing report");
    }
    assert_eq!(Counts::of(&fixture), Counts::registered(1));
}

#[test]
fn p2_rp_03_after_a_rollback_before_the_consume_a_fresh_nonce_is_accepted() {
    let fixture = Fixture::new(1);
    let acts = Acts::on(&fixture);
    let rolled_back = fixture.request(0);
    let mut held = {
        let acts = acts.clone();
        let hold = move || drop(acts.hold("DOT_0"));
        let watcher = Interjection::new(Moment::Before(Phase::Write), hold).boxed();
        fixture.deployment().pipeline(watcher).unwrap()
    };
    let answer = held.register(&rolled_back).unwrap();
    assert_eq!(answer.outcome, Outcome::Hold);
    assert_eq!(Counts::of(&fixture), Counts::default().and_aborted(1));
    acts.release("DOT_0");
    registered(&mut fixture.pipeline(), &fixture.request(0));
    assert_eq!(Counts::of(&fixture), Counts::registered(1).and_aborted(1));
}

#[test]
fn p2_rp_04_a_used_nonce_is_refused_and_every_difference_named() {
    let fixture = Fixture::new(2);
    let mut pipeline = fixture.pipeline();
    let request = fixture.request(0);
    let prior = registered(&mut pipeline, &request);
    let other_target = fixture.request_with(1, |other| {
        other["request_proposed"]["nonce"] = json!(nonce_of(&request));
    });
    let cases: [Reuse; 5] = [
        (
            edited(&request, |it| it["header"]["run_id"] = json!("run-2")),
            &["REPLAY_NONCE_CONSUMED"],
            &["header.run_id"],
        ),
        (
            edited(&request, |it| {
                it["request_proposed"]["actor"] = json!("olga");
            }),
            &[
                "REPLAY_NONCE_CONSUMED",
                "NONCE_REUSE_AUTHORIZATION_MISMATCH",
            ],
            &["request_proposed.actor"],
        ),
        (
            edited(&request, |it| {
                it["request_proposed"]["artifact_path"] = json!("/elsewhere");
            }),
            &["REPLAY_NONCE_CONSUMED", "NONCE_REUSE_DIFFERENT_EFFECT"],
            &["request_proposed.artifact_path"],
        ),
        (
            edited(&request, |it| {
                it["attempt_no"] = json!(2);
                it["header"]["run_id"] = json!("run-2");
            }),
            &["REPLAY_NONCE_CONSUMED"],
            &["attempt_no", "header.run_id"],
        ),
        (
            edited(&other_target, |it| {
                it["header"]["issued_at"] = json(&request)["header"]["issued_at"].clone();
                it["header"]["expires_at"] = json(&request)["header"]["expires_at"].clone();
            }),
            &[
                "NONCE_UNBOUND",
                "REPLAY_NONCE_CONSUMED",
                "NONCE_REUSE_DIFFERENT_EFFECT",
            ],
            &[
                "request_proposed.admission_ref",
                "request_proposed.artifact_hash",
                "request_proposed.artifact_path",
                "request_proposed.dot_code",
            ],
        ),
    ];
    let count = u64::try_from(cases.len()).unwrap();
    for (reused, expected, differing) in cases {
        let answer = rejected(&mut pipeline, &reused, expected);
        assert_eq!(members(&answer), differing);
        assert_prior_attached(&answer, &prior);
        assert_recorded(&fixture, &answer);
    }
    assert_eq!(
        Counts::of(&fixture),
        Counts::registered(1).and_refused(count)
    );
}

#[test]
fn p2_rp_05_an_expired_request_is_stale_though_its_nonce_was_never_used() {
    let fixture = Fixture::new(1);
    let mut pipeline = fixture.pipeline();
    let soon = |request: &mut Value| {
        let end = embedded::edge::now().checked_add_millis(1);
        request["header"]["expires_at"] = json!(end);
    };
    let expired = fixture.request_with(0, soon);
    thread::sleep(Duration::from_millis(5));
    let answer = rejected(&mut pipeline, &expired, &["ENVELOPE_STALE"]);
    assert_recorded(&fixture, &answer);
    let reader = fixture.records();
    let nonce = nonce_of(&expired);
    assert_eq!(reader.attempt(AttemptKey::Nonce(&nonce)).unwrap(), None);
    // Nothing was burned: the same nonce in time is accepted.
    let in_time = edited(&expired, |request| {
        let end = embedded::edge::now().checked_add_millis(60_000);
        request["header"]["expires_at"] = json!(end);
    });
    registered(&mut pipeline, &in_time);
}

#[test]
fn p2_rp_06_a_nonce_that_is_bound_to_something_else_is_unbound() {
    let fixture = Fixture::new(2);
    let mut pipeline = fixture.pipeline();
    let minted = |operation: &str, target: &str, number: usize| {
        let id = *embedded::edge::fresh_id().as_bytes();
        let artifact_hash = &fixture.targets[number].artifact_hash;
        Nonce::mint(id, operation, target, artifact_hash).unwrap()
    };
    for (operation, target, number) in [
        ("register_dot", "dot:DOT_1", 0),
        ("register_dot", "dot:DOT_0", 1),
        ("reregister_dot", "dot:DOT_0", 0),
    ] {
        let nonce = minted(operation, target, number).to_string();
        let request = fixture.request_with(0, |request| {
            request["request_proposed"]["nonce"] = json!(nonce);
        });
        let answer = rejected(&mut pipeline, &request, &["NONCE_UNBOUND"]);
        assert_recorded(&fixture, &answer);
    }
    let nonce = minted("register_dot", "dot:DOT_0", 0).to_string();
    let bound = fixture.request_with(0, |request| {
        request["request_proposed"]["nonce"] = json!(nonce);
    });
    registered(&mut pipeline, &bound);
}

/// A reservation made in a copy of the store is a row of the past: offered to the store it was
/// copied from, where the same attempt is open under another token, it consumes nothing.
#[test]
fn p2_rp_07_a_reservation_from_a_copied_store_is_no_live_consume() {
    let fixture = Fixture::new(1);
    let request = fixture.request(0);
    let policy = fixture.pipeline().gate().unwrap().policy.unwrap();
    let made = Envelopes::default();
    let (offered, told) = channel();
    let offer = {
        let (store, request, made) = (fixture.store.clone(), request.clone(), made.clone());
        let folder = fixture.dir.path().join("copy");
        let copy = fixture.place.copy(&folder);
        move || {
            let stale = reserved_elsewhere(&copy.open(), &request, &policy, &made);
            let mut live = handles::attempts(&store);
            let consumed = registrar::consume(&mut live, std::slice::from_ref(&stale)).unwrap();
            offered.send(consumed).unwrap();
        }
    };
    let moment = Moment::Before(Phase::Write);
    let watcher = Interjection::new(moment, offer).keeping(&made).boxed();
    let mut pipeline = fixture.deployment().pipeline(watcher).unwrap();
    registered(&mut pipeline, &request);
    let consumed = told.recv().unwrap();
    let [Consumed::Lost(rejection)] = consumed.as_slice() else {
        panic!("a stale row was taken: {consumed:?}");
    };
    assert_eq!(rejection.codes().len(), 1);
    assert_eq!(rejection.codes()[0].to_string(), "REPLAY_STALE_ROW");
    assert_eq!(Counts::of(&fixture), Counts::registered(1));
}

/// The same attempt, reserved in another store under another token.
fn reserved_elsewhere(
    store: &Store,
    request: &[u8],
    policy: &[u8],
    made: &Envelopes,
) -> registrar::Prepared {
    let mut elsewhere = handles::attempts(store);
    let latest = |slot| made.latest(slot).unwrap();
    let slots = [
        "owner_attestation",
        "artifact_attestation",
        "snapshot",
        "authority_readback",
        "integration",
        "verdict",
        "gate_report",
    ];
    let [
        owner,
        artifact,
        snapshot,
        readback,
        integration,
        verdict,
        gate,
    ] = slots.map(latest);
    let header = json(&verdict);
    let arrival = Arrival::open(request).unwrap();
    let head_versions = elsewhere.head_versions("dot:DOT_0").unwrap();
    let reserved = registrar::reserve(
        &mut elsewhere,
        &ReserveInput {
            arrival: &arrival,
            evidence: registrar::Evidence {
                owner_attestation: Some(&owner),
                artifact_attestation: Some(&artifact),
                snapshots: &[&snapshot],
                authority_readback: Some(&readback),
                integration: Some(&integration),
                verdict: Some(&verdict),
                gate_report: Some(&gate),
                policy: Some(policy),
            },
            attempt: registrar::Attempt {
                attempt_id: text(&header, "/header/attempt_id").parse().unwrap(),
                correlation_id: text(&header, "/header/correlation_id").parse().unwrap(),
            },
            owner_token: embedded::edge::fresh_id(),
            head_versions: &head_versions,
            now: embedded::edge::now(),
        },
    )
    .unwrap();
    match reserved {
        Reserved::Open(prepared) => *prepared,
        other => panic!("the copy did not reserve: {other:?}"),
    }
}
