//! The failure-audit sink: how an attempt ends that registered nothing.

use canonical::{Digest, Uuid};

use super::{PortError, StoredAttempt};

/// Who may close an attempt; a member that is `None` is not compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The token that must still own it.
    pub owner_token: Option<Uuid>,
    /// The epoch that must still be its own.
    pub epoch: Option<u64>,
}

/// One failure to be recorded before it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureRecord {
    /// The attempt that failed.
    pub attempt_id: Uuid,
    /// Keys the record, together with the attempt.
    pub failure_digest: Digest,
    /// The failure-audit envelope.
    pub audit: Vec<u8>,
    /// The decision that is answered.
    pub answer: Vec<u8>,
    /// The frame of the envelopes that led to it; `None` where a reservation keeps it already.
    pub evidence: Option<Vec<u8>>,
    /// Close the attempt together with the record; `None` when there is no open attempt to close.
    pub abort: Option<Fence>,
    /// Place a hold on this target: a verification failed after the commit.
    pub hold_target: Option<String>,
}

/// What became of one failure record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordAnswer {
    /// Appended.
    Recorded {
        /// Its dense position in the log.
        position: u64,
    },
    /// There already, written once.
    AlreadyRecorded {
        /// Its dense position in the log.
        position: u64,
    },
    /// The conditional update matched nothing: this is the attempt's state, read after it.
    NotOpen(Box<StoredAttempt>),
}

/// The failure-audit sink: another connection, with a credential that can do this and nothing else.
#[auto_impl::auto_impl(Box)]
pub trait FailureSink {
    /// Records failures, each durable before its answer returns; one answer for each, in order.
    fn record(&mut self, records: Vec<FailureRecord>) -> Result<Vec<RecordAnswer>, PortError>;
}
