//! Intake: the table of spec §3, in its order.

use super::bench::*;
use crate::contract::DecisionOutcome;
use crate::port::RegistrarStore as _;
use crate::*;

fn look(world: &World, submission: &Submission) -> Intake {
    intake(&mut world.clone(), &submission.request()).unwrap()
}

fn reused(world: &World, submission: &Submission) -> Rejection {
    match look(world, submission) {
        Intake::Refused(_, rejection) => *rejection,
        other => panic!("not refused: {other:?}"),
    }
}

fn members(rejection: &Rejection) -> Vec<&str> {
    rejection
        .differing_members()
        .iter()
        .map(canonical::Identifier::as_str)
        .collect()
}

#[test]
fn fresh_nonce_goes_on() {
    assert!(matches!(
        look(&world(), &Submission::new(1)),
        Intake::Fresh(_)
    ));
}

#[test]
fn exact_retry_gets_the_prior_decision_byte_for_byte() {
    let world = world();
    let decision = register(&world, &Submission::new(1));
    let Intake::Prior(prior) = look(&world, &Submission::new(1)) else {
        panic!("no prior decision");
    };
    assert_eq!(prior.bytes, decision);
    assert_eq!(prior.state, port::AttemptState::Consumed);
    assert_eq!(world.written().len(), 1);
}

#[test]
fn exact_retry_in_another_json_spelling_is_still_exact() {
    let world = world();
    let decision = register(&world, &Submission::new(1));
    let value: serde_json::Value = serde_json::from_slice(&Submission::new(1).request()).unwrap();
    let spelled = serde_json::to_vec_pretty(&value).unwrap();
    let Intake::Prior(prior) = intake(&mut world.clone(), &spelled).unwrap() else {
        panic!("no prior decision");
    };
    assert_eq!(prior.bytes, decision);
}

#[test]
fn exact_retry_answers_after_rows_gate_and_clock_have_moved() {
    let world = world();
    let decision = register(&world, &Submission::new(1));
    world.set_clock(at(1_000_000));
    world.place_hold("*");
    world.set_fingerprint(digest("another"));
    let Intake::Prior(prior) = look(&world, &Submission::new(1)) else {
        panic!("no prior decision");
    };
    assert_eq!(prior.bytes, decision);
}

#[test]
fn exact_retry_of_an_aborted_attempt_gets_its_failure_answer() {
    let world = world();
    let answer = abort(&world, &Submission::new(1));
    let Intake::Prior(prior) = look(&world, &Submission::new(1)) else {
        panic!("no prior decision");
    };
    assert_eq!(prior.bytes, answer);
    assert_eq!(decision(&answer).outcome, DecisionOutcome::Rejected);
}

/// One byte of the stored answer is another one: the retry gets an error and never those bytes.
#[test]
fn stored_answer_that_does_not_open_is_given_to_nobody() {
    let mut world = world();
    let decision = register(&world, &Submission::new(1));
    let arrival = Arrival::open(&Submission::new(1).request()).unwrap();
    let stored = world.attempt_by_nonce(arrival.nonce()).unwrap().unwrap();
    let mut damaged = stored.clone();
    let middle = decision.len() / 2;
    damaged.answer.as_mut().unwrap()[middle] ^= 1;
    assert_eq!(Prior::of(stored).unwrap().bytes, decision);
    let refused = Prior::of(damaged).unwrap_err();
    assert!(matches!(
        refused,
        RegistrarError::Unopenable {
            slot: "registration_decision",
            ..
        }
    ));
}

#[test]
fn exact_retry_of_an_open_attempt_is_in_flight() {
    let world = world();
    Trial::of(&world, &Submission::new(1)).open(&world);
    assert!(matches!(
        look(&world, &Submission::new(1)),
        Intake::InFlight(..)
    ));
    assert_eq!(codes(&Rejection::in_flight()), ["ATTEMPT_IN_FLIGHT"]);
}

#[test]
fn another_attempt_no_bypasses_nothing() {
    let world = world();
    let decision = register(&world, &Submission::new(1));
    let retry = Submission {
        attempt_no: 2,
        ..Submission::new(1)
    };
    let rejection = reused(&world, &retry);
    assert_eq!(codes(&rejection), ["REPLAY_ATTEMPT_NO_BYPASS"]);
    assert_eq!(members(&rejection), ["attempt_no"]);
    assert_eq!(rejection.prior().unwrap().prior.bytes, decision);
    assert!(rejection.prior().unwrap().registered());
}

#[test]
fn another_attempt_no_of_an_open_attempt_has_no_prior_decision() {
    let world = world();
    Trial::of(&world, &Submission::new(1)).open(&world);
    let retry = Submission {
        attempt_no: 2,
        ..Submission::new(1)
    };
    let rejection = reused(&world, &retry);
    assert_eq!(codes(&rejection), ["REPLAY_ATTEMPT_NO_BYPASS"]);
    assert!(rejection.prior().is_none());
}

#[test]
fn another_run_with_a_used_nonce_is_consumed() {
    let world = world();
    let decision = register(&world, &Submission::new(1));
    let rejection = reused(
        &world,
        &Submission {
            run: "run-2",
            ..Submission::new(1)
        },
    );
    assert_eq!(codes(&rejection), ["REPLAY_NONCE_CONSUMED"]);
    assert_eq!(
        members(&rejection),
        ["header.run_id", "request_proposed.run_id"]
    );
    assert_eq!(rejection.prior().unwrap().prior.bytes, decision);
}

#[test]
fn any_other_use_of_an_aborted_nonce_is_consumed() {
    let world = world();
    let answer = abort(&world, &Submission::new(1));
    let rejection = reused(
        &world,
        &Submission {
            run: "run-2",
            ..Submission::new(1)
        },
    );
    assert_eq!(codes(&rejection), ["REPLAY_NONCE_CONSUMED"]);
    assert_eq!(rejection.prior().unwrap().prior.bytes, answer);
    assert!(!rejection.prior().unwrap().registered());
}

#[test]
fn another_path_with_a_used_nonce_is_another_effect() {
    let world = world();
    register(&world, &Submission::new(1));
    let rejection = reused(
        &world,
        &Submission {
            path: "/srv/dots/b.sh",
            ..Submission::new(1)
        },
    );
    assert_eq!(
        codes(&rejection),
        ["REPLAY_NONCE_CONSUMED", "NONCE_REUSE_DIFFERENT_EFFECT"]
    );
    assert_eq!(members(&rejection), ["request_proposed.artifact_path"]);
}

#[test]
fn another_actor_with_a_used_nonce_is_another_authorization() {
    let world = world();
    register(&world, &Submission::new(1));
    let rejection = reused(
        &world,
        &Submission {
            actor: "bob",
            ..Submission::new(1)
        },
    );
    assert_eq!(
        codes(&rejection),
        [
            "REPLAY_NONCE_CONSUMED",
            "NONCE_REUSE_AUTHORIZATION_MISMATCH"
        ]
    );
}

#[test]
fn a_used_nonce_that_was_never_minted_for_this_effect_is_unbound_first() {
    let world = world();
    register(&world, &Submission::new(1));
    let stolen = Submission {
        artifact: "other",
        bound_to: Some("artifact"),
        ..Submission::new(1)
    };
    assert_eq!(
        codes(&reused(&world, &stolen)),
        [
            "NONCE_UNBOUND",
            "REPLAY_NONCE_CONSUMED",
            "NONCE_REUSE_DIFFERENT_EFFECT"
        ]
    );
}

#[test]
fn retry_counter_of_zero_does_not_open() {
    let zero = Submission {
        attempt_no: 0,
        ..Submission::new(1)
    };
    let Intake::Unopenable(refusal) = look(&world(), &zero) else {
        panic!("opened");
    };
    assert_eq!(refusal.code, "SCHEMA_VIOLATION");
}

/// The code that a request answers with when it is changed and not sealed again.
fn refused_with(edit: impl FnOnce(&mut serde_json::Value)) -> &'static str {
    let mut request = serde_json::from_slice(&Submission::new(1).request()).unwrap();
    edit(&mut request);
    let bytes = serde_json::to_vec_pretty(&request).unwrap();
    let world = world();
    let Intake::Unopenable(refusal) = intake(&mut world.clone(), &bytes).unwrap() else {
        panic!("opened");
    };
    assert!(world.audits().is_empty());
    refusal.code
}

#[test]
fn request_that_brings_an_attestation_is_told_so() {
    let attested = || serde_json::json!({"canonical_operation": "register_dot"});
    for member in ["trusted_attested", "owner_attestation", "my_attestation"] {
        let code = refused_with(|request| request[member] = attested());
        assert_eq!(code, "CALLER_SUPPLIED_ATTESTATION", "{member}");
        let code = refused_with(|request| request["request_proposed"][member] = attested());
        assert_eq!(code, "CALLER_SUPPLIED_ATTESTATION", "{member}");
    }
}

#[test]
fn member_that_attests_nothing_is_only_outside_the_schema() {
    let code = refused_with(|request| request["comment"] = "trusted_attested".into());
    assert_eq!(code, "SCHEMA_VIOLATION");
}

#[test]
fn envelope_of_another_type_is_told_its_type_even_when_it_attests() {
    let code = refused_with(|request| {
        request["envelope_type"] = "owner-attestation".into();
        request["trusted_attested"] = serde_json::json!({});
    });
    assert_eq!(code, "ENVELOPE_TYPE_MISMATCH");
}

#[test]
fn what_is_no_envelope_is_not_stored() {
    let world = world();
    let Intake::Unopenable(refusal) = intake(&mut world.clone(), b"{").unwrap() else {
        panic!("opened");
    };
    assert_eq!(refusal.code, "ENVELOPE_MALFORMED");
    assert!(world.audits().is_empty());
}
