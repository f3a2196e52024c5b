//! The verb: reread, compare, report.

use canonical::{Digest, Timestamp, Uuid};
use envelope::{Contract, Opened};
use serde::Deserialize;

use crate::condition::{Condition, text};
use crate::contract::{
    self, ArtifactAttestation, ArtifactTrustedAttested, Assurance, Checks, HeadRef, Header,
    OwnerAttestation, OwnerTrustedAttested, Policy, RegistrationDecision, RejectCode, RejectCodes,
    SourceRefs, Verdict, VerificationOutcome, VerificationReport,
};
use crate::error::VerifyError;
use crate::head::Head;
use crate::port::CommittedReader;
use crate::provenance::{decision_ref, second_verdict};
use crate::readback::{Apart, config_closed, no_notify, postcondition, write_readback};

/// The end of what has no end: a report stays true.
const FOREVER: &str = "9999-12-31T23:59:59.999999Z";

/// The attempt that is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Names the attempt.
    pub attempt_id: Uuid,
    /// Joins what was made for it.
    pub correlation_id: Uuid,
}

/// What a verification is made from.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The decision as the registrar reported it.
    pub reported_decision: &'a [u8],
    /// What block A attested.
    pub owner_attestation: &'a [u8],
    /// What block F attested.
    pub artifact_attestation: &'a [u8],
    /// The verdict that the decision carries out.
    pub verdict: &'a [u8],
    /// The validator's second verdict, on both captures and the decision.
    pub verdict_after: &'a [u8],
    /// The policy of the attempt.
    pub policy: &'a [u8],
    /// The attempt.
    pub attempt: Attempt,
    /// The clock of this process.
    pub now: Timestamp,
    /// When the attempt was reserved, by the store's clock.
    pub attempt_opened_at: Timestamp,
    /// The principal that registers.
    pub registrar_principal: &'a str,
}

/// Rereads what was committed and reports every condition, held or failed.
///
/// A failed condition is an answer. Fails when the store does not answer, or there is nothing that
/// could be verified: then the outcome stays pending.
pub fn verify(
    reader: &mut impl CommittedReader,
    input: &Input<'_>,
) -> Result<Vec<u8>, VerifyError> {
    let case = Case::open(input)?;
    let (owner, artifact) = (case.owner()?, case.artifact()?);
    let stated = case.decision.head.clone();
    let stated = stated.ok_or(VerifyError::NothingRegistered)?;
    let target = artifact.canonical_target.to_string();
    let dot_code = target.strip_prefix("dot:").unwrap_or_default();
    let head = Head::reread(reader, dot_code, &stated.row_key, stated.row_hash)?;
    let conditions = vec![
        head.one(&stated.row_key)?,
        head.draft()?,
        head.metadata(owner, artifact),
        no_notify(reader)?,
        postcondition(reader, &case.apart(input), owner)?,
        write_readback(reader, input, &case.decision, &head, &target)?,
        config_closed(reader, dot_code)?,
        decision_ref(
            &case.decision,
            &case.verdict,
            &case.owner,
            &case.artifact,
            &case.policy,
        ),
        second_verdict(&case.decision, &case.verdict_after),
    ];
    let verified_at = reader.clock()?;
    report(input, &case, conditions, &head, verified_at)
}

/// What a verification can be foreseen from, before anything is written.
#[derive(Clone, Copy, Debug)]
pub struct Foresight<'a> {
    /// What block A attested.
    pub owner_attestation: &'a [u8],
    /// The policy of the attempt.
    pub policy: &'a [u8],
    /// Whether the gate is open at single-principal assurance, which the decision will state.
    pub single_principal: bool,
    /// The principal that registers.
    pub registrar_principal: &'a str,
}

/// The codes of the report that [`verify`] would make of a write now, as far as they do not depend
/// on that write: none where nothing that stands already is in its way.
///
/// Fails when the store does not answer or an envelope does not open.
pub fn foresee(
    reader: &mut impl CommittedReader,
    input: &Foresight<'_>,
) -> Result<Vec<RejectCode>, VerifyError> {
    let slot = "owner_attestation";
    let owner = opened(contract::owner_attestation(), slot, input.owner_attestation)?;
    let owner = owner.trusted_attested.as_ref();
    let owner = owner.ok_or(VerifyError::NotAttested { slot })?;
    let policy = opened(contract::policy(), "policy", input.policy)?;
    let apart = Apart {
        opened_at: reader.clock()?,
        registrar: input.registrar_principal,
        one_principal: input.single_principal && accepts_one_principal(&policy),
    };
    Ok(codes(&[
        no_notify(reader)?,
        postcondition(reader, &apart, owner)?,
    ]))
}

fn accepts_one_principal(policy: &Policy) -> bool {
    policy.assurance_accepted == Some(Assurance::SinglePrincipal)
}

/// What failed, in precedence; `VERIFICATION_FAILED` joins it.
fn codes(conditions: &[Condition]) -> Vec<RejectCode> {
    let codes = conditions.iter().flat_map(|it| it.codes().iter().copied());
    let mut codes: Vec<RejectCode> = codes.collect();
    if !codes.is_empty() {
        codes.push(RejectCode::VerificationFailed);
    }
    codes.sort_unstable();
    codes.dedup();
    codes
}

/// The envelopes of the attempt, opened.
struct Case {
    decision: Opened<RegistrationDecision>,
    owner: Opened<OwnerAttestation>,
    artifact: Opened<ArtifactAttestation>,
    verdict: Opened<Verdict>,
    verdict_after: Opened<Verdict>,
    policy: Opened<Policy>,
}

impl Case {
    fn open(input: &Input<'_>) -> Result<Self, VerifyError> {
        Ok(Self {
            decision: opened(
                contract::registration_decision(),
                "registration_decision",
                input.reported_decision,
            )?,
            owner: opened(
                contract::owner_attestation(),
                "owner_attestation",
                input.owner_attestation,
            )?,
            artifact: opened(
                contract::artifact_attestation(),
                "artifact_attestation",
                input.artifact_attestation,
            )?,
            verdict: opened(contract::verdict(), "verdict", input.verdict)?,
            verdict_after: opened(contract::verdict(), "verdict_after", input.verdict_after)?,
            policy: opened(contract::policy(), "policy", input.policy)?,
        })
    }

    fn owner(&self) -> Result<&OwnerTrustedAttested, VerifyError> {
        let slot = "owner_attestation";
        let attested = self.owner.trusted_attested.as_ref();
        attested.ok_or(VerifyError::NotAttested { slot })
    }

    /// One principal is accepted where policy and decision both say so.
    fn apart<'a>(&self, input: &Input<'a>) -> Apart<'a> {
        let stated = self.decision.assurance == Some(Assurance::SinglePrincipal);
        Apart {
            opened_at: input.attempt_opened_at,
            registrar: input.registrar_principal,
            one_principal: stated && accepts_one_principal(&self.policy),
        }
    }

    fn artifact(&self) -> Result<&ArtifactTrustedAttested, VerifyError> {
        let slot = "artifact_attestation";
        let attested = self.artifact.trusted_attested.as_ref();
        attested.ok_or(VerifyError::NotAttested { slot })
    }
}

fn opened<T: for<'de> Deserialize<'de>>(
    contract: &Contract<T>,
    slot: &'static str,
    bytes: &[u8],
) -> Result<Opened<T>, VerifyError> {
    contract
        .open(bytes)
        .map_err(|source| VerifyError::Unopenable { slot, source })
}

fn report(
    input: &Input<'_>,
    case: &Case,
    conditions: Vec<Condition>,
    head: &Head,
    verified_at: Timestamp,
) -> Result<Vec<u8>, VerifyError> {
    let codes = codes(&conditions);
    let outcome = if codes.is_empty() {
        VerificationOutcome::Passed
    } else {
        VerificationOutcome::Failed
    };
    let checks = conditions.into_iter().map(Condition::check);
    let later = head.later_change()?;
    let report = VerificationReport {
        envelope_type: "verification-report".parse()?,
        envelope_version: "1".parse()?,
        header: header(input, case)?,
        outcome,
        reject_codes: RejectCodes::try_from(codes)?,
        conditions: Checks::try_from(checks.collect::<Result<Vec<_>, _>>()?)?,
        decision_evidence_hash: case.decision.evidence_hash(),
        verdict_after_ref: Some(case.verdict_after.evidence_hash()),
        head: reread_ref(head)?,
        postcondition_verifier_ref: Some(case.owner()?.postcondition_verifier_ref.clone()),
        verified_at,
        later_change: later.as_deref().map(text).transpose()?,
    };
    Ok(contract::verification_report().seal(&report)?.into_bytes())
}

/// The head as it was reread, not as it was reported.
fn reread_ref(head: &Head) -> Result<Option<HeadRef>, VerifyError> {
    let Some(row) = &head.row else {
        return Ok(None);
    };
    Ok(Some(HeadRef {
        carrier: crate::head::CATALOGUE.parse()?,
        row_key: row.row_key.parse()?,
        row_hash: row.row_hash,
        status: row.status.parse()?,
    }))
}

fn header(input: &Input<'_>, case: &Case) -> Result<Header, VerifyError> {
    Ok(Header {
        trust_domain: case.policy.header.trust_domain.clone(),
        audience: case.policy.header.audience.clone(),
        run_id: case.decision.header.run_id.clone(),
        attempt_id: Some(input.attempt.attempt_id),
        correlation_id: Some(input.attempt.correlation_id),
        producer: "verifier".parse()?,
        issued_at: input.now,
        expires_at: FOREVER.parse()?,
        evidence_hash: Digest::UNSEALED,
        source_refs: SourceRefs::try_from(Vec::new())?,
        key_id: None,
        key_status_ref: None,
    })
}
