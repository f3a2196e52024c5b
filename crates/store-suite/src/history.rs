//! What people read of the past (`status`, `history`, `audit`), as every store tells it.

use canonical::{Digest, Timestamp, Uuid};
use registrar::port::StoredAttempt;

/// One of the names of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptName<'a> {
    /// Its nonce.
    Nonce(&'a str),
    /// Its single-use key.
    ReplayKey(Digest),
    /// Its id.
    AttemptId(Uuid),
}

/// An attempt with what the store keeps beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedAttempt {
    /// The attempt, its answer included.
    pub attempt: StoredAttempt,
    /// The caller's run.
    pub run_id: String,
    /// The caller's retry counter.
    pub attempt_no: u64,
    /// When it can no longer be consumed.
    pub expires_at: Timestamp,
    /// When it was consumed or aborted; none while it is open.
    pub closed_at: Option<Timestamp>,
    /// The transaction that consumed it.
    pub transaction_id: Option<String>,
}

/// A catalogue row with its past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedHead {
    /// Its key.
    pub row_key: String,
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
pub struct RecordedFailure {
    /// Its dense position, from 1.
    pub position: u64,
    /// The attempt that failed.
    pub attempt_id: Uuid,
    /// Keys the record, together with the attempt.
    pub failure_digest: Digest,
    /// The code that its envelope names.
    pub dot_code: Option<String>,
    /// The failure-audit envelope.
    pub audit: Vec<u8>,
    /// The decision that was answered.
    pub answer: Vec<u8>,
    /// When it was written, by the store's clock.
    pub recorded_at: Timestamp,
}

/// The read side of people; a store that cannot answer ends the case.
pub trait HistoryReader {
    /// An attempt by one of its names.
    fn attempt(&mut self, name: AttemptName<'_>) -> Option<RecordedAttempt>;

    /// The catalogue rows of a code, whatever their status, each once.
    fn heads(&mut self, dot_code: &str) -> Vec<RecordedHead>;

    /// The newest attempts on a code, at most `limit`, oldest first.
    fn attempts(&mut self, dot_code: &str, limit: u32) -> Vec<RecordedAttempt>;

    /// The newest failures whose envelopes name a code, at most `limit`, oldest first.
    fn failures(&mut self, dot_code: &str, limit: u32) -> Vec<RecordedFailure>;

    /// The failure log after a position, in order, at most `limit`; begin after 0.
    fn audits(&mut self, after: u64, limit: u32) -> Vec<RecordedFailure>;

    /// The failures of an attempt, in order.
    fn audits_of_attempt(&mut self, attempt_id: &Uuid) -> Vec<RecordedFailure>;

    /// How many failures are in the log.
    fn audit_count(&mut self) -> u64;

    /// The snapshot of an attempt's phase, `before` or `after`.
    fn snapshot(&mut self, attempt_id: &Uuid, phase: &str) -> Option<Vec<u8>>;

    /// The verification report of an attempt, and the verdict of the second run beside it.
    fn report(&mut self, attempt_id: &Uuid) -> Option<(Vec<u8>, Vec<u8>)>;

    /// The frame of envelopes that led to an attempt's reservation, or to its refusal before one.
    fn evidence(&mut self, attempt_id: &Uuid) -> Option<Vec<u8>>;
}
