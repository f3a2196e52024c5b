//! Phase 3: one effect, or nothing and the reason.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;

use super::bench::*;
use super::faults::{Fault, Faulty};
use crate::contract::DecisionOutcome;
use crate::*;

/// Reserves, changes the world, consumes, and gives the codes of the loss.
fn loss(change: impl FnOnce(&World)) -> (World, Rejection) {
    let world = world();
    let prepared = Trial::of(&world, &Submission::new(1)).open(&world);
    change(&world);
    match only(consume(&mut world.clone(), &[prepared]).unwrap()) {
        Consumed::Lost(rejection) => (world, *rejection),
        other => panic!("not lost: {other:?}"),
    }
}

#[test]
fn registration_writes_one_draft_and_states_it() {
    let world = world();
    let bytes = register(&world, &Submission::new(1));
    let decision = decision(&bytes);
    let written = only(world.written());
    assert_eq!(decision.outcome, DecisionOutcome::Registered);
    let head = decision.head.unwrap();
    assert_eq!(head.row_hash, written.row_hash().unwrap());
    assert_eq!(head.row_key, written.row_key.as_str());
    assert_eq!(head.status, "draft");
    assert_eq!(written.columns()["status"], "draft");
    assert_eq!(written.artifact_hash, digest("artifact"));
    let proof = decision.consume.unwrap();
    assert_eq!(Some(proof.replay_key), decision.replay_key);
    assert_eq!(proof.transaction_id, "txn:1");
    assert_eq!(decision.operation_start, Some(at(6)));
    assert!(decision.failure_audit_envelope.is_none());
    assert!(world.audits().is_empty());
}

#[test]
fn effect_committed_meanwhile_is_a_duplicate() {
    let (world, rejection) = loss(|world| {
        register(world, &Submission::new(2));
    });
    assert_eq!(codes(&rejection), ["REPLAY_DUPLICATE"]);
    assert_eq!(world.written().len(), 1);
}

#[test]
fn head_written_meanwhile_stands() {
    let (world, rejection) = loss(|world| {
        register(
            world,
            &Submission {
                artifact: "other",
                ..Submission::new(2)
            },
        );
    });
    assert_eq!(codes(&rejection), ["HEAD_EXISTS"]);
    assert_eq!(world.written().len(), 1);
}

#[test]
fn attempt_ends_one_tick_after_its_expiry_and_not_at_it() {
    // The gate report would end first, so the readback's own end is brought before it.
    let world = world();
    let mut trial = Trial::of(&world, &Submission::new(1));
    trial.gate = gate("OPEN", at(100_000));
    let end = contract::authority_readback()
        .open(&trial.readback.bytes)
        .unwrap();
    let end = end.header.expires_at;
    let prepared = trial.open(&world);
    let late = canonical::Timestamp::from_micros(end.micros() + 1).unwrap();
    world.set_clock(late);
    let Consumed::Lost(rejection) =
        only(consume(&mut world.clone(), std::slice::from_ref(&prepared)).unwrap())
    else {
        panic!("not lost");
    };
    assert_eq!(codes(&rejection), ["ENVELOPE_STALE"]);
    world.set_clock(end);
    let consumed = only(consume(&mut world.clone(), &[prepared]).unwrap());
    assert!(matches!(consumed, Consumed::Registered { .. }));
}

#[test]
fn policy_that_changed_before_the_write_closes_the_gate() {
    let (changed, rejection) = loss(|world| world.set_policy(b"another policy"));
    assert_eq!(codes(&rejection), ["GATE_REPORT_STALE"]);
    assert!(rejection.is_hold());
    assert!(changed.written().is_empty());
    let world = world();
    world.set_policy(&policy());
    register(&world, &Submission::new(1));
    assert_eq!(world.written().len(), 1);
}

#[test]
fn target_retired_before_the_write_needs_another_operation() {
    let (world, rejection) = loss(|world| {
        let other = Submission {
            artifact: "other",
            ..Submission::new(2)
        };
        register(world, &other);
        world.retire("DOT_A");
    });
    assert_eq!(codes(&rejection), ["OPERATION_MISMATCH"]);
    assert_eq!(world.written().len(), 1);
}

#[test]
fn clock_behind_the_reservation_writes_nothing_and_at_it_does() {
    let world = world();
    let prepared = Trial::of(&world, &Submission::new(1)).open(&world);
    let opened_at = prepared.opened_at();
    let before = canonical::Timestamp::from_micros(opened_at.micros() - 1).unwrap();
    world.set_clock(before);
    let consumed = only(consume(&mut world.clone(), std::slice::from_ref(&prepared)).unwrap());
    let Consumed::Lost(rejection) = consumed else {
        panic!("not lost");
    };
    assert_eq!(codes(&rejection), ["CLOCK_SKEW_EXCEEDED"]);
    world.set_clock(opened_at);
    let consumed = only(consume(&mut world.clone(), &[prepared]).unwrap());
    assert!(matches!(consumed, Consumed::Registered { .. }));
}

#[test]
fn revocation_between_readback_and_write_is_noticed() {
    let (_, rejection) = loss(|world| {
        let revoked = json!({"supersedes": "own-1", "lifecycle_status": "revoked",
            "object_ref": "DOT_A"});
        world.insert_row(row("ownership", "own-2", &revoked));
    });
    assert_eq!(codes(&rejection), ["LIFECYCLE_CHANGED_POST_ISSUANCE"]);
}

#[test]
fn rejecting_vote_between_readback_and_write_is_noticed() {
    let (_, rejection) = loss(|world| {
        let vote = json!({"approval_ref": "apr-1", "decision": "reject"});
        world.insert_row(row("approval_vote", "vote-9", &vote));
    });
    assert_eq!(codes(&rejection), ["LIFECYCLE_CHANGED_POST_ISSUANCE"]);
}

#[test]
fn second_owner_between_readback_and_write_is_ambiguous() {
    let (_, rejection) = loss(|world| {
        let second = json!({"object_type": "dot", "object_ref": "DOT_A", "scope": "catalogue",
            "kind": "accountable"});
        world.insert_row(row("ownership", "own-2", &second));
    });
    assert_eq!(codes(&rejection), ["AMBIGUOUS_AUTHORITY"]);
}

#[test]
fn row_that_changes_nothing_disturbs_no_write() {
    let world = world();
    let prepared = Trial::of(&world, &Submission::new(1)).open(&world);
    world.insert_row(row("principal", "principal/new", &json!({})));
    let consumed = only(consume(&mut world.clone(), &[prepared]).unwrap());
    assert!(matches!(consumed, Consumed::Registered { .. }));
}

#[test]
fn hold_placed_before_the_write_is_a_hold() {
    let (_, rejection) = loss(|world| world.place_hold("dot:DOT_A"));
    assert_eq!(codes(&rejection), ["REGISTRATION_HOLD"]);
    assert!(rejection.is_hold());
}

#[test]
fn changed_catalogue_makes_the_gate_report_stale() {
    let (_, rejection) = loss(|world| world.set_fingerprint(digest("another")));
    assert_eq!(codes(&rejection), ["GATE_REPORT_STALE"]);
    assert!(rejection.is_hold());
}

#[test]
fn open_configuration_stops_the_write() {
    let (_, rejection) = loss(|world| world.open_config("DOT_A"));
    assert_eq!(codes(&rejection), ["TARGET_CONFIG_NOT_CLOSED"]);
}

#[test]
fn stale_reservation_is_no_proof_of_a_current_one() {
    let world = world();
    let trial = Trial::of(&world, &Submission::new(1));
    let current = trial.open(&world);
    let mut stale = current.clone();
    stale.owner_token = uuid(99);
    let Consumed::Lost(rejection) = only(consume(&mut world.clone(), &[stale]).unwrap()) else {
        panic!("not lost");
    };
    assert_eq!(codes(&rejection), ["REPLAY_STALE_ROW"]);
    let mut older = current.clone();
    older.epoch = 0;
    let Consumed::Lost(rejection) = only(consume(&mut world.clone(), &[older]).unwrap()) else {
        panic!("not lost");
    };
    assert_eq!(codes(&rejection), ["REPLAY_STALE_ROW"]);
    let consumed = only(consume(&mut world.clone(), &[current]).unwrap());
    assert!(matches!(consumed, Consumed::Registered { .. }));
}

#[test]
fn second_consume_of_one_attempt_gives_its_decision() {
    let world = world();
    let prepared = Trial::of(&world, &Submission::new(1)).open(&world);
    let first = only(consume(&mut world.clone(), std::slice::from_ref(&prepared)).unwrap());
    let second = only(consume(&mut world.clone(), &[prepared]).unwrap());
    let (Consumed::Registered { decision, .. }, Consumed::Prior(prior)) = (first, second) else {
        panic!("not registered and repeated");
    };
    assert_eq!(prior.bytes, decision);
    assert_eq!(world.written().len(), 1);
}

#[test]
fn one_lost_item_answers_for_no_neighbour() {
    let world = world();
    world.insert_row(row("ownership", "own-b", &json!({"object_ref": "DOT_B"})));
    let lost = Trial::of(&world, &Submission::new(1)).open(&world);
    let kept = Trial::of(
        &world,
        &Submission {
            dot: "DOT_B",
            ..Submission::new(2)
        },
    )
    .open(&world);
    world.place_hold("dot:DOT_A");
    let answers = consume(&mut world.clone(), &[lost, kept]).unwrap();
    assert!(matches!(
        answers.as_slice(),
        [Consumed::Lost(_), Consumed::Registered { .. }]
    ));
}

#[test]
fn transient_trouble_is_tried_again_three_times_and_no_more() {
    let world = world();
    let prepared = Trial::of(&world, &Submission::new(1)).open(&world);
    let mut store = Faulty::new(&world, &[Fault::Busy; 4]);
    let Consumed::Lost(rejection) =
        only(consume(&mut store, std::slice::from_ref(&prepared)).unwrap())
    else {
        panic!("not lost");
    };
    assert_eq!(codes(&rejection), ["OUTCOME_ABANDONED"]);
    assert_eq!(store.consumes, 4);
    let mut store = Faulty::new(&world, &[Fault::Busy; 3]);
    let consumed = only(consume(&mut store, &[prepared]).unwrap());
    assert!(matches!(consumed, Consumed::Registered { .. }));
}

#[test]
fn identical_requests_at_once_make_one_effect_and_one_answer() {
    let world = world();
    let one_ended = AtomicBool::new(false);
    let answers: Vec<Vec<u8>> = std::thread::scope(|scope| {
        let workers: Vec<_> = (1..=16_u8)
            .map(|seed| {
                let (world, one_ended) = (world.clone(), &one_ended);
                let submission = Submission {
                    seed,
                    ..Submission::new(1)
                };
                scope.spawn(move || settle(&world, &submission, one_ended))
            })
            .collect();
        workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .collect()
    });
    assert_eq!(world.written().len(), 1);
    assert!(answers.iter().all(|answer| *answer == answers[0]));
}

/// Says that a worker has ended, with an answer or without.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Works until the request has an answer. Whoever ends first leaves it answered for all.
fn settle(world: &World, submission: &Submission, one_ended: &AtomicBool) -> Vec<u8> {
    let _ending = Ending(one_ended);
    loop {
        let is_answered = one_ended.load(Ordering::SeqCst);
        match Trial::of(world, submission).reserve(&mut world.clone()) {
            Reserved::InFlight(_) => {
                assert!(!is_answered, "an attempt was left open");
                std::thread::yield_now();
            }
            Reserved::Prior(prior) => return prior.bytes,
            Reserved::Open(prepared) => {
                match only(consume(&mut world.clone(), &[*prepared]).unwrap()) {
                    Consumed::Registered { decision, .. } => return decision,
                    other => panic!("not registered: {other:?}"),
                }
            }
            // Committed between the look at the past and the reservation: intake has the answer.
            Reserved::Refused(rejection) => return rejection.prior().unwrap().prior.bytes.clone(),
        }
    }
}
