//! A verification that failed after the commit: recorded, the target held, nothing deleted.

use canonical::Timestamp;

use crate::attempt::{Arrival, Attempt};
use crate::contract::{self, EvidenceRef, PhaseName};
use crate::error::RegistrarError;
use crate::evidence::{Evidence, opened, stated_hash};
use crate::failure::{FailureInput, record_one, refs_of, seal_audit, stamp};
use crate::header::Domain;
use crate::port::{FailureRecord, FailureSink, RecordAnswer};
use crate::rejection::Rejection;

/// What a failed verification is recorded from.
#[derive(Clone, Copy, Debug)]
pub struct VerificationFailure<'a> {
    /// The request.
    pub arrival: &'a Arrival,
    /// Every envelope of the attempt; the policy must be among them.
    pub evidence: Evidence<'a>,
    /// The attempt.
    pub attempt: Attempt,
    /// The decision that was committed; its bytes stay the answer.
    pub decision: &'a [u8],
    /// The verification report.
    pub report: &'a [u8],
    /// The report's codes beside `VERIFICATION_FAILED`.
    pub codes: &'a [&'a str],
    /// The clock of this process.
    pub now: Timestamp,
}

/// Records a verification that failed after the commit, and places a hold on the target.
///
/// The key stays burned, the row stays inert, the decision's bytes stay as they are. Gives the
/// failure-audit envelope.
pub fn verification_failed(
    sink: &mut impl FailureSink,
    input: &VerificationFailure<'_>,
) -> Result<Vec<u8>, RegistrarError> {
    let decision = opened(
        contract::registration_decision(),
        "registration_decision",
        Some(input.decision),
    )?;
    let codes = [&["VERIFICATION_FAILED"], input.codes].concat();
    let rejection = Rejection::named(&codes, "the independent reread did not confirm the write")?;
    let failing = FailureInput {
        arrival: input.arrival,
        evidence: input.evidence,
        attempt: input.attempt,
        phase: PhaseName::Verify,
        rejection: &rejection,
        now: input.now,
    };
    let policy = opened(contract::policy(), "policy", input.evidence.policy)?;
    let mut refs: Vec<_> = refs_of(&failing)?.into();
    for (slot, hash) in [
        ("registration_decision", Some(decision.evidence_hash())),
        ("verification_report", stated_hash(input.report)),
    ] {
        refs.push(EvidenceRef {
            slot: slot.parse()?,
            evidence_hash: hash,
        });
    }
    let stamp = stamp(&failing, Domain::of(&policy.header));
    let replay_key = decision.replay_key;
    let (audit, reference) = seal_audit(&failing, &stamp, replay_key, refs.try_into()?, &[])?;
    let record = FailureRecord {
        attempt_id: input.attempt.attempt_id,
        failure_digest: reference.failure_digest,
        audit: audit.clone(),
        answer: input.decision.to_vec(),
        evidence: None,
        abort: None,
        hold_target: Some(format!("dot:{}", input.arrival.dot_code())),
    };
    match record_one(sink, record)? {
        RecordAnswer::Recorded { .. } | RecordAnswer::AlreadyRecorded { .. } => Ok(audit),
        RecordAnswer::NotOpen(_) => Err(RegistrarError::inconsistent(
            "a record that closes nothing was refused as not open",
        )),
    }
}
