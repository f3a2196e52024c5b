//! Phase 5 and recovery: recorded first, answered then; nothing stays open.

use serde_json::json;

use super::bench::*;
use super::faults::{Deaf, Fault, Faulty};
use crate::contract::{self, DecisionOutcome, FailureAudit, RejectCode};
use crate::*;

fn audit(bytes: &[u8]) -> FailureAudit {
    contract::failure_audit().open(bytes).unwrap().into_value()
}

fn rejection() -> Rejection {
    Rejection::named(&["HEAD_EXISTS", "ENVELOPE_STALE"], "two reasons").unwrap()
}

#[test]
fn refusal_is_recorded_before_it_is_answered_and_burns_nothing() {
    let world = world();
    let trial = Trial::of(&world, &Submission::new(1));
    let answered = refuse(&mut world.clone(), &trial.failing(&rejection())).unwrap();
    let recorded = only(world.audits());
    assert_eq!(recorded.audit, answered.audit);
    assert_eq!(recorded.answer, answered.decision);
    assert_eq!(recorded.abort, None);
    let frame = recorded.evidence.unwrap();
    let frame = envelope::Frame::parse(&frame).unwrap();
    let request = frame.slot("registration_request");
    assert_eq!(request, Some(trial.arrival.bytes()));
    assert_eq!(frame.slot("verdict"), trial.evidence().verdict);
    assert_eq!(frame.slot("integration"), None, "no block made one");
    let decision = decision(&answered.decision);
    assert_eq!(decision.outcome, DecisionOutcome::Rejected);
    assert_eq!(
        decided_codes(&answered.decision),
        ["ENVELOPE_STALE", "HEAD_EXISTS"]
    );
    let reference = decision.failure_audit_envelope.unwrap();
    assert_eq!(
        reference.failure_digest,
        audit(&answered.audit).failure_digest
    );
    assert_eq!(reference.evidence_hash, stated(&answered.audit));
    trial.open(&world);
}

#[test]
fn refusal_refers_to_the_decision_that_stands_in_the_way() {
    let world = world();
    let registered = register(&world, &Submission::new(1));
    let trial = Trial::of(&world, &Submission::new(2));
    let duplicate = refused(trial.reserve(&mut world.clone()));
    let answered = refuse(&mut world.clone(), &trial.failing(&duplicate)).unwrap();
    let prior = decision(&answered.decision).prior_decision.unwrap();
    assert_eq!(prior.replay_key, decision(&registered).replay_key);
    assert_eq!(prior.evidence_hash, stated(&registered));
    assert_eq!(prior.outcome, DecisionOutcome::Registered);
    let answered = refuse(&mut world.clone(), &trial.failing(&rejection())).unwrap();
    assert!(decision(&answered.decision).prior_decision.is_none());
}

#[test]
fn refusal_of_the_registrar_shows_its_reason_under_its_primary_code() {
    let world = world();
    let trial = Trial::of(&world, &Submission::new(1));
    let answered = refuse(&mut world.clone(), &trial.failing(&rejection())).unwrap();
    let checks = decision(&answered.decision).failed_checks;
    assert_eq!(audit(&answered.audit).failed_checks, checks);
    let check = only(checks.into_iter().collect());
    assert_eq!(&*check.id, "registrar.consume_and_write");
    assert_eq!(&*check.reject_codes, rejection().codes());
    let shown = only(check.compared.into_iter().collect());
    assert_eq!(&*shown.name, "ENVELOPE_STALE");
    assert_eq!(shown.left.as_deref(), Some("two reasons"));
}

#[test]
fn refusal_of_the_verdict_shows_the_checks_of_the_verdict_alone() {
    let world = world();
    let mut trial = Trial::of(&world, &Submission::new(1));
    let mut verdict = trial.verdict_json();
    verdict["outcome"] = json!("reject");
    verdict["reject_codes"] = json!(["ENVELOPE_STALE"]);
    verdict["checks"] = json!([{"id": "freshness.envelopes", "title": "fresh",
        "outcome": "failed", "stopped_by": null, "reject_codes": ["ENVELOPE_STALE"],
        "compared": [], "source_refs": []}]);
    trial.verdict = Some(seal(contract::verdict(), verdict));
    let rejection = refused(trial.reserve(&mut world.clone()));
    let answered = refuse(&mut world.clone(), &trial.failing(&rejection)).unwrap();
    let checks = decision(&answered.decision).failed_checks;
    assert_eq!(
        &*only(checks.into_iter().collect()).id,
        "freshness.envelopes"
    );
}

#[test]
fn refusal_without_a_record_is_not_answered() {
    let trial = Trial::of(&world(), &Submission::new(1));
    let error = refuse(&mut Deaf, &trial.failing(&rejection())).unwrap_err();
    assert_eq!(
        error.codes(),
        ["AUDIT_SINK_UNAVAILABLE", "FAILURE_AUDIT_WRITE_FAILED"]
    );
}

#[test]
fn refusal_without_a_code_is_not_answered() {
    let world = world();
    let trial = Trial::of(&world, &Submission::new(1));
    let empty = Rejection::new([], "no reason");
    assert!(refuse(&mut world.clone(), &trial.failing(&empty)).is_err());
    assert!(world.audits().is_empty());
}

#[test]
fn failure_recorded_twice_is_one_record() {
    let world = world();
    let trial = Trial::of(&world, &Submission::new(1));
    let first = refuse(&mut world.clone(), &trial.failing(&rejection())).unwrap();
    let second = refuse(&mut world.clone(), &trial.failing(&rejection())).unwrap();
    assert_eq!(first, second);
    assert_eq!(world.audits().len(), 1);
}

#[test]
fn failure_of_a_rolled_back_write_is_recorded_after_it_and_survives() {
    let world = world();
    let trial = Trial::of(&world, &Submission::new(1));
    let prepared = trial.open(&world);
    let mut store = Faulty::new(&world, &[Fault::Broken]);
    let Consumed::Lost(lost) = only(consume(&mut store, std::slice::from_ref(&prepared)).unwrap())
    else {
        panic!("not lost");
    };
    assert!(world.written().is_empty());
    let ended = fail(
        &mut store,
        &mut world.clone(),
        &trial.failing(&lost),
        &prepared,
    )
    .unwrap();
    let Ended::Answered(answered) = ended else {
        panic!("settled elsewhere");
    };
    let recorded = only(world.audits());
    assert_eq!(recorded.evidence, None, "the reservation keeps it");
    let record = audit(&recorded.audit);
    assert_eq!(record.reject_codes.to_vec(), [RejectCode::OutcomeAbandoned]);
    assert_eq!(record.rolled_back.len(), 3);
    assert_eq!(record.replay_key, Some(prepared.replay_key()));
    assert!(answered.decision.len() > 100);
}

#[test]
fn fresh_nonce_after_a_rollback_is_accepted() {
    let world = world();
    abort(&world, &Submission::new(1));
    register(&world, &Submission::new(2));
}

#[test]
fn hold_before_the_write_is_answered_as_a_hold() {
    let world = world();
    let trial = Trial::of(&world, &Submission::new(1));
    let prepared = trial.open(&world);
    world.place_hold("dot:DOT_A");
    let (mut store, mut sink) = (world.clone(), world.clone());
    let Consumed::Lost(lost) = only(consume(&mut store, std::slice::from_ref(&prepared)).unwrap())
    else {
        panic!("not lost");
    };
    let ended = fail(&mut store, &mut sink, &trial.failing(&lost), &prepared).unwrap();
    let Ended::Answered(answered) = ended else {
        panic!("settled elsewhere");
    };
    assert_eq!(decision(&answered.decision).outcome, DecisionOutcome::Hold);
}

#[test]
fn unknown_outcome_that_did_not_commit_is_fenced_and_recorded() {
    let world = world();
    let trial = Trial::of(&world, &Submission::new(1));
    let prepared = trial.open(&world);
    let mut store = Faulty::new(&world, &[Fault::LostBeforeCommit]);
    let consumed = only(consume(&mut store, std::slice::from_ref(&prepared)).unwrap());
    assert_eq!(consumed, Consumed::OutcomeUnknown);
    let unsure = Rejection::in_flight();
    let mut sink = world.clone();
    let input = trial.failing(&unsure);
    let ended = resolve_unknown(&mut store, &mut sink, &input, &prepared).unwrap();
    let Ended::Answered(answered) = ended else {
        panic!("settled elsewhere");
    };
    assert_eq!(decided_codes(&answered.decision), ["OUTCOME_ABANDONED"]);
    let late = only(consume(&mut world.clone(), &[prepared]).unwrap());
    assert!(matches!(late, Consumed::Prior(prior) if prior.bytes == answered.decision));
    assert!(world.written().is_empty());
}

#[test]
fn unknown_outcome_that_committed_gives_its_decision_and_no_record() {
    let world = world();
    let trial = Trial::of(&world, &Submission::new(1));
    let prepared = trial.open(&world);
    let mut store = Faulty::new(&world, &[Fault::LostAfterCommit]);
    let consumed = only(consume(&mut store, std::slice::from_ref(&prepared)).unwrap());
    assert_eq!(consumed, Consumed::OutcomeUnknown);
    let unsure = Rejection::in_flight();
    let mut sink = world.clone();
    let input = trial.failing(&unsure);
    let ended = resolve_unknown(&mut store, &mut sink, &input, &prepared).unwrap();
    let Ended::Settled(prior) = ended else {
        panic!("fenced although committed");
    };
    assert_eq!(decision(&prior.bytes).outcome, DecisionOutcome::Registered);
    assert!(world.audits().is_empty());
}

#[test]
fn closed_gate_is_answered_with_all_its_reasons_and_no_record() {
    let world = world();
    let trial = Trial::of(&world, &Submission::new(1));
    let report = gate("HOLD", at(300));
    let input = HoldInput {
        arrival: &trial.arrival,
        gate_report: &report,
        attempt: trial.attempt,
        now: at(6),
    };
    let bytes = hold(&input).unwrap();
    assert_eq!(decision(&bytes).outcome, DecisionOutcome::Hold);
    assert_eq!(
        decided_codes(&bytes),
        ["REGISTRATION_HOLD", "HASH_CARRIER_UNPROVEN"]
    );
    for stale in [at(300), at(-1)] {
        let stale = hold(&HoldInput {
            now: stale,
            ..input
        })
        .unwrap();
        assert_eq!(
            decided_codes(&stale),
            [
                "REGISTRATION_HOLD",
                "GATE_REPORT_STALE",
                "HASH_CARRIER_UNPROVEN"
            ]
        );
    }
    assert!(world.audits().is_empty());
}

#[test]
fn failed_verification_is_recorded_and_holds_its_target_only() {
    let world = world();
    let decision = register(&world, &Submission::new(1));
    let trial = Trial::of(&world, &Submission::new(1));
    let input = VerificationFailure {
        arrival: &trial.arrival,
        evidence: trial.evidence(),
        attempt: trial.attempt,
        decision: &decision,
        report: b"{}",
        codes: &["HEAD_NOT_DRAFT", "VERIFICATION_FAILED"],
        now: at(9),
    };
    let recorded = audit(&verification_failed(&mut world.clone(), &input).unwrap());
    let names: Vec<String> = recorded
        .reject_codes
        .iter()
        .map(RejectCode::to_string)
        .collect();
    assert_eq!(names, ["VERIFICATION_FAILED", "HEAD_NOT_DRAFT"]);
    assert!(world.is_held("dot:DOT_A"));
    assert!(!world.is_held("dot:DOT_B"));
    let record = only(world.audits());
    assert_eq!((record.abort, record.answer), (None, decision));
    assert_eq!(world.written().len(), 1);
}

fn recovering(policy: &[u8]) -> RecoverInput<'_> {
    RecoverInput {
        policy,
        now: at(600),
        limit: 100,
    }
}

#[test]
fn open_attempt_past_the_horizon_is_fenced_and_one_at_it_is_not() {
    let world = world();
    let trial = Trial::of(&world, &Submission::new(1));
    let prepared = trial.open(&world);
    let (mut store, mut sink) = (world.clone(), world.clone());
    world.set_clock(at(66));
    let policy = policy();
    let early = recover(&mut store, &mut sink, &recovering(&policy)).unwrap();
    assert!(early.settled.is_empty());
    world.set_clock(canonical::Timestamp::from_micros(at(66).micros() + 1).unwrap());
    let late = recover(&mut store, &mut sink, &recovering(&policy)).unwrap();
    let settled = only(late.settled);
    assert_eq!(settled.attempt_id, prepared.attempt_id());
    let Ended::Answered(answered) = settled.ended else {
        panic!("settled elsewhere");
    };
    assert_eq!(decided_codes(&answered.decision), ["OUTCOME_ABANDONED"]);
    let header = decision(&answered.decision).header;
    assert_eq!(header.correlation_id, Some(trial.attempt.correlation_id));
    // The audit rests on the evidence of the reservation, as if the attempt had been refused at once.
    let refused = refuse(&mut sink, &trial.failing(&rejection())).unwrap();
    assert_eq!(
        audit(&answered.audit).evidence,
        audit(&refused.audit).evidence
    );
    assert!(!audit(&refused.audit).evidence.is_empty());
    let again = recover(&mut store, &mut sink, &recovering(&policy)).unwrap();
    assert!(again.settled.is_empty() && again.unsettled.is_empty());
    assert_eq!(world.audits().len(), 2);
}

#[test]
fn consumed_attempt_without_a_report_is_left_to_be_verified() {
    let world = world();
    let decision = register(&world, &Submission::new(1));
    let (mut store, mut sink) = (world.clone(), world.clone());
    let policy = policy();
    let recovery = recover(&mut store, &mut sink, &recovering(&policy)).unwrap();
    let unverified = only(recovery.unverified);
    assert_eq!(unverified.attempt.answer, Some(decision));
    let frame = envelope::Frame::parse(&unverified.evidence).unwrap();
    let trial = Trial::of(&world, &Submission::new(1));
    assert_eq!(
        frame.slot("registration_request"),
        Some(trial.arrival.bytes())
    );
    assert_eq!(
        frame.slot("owner_attestation"),
        Some(trial.owner.as_slice())
    );
    world.mark_verified(unverified.attempt.attempt_id);
    let done = recover(&mut store, &mut sink, &recovering(&policy)).unwrap();
    assert!(done.unverified.is_empty());
}
