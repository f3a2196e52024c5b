//! Phase 5: a failure is recorded, durably and apart from what was rolled back, before it is
//! answered. What cannot be recorded is not answered.

use canonical::{Digest, Timestamp, Uuid, hash, tags};
use envelope::Opened;
use serde_json::{Map, Value, json};

use crate::attempt::{Arrival, Attempt, Prior};
use crate::contract::{
    self, EvidenceRef, EvidenceRefs, FailureAudit, FailureAuditRef, PhaseName, RejectCode,
    RejectCodes, RolledBack,
};
use crate::decision::{Basis, refused};
use crate::error::RegistrarError;
use crate::evidence::{Evidence, opened};
use crate::header::{Domain, Stamp, forever};
use crate::patience::patiently;
use crate::port::{AttemptState, FailureRecord, FailureSink, Fence, RecordAnswer, RegistrarStore};
use crate::prepare::Prepared;
use crate::rejection::{Rejection, bounded};

/// What a failure is recorded from.
#[derive(Clone, Copy, Debug)]
pub struct FailureInput<'a> {
    /// The request.
    pub arrival: &'a Arrival,
    /// Every envelope so far; the policy must be among them.
    pub evidence: Evidence<'a>,
    /// The attempt.
    pub attempt: Attempt,
    /// The phase that failed.
    pub phase: PhaseName,
    /// Why.
    pub rejection: &'a Rejection,
    /// The clock of this process.
    pub now: Timestamp,
}

/// A failure that was recorded and may now be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The decision: the answer.
    pub decision: Vec<u8>,
    /// The failure-audit envelope that was recorded first.
    pub audit: Vec<u8>,
    /// The record's position in the log.
    pub position: u64,
}

/// How a reserved attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// It was closed here, and its failure recorded with it.
    Answered(Answered),
    /// It had ended already: that answer, byte for byte.
    Settled(Prior),
}

/// Records and answers the refusal of a request that holds no reservation; burns nothing.
///
/// Fails with `AuditSinkUnavailable` when the record cannot be made: there is no reject without one.
pub fn refuse(
    sink: &mut impl FailureSink,
    input: &FailureInput<'_>,
) -> Result<Answered, RegistrarError> {
    let failure = Failure::seal(input, None, &[])?;
    match failure.record(sink, None)? {
        RecordAnswer::Recorded { position } | RecordAnswer::AlreadyRecorded { position } => {
            Ok(failure.answered(position))
        }
        RecordAnswer::NotOpen(_) => Err(RegistrarError::inconsistent(
            "a record that closes nothing was refused as not open",
        )),
    }
}

/// Closes a reserved attempt, records its failure with that, and answers it.
///
/// The close is a conditional update: where it matches nothing the attempt has ended already, and
/// its own answer is given. Nothing is decided by a plain read.
pub fn fail(
    store: &mut impl RegistrarStore,
    sink: &mut impl FailureSink,
    input: &FailureInput<'_>,
    prepared: &Prepared,
) -> Result<Ended, RegistrarError> {
    let fence = Fence {
        owner_token: Some(prepared.owner_token),
        epoch: Some(prepared.epoch),
    };
    let rolled_back = ["one draft head", "one ledger row", "one decision"];
    let failure = Failure::seal(input, Some(&prepared.basis), &rolled_back)?;
    failure.close(store, sink, fence)
}

/// Settles an attempt whose commit may or may not have landed.
///
/// Fences it: either the attempt is closed and recorded as `OUTCOME_ABANDONED`, or the commit had
/// landed and its decision is the answer.
pub fn resolve_unknown(
    store: &mut impl RegistrarStore,
    sink: &mut impl FailureSink,
    input: &FailureInput<'_>,
    prepared: &Prepared,
) -> Result<Ended, RegistrarError> {
    let rejection = Rejection::new(
        [RejectCode::OutcomeAbandoned],
        "the outcome of the commit was not known; the attempt was fenced before it landed",
    );
    let input = FailureInput {
        rejection: &rejection,
        ..*input
    };
    fail(store, sink, &input, prepared)
}

/// A failure, sealed as record and answer, not yet recorded.
pub(crate) struct Failure {
    attempt: Attempt,
    digest: Digest,
    audit: Vec<u8>,
    decision: Vec<u8>,
    evidence: Option<Vec<u8>>,
}

impl Failure {
    pub(crate) fn seal(
        input: &FailureInput<'_>,
        basis: Option<&Basis>,
        rolled_back: &[&str],
    ) -> Result<Self, RegistrarError> {
        if input.rejection.codes().is_empty() {
            return Err(RegistrarError::inconsistent("a refusal names no code"));
        }
        // A reservation keeps its envelopes itself; those of a refusal lie nowhere else.
        let (basis, evidence) = match basis {
            Some(basis) => (basis.clone(), None),
            None => (refusal_basis(input)?, Some(frame(input))),
        };
        let replay_key = basis.keys.map(|keys| keys.replay_key);
        let refs = refs_of(input)?;
        let (audit, reference) = seal_audit(input, &basis.stamp, replay_key, refs, rolled_back)?;
        Ok(Self {
            attempt: input.attempt,
            digest: reference.failure_digest,
            decision: refused(&basis, input.rejection, input.phase, reference, input.now)?,
            audit,
            evidence,
        })
    }

    fn record(
        &self,
        sink: &mut impl FailureSink,
        abort: Option<Fence>,
    ) -> Result<RecordAnswer, RegistrarError> {
        let record = FailureRecord {
            attempt_id: self.attempt.attempt_id,
            failure_digest: self.digest,
            audit: self.audit.clone(),
            answer: self.decision.clone(),
            evidence: self.evidence.clone(),
            abort,
            hold_target: None,
        };
        record_one(sink, record)
    }

    /// Closes the attempt together with the record, or gives the answer that it has already.
    pub(crate) fn close(
        self,
        store: &mut impl RegistrarStore,
        sink: &mut impl FailureSink,
        fence: Fence,
    ) -> Result<Ended, RegistrarError> {
        match self.record(sink, Some(fence))? {
            RecordAnswer::Recorded { position } => Ok(Ended::Answered(self.answered(position))),
            RecordAnswer::NotOpen(stored) => match stored.state {
                AttemptState::Reserved => Err(RegistrarError::inconsistent(format!(
                    "attempt `{}` is open under another token",
                    stored.attempt_id
                ))),
                AttemptState::Consumed | AttemptState::Aborted => {
                    Ok(Ended::Settled(Prior::of(*stored)?))
                }
            },
            RecordAnswer::AlreadyRecorded { .. } => {
                let id = self.attempt.attempt_id;
                let stored = patiently(|| store.attempt_by_id(&id))?.ok_or_else(|| {
                    RegistrarError::inconsistent(format!("recorded attempt `{id}` is gone"))
                })?;
                Ok(Ended::Settled(Prior::of(stored)?))
            }
        }
    }

    fn answered(self, position: u64) -> Answered {
        Answered {
            decision: self.decision,
            audit: self.audit,
            position,
        }
    }
}

pub(crate) fn record_one(
    sink: &mut impl FailureSink,
    record: FailureRecord,
) -> Result<RecordAnswer, RegistrarError> {
    let attempt_id = record.attempt_id;
    let answers = patiently(|| sink.record(vec![record.clone()]))
        .map_err(|source| RegistrarError::AuditSinkUnavailable { attempt_id, source })?;
    let [answer] = <[RecordAnswer; 1]>::try_from(answers)
        .map_err(|_| RegistrarError::inconsistent("one record got not one answer"))?;
    Ok(answer)
}

pub(crate) fn stamp(input: &FailureInput<'_>, domain: Domain) -> Stamp {
    Stamp {
        domain,
        run_id: input.arrival.request().header.run_id.clone(),
        attempt_id: input.attempt.attempt_id,
        correlation_id: Some(input.attempt.correlation_id),
    }
}

fn refusal_basis(input: &FailureInput<'_>) -> Result<Basis, RegistrarError> {
    let policy = opened(contract::policy(), "policy", input.evidence.policy)?;
    let evidence = &input.evidence;
    let verdict = evidence
        .verdict
        .map(|bytes| contract::verdict().open(bytes));
    let verdict = verdict.and_then(Result::ok);
    let gate = evidence
        .gate_report
        .map(|bytes| contract::gate_report().open(bytes));
    let gate = gate.and_then(Result::ok);
    Ok(Basis {
        stamp: stamp(input, Domain::of(&policy.header)),
        request_digest: Some(input.arrival.digest()),
        keys: None,
        verdict_ref: verdict.as_ref().map(Opened::evidence_hash),
        decision_ref: verdict.as_ref().map(|verdict| verdict.decision_ref),
        gate_report_ref: gate.as_ref().map(Opened::evidence_hash),
        assurance: gate.as_ref().and_then(|gate| gate.assurance),
    })
}

fn frame(input: &FailureInput<'_>) -> Vec<u8> {
    let request = input.arrival.bytes();
    input.evidence.frame(request, input.attempt, input.now)
}

pub(crate) fn refs_of(input: &FailureInput<'_>) -> Result<EvidenceRefs, RegistrarError> {
    input.evidence.refs(input.arrival.request().evidence_hash())
}

pub(crate) fn seal_audit(
    input: &FailureInput<'_>,
    stamp: &Stamp,
    replay_key: Option<Digest>,
    evidence: EvidenceRefs,
    rolled_back: &[&str],
) -> Result<(Vec<u8>, FailureAuditRef), RegistrarError> {
    let proposed = &input.arrival.request().request_proposed;
    let codes = input.rejection.codes();
    let attempt_id = &input.attempt.attempt_id;
    let failure_digest = failure_digest(Some(attempt_id), input.phase, codes, &evidence)?;
    let lines = rolled_back.iter().map(|line| line.parse());
    let lines: Vec<canonical::Text> = lines.collect::<Result<_, _>>()?;
    let audit = FailureAudit {
        envelope_type: "failure-audit".parse()?,
        envelope_version: "1".parse()?,
        header: stamp.header("audit-writer", input.now, forever()?)?,
        phase: input.phase,
        reject_codes: RejectCodes::try_from(codes.to_vec())?,
        failed_checks: input.rejection.shown(input.phase)?,
        request_digest: input.arrival.digest(),
        replay_key,
        nonce: Some(proposed.nonce.clone()),
        dot_code: Some(proposed.dot_code.clone()),
        evidence,
        rolled_back: RolledBack::try_from(lines)?,
        failure_digest,
        reason: bounded(input.rejection.reason()).parse()?,
    };
    let sealed = contract::failure_audit().seal(&audit)?;
    let reference = FailureAuditRef {
        attempt_id: input.attempt.attempt_id,
        failure_digest,
        evidence_hash: sealed.evidence_hash(),
    };
    Ok((sealed.into_bytes(), reference))
}

/// The digest of a recorded failure, made again from what its audit says.
pub fn digest_of(audit: &FailureAudit) -> Result<Digest, RegistrarError> {
    let attempt_id = audit.header.attempt_id.as_ref();
    failure_digest(
        attempt_id,
        audit.phase,
        &audit.reject_codes,
        &audit.evidence,
    )
}

/// `H(failure, {attempt_id, phase, codes, evidence: {slot: evidence hash | null}})`.
fn failure_digest(
    attempt_id: Option<&Uuid>,
    phase: PhaseName,
    codes: &[RejectCode],
    evidence: &[EvidenceRef],
) -> Result<Digest, RegistrarError> {
    let evidence: Map<String, Value> = evidence
        .iter()
        .map(|one| (one.slot.to_string(), json!(one.evidence_hash)))
        .collect();
    let failure = json!({
        "attempt_id": attempt_id,
        "phase": phase,
        "codes": codes,
        "evidence": evidence,
    });
    Ok(hash(tags::FAILURE, &failure)?)
}
