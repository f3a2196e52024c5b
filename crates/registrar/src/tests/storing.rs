//! The store in memory by itself: attempts, heads, holds and failure records.

use canonical::Timestamp;
use serde_json::{Value, json};

use super::bench::*;
use crate::port::*;
use crate::*;

fn request(submission: &Submission) -> Value {
    serde_json::from_slice(&submission.request()).unwrap()
}

/// An attempt as a world's text holds it; whatever can be its own is its own.
fn attempt(seed: u8, state: &str, opened_at: Timestamp) -> Value {
    let request = request(&Submission::new(seed));
    let own = |what: &str| digest(&format!("{what}-{seed}"));
    json!({
        "attempt_id": uuid(seed), "state": state, "request": request, "replay_key": own("key"),
        "effect_identity": own("effect"), "authorization_binding_digest": own("binding"),
        "owner_token": uuid(seed ^ 0x40), "epoch": 1, "target": "dot:DOT_A",
        "opened_at": opened_at, "answer": null, "evidence": {"of": seed},
    })
}

fn parsed(members: &Value) -> World {
    let mut text = json!({
        "clock": at(6), "fingerprint": digest("fingerprint"), "rows": [], "attempts": [],
        "heads": [], "holds": [], "open_config": [],
    });
    let text = text.as_object_mut().unwrap();
    text.extend(members.as_object().unwrap().clone());
    World::parse(json!(text).to_string().as_bytes()).unwrap()
}

fn with_attempts(attempts: &[Value]) -> World {
    parsed(&json!({"attempts": attempts}))
}

fn ids(attempts: &[StoredAttempt]) -> Vec<canonical::Uuid> {
    attempts.iter().map(|attempt| attempt.attempt_id).collect()
}

#[test]
fn open_attempts_are_the_reserved_ones_from_before_and_no_more_than_asked_for() {
    let mut world = with_attempts(&[
        attempt(1, "reserved", at(1)),
        attempt(2, "reserved", at(2)),
        attempt(3, "consumed", at(1)),
        attempt(4, "aborted", at(1)),
        attempt(5, "reserved", at(1)),
    ]);
    let mut open = |before, limit| ids(&world.open_attempts(before, limit).unwrap());
    assert_eq!(open(at(2), 9), [uuid(1), uuid(5)]);
    assert_eq!(open(at(2), 1), [uuid(1)]);
    assert_eq!(open(at(1), 9), []);
}

#[test]
fn unverified_attempts_are_the_consumed_ones_without_a_report() {
    let mut world = with_attempts(&[
        attempt(1, "consumed", at(1)),
        attempt(2, "reserved", at(1)),
        attempt(3, "aborted", at(1)),
        attempt(4, "consumed", at(1)),
    ]);
    let unverified = |world: &mut World, limit| ids(&world.unverified_attempts(limit).unwrap());
    assert_eq!(unverified(&mut world, 9), [uuid(1), uuid(4)]);
    assert_eq!(unverified(&mut world, 1), [uuid(1)]);
    world.mark_verified(uuid(1));
    assert_eq!(unverified(&mut world, 9), [uuid(4)]);
}

#[test]
fn an_attempt_is_found_by_each_of_its_names_and_by_an_effect_only_once_it_is_committed() {
    let mut world = with_attempts(&[
        attempt(1, "reserved", at(1)),
        attempt(2, "consumed", at(1)),
        attempt(3, "reserved", at(1)),
    ]);
    let nonce = Arrival::open(&Submission::new(2).request()).unwrap();
    let second = Some(uuid(2));
    let id = |found: Option<StoredAttempt>| found.map(|attempt| attempt.attempt_id);
    assert_eq!(id(world.attempt_by_nonce(nonce.nonce()).unwrap()), second);
    let key = digest("key-2");
    assert_eq!(id(world.attempt_by_replay_key(&key).unwrap()), second);
    assert_eq!(id(world.attempt_by_id(&uuid(2)).unwrap()), second);
    let committed = world.attempt_by_effect(&digest("effect-2"));
    assert_eq!(id(committed.unwrap()), second);
    let reserved = world.attempt_by_effect(&digest("effect-3"));
    assert_eq!(id(reserved.unwrap()), None);
    assert_eq!(id(world.attempt_by_id(&uuid(9)).unwrap()), None);
    let evidence = world.evidence(&uuid(2)).unwrap();
    assert_eq!(evidence.as_deref(), Some(&br#"{"of":2}"#[..]));
    assert_eq!(world.evidence(&uuid(9)).unwrap(), None);
}

#[test]
fn a_head_is_current_as_a_draft_or_active_and_retired_by_its_status_alone() {
    for (status, current, retired) in [
        ("draft", Some("head-1"), false),
        ("active", Some("head-1"), false),
        ("deprecated", None, false),
        ("retired", None, true),
    ] {
        let head = json!({"dot_code": "DOT_A", "row_key": "head-1", "status": status});
        let mut world = parsed(&json!({"heads": [head]}));
        let found = world.current_head("DOT_A").unwrap();
        assert_eq!(found.as_deref(), current, "{status}");
        assert_eq!(world.retired_head("DOT_A").unwrap(), retired, "{status}");
        assert_eq!(world.current_head("DOT_B").unwrap(), None);
        assert!(!world.retired_head("DOT_B").unwrap());
    }
}

#[test]
fn retiring_ends_the_current_head_of_its_code_and_no_other() {
    let head = |code, key, status| json!({"dot_code": code, "row_key": key, "status": status});
    let mut world = parsed(&json!({"heads": [
        head("DOT_A", "head-1", "deprecated"), head("DOT_A", "head-2", "active"),
        head("DOT_B", "head-3", "draft"),
    ]}));
    world.retire("DOT_B");
    assert!(!world.retired_head("DOT_A").unwrap());
    let current = world.current_head("DOT_A").unwrap();
    assert_eq!(current.as_deref(), Some("head-2"));
    assert!(world.retired_head("DOT_B").unwrap());
    assert_eq!(world.current_head("DOT_B").unwrap(), None);
}

#[test]
fn a_hold_and_open_configuration_stand_against_their_target() {
    let mut world = parsed(&json!({"holds": ["dot:DOT_A"], "open_config": ["DOT_B"]}));
    let mut standing = |target| {
        let found = world.standing(target).unwrap();
        (found.is_held, found.has_open_config)
    };
    assert_eq!(standing("dot:DOT_A"), (true, false));
    assert_eq!(standing("dot:DOT_B"), (false, true));
    assert_eq!(standing("dot:DOT_C"), (false, false));
    let world = parsed(&json!({"holds": ["*"]}));
    assert!(world.is_held("dot:DOT_C"));
    world.release_hold("*");
    assert!(!world.is_held("dot:DOT_C"));
}

#[test]
fn a_world_knows_the_observers_session_where_its_text_says_it() {
    let session = json!({"principal": "db_role:observer", "backend_pid": 7,
        "backend_started": at(1)});
    let mut world = parsed(&json!({"observer_session": session}));
    let found = world.observer_session(&uuid(1)).unwrap();
    let session = ObserverSession {
        principal: "db_role:observer".to_owned(),
        backend_pid: 7,
        backend_started: at(1),
    };
    assert_eq!(found, Some(session));
    let mut without = parsed(&json!({}));
    assert_eq!(without.observer_session(&uuid(1)).unwrap(), None);
}

fn failure(seed: u8, of: &str, abort: Option<Fence>) -> FailureRecord {
    FailureRecord {
        attempt_id: uuid(seed),
        failure_digest: digest(of),
        audit: b"{}".to_vec(),
        answer: of.as_bytes().to_vec(),
        evidence: None,
        abort,
        hold_target: None,
    }
}

fn recorded(world: &World, record: FailureRecord) -> RecordAnswer {
    only(world.clone().record(vec![record]).unwrap())
}

#[test]
fn a_failure_is_recorded_once_under_its_attempt_and_its_digest() {
    let world = with_attempts(&[]);
    let record = |seed, of| recorded(&world, failure(seed, of, None));
    assert_eq!(record(1, "a"), RecordAnswer::Recorded { position: 0 });
    assert_eq!(record(1, "b"), RecordAnswer::Recorded { position: 1 });
    assert_eq!(record(2, "a"), RecordAnswer::Recorded { position: 2 });
    assert_eq!(
        record(1, "b"),
        RecordAnswer::AlreadyRecorded { position: 1 }
    );
    assert_eq!(world.audits().len(), 3);
    assert!(!world.is_held("dot:DOT_A"));
    let holding = FailureRecord {
        hold_target: Some("dot:DOT_A".to_owned()),
        ..failure(3, "c", None)
    };
    recorded(&world, holding);
    assert!(world.is_held("dot:DOT_A"));
}

#[test]
fn an_attempt_is_closed_by_who_owns_it_while_it_is_open_and_by_nobody_else() {
    let fence = |owner_token, epoch| Some(Fence { owner_token, epoch });
    let own = uuid(1 ^ 0x40);
    for foreign in [fence(Some(uuid(9)), None), fence(Some(own), Some(2))] {
        let world = with_attempts(&[attempt(1, "reserved", at(1))]);
        let answer = recorded(&world, failure(1, "a", foreign));
        let RecordAnswer::NotOpen(stored) = answer else {
            panic!("closed: {answer:?}");
        };
        assert_eq!(stored.state, AttemptState::Reserved);
        assert!(world.audits().is_empty());
    }
    for allowed in [
        fence(None, None),
        fence(Some(own), None),
        fence(Some(own), Some(1)),
    ] {
        let mut world =
            with_attempts(&[attempt(2, "reserved", at(1)), attempt(1, "reserved", at(1))]);
        let answer = recorded(&world, failure(1, "a", allowed));
        assert_eq!(answer, RecordAnswer::Recorded { position: 0 });
        let closed = world.attempt_by_id(&uuid(1)).unwrap().unwrap();
        assert_eq!(closed.state, AttemptState::Aborted);
        assert_eq!(closed.answer.as_deref(), Some(&b"a"[..]));
        let other = world.attempt_by_id(&uuid(2)).unwrap().unwrap();
        assert_eq!(other.state, AttemptState::Reserved);
    }
    let world = with_attempts(&[attempt(1, "consumed", at(1))]);
    let answer = recorded(&world, failure(1, "a", fence(None, None)));
    assert!(matches!(answer, RecordAnswer::NotOpen(_)), "{answer:?}");
    let nobody = failure(9, "a", fence(None, None));
    let error = world.clone().record(vec![nobody]).unwrap_err();
    assert_eq!(error.to_string(), "attempt to close is gone");
}

fn reservation(seed: u8) -> Reservation {
    let own = |what: &str| digest(&format!("{what}-{seed}"));
    Reservation {
        attempt_id: uuid(seed),
        replay_key: own("key"),
        nonce: format!("nonce-{seed}"),
        nonce_minted_at: at(0),
        request_digest: own("request"),
        request: Vec::new(),
        effect_identity: own("effect"),
        authorization_binding_digest: own("binding"),
        owner_token: uuid(seed ^ 0x40),
        epoch: 1,
        target: format!("dot:DOT_{seed}"),
        run_id: "run-1".to_owned(),
        attempt_no: 1,
        expires_at: at(600),
        evidence: vec![seed],
    }
}

#[test]
fn a_nonce_and_a_key_are_each_reserved_once() {
    let mut world = with_attempts(&[]);
    let same_nonce = Reservation {
        nonce: "nonce-1".to_owned(),
        ..reservation(2)
    };
    let same_key = Reservation {
        replay_key: digest("key-1"),
        ..reservation(3)
    };
    let all = vec![reservation(1), same_nonce, same_key, reservation(4)];
    let answers = world.reserve(all).unwrap();
    let [first, by_nonce, by_key, other] = answers.as_slice() else {
        panic!("not an answer each: {answers:?}");
    };
    assert_eq!(first, &ReserveAnswer::Reserved { opened_at: at(6) });
    for taken in [by_nonce, by_key] {
        let ReserveAnswer::NonceTaken(stored) = taken else {
            panic!("not taken: {taken:?}");
        };
        assert_eq!(stored.attempt_id, uuid(1));
    }
    assert_eq!(other, first);
    assert_eq!(world.evidence(&uuid(4)).unwrap(), Some(vec![4]));
    assert_eq!(world.evidence(&uuid(2)).unwrap(), None);
}

/// What consumes the attempt of this seed that a world's text holds as reserved.
fn item(seed: u8) -> ConsumeItem {
    let own = |what: &str| digest(&format!("{what}-{seed}"));
    let version = |scope: &str| HeadVersion {
        scope_key: scope.to_owned(),
        version: 0,
    };
    ConsumeItem {
        attempt_id: uuid(seed),
        owner_token: uuid(seed ^ 0x40),
        epoch: 1,
        replay_key: own("key"),
        nonce: Arrival::open(&Submission::new(seed).request())
            .unwrap()
            .nonce()
            .to_owned(),
        nonce_minted_at: at(0),
        effect_identity: own("effect"),
        authorization_binding_digest: own("binding"),
        target: "dot:DOT_A".to_owned(),
        dot_code: "DOT_A".to_owned(),
        operation: REGISTER.to_owned(),
        run_id: "run-1".to_owned(),
        attempt_no: 1,
        artifact_hash: digest("artifact"),
        owner_binding_digest: own("owner"),
        expires_at: at(600),
        head: head(seed),
        head_versions: vec![version("dot:DOT_A"), version("*")],
        expected: Vec::new(),
        gate_fingerprint: digest("fingerprint"),
        gate_expires_at: at(300),
        policy_digest: digest("policy"),
        decide: Box::new(|_| {
            Ok(SealedDecision {
                bytes: b"{}".to_vec(),
                evidence_hash: digest("decision"),
            })
        }),
    }
}

fn head(seed: u8) -> HeadRow {
    HeadRow {
        row_key: uuid(seed).to_string(),
        dot_code: "DOT_A".to_owned(),
        canonical_target: "dot:DOT_A".to_owned(),
        object_type: "dot".to_owned(),
        canonical_path: "/srv/dots/a.sh".to_owned(),
        origin: "/srv/dots".to_owned(),
        artifact_hash: digest("artifact"),
        hash_algorithm: "sha256".to_owned(),
        canonicalization_version: "raw-bytes/v1".to_owned(),
        artifact_type: "file".to_owned(),
        admission_ref: "adm-1".to_owned(),
        size_bytes: 12,
        scope: "catalogue".to_owned(),
        owner_principal: "principal/olga".to_owned(),
        replay_key: digest(&format!("key-{seed}")),
        attempt_id: uuid(seed),
    }
}

/// A reservation keeps the two apart already; the transaction does not rest on that.
#[test]
fn a_nonce_and_a_key_are_each_consumed_once() {
    let beside = |other: Value| {
        let mut world = with_attempts(&[attempt(1, "reserved", at(1)), other]);
        only(world.consume(vec![item(1)]).unwrap())
    };
    let mut same_key = attempt(2, "consumed", at(1));
    same_key["replay_key"] = json!(digest("key-1"));
    let mut same_nonce = attempt(2, "consumed", at(1));
    same_nonce["request"] = request(&Submission {
        nonce_seed: 1,
        ..Submission::new(2)
    });
    for other in [same_key, same_nonce] {
        let answer = beside(other);
        let ConsumeAnswer::Lost(LossReason::KeyConsumed(stored)) = answer else {
            panic!("not lost to the key: {answer:?}");
        };
        assert_eq!(stored.attempt_id, uuid(2));
    }
    let answer = beside(attempt(2, "consumed", at(1)));
    let registered = matches!(answer, ConsumeAnswer::Registered { .. });
    assert!(registered, "{answer:?}");
}
