//! From the findings of all checks to one sealed verdict.

use canonical::{Digest, Identifier, ProposedText, Tag, Text, Version};

use crate::case::Case;
use crate::contract::{
    self, Check as CheckEntry, CheckOutcome, ComparedValues, EvidenceRef, EvidenceRefs, Header,
    RejectCode, RejectCodes, SourceRefs, Verdict, VerdictOutcome, VerdictStage,
};
use crate::decision_ref::{InputRef, decision_ref, hash, inputs};
use crate::finding::{Finding, Judged, StoppedBy};
use crate::input::{Input, ValidateError};
use crate::open::Envelopes;
use crate::run::Run;
use crate::table::{Check, checks};

/// What stops the checks of the second run in the first one.
const AFTER_WRITE: StoppedBy = StoppedBy("stage.after_write");

/// Stands for trust domain and audience where no envelope that opened states any.
const UNSTATED: &str = "unstated";

/// Judges the envelopes and answers with a sealed verdict envelope.
///
/// Whatever the envelopes are, the answer is a verdict: what is missing, does not open or cannot be
/// judged rejects with its code. Fails only when the verdict itself cannot be written.
pub fn validate(input: &Input<'_>) -> Result<Vec<u8>, ValidateError> {
    validate_by(checks(), input)
}

/// The same by this table, in its order.
pub(crate) fn validate_by<'t>(
    table: impl Iterator<Item = &'t Check>,
    input: &Input<'_>,
) -> Result<Vec<u8>, ValidateError> {
    let envelopes = Envelopes::open(input);
    let case = Case::new(&envelopes, input.stage, input.attempt, input.now);
    let judgement = judge(table, &case)?;
    let inputs = inputs(&envelopes, input.stage);
    let policy_ref = hash(&envelopes.policy);
    let decision_ref = decision_ref(&inputs, policy_ref, input.now, input.stage)
        .map_err(ValidateError::DecisionRef)?;
    let verdict = Verdict {
        envelope_type: fit("envelope_type", "verdict")?,
        envelope_version: fit::<Version>("envelope_version", "1")?,
        header: header(&case)?,
        stage: input.stage,
        outcome: judgement.outcome,
        reject_codes: list("reject_codes", judgement.codes)?,
        checks: list("checks", judgement.entries)?,
        decision_ref,
        policy_ref,
        inputs: evidence(&inputs)?,
        evaluated_at: input.now,
    };
    let sealed = contract::verdict()
        .seal(&verdict)
        .map_err(ValidateError::Seal)?;
    Ok(sealed.into_bytes())
}

struct Judgement {
    outcome: VerdictOutcome,
    codes: Vec<RejectCode>,
    entries: Vec<CheckEntry>,
}

// INVARIANT: accept needs every check of the stage to have been reached and to have held; there is
// no other way to it.
fn judge<'t>(
    table: impl Iterator<Item = &'t Check>,
    case: &Case<'_>,
) -> Result<Judgement, ValidateError> {
    let (mut codes, mut entries) = (Vec::new(), Vec::with_capacity(64));
    let (mut run, mut accepted) = (Run::default(), true);
    for check in table {
        let due = check.stage == VerdictStage::BeforeWrite || case.stage == check.stage;
        let judged = if due {
            run.judge(check, case)
        } else {
            Err(AFTER_WRITE)
        };
        accepted &= match &judged {
            Ok(finding) => finding.holds(),
            Err(_) => !due,
        };
        let entry = entry(check, judged)?;
        codes.extend_from_slice(&entry.reject_codes);
        entries.push(entry);
    }
    codes.sort_unstable();
    codes.dedup();
    let outcome = if accepted {
        VerdictOutcome::Accept
    } else {
        VerdictOutcome::Reject
    };
    Ok(Judgement {
        outcome,
        codes,
        entries,
    })
}

fn entry(check: &Check, judged: Judged) -> Result<CheckEntry, ValidateError> {
    let (finding, stop) = match judged {
        Ok(finding) => (finding, None),
        Err(StoppedBy(stop)) => (Finding::default(), Some(fit("stopped_by", stop)?)),
    };
    let outcome = match (&stop, finding.holds()) {
        (Some(_), _) => CheckOutcome::NotReached,
        (None, true) => CheckOutcome::Held,
        (None, false) => CheckOutcome::Failed,
    };
    let (codes, compared, source_refs) = finding.into_parts();
    Ok(CheckEntry {
        id: fit::<Identifier>("id", check.id)?,
        title: fit::<Text>("title", check.title)?,
        outcome,
        stopped_by: stop,
        reject_codes: list::<_, RejectCodes>("reject_codes", codes)?,
        compared: list::<_, ComparedValues>("compared", compared)?,
        source_refs: list("source_refs", source_refs)?,
    })
}

/// Domain and audience are the policy's; a verdict without a policy speaks as the request does.
fn header(case: &Case<'_>) -> Result<Header, ValidateError> {
    let stated = case.headers.first().map(|headed| headed.header);
    let run_id = case.request().map(|request| request.header.run_id.clone());
    let validity_ms = case
        .policy()
        .map_or(0, |policy| policy.attestation_validity_ms.get());
    Ok(Header {
        trust_domain: match stated {
            Some(header) => header.trust_domain.clone(),
            None => fit("trust_domain", UNSTATED)?,
        },
        audience: match stated {
            Some(header) => header.audience.clone(),
            None => fit("audience", UNSTATED)?,
        },
        run_id: match run_id {
            Ok(run_id) => run_id,
            Err(_) => fit::<ProposedText>("run_id", "")?,
        },
        attempt_id: Some(case.attempt.attempt_id),
        correlation_id: Some(case.attempt.correlation_id),
        producer: fit::<Tag>("producer", "validator-e")?,
        issued_at: case.now,
        expires_at: case.now.checked_add_millis(validity_ms).unwrap_or(case.now),
        evidence_hash: Digest::UNSEALED,
        source_refs: list::<_, SourceRefs>("source_refs", Vec::new())?,
        key_id: None,
        key_status_ref: None,
    })
}

fn evidence(inputs: &[InputRef]) -> Result<EvidenceRefs, ValidateError> {
    let refs = inputs.iter().map(|input| {
        Ok(EvidenceRef {
            slot: fit("inputs", &input.slot)?,
            evidence_hash: input.evidence_hash,
        })
    });
    list("inputs", refs.collect::<Result<Vec<_>, ValidateError>>()?)
}

fn fit<'t, T: TryFrom<&'t str>>(member: &'static str, text: &'t str) -> Result<T, ValidateError> {
    T::try_from(text).map_err(|_| ValidateError::Unfit(member))
}

fn list<T, L: TryFrom<Vec<T>>>(member: &'static str, items: Vec<T>) -> Result<L, ValidateError> {
    L::try_from(items).map_err(|_| ValidateError::Unfit(member))
}
