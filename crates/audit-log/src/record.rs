//! One record, held against its own envelopes.

use canonical::{Digest, Identifier, row};
use envelope::{Contract, Opened};
use records::AuditRecord;
use registrar::contract::{self, FailureAudit, PhaseName, RegistrationDecision};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// The leaf of a record whose columns, audit and answer say the same; else what does not fit.
///
/// It is the row hash (spec §3) of `failure_audit` at its position over `attempt_id`,
/// `failure_digest`, and the evidence hashes `audit` and `answer`. When the store wrote it is the
/// store's word alone, and not in it.
pub fn leaf(record: &AuditRecord) -> Result<Digest, String> {
    let audit = open(contract::failure_audit(), "its audit", &record.audit)?;
    let answer = open(
        contract::registration_decision(),
        "its answer",
        &record.answer,
    )?;
    columns(record, &audit)?;
    answered(&audit, &answer)?;
    hash(record, audit.evidence_hash(), answer.evidence_hash())
}

fn open<T: DeserializeOwned>(
    contract: &Contract<T>,
    what: &str,
    bytes: &[u8],
) -> Result<Opened<T>, String> {
    let opened = contract.open(bytes);
    opened.map_err(|refusal| format!("{what} does not open: {refusal}"))
}

/// What the store keeps beside an audit is what the audit says, and its digest is made again.
fn columns(record: &AuditRecord, audit: &FailureAudit) -> Result<(), String> {
    let digest = audit.failure_digest;
    alike("attempt", Some(record.attempt_id), audit.header.attempt_id)?;
    alike("failure digest", Some(record.failure_digest), Some(digest))?;
    alike("DOT", record.dot_code.as_deref(), audit.dot_code.as_deref())?;
    let due = registrar::digest_of(audit).map_err(|error| error.to_string())?;
    if due != digest {
        return Err(format!(
            "its failure digest is {digest}, and {due} when it is made again"
        ));
    }
    Ok(())
}

/// The answer refers to the audit that was written before it; an effect that failed its verification
/// was answered before there was one.
fn answered(audit: &Opened<FailureAudit>, answer: &RegistrationDecision) -> Result<(), String> {
    let attempt = answer.header.attempt_id;
    if attempt != audit.header.attempt_id {
        return Err("its answer is that of another attempt".to_owned());
    }
    let named = answer.failure_audit_envelope.as_ref();
    match named.map(|named| named.evidence_hash) {
        Some(named) if named == audit.evidence_hash() => Ok(()),
        Some(named) => Err(format!("its answer refers to another audit, {named}")),
        None if audit.phase == PhaseName::Verify => Ok(()),
        None => Err("its answer refers to no audit".to_owned()),
    }
}

fn alike<T: PartialEq + ToString>(
    what: &str,
    kept: Option<T>,
    said: Option<T>,
) -> Result<(), String> {
    if kept == said {
        return Ok(());
    }
    let word = |value: Option<T>| value.map_or("none".to_owned(), |value| value.to_string());
    let (kept, said) = (word(kept), word(said));
    Err(format!("its {what} is {kept}, and {said} in its envelopes"))
}

fn hash(record: &AuditRecord, audit: Digest, answer: Digest) -> Result<Digest, String> {
    let columns: Map<String, Value> = [
        ("attempt_id", json!(record.attempt_id)),
        ("failure_digest", json!(record.failure_digest)),
        ("audit", json!(audit)),
        ("answer", json!(answer)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    let carrier = Identifier::try_from("failure_audit").map_err(|error| error.to_string())?;
    row::row_hash(&carrier, &record.position.to_string(), &columns)
        .map_err(|error| error.to_string())
}
