//! The answer to a closed gate.

use canonical::Timestamp;
use envelope::Opened;

use crate::attempt::{Arrival, Attempt};
use crate::contract::{self, GateReport, RejectCode};
use crate::decision::{Basis, held};
use crate::error::RegistrarError;
use crate::evidence::opened;
use crate::header::{Domain, Stamp};

/// What a hold is answered from; there is no attempt to close and nothing to record.
#[derive(Clone, Copy, Debug)]
pub struct HoldInput<'a> {
    /// The request.
    pub arrival: &'a Arrival,
    /// The gate's report.
    pub gate_report: &'a [u8],
    /// The attempt.
    pub attempt: Attempt,
    /// The clock of this process.
    pub now: Timestamp,
}

/// Answers that the gate is closed, with every reason of its report.
///
/// A report that has ended, or lies ahead of the clock, is a hold too, whatever it says:
/// `GATE_REPORT_STALE`.
pub fn hold(input: &HoldInput<'_>) -> Result<Vec<u8>, RegistrarError> {
    let report = opened(
        contract::gate_report(),
        "gate_report",
        Some(input.gate_report),
    )?;
    let mut codes = report.reject_codes.to_vec();
    codes.push(RejectCode::RegistrationHold);
    let lives = report.header.issued_at <= input.now && input.now < report.header.expires_at;
    if !lives {
        codes.push(RejectCode::GateReportStale);
    }
    codes.sort_unstable();
    codes.dedup();
    let basis = hold_basis(input, &report);
    held(&basis, codes.try_into()?, input.now)
}

fn hold_basis(input: &HoldInput<'_>, report: &Opened<GateReport>) -> Basis {
    Basis {
        stamp: Stamp {
            domain: Domain::of(&report.header),
            run_id: input.arrival.request().header.run_id.clone(),
            attempt_id: input.attempt.attempt_id,
            correlation_id: Some(input.attempt.correlation_id),
        },
        request_digest: Some(input.arrival.digest()),
        keys: None,
        verdict_ref: None,
        decision_ref: None,
        gate_report_ref: Some(report.evidence_hash()),
        assurance: report.assurance,
    }
}
