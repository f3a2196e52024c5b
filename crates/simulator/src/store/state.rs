//! The committed state, as rows: what a reader that begins now would see.

use std::sync::Arc;

use canonical::{Digest, Timestamp, Uuid};
use registrar::port::{AttemptState, HeadRow};

use super::authority::Authority;

/// Everything that is committed. Cheap to clone: rows are shared and never changed in place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// The authority carriers.
    pub(crate) authority: Arc<Authority>,
    /// How many foreign triggers the schema has.
    pub(crate) foreign_triggers: u32,
    /// Every attempt, in the order in which they were opened.
    pub(crate) attempts: Vec<Arc<AttemptRow>>,
    /// The consumed keys.
    pub(crate) ledger: Vec<Arc<LedgerRow>>,
    /// The heads.
    pub(crate) catalogue: Vec<Arc<CatalogueRow>>,
    /// The decisions.
    pub(crate) decisions: Vec<Arc<DecisionRow>>,
    /// The captures.
    pub(crate) snapshots: Vec<Arc<CaptureRow>>,
    /// The verification reports.
    pub(crate) reports: Vec<Arc<ReportRow>>,
    /// The failure audits; position n is at index n − 1.
    pub(crate) audits: Vec<Arc<AuditRow>>,
    /// The ordinal of the last transaction that registered.
    pub(crate) transactions: u64,
}

/// An attempt with the evidence that was stored beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AttemptRow {
    pub(crate) attempt_id: Uuid,
    pub(crate) state: AttemptState,
    pub(crate) nonce: String,
    pub(crate) request_digest: Digest,
    pub(crate) request: Vec<u8>,
    pub(crate) replay_key: Digest,
    pub(crate) effect_identity: Digest,
    pub(crate) authorization_binding_digest: Digest,
    pub(crate) owner_token: Uuid,
    pub(crate) epoch: u64,
    pub(crate) target: String,
    pub(crate) opened_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) closed_at: Option<Timestamp>,
    pub(crate) failure_digest: Option<Digest>,
    pub(crate) evidence: Arc<[u8]>,
}

/// A consumed key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LedgerRow {
    pub(crate) replay_key: Digest,
    pub(crate) attempt_id: Uuid,
    pub(crate) nonce: String,
    pub(crate) effect_identity: Digest,
    pub(crate) authorization_binding_digest: Digest,
    pub(crate) owner_binding_digest: Digest,
    pub(crate) artifact_hash: Digest,
    pub(crate) target: String,
    pub(crate) operation: String,
    pub(crate) run_id: String,
    pub(crate) attempt_no: u64,
    pub(crate) consumed_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) ordinal: u64,
    pub(crate) head_key: String,
}

/// A row of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CatalogueRow {
    pub(crate) head: HeadRow,
    pub(crate) status: String,
    pub(crate) ordinal: u64,
    pub(crate) retirement_ref: Option<String>,
}

/// A decision as it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DecisionRow {
    pub(crate) replay_key: Digest,
    pub(crate) attempt_id: Uuid,
    pub(crate) bytes: Vec<u8>,
    pub(crate) evidence_hash: Digest,
    pub(crate) ordinal: u64,
}

/// A capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CaptureRow {
    pub(crate) attempt_id: Uuid,
    pub(crate) phase: &'static str,
    pub(crate) bytes: Vec<u8>,
}

/// A verification report with the verdict of the second run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReportRow {
    pub(crate) attempt_id: Uuid,
    pub(crate) report: Vec<u8>,
    pub(crate) verdict_after: Vec<u8>,
}

/// A failure audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AuditRow {
    pub(crate) attempt_id: Uuid,
    pub(crate) failure_digest: Digest,
    pub(crate) audit: Vec<u8>,
    pub(crate) answer: Vec<u8>,
    pub(crate) closes: bool,
}

impl CatalogueRow {
    /// Whether it is the head of its code.
    pub(crate) fn is_current(&self) -> bool {
        matches!(self.status.as_str(), "draft" | "active")
    }
}
