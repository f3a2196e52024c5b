//! The answer to bytes that are no request.

use canonical::{Identifier, Text, Timestamp};
use envelope::{Refusal, Stage};

use crate::attempt::Attempt;
use crate::contract::{
    self, Check, CheckOutcome, Compared, ComparedValues, RejectCode, RejectCodes, SourceRefs,
};
use crate::decision::{Basis, unopened};
use crate::error::RegistrarError;
use crate::evidence::opened;
use crate::header::{Domain, Stamp};

/// The check that bytes which do not open have failed.
const CHECK: &str = "intake.opening";

/// Stands for the run of what states none.
const UNOPENED: &str = "unopened";

/// Answers what is no request, so that a caller gets one decision whatever it sends.
///
/// Rejected at intake with the one code of the opening path, the stage that refused and its detail.
/// The answer has no request digest and no audit: such bytes are counted, never stored. The gate's
/// report gives it its domain, audience and assurance, where there is one; it is not judged.
pub fn unopenable(
    refusal: &Refusal,
    gate_report: Option<&[u8]>,
    attempt: Attempt,
    now: Timestamp,
) -> Result<Vec<u8>, RegistrarError> {
    let gate = gate_report
        .map(|bytes| opened(contract::gate_report(), "gate_report", Some(bytes)))
        .transpose()?;
    let domain = match &gate {
        Some(gate) => Domain::of(&gate.header),
        None => Domain::unstated()?,
    };
    let basis = Basis {
        stamp: Stamp {
            domain,
            run_id: UNOPENED.parse()?,
            attempt_id: attempt.attempt_id,
            correlation_id: Some(attempt.correlation_id),
        },
        request_digest: None,
        keys: None,
        verdict_ref: None,
        decision_ref: None,
        gate_report_ref: gate.as_ref().map(envelope::Opened::evidence_hash),
        assurance: gate.as_ref().and_then(|gate| gate.assurance),
    };
    unopened(&basis, failed(refusal)?, now)
}

fn failed(refusal: &Refusal) -> Result<Check, RegistrarError> {
    // A code that the contracts do not know is malformed, never accepted.
    let code = refusal.code.parse();
    let code = code.unwrap_or(RejectCode::EnvelopeMalformed);
    Ok(Check {
        id: CHECK.parse::<Identifier>()?,
        title: "the request opens".parse()?,
        outcome: CheckOutcome::Failed,
        stopped_by: None,
        reject_codes: RejectCodes::try_from(vec![code])?,
        compared: ComparedValues::try_from(vec![
            shown("stage", name(refusal.stage))?,
            shown("detail", &refusal.detail)?,
        ])?,
        source_refs: SourceRefs::try_from(Vec::new())?,
    })
}

fn shown(name: &str, value: &str) -> Result<Compared, RegistrarError> {
    Ok(Compared {
        name: name.parse()?,
        left: Some(value.parse::<Text>()?),
        right: None,
    })
}

fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Size => "size",
        Stage::Parse => "parse",
        Stage::Canonical => "canonical form",
        Stage::Type => "type and version",
        Stage::Schema => "schema",
        Stage::Deserialize => "value",
        Stage::EvidenceHash => "evidence hash",
        Stage::Contract => "contract",
    }
}
