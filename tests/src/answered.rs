//! Answers, read as whoever asked reads them: from the decision's bytes alone.

use deployment::AnyPipeline;
use pipeline::{Answer, Outcome};
use records::Records as _;
use serde_json::Value;

use crate::fixture::{Fixture, must, seal};

/// An envelope as JSON.
pub fn json(envelope: &[u8]) -> Value {
    must(serde_json::from_slice(envelope))
}

/// The decision's bytes.
pub fn bytes(answer: &Answer) -> Vec<u8> {
    must(answer.decision.clone().ok_or("no decision"))
}

/// The decision as JSON.
pub fn decision(answer: &Answer) -> Value {
    json(&bytes(answer))
}

/// The texts of a list in an envelope.
pub fn texts(envelope: &Value, pointer: &str) -> Vec<String> {
    let list = envelope.pointer(pointer).and_then(Value::as_array);
    let texts = must(list.ok_or_else(|| format!("no list at {pointer}"))).iter();
    let texts = texts.map(|text| must(text.as_str().ok_or("no text")).to_owned());
    texts.collect()
}

/// Every code of the decision, the primary one first.
pub fn codes(answer: &Answer) -> Vec<String> {
    texts(&decision(answer), "/reject_codes")
}

/// The members in which the request differs from the one that used its nonce.
pub fn members(answer: &Answer) -> Vec<String> {
    texts(&decision(answer), "/differing_members")
}

/// A text of an envelope.
pub fn text(envelope: &Value, pointer: &str) -> String {
    let text = envelope.pointer(pointer).and_then(Value::as_str);
    must(text.ok_or_else(|| format!("no text at {pointer}"))).to_owned()
}

/// The same request with something else in it, sealed again.
pub fn edited(request: &[u8], edit: impl FnOnce(&mut Value)) -> Vec<u8> {
    let mut request = json(request);
    edit(&mut request);
    seal(request)
}

/// Registers, and gives the decision's bytes.
///
/// # Panics
///
/// When the answer is another one.
pub fn registered(pipeline: &mut AnyPipeline, request: &[u8]) -> Vec<u8> {
    let answer = must(pipeline.register(request));
    let report = answer.report.as_deref().map(json);
    let checks = answer.decision.as_deref().map(json);
    assert_eq!(
        answer.outcome,
        Outcome::Registered,
        "{:?} {:?} {:?}",
        codes(&answer),
        report.map(|report| report.get("reject_codes").cloned()),
        checks.map(|decision| decision.get("failed_checks").cloned())
    );
    bytes(&answer)
}

/// Is rejected with exactly these codes in this order, and gives the answer.
///
/// # Panics
///
/// When the answer is another one.
pub fn rejected(pipeline: &mut AnyPipeline, request: &[u8], expected: &[&str]) -> Answer {
    let answer = must(pipeline.register(request));
    assert_eq!(codes(&answer), expected);
    assert_eq!(answer.outcome, Outcome::Rejected);
    answer
}

/// The answer refers to an earlier decision, and it is this one.
///
/// # Panics
///
/// When it refers to none, or to another.
pub fn assert_prior_attached(answer: &Answer, prior: &[u8]) {
    let (answer, prior) = (decision(answer), json(prior));
    assert_eq!(
        text(&answer, "/prior_decision/evidence_hash"),
        text(&prior, "/header/evidence_hash")
    );
    assert_eq!(
        answer.pointer("/prior_decision/outcome"),
        prior.pointer("/outcome")
    );
}

/// The answer was recorded before it was given, once, and the record holds the same bytes.
///
/// # Panics
///
/// When there is no such record, or more than one.
pub fn assert_recorded(fixture: &Fixture, answer: &Answer) {
    let decision = decision(answer);
    let attempt = must(text(&decision, "/header/attempt_id").parse());
    let records = must(fixture.records().audits_of_attempt(&attempt));
    assert_eq!(records.len(), 1, "one refusal, one record");
    for record in records {
        let audit = json(&record.audit);
        assert_eq!(record.answer, bytes(answer));
        assert_eq!(
            audit.pointer("/reject_codes"),
            decision.pointer("/reject_codes")
        );
        assert_eq!(
            text(&audit, "/header/evidence_hash"),
            text(&decision, "/failure_audit_envelope/evidence_hash")
        );
    }
}
