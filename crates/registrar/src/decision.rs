//! The registration decision: one shape for every answer, sealed once, never changed again.

use canonical::{Digest, SafeUint, Timestamp, Uuid};
use envelope::Sealed;

use crate::contract::{
    self, Assurance, Check, Checks, ConsumeProof, DecisionOutcome, DifferingMembers,
    FailureAuditRef, HeadRef, PhaseName, PriorDecisionRef, RegistrationDecision, RejectCodes,
};
use crate::error::RegistrarError;
use crate::header::{Stamp, forever};
use crate::keys::Keys;
use crate::port::{CATALOGUE, DRAFT, SealedDecision, TransactionFacts};
use crate::rejection::Rejection;

/// The keys that a decision states.
#[derive(Clone, Copy, Debug)]
pub(crate) struct StatedKeys {
    pub(crate) replay_key: Digest,
    pub(crate) effect_identity: Digest,
    pub(crate) authorization_binding_digest: Digest,
}

impl From<Keys> for StatedKeys {
    fn from(keys: Keys) -> Self {
        Self {
            replay_key: keys.replay_key,
            effect_identity: keys.effect_identity,
            authorization_binding_digest: keys.authorization_binding_digest,
        }
    }
}

/// What every decision of one attempt states, whatever becomes of it.
#[derive(Clone, Debug)]
pub(crate) struct Basis {
    pub(crate) stamp: Stamp,
    pub(crate) request_digest: Option<Digest>,
    pub(crate) keys: Option<StatedKeys>,
    pub(crate) verdict_ref: Option<Digest>,
    pub(crate) decision_ref: Option<Digest>,
    pub(crate) gate_report_ref: Option<Digest>,
    pub(crate) assurance: Option<Assurance>,
}

/// What a registered decision states beside its basis.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) basis: Basis,
    pub(crate) replay_key: Digest,
    pub(crate) attempt_id: Uuid,
    pub(crate) epoch: u64,
    pub(crate) head_key: String,
}

impl Draft {
    /// Seals the decision from what only the transaction knows.
    pub(crate) fn seal(&self, facts: &TransactionFacts) -> Result<SealedDecision, RegistrarError> {
        let mut decision = blank(
            &self.basis,
            DecisionOutcome::Registered,
            PhaseName::ConsumeAndWrite,
            facts.operation_start,
        )?;
        decision.consume = Some(ConsumeProof {
            replay_key: self.replay_key,
            attempt_id: self.attempt_id,
            epoch: SafeUint::try_from(self.epoch)?,
            transaction_id: facts.transaction_id.parse()?,
        });
        decision.head = Some(HeadRef {
            carrier: CATALOGUE.parse()?,
            row_key: self.head_key.parse()?,
            row_hash: facts.head_row_hash,
            status: DRAFT.parse()?,
        });
        decision.operation_start = Some(facts.operation_start);
        let sealed = seal(&decision)?;
        Ok(SealedDecision {
            evidence_hash: sealed.evidence_hash(),
            bytes: sealed.into_bytes(),
        })
    }
}

/// Seals the answer to a refusal that was recorded as `audit`.
pub(crate) fn refused(
    basis: &Basis,
    rejection: &Rejection,
    phase: PhaseName,
    audit: FailureAuditRef,
    now: Timestamp,
) -> Result<Vec<u8>, RegistrarError> {
    let outcome = if rejection.is_hold() {
        DecisionOutcome::Hold
    } else {
        DecisionOutcome::Rejected
    };
    let mut decision = blank(basis, outcome, phase, now)?;
    decision.reject_codes = rejection.codes().to_vec().try_into()?;
    decision.failed_checks = rejection.shown(phase)?;
    decision.prior_decision = prior_ref(rejection);
    decision.differing_members = rejection.differing_members().to_vec().try_into()?;
    decision.failure_audit_envelope = Some(audit);
    Ok(seal(&decision)?.into_bytes())
}

/// Seals a hold: nothing was tried, so nothing is recorded.
pub(crate) fn held(
    basis: &Basis,
    codes: RejectCodes,
    now: Timestamp,
) -> Result<Vec<u8>, RegistrarError> {
    let mut decision = blank(basis, DecisionOutcome::Hold, PhaseName::Intake, now)?;
    decision.reject_codes = codes;
    Ok(seal(&decision)?.into_bytes())
}

/// Seals the answer to bytes that did not open: there is nothing to record, so it names no audit.
pub(crate) fn unopened(
    basis: &Basis,
    check: Check,
    now: Timestamp,
) -> Result<Vec<u8>, RegistrarError> {
    let mut decision = blank(basis, DecisionOutcome::Rejected, PhaseName::Intake, now)?;
    decision.reject_codes = check.reject_codes.clone();
    decision.failed_checks = Checks::try_from(vec![check])?;
    Ok(seal(&decision)?.into_bytes())
}

fn prior_ref(rejection: &Rejection) -> Option<PriorDecisionRef> {
    rejection.prior().map(|prior| prior.reference.clone())
}

fn blank(
    basis: &Basis,
    outcome: DecisionOutcome,
    phase: PhaseName,
    issued_at: Timestamp,
) -> Result<RegistrationDecision, RegistrarError> {
    Ok(RegistrationDecision {
        envelope_type: "registration-decision".parse()?,
        envelope_version: "1".parse()?,
        header: basis.stamp.header("registrar", issued_at, forever()?)?,
        outcome,
        phase,
        reject_codes: RejectCodes::try_from(Vec::new())?,
        failed_checks: Checks::try_from(Vec::new())?,
        request_digest: basis.request_digest,
        replay_key: basis.keys.map(|keys| keys.replay_key),
        effect_identity: basis.keys.map(|keys| keys.effect_identity),
        authorization_binding_digest: basis.keys.map(|keys| keys.authorization_binding_digest),
        consume: None,
        head: None,
        operation_start: None,
        verdict_ref: basis.verdict_ref,
        decision_ref: basis.decision_ref,
        gate_report_ref: basis.gate_report_ref,
        assurance: basis.assurance,
        prior_decision: None,
        differing_members: DifferingMembers::try_from(Vec::new())?,
        failure_audit_envelope: None,
        decision_log_envelope: (),
    })
}

fn seal(decision: &RegistrationDecision) -> Result<Sealed, RegistrarError> {
    Ok(contract::registration_decision().seal(decision)?)
}
