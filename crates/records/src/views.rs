//! The read side of people: an attempt by any of its names, the history of a code, the failure log.

use std::error::Error;

use canonical::{Digest, Timestamp, Uuid};
use registrar::port::StoredAttempt;
use serde_json::{Map, Value};

/// One of the names of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptKey<'a> {
    /// Its nonce.
    Nonce(&'a str),
    /// Its single-use key.
    ReplayKey(Digest),
    /// Its id.
    AttemptId(Uuid),
}

/// An attempt with what the store keeps beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptView {
    /// The attempt, its answer included.
    pub attempt: StoredAttempt,
    /// The caller's run.
    pub run_id: String,
    /// The caller's retry counter.
    pub attempt_no: u64,
    /// When it can no longer be consumed.
    pub expires_at: Timestamp,
    /// When it was consumed or aborted.
    pub closed_at: Option<Timestamp>,
    /// The transaction that consumed it.
    pub transaction_id: Option<String>,
}

/// A catalogue row with its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadView {
    /// Its key.
    pub row_key: String,
    /// Its columns as they are now.
    pub columns: Map<String, Value>,
    /// Its status now.
    pub status: String,
    /// Its hash now.
    pub row_hash: Digest,
    /// The attempt that wrote it.
    pub attempt_id: Uuid,
    /// The transaction that wrote it.
    pub transaction_id: String,
    /// The retirement that ended it.
    pub retirement_ref: Option<String>,
}

/// A failure audit at its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its dense position, from 1.
    pub position: u64,
    /// The attempt that failed.
    pub attempt_id: Uuid,
    /// Keys the record, together with the attempt.
    pub failure_digest: Digest,
    /// The code that it names.
    pub dot_code: Option<String>,
    /// The failure-audit envelope.
    pub audit: Vec<u8>,
    /// The decision that was answered.
    pub answer: Vec<u8>,
    /// When it was written, by the store's clock.
    pub recorded_at: Timestamp,
}

/// Everything that happened to a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DotHistory {
    /// Its catalogue rows, oldest first.
    pub heads: Vec<HeadView>,
    /// The attempts on it, oldest first.
    pub attempts: Vec<AttemptView>,
    /// The failures that name it, oldest first.
    pub failures: Vec<AuditRecord>,
}

/// The verifier's report on an attempt, and the verdict of the second run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportView {
    /// The verification report.
    pub report: Vec<u8>,
    /// The second verdict.
    pub verdict_after: Vec<u8>,
}

/// A store's credential that reads for people.
pub trait Records {
    /// Why a store did not answer.
    type Error: Error + Send + Sync + 'static;

    /// The attempt of this name.
    fn attempt(&self, key: AttemptKey<'_>) -> Result<Option<AttemptView>, Self::Error>;

    /// The code's heads, and its newest attempts and failures, at most `limit` of each, oldest first.
    fn history(&self, dot_code: &str, limit: u32) -> Result<DotHistory, Self::Error>;

    /// The failure log after a position, in order; begin after 0.
    fn audits(&self, after: u64, limit: u32) -> Result<Vec<AuditRecord>, Self::Error>;

    /// The failures of an attempt, in order.
    fn audits_of_attempt(&self, attempt_id: &Uuid) -> Result<Vec<AuditRecord>, Self::Error>;

    /// How many failures are in the log; the position of the last one.
    fn audit_count(&self) -> Result<u64, Self::Error>;

    /// The snapshot of an attempt's phase, `before` or `after`.
    fn snapshot(&self, attempt_id: &Uuid, phase: &str) -> Result<Option<Vec<u8>>, Self::Error>;

    /// The verification report of an attempt.
    fn report(&self, attempt_id: &Uuid) -> Result<Option<ReportView>, Self::Error>;

    /// The frame of envelopes that led to an attempt's reservation, or to its refusal before one.
    fn evidence(&self, attempt_id: &Uuid) -> Result<Option<Vec<u8>>, Self::Error>;
}
