//! The reservation: only on a verdict about exactly these envelopes, under an open gate.

use serde_json::json;

use super::bench::*;
use crate::contract;
use crate::*;

#[test]
fn accepting_verdict_opens_the_attempt() {
    let world = world();
    let prepared = Trial::of(&world, &Submission::new(1)).open(&world);
    assert_eq!(prepared.target(), "dot:DOT_A");
    assert_eq!(prepared.opened_at(), at(6));
    assert!(world.written().is_empty());
}

#[test]
fn foreseeing_says_what_reserving_would_and_writes_nothing() {
    let world = world();
    let trial = Trial::of(&world, &Submission::new(1));
    assert_eq!(
        foresee(&mut world.clone(), &trial.reserving()).unwrap(),
        None
    );
    assert_eq!(
        foresee(&mut world.clone(), &trial.reserving()).unwrap(),
        None
    );
    register(&world, &Submission::new(1));
    let again = Trial::of(&world, &Submission::new(2));
    let foreseen = foresee(&mut world.clone(), &again.reserving())
        .unwrap()
        .unwrap();
    assert_eq!(foreseen, refused(again.reserve(&mut world.clone())));
}

#[test]
fn absent_verdict_is_named() {
    let world = world();
    let mut trial = Trial::of(&world, &Submission::new(1));
    trial.verdict = None;
    assert_eq!(
        codes(&refused(trial.reserve(&mut world.clone()))),
        ["DECISION_REF_MISSING"]
    );
}

#[test]
fn rejecting_verdict_is_refused_with_its_own_codes_and_checks() {
    let world = world();
    let mut trial = Trial::of(&world, &Submission::new(1));
    let mut verdict = trial.verdict_json();
    verdict["outcome"] = json!("reject");
    verdict["reject_codes"] = json!(["ENVELOPE_STALE"]);
    verdict["checks"] = json!([
        {"id": "freshness.request", "title": "fresh", "outcome": "failed", "stopped_by": null,
            "reject_codes": ["ENVELOPE_STALE"], "compared": [], "source_refs": []},
        {"id": "header.type", "title": "type", "outcome": "held", "stopped_by": null,
            "reject_codes": [], "compared": [], "source_refs": []},
    ]);
    trial.verdict = Some(seal(contract::verdict(), verdict));
    let rejection = refused(trial.reserve(&mut world.clone()));
    assert_eq!(codes(&rejection), ["ENVELOPE_STALE"]);
    assert_eq!(rejection.failed_checks().len(), 1);
}

#[test]
fn verdict_on_another_envelope_is_a_mismatch() {
    let world = world();
    let mut trial = Trial::of(&world, &Submission::new(1));
    trial.owner = Trial::of(
        &world,
        &Submission {
            approval: "apr-2",
            ..Submission::new(1)
        },
    )
    .owner;
    assert_eq!(
        codes(&refused(trial.reserve(&mut world.clone()))),
        ["DECISION_REF_MISMATCH"]
    );
}

#[test]
fn verdict_of_another_attempt_is_a_mismatch() {
    let world = world();
    let mut trial = Trial::of(&world, &Submission::new(1));
    trial.verdict = Trial::of(&world, &Submission::new(2)).verdict;
    assert_eq!(
        codes(&refused(trial.reserve(&mut world.clone()))),
        ["DECISION_REF_MISMATCH"]
    );
}

#[test]
fn verdict_that_is_not_what_its_reference_says_is_a_mismatch() {
    let world = world();
    let trial = Trial::of(&world, &Submission::new(1));
    for (pointer, value) in [
        ("/decision_ref", json!(digest("forged"))),
        ("/evaluated_at", json!(at(9))),
        ("/stage", json!("after_write")),
        ("/policy_ref", json!(digest("lax"))),
        ("/inputs", json!([])),
        ("/reject_codes", json!(["ENVELOPE_STALE"])),
    ] {
        let mut trial = trial.clone();
        let mut verdict = trial.verdict_json();
        *verdict.pointer_mut(pointer).unwrap() = value;
        trial.verdict = Some(seal(contract::verdict(), verdict));
        let rejection = refused(trial.reserve(&mut world.clone()));
        assert_eq!(codes(&rejection), ["DECISION_REF_MISMATCH"], "{pointer}");
    }
}

/// Its reference follows from what it states, so that nothing is wrong but the input it left out.
#[test]
fn verdict_that_did_not_judge_all_that_it_must_is_a_mismatch() {
    let world = world();
    let trial = Trial::of(&world, &Submission::new(1));
    for slot in [
        "registration_request",
        "owner_attestation",
        "artifact_attestation",
        "authority_readback",
    ] {
        let mut trial = trial.clone();
        let mut verdict = trial.verdict_json();
        let inputs = verdict["inputs"].as_array_mut().unwrap();
        inputs.retain(|input| input["slot"] != slot);
        trial.verdict = Some(seal(contract::verdict(), referred(verdict)));
        let rejection = refused(trial.reserve(&mut world.clone()));
        assert_eq!(codes(&rejection), ["DECISION_REF_MISMATCH"], "{slot}");
        assert_eq!(
            rejection.reason(),
            "the verdict did not judge every envelope that it must"
        );
    }
    trial.open(&world);
}

#[test]
fn ended_gate_report_is_a_hold_one_tick_after_and_not_before() {
    let world = world();
    let mut trial = Trial::of(&world, &Submission::new(1));
    trial.gate = gate("OPEN", at(6));
    let rejection = refused(trial.reserve(&mut world.clone()));
    assert_eq!(codes(&rejection), ["GATE_REPORT_STALE"]);
    assert!(rejection.is_hold());
    let tick = canonical::Timestamp::from_micros(at(6).micros() + 1).unwrap();
    trial.gate = gate("OPEN", tick);
    trial.open(&world);
}

#[test]
fn closed_gate_opens_no_attempt() {
    let world = world();
    let mut trial = Trial::of(&world, &Submission::new(1));
    trial.gate = gate("HOLD", at(300));
    assert!(refused(trial.reserve(&mut world.clone())).is_hold());
}

#[test]
fn held_target_opens_no_attempt_and_burns_nothing_until_it_is_released() {
    let world = world();
    let trial = Trial::of(&world, &Submission::new(1));
    world.place_hold("dot:DOT_A");
    let rejection = refused(trial.reserve(&mut world.clone()));
    assert_eq!(codes(&rejection), ["REGISTRATION_HOLD"]);
    assert!(rejection.is_hold());
    let foreseen = foresee(&mut world.clone(), &trial.reserving()).unwrap();
    assert_eq!(foreseen, Some(rejection));
    world.release_hold("dot:DOT_A");
    trial.open(&world);
}

#[test]
fn hold_on_a_target_leads_before_its_head() {
    let world = world();
    register(&world, &Submission::new(1));
    world.place_hold("dot:DOT_A");
    let rejection = refused(Trial::of(&world, &Submission::new(2)).reserve(&mut world.clone()));
    assert_eq!(codes(&rejection), ["REGISTRATION_HOLD"]);
}

#[test]
fn same_request_that_another_attempt_holds_by_now_is_answered_whatever_speaks_against_it() {
    let world = world();
    let first = Trial::of(&world, &Submission::new(1));
    let mut second = first.clone();
    (second.attempt.attempt_id, second.owner_token) = (uuid(9), uuid(10));
    second.verdict = None;
    let rejection = refused(second.reserve(&mut world.clone()));
    assert_eq!(codes(&rejection), ["DECISION_REF_MISSING"]);
    let prepared = first.open(&world);
    match second.reserve(&mut world.clone()) {
        Reserved::InFlight(stored) => assert_eq!(stored.attempt_id, first.attempt.attempt_id),
        other => panic!("not in flight: {other:?}"),
    }
    let consumed = only(consume(&mut world.clone(), &[prepared]).unwrap());
    world.place_hold("dot:DOT_A");
    match (consumed, second.reserve(&mut world.clone())) {
        (Consumed::Registered { decision, .. }, Reserved::Prior(prior)) => {
            assert_eq!(prior.bytes, decision);
        }
        other => panic!("not decided: {other:?}"),
    }
    // Nothing was decided on a request with another counter, though its nonce is the same.
    let mut counted = Submission::new(1);
    counted.attempt_no = 2;
    let mut other = Trial::of(&world, &counted);
    other.attempt.attempt_id = uuid(9);
    let rejection = refused(other.reserve(&mut world.clone()));
    assert_eq!(codes(&rejection), ["REGISTRATION_HOLD"]);
}

#[test]
fn open_configuration_is_foreseen() {
    let world = world();
    let trial = Trial::of(&world, &Submission::new(1));
    world.open_config("DOT_A");
    let foreseen = foresee(&mut world.clone(), &trial.reserving()).unwrap();
    assert_eq!(codes(&foreseen.unwrap()), ["TARGET_CONFIG_NOT_CLOSED"]);
}

#[test]
fn fresh_nonce_for_a_committed_effect_is_a_duplicate() {
    let world = world();
    let decision = register(&world, &Submission::new(1));
    let rejection = refused(Trial::of(&world, &Submission::new(2)).reserve(&mut world.clone()));
    assert_eq!(codes(&rejection), ["REPLAY_DUPLICATE"]);
    assert_eq!(rejection.prior().unwrap().prior.bytes, decision);
}

#[test]
fn changed_approval_is_not_a_new_effect() {
    let world = world();
    register(&world, &Submission::new(1));
    let changed = Submission {
        approval: "apr-2",
        ..Submission::new(2)
    };
    let rejection = refused(Trial::of(&world, &changed).reserve(&mut world.clone()));
    assert_eq!(
        codes(&rejection),
        [
            "REPLAY_DUPLICATE",
            "AUTHORIZATION_CHANGED_SAME_EFFECT_DUPLICATE"
        ]
    );
}

#[test]
fn other_artifact_on_a_registered_target_meets_its_head() {
    let world = world();
    register(&world, &Submission::new(1));
    let other = Submission {
        artifact: "other",
        ..Submission::new(2)
    };
    let rejection = refused(Trial::of(&world, &other).reserve(&mut world.clone()));
    assert_eq!(codes(&rejection), ["HEAD_EXISTS"]);
    let elsewhere = Submission {
        dot: "DOT_B",
        ..Submission::new(3)
    };
    register(&world, &elsewhere);
}

#[test]
fn retired_target_is_registered_again_by_its_own_operation_only() {
    let world = world();
    register(&world, &Submission::new(1));
    world.retire("DOT_A");
    let same = refused(Trial::of(&world, &Submission::new(2)).reserve(&mut world.clone()));
    assert_eq!(codes(&same), ["REPLAY_DUPLICATE"]);
    let other = Submission {
        artifact: "other",
        ..Submission::new(3)
    };
    let rejection = refused(Trial::of(&world, &other).reserve(&mut world.clone()));
    assert_eq!(codes(&rejection), ["OPERATION_MISMATCH"]);
    let again = Submission {
        operation: "reregister_dot",
        ..Submission::new(4)
    };
    register(&world, &again);
    assert_eq!(world.written().len(), 2);
}

#[test]
fn target_that_was_never_registered_is_not_reregistered() {
    let world = world();
    let again = Submission {
        operation: "reregister_dot",
        ..Submission::new(1)
    };
    let rejection = refused(Trial::of(&world, &again).reserve(&mut world.clone()));
    assert_eq!(codes(&rejection), ["OPERATION_MISMATCH"]);
    let retire = Submission {
        operation: "retire_dot",
        ..Submission::new(2)
    };
    let rejection = refused(Trial::of(&world, &retire).reserve(&mut world.clone()));
    assert_eq!(codes(&rejection), ["OPERATION_NOT_REGISTER"]);
}

#[test]
fn reservation_whose_acknowledgement_was_lost_is_still_its_own() {
    let world = world();
    let trial = Trial::of(&world, &Submission::new(1));
    trial.open(&world);
    trial.open(&world);
}

#[test]
fn same_request_reserved_by_another_is_in_flight_then_prior() {
    let world = world();
    let first = Trial::of(&world, &Submission::new(1));
    let second = Trial::of(
        &world,
        &Submission {
            seed: 2,
            ..Submission::new(1)
        },
    );
    let prepared = first.open(&world);
    assert!(matches!(
        second.reserve(&mut world.clone()),
        Reserved::InFlight(_)
    ));
    let consumed = only(consume(&mut world.clone(), &[prepared]).unwrap());
    let Consumed::Registered { decision, .. } = consumed else {
        panic!("not registered");
    };
    let Reserved::Prior(prior) = second.reserve(&mut world.clone()) else {
        panic!("no prior decision");
    };
    assert_eq!(prior.bytes, decision);
}

#[test]
fn nonce_taken_meanwhile_names_effect_or_authorization() {
    let world = world();
    Trial::of(&world, &Submission::new(1)).open(&world);
    let reused = |submission: Submission| {
        codes(&refused(
            Trial::of(&world, &submission).reserve(&mut world.clone()),
        ))
    };
    let base = Submission {
        seed: 2,
        run: "run-2",
        ..Submission::new(1)
    };
    assert_eq!(reused(base.clone()), ["REPLAY_NONCE_CONSUMED"]);
    assert_eq!(
        reused(Submission {
            approval: "apr-2",
            ..base.clone()
        }),
        [
            "REPLAY_NONCE_CONSUMED",
            "NONCE_REUSE_AUTHORIZATION_MISMATCH"
        ]
    );
    assert_eq!(
        reused(Submission {
            path: "/srv/dots/b.sh",
            ..base
        }),
        ["REPLAY_NONCE_CONSUMED", "NONCE_REUSE_DIFFERENT_EFFECT"]
    );
}

#[test]
fn attestations_of_two_targets_write_no_row_even_where_a_verdict_accepts_them() {
    let world = world();
    let other = Submission {
        dot: "DOT_B",
        ..Submission::new(1)
    };
    let other = Trial::of(&world, &other);
    let mut trial = Trial::of(&world, &Submission::new(1));
    assert!(reserve(&mut world.clone(), &trial.reserving()).is_ok());
    trial.artifact = other.artifact;
    trial.verdict = Some(trial.accepting());
    let error = reserve(&mut world.clone(), &trial.reserving()).unwrap_err();
    assert!(
        matches!(error, RegistrarError::Inconsistent { .. }),
        "{error}"
    );
    assert!(error.to_string().contains("name no one code"), "{error}");
}

#[test]
fn a_nonce_in_use_is_foreseen_by_who_uses_it() {
    let world = world();
    let trial = Trial::of(&world, &Submission::new(1));
    trial.open(&world);
    let foreseen = |submission: &Submission| {
        let trial = Trial::of(&world, submission);
        let foreseen = foresee(&mut world.clone(), &trial.reserving()).unwrap();
        codes(&foreseen.unwrap())
    };
    assert_eq!(foreseen(&Submission::new(1)), ["ATTEMPT_IN_FLIGHT"]);
    let other = Submission {
        attempt_no: 2,
        ..Submission::new(1)
    };
    assert_eq!(foreseen(&other), ["REPLAY_ATTEMPT_NO_BYPASS"]);
}

#[test]
fn a_rejection_says_why() {
    let rejection = Rejection::named(&["HEAD_EXISTS"], "a head is there").unwrap();
    assert_eq!(rejection.reason(), "a head is there");
}

#[test]
fn a_reservation_belongs_to_its_attempt_and_to_its_token() {
    let world = world();
    let trial = Trial::of(&world, &Submission::new(1));
    trial.open(&world);
    trial.open(&world);
    let other_token = Trial {
        owner_token: uuid(99),
        ..trial.clone()
    };
    let other_attempt = Trial {
        owner_token: trial.owner_token,
        ..Trial::of(
            &world,
            &Submission {
                seed: 9,
                ..Submission::new(1)
            },
        )
    };
    for other in [other_token, other_attempt] {
        let reserved = other.reserve(&mut world.clone());
        assert!(matches!(reserved, Reserved::InFlight(_)), "{reserved:?}");
    }
}
