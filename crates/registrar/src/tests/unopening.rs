//! What is no request gets one decision as well, and leaves nothing behind.

use canonical::Text;

use super::bench::*;
use crate::contract::{CheckOutcome, DecisionOutcome, PhaseName};
use crate::*;

fn refusal(bytes: &[u8]) -> envelope::Refusal {
    match intake(&mut world(), bytes).unwrap() {
        Intake::Unopenable(refusal) => refusal,
        other => panic!("opened: {other:?}"),
    }
}

fn answer(bytes: &[u8], gate_report: Option<&[u8]>) -> Vec<u8> {
    let attempt = Attempt {
        attempt_id: uuid(7),
        correlation_id: uuid(8),
    };
    unopenable(&refusal(bytes), gate_report, attempt, at(6)).unwrap()
}

#[test]
fn what_is_no_request_is_rejected_at_intake_with_one_code_and_one_check() {
    for (bytes, code, stage) in [
        (&b"{"[..], "ENVELOPE_MALFORMED", "parse"),
        (br#"{"a":1,"a":2}"#, "DUPLICATE_MEMBER", "parse"),
        (b"{}", "SCHEMA_VIOLATION", "type and version"),
        (
            br#"{"envelope_type":"snapshot","envelope_version":"1"}"#,
            "ENVELOPE_TYPE_MISMATCH",
            "type and version",
        ),
        (
            br#"{"envelope_type":"registration-request","envelope_version":"1"}"#,
            "SCHEMA_VIOLATION",
            "schema",
        ),
    ] {
        let answer = answer(bytes, None);
        assert_eq!(decided_codes(&answer), [code]);
        let decision = decision(&answer);
        assert_eq!(decision.outcome, DecisionOutcome::Rejected);
        assert_eq!(decision.phase, PhaseName::Intake);
        let check = only(decision.failed_checks.into_iter().collect());
        assert_eq!(&*check.id, "intake.opening");
        assert_eq!(check.outcome, CheckOutcome::Failed);
        let shown: Vec<_> = check.compared.into_iter().map(|one| one.left).collect();
        let detail = refusal(bytes).detail;
        assert_eq!(
            shown,
            [stage, &detail].map(|text| Some(text.parse::<Text>().unwrap()))
        );
    }
}

#[test]
fn answer_without_a_request_refers_to_no_request_and_no_audit() {
    let decision = decision(&answer(b"[]", None));
    assert_eq!(decision.request_digest, None);
    assert_eq!(decision.replay_key, None);
    assert_eq!(decision.failure_audit_envelope, None);
    assert_eq!(decision.gate_report_ref, None);
    assert_eq!(&*decision.header.run_id, "unopened");
    assert_eq!(decision.header.attempt_id, Some(uuid(7)));
    assert_eq!(&*decision.header.trust_domain, "unstated");
}

#[test]
fn gate_report_gives_the_answer_its_domain_whether_open_or_not() {
    for state in ["OPEN", "HOLD"] {
        let report = gate(state, at(60));
        let decision = decision(&answer(b"[]", Some(&report)));
        assert_eq!(&*decision.header.trust_domain, "holdfast");
        assert_eq!(decision.gate_report_ref, Some(stated(&report)));
        assert_eq!(decision.outcome, DecisionOutcome::Rejected);
    }
}

#[test]
fn gate_report_that_does_not_open_gets_no_answer() {
    let attempt = Attempt {
        attempt_id: uuid(7),
        correlation_id: uuid(8),
    };
    let error = unopenable(&refusal(b"["), Some(b"{}"), attempt, at(6)).unwrap_err();
    assert!(matches!(
        error,
        RegistrarError::Unopenable {
            slot: "gate_report",
            ..
        }
    ));
}
