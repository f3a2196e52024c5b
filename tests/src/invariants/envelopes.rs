//! Stored envelopes: each opens with its contract and says what the rows around it say.

use canonical::{Digest, Uuid, hash_bytes, tags};
use envelope::Opened;
use registrar::contract::{
    self, DecisionOutcome, FailureAudit, RegistrationDecision, RejectCode, registration_decision,
};

use super::{digest, uuid};
use crate::fixture::must;
use crate::raw::{Cell, Raw};

pub(super) fn check(store: &mut Raw, found: &mut Vec<String>) {
    check_decisions(store, found);
    check_audits(store, found);
}

/// A decision that was committed, with the rows that it describes.
struct Committed {
    attempt_id: Uuid,
    bytes: Vec<u8>,
    evidence_hash: Digest,
    replay_key: Digest,
    request: Vec<u8>,
    request_digest: Digest,
    head_key: String,
    row_hash: Digest,
    writer_ordinal: i64,
}

fn check_decisions(store: &mut Raw, found: &mut Vec<String>) {
    let text = "SELECT a.attempt_id, d.bytes, d.evidence_hash, a.replay_key, a.request, \
                a.request_digest, c.row_key, c.row_hash, d.writer_ordinal \
                FROM decision AS d JOIN attempt AS a ON a.attempt_id = d.attempt_id \
                JOIN dot_catalogue AS c ON c.attempt_id = d.attempt_id";
    for row in store.rows(text, &[]).iter().map(committed) {
        let id = row.attempt_id;
        match registration_decision().open(&row.bytes) {
            Err(refusal) => found.push(format!("decision of `{id}` does not open: {refusal:?}")),
            Ok(decision) if !row.is_described_by(&decision) => {
                found.push(format!("decision of `{id}` is not about its own rows"));
            }
            Ok(_) => {}
        }
    }
}

fn committed(row: &Vec<Cell>) -> Committed {
    let [
        attempt,
        bytes,
        evidence,
        key,
        request,
        digested,
        head,
        hash,
        ordinal,
    ] = row.as_slice()
    else {
        return must(Err(format!("{} columns", row.len())));
    };
    Committed {
        attempt_id: uuid(attempt.bytes()),
        bytes: bytes.bytes(),
        evidence_hash: digest(evidence.bytes()),
        replay_key: digest(key.bytes()),
        request: request.bytes(),
        request_digest: digest(digested.bytes()),
        head_key: head.text(),
        row_hash: digest(hash.bytes()),
        writer_ordinal: ordinal.integer(),
    }
}

impl Committed {
    fn is_described_by(&self, decision: &Opened<RegistrationDecision>) -> bool {
        let value = decision.value();
        let head = value.head.as_ref();
        let transaction = format!("txn:{}", self.writer_ordinal);
        let consume = value.consume.as_ref();
        decision.evidence_hash() == self.evidence_hash
            && value.outcome == DecisionOutcome::Registered
            && value.header.attempt_id == Some(self.attempt_id)
            && value.replay_key == Some(self.replay_key)
            && value.request_digest == Some(self.request_digest)
            && hash_bytes(tags::REQUEST, &self.request) == self.request_digest
            && value.failure_audit_envelope.is_none()
            && value.reject_codes.is_empty()
            && head.is_some_and(|head| *head.row_key == *self.head_key)
            && head.is_some_and(|head| head.row_hash == self.row_hash)
            && head.is_some_and(|head| *head.status == *"draft")
            && consume.is_some_and(|consume| *consume.transaction_id == *transaction)
    }
}

/// A failure record, with the state of the attempt that it names, if there is one.
struct Recorded {
    attempt_id: Uuid,
    failure_digest: Digest,
    audit: Vec<u8>,
    answer: Vec<u8>,
    state: Option<String>,
}

fn check_audits(store: &mut Raw, found: &mut Vec<String>) {
    let text = "SELECT f.attempt_id, f.failure_digest, f.audit, f.answer, a.state \
                FROM failure_audit AS f LEFT JOIN attempt AS a ON a.attempt_id = f.attempt_id";
    for row in store.rows(text, &[]).iter().map(recorded) {
        let opened = (
            contract::failure_audit().open(&row.audit),
            registration_decision().open(&row.answer),
        );
        match opened {
            (Ok(audit), Ok(answer)) if row.is_described_by(&audit, &answer) => {}
            (Ok(_), Ok(_)) => found.push(format!(
                "audit and answer of `{}` do not say the same",
                row.attempt_id
            )),
            (audit, answer) => found.push(format!(
                "failure of `{}` does not open: {:?} {:?}",
                row.attempt_id,
                audit.err(),
                answer.err()
            )),
        }
    }
}

fn recorded(row: &Vec<Cell>) -> Recorded {
    let [attempt, failure, audit, answer, state] = row.as_slice() else {
        return must(Err(format!("{} columns", row.len())));
    };
    Recorded {
        attempt_id: uuid(attempt.bytes()),
        failure_digest: digest(failure.bytes()),
        audit: audit.bytes(),
        answer: answer.bytes(),
        state: (*state != Cell::Null).then(|| state.text()),
    }
}

impl Recorded {
    fn is_described_by(
        &self,
        audit: &Opened<FailureAudit>,
        answer: &Opened<RegistrationDecision>,
    ) -> bool {
        let record = audit.value();
        let named = record.header.attempt_id == Some(self.attempt_id)
            && record.failure_digest == self.failure_digest
            && answer.value().header.attempt_id == Some(self.attempt_id);
        if self.state.as_deref() == Some("consumed") {
            // Only a verification that failed is recorded beside an effect.
            return named
                && record
                    .reject_codes
                    .contains(&RejectCode::VerificationFailed);
        }
        let refers = answer.value().failure_audit_envelope.as_ref();
        named
            && answer.value().outcome != DecisionOutcome::Registered
            && answer.value().reject_codes == record.reject_codes
            && refers.is_some_and(|refers| {
                refers.attempt_id == self.attempt_id
                    && refers.failure_digest == self.failure_digest
                    && refers.evidence_hash == audit.evidence_hash()
            })
    }
}

/// Every report passed: nothing in these tests may make a verification fail.
pub(super) fn check_reports(store: &mut Raw, found: &mut Vec<String>) {
    let text = "SELECT attempt_id, report FROM verification_report";
    for row in store.rows(text, &[]) {
        let [attempt_id, report] = row.as_slice() else {
            return must(Err(format!("{} columns", row.len())));
        };
        let (attempt_id, report) = (uuid(attempt_id.bytes()), report.bytes());
        let report: serde_json::Value = must(serde_json::from_slice(&report));
        let outcome = report.pointer("/outcome").and_then(|text| text.as_str());
        if outcome != Some("passed") {
            found.push(format!(
                "verification of `{attempt_id}` did not pass: {report}"
            ));
        }
    }
}
