//! Asks the gate before anything else is tried, and keeps what it says while it is fresh.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use canonical::{Digest, Timestamp};
use envelope::Opened;
use gate::Standing;
use gate::port::GateStore;
use registrar::CarrierFacts;

use crate::contract::{self, Policy};
use crate::error::PipelineError;
use crate::evidence::opened;
use crate::resolve::carrier_facts;

/// The action type without which nothing can be registered at all; block A judges the one that a
/// request names.
const OPERATION: &str = "register_dot";

/// What the gate said, shared by the pipelines of one process over one store.
///
/// A report that opens serves every pipeline until it expires or one of them meets a HOLD; one that
/// holds serves only those who asked before it was made, so a HOLD always names what is missing now.
/// That a kept report still is true is not taken on trust: fingerprint, policy and end are compared
/// again inside the transaction that writes.
#[derive(Debug, Clone, Default)]
pub struct Gatehouse {
    kept: Arc<Mutex<Option<Arc<GateView>>>>,
}

impl Gatehouse {
    /// What is kept, or what the gate says now; one asks it, and the others wait for that answer.
    pub(crate) fn ask(
        &self,
        store: &mut impl GateStore,
        mut clock: impl FnMut() -> Timestamp,
    ) -> Result<Arc<GateView>, PipelineError> {
        let asked_at = clock();
        let mut kept = self.lock();
        let now = clock();
        if let Some(view) = kept.as_ref().filter(|view| view.serves(asked_at, now)) {
            return Ok(Arc::clone(view));
        }
        // INVARIANT: what was kept is gone before the gate is asked, so an evaluation that fails
        // leaves nothing behind that could open.
        *kept = None;
        let view = Arc::new(GateView::take(store, now)?);
        *kept = Some(Arc::clone(&view));
        Ok(view)
    }

    /// Drops an answer that a HOLD was met under: whatever closed the gate may have changed since.
    ///
    /// Another answer that was taken meanwhile stays.
    pub(crate) fn forget(&self, met: &Arc<GateView>) {
        let mut kept = self.lock();
        if kept.as_ref().is_some_and(|view| Arc::ptr_eq(view, met)) {
            *kept = None;
        }
    }

    /// A thread that failed while it asked has left nothing, so the next one asks.
    fn lock(&self) -> MutexGuard<'_, Option<Arc<GateView>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

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
    /// The policy, opened; `None` where there is none or it does not open.
    pub(crate) settings: Option<Opened<Policy>>,
    opens: bool,
}

impl GateView {
    /// Evaluates the gate now.
    pub(crate) fn take(store: &mut impl GateStore, now: Timestamp) -> Result<Self, PipelineError> {
        let evaluation = gate::evaluate(store, now, OPERATION)?;
        let report = opened(contract::gate_report().open(&evaluation.gate_report))?;
        let policy = active_policy(store)?;
        let standing = gate::is_open(&evaluation.gate_report, now);
        Ok(Self {
            opens: matches!(standing, Standing::Open { .. }),
            settings: policy
                .as_deref()
                .and_then(|bytes| contract::policy().open(bytes).ok()),
            issued_at: report.value().header.issued_at,
            expires_at: report.value().header.expires_at,
            carrier_report_hash: report.value().carrier_report_hash,
            carriers: carrier_facts(gate::assessments(&evaluation.carrier_report)?),
            gate_report: evaluation.gate_report,
            carrier_report: evaluation.carrier_report,
            policy,
        })
    }

    /// Whether registrations may be tried: the report says OPEN and has not expired.
    pub(crate) fn is_open(&self, now: Timestamp) -> bool {
        self.opens && self.is_fresh(now)
    }

    /// Whether the report can be kept; a clock that was set back behind it asks for another one.
    fn is_fresh(&self, now: Timestamp) -> bool {
        self.issued_at <= now && now < self.expires_at
    }

    /// Whether this answers somebody who asked at an instant: by opening, or by being younger.
    fn serves(&self, asked_at: Timestamp, now: Timestamp) -> bool {
        self.is_fresh(now) && (self.opens || self.issued_at > asked_at)
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
