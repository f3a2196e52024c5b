//! Asks the gate before anything else is tried, and keeps its report while it is fresh.

use canonical::{Digest, Timestamp};
use gate::Standing;
use gate::port::GateStore;
use registrar::CarrierFacts;

use crate::contract;
use crate::error::PipelineError;
use crate::evidence::opened;
use crate::resolve::carrier_facts;

/// The action type without which nothing can be registered at all; block A judges the one that a
/// request names.
const OPERATION: &str = "register_dot";

/// The gate's answer with what it rests on.
#[derive(Debug, Clone)]
pub struct GateView {
    /// The gate report.
    pub gate_report: Vec<u8>,
    /// The carrier report behind it.
    pub carrier_report: Vec<u8>,
    /// The active policy envelope; `None` where there is none, and the gate then holds.
    pub policy: Option<Vec<u8>>,
    /// When the report was made.
    pub issued_at: Timestamp,
    /// When the report must be made again.
    pub expires_at: Timestamp,
    pub(crate) carriers: Vec<CarrierFacts>,
    pub(crate) carrier_report_hash: Digest,
}

impl GateView {
    /// Evaluates the gate now.
    pub(crate) fn take(store: &mut impl GateStore, now: Timestamp) -> Result<Self, PipelineError> {
        let evaluation = gate::evaluate(store, now, OPERATION)?;
        let report = opened(contract::gate_report().open(&evaluation.gate_report))?;
        Ok(Self {
            issued_at: report.value().header.issued_at,
            expires_at: report.value().header.expires_at,
            carrier_report_hash: report.value().carrier_report_hash,
            carriers: carrier_facts(gate::assessments(&evaluation.carrier_report)?),
            gate_report: evaluation.gate_report,
            carrier_report: evaluation.carrier_report,
            policy: active_policy(store)?,
        })
    }

    /// Whether registrations may be tried: the report says OPEN and has not expired.
    pub(crate) fn is_open(&self, now: Timestamp) -> bool {
        matches!(gate::is_open(&self.gate_report, now), Standing::Open { .. })
    }

    /// Whether the report can be kept; a clock that was set back behind it asks for another one.
    pub(crate) fn is_fresh(&self, now: Timestamp) -> bool {
        self.issued_at <= now && now < self.expires_at
    }

    /// Every reason of the report.
    pub(crate) fn reject_codes(&self) -> Result<Vec<String>, PipelineError> {
        let report = opened(contract::gate_report().open(&self.gate_report))?;
        Ok(report
            .value()
            .reject_codes
            .iter()
            .map(ToString::to_string)
            .collect())
    }
}

/// The one active policy envelope; two are as good as none.
fn active_policy(store: &mut impl GateStore) -> Result<Option<Vec<u8>>, PipelineError> {
    let rows = store.active_rows("policy")?;
    let [row] = rows.as_slice() else {
        return Ok(None);
    };
    Ok(row.text("body").ok().map(|body| body.as_bytes().to_vec()))
}
