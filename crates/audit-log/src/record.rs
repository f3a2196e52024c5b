//! One record, held against its own envelopes.

use canonical::{Digest, Identifier, row};
use envelope::{Contract, Opened};
use records::AuditRecord;
use registrar::contract::{
    self, DecisionOutcome, FailureAudit, FailureAuditRef, PhaseName, RegistrationDecision,
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

/// What stands for a leaf where a row has the name of its carrier: its columns are not those under
/// which a capture knows the row.
const LEAF: &str = "failure_audit_leaf";

/// The leaf of a record whose columns, audit and answer say the same; else what does not fit.
///
/// It is a hash in the form of a row hash (spec §3), of `failure_audit_leaf` at the record's position
/// over `attempt_id`, `failure_digest`, and the evidence hashes `audit` and `answer`. When the store
/// wrote it is the store's word alone, and not in it.
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

/// The answer is the refusal that the audit was written before; or the effect whose verification
/// failed, which was answered before there was an audit, and which the audit names.
fn answered(
    audit: &Opened<FailureAudit>,
    answer: &Opened<RegistrationDecision>,
) -> Result<(), String> {
    if answer.header.attempt_id != audit.header.attempt_id {
        return Err("its answer is that of another attempt".to_owned());
    }
    let is_effect = answer.outcome == DecisionOutcome::Registered;
    match &answer.failure_audit_envelope {
        Some(named) if !is_effect => refused(audit, named, answer),
        None if is_effect => unverified(audit, answer),
        Some(_) => Err("its answer registers, and names an audit".to_owned()),
        None => Err("its answer refuses, and names no audit".to_owned()),
    }
}

fn refused(
    audit: &Opened<FailureAudit>,
    named: &FailureAuditRef,
    answer: &RegistrationDecision,
) -> Result<(), String> {
    let due = FailureAuditRef {
        attempt_id: named.attempt_id,
        failure_digest: audit.failure_digest,
        evidence_hash: audit.evidence_hash(),
    };
    if *named != due || Some(named.attempt_id) != audit.header.attempt_id {
        let other = named.evidence_hash;
        return Err(format!("its answer refers to another audit, {other}"));
    }
    let same = answer.phase == audit.phase
        && answer.reject_codes == audit.reject_codes
        && answer.request_digest == Some(audit.request_digest)
        && answer.replay_key == audit.replay_key;
    if same {
        return Ok(());
    }
    Err("its answer gives another phase, other codes, another request or another key".to_owned())
}

fn unverified(audit: &FailureAudit, answer: &Opened<RegistrationDecision>) -> Result<(), String> {
    let mut evidence = audit.evidence.iter();
    let named = evidence.find(|one| &*one.slot == "registration_decision");
    let named = named.and_then(|one| one.evidence_hash);
    if audit.phase == PhaseName::Verify && named == Some(answer.evidence_hash()) {
        return Ok(());
    }
    Err("its answer registers, and is not the effect that failed its verification".to_owned())
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

pub(crate) fn hash(record: &AuditRecord, audit: Digest, answer: Digest) -> Result<Digest, String> {
    let columns: Map<String, Value> = [
        ("attempt_id", json!(record.attempt_id)),
        ("failure_digest", json!(record.failure_digest)),
        ("audit", json!(audit)),
        ("answer", json!(answer)),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect();
    let carrier = Identifier::try_from(LEAF).map_err(|error| error.to_string())?;
    row::row_hash(&carrier, &record.position.to_string(), &columns)
        .map_err(|error| error.to_string())
}
