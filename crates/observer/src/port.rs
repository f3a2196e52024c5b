//! Where the observer process reads from and what it may write: snapshots and reports, once each.

use std::error::Error;

use canonical::Uuid;
use snapshot_provider::port::{PortError, SurfaceReader};

/// The sink could not store a batch; nothing of the batch is stored.
#[derive(Debug, thiserror::Error)]
#[error("cannot store {what}")]
pub struct SinkError {
    what: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl SinkError {
    /// Names what was stored and keeps the cause.
    pub fn new(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            what,
            source: source.into(),
        }
    }
}

/// A snapshot envelope to keep; the key is attempt and phase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotRow {
    /// The attempt that it belongs to.
    pub attempt_id: Uuid,
    /// `before` or `after`.
    pub phase: &'static str,
    /// The envelope's canonical bytes.
    pub bytes: Vec<u8>,
}

/// A verification report to keep, with the verdict of the second run; the key is the attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportRow {
    /// The attempt that it belongs to.
    pub attempt_id: Uuid,
    /// The verification report's canonical bytes.
    pub report: Vec<u8>,
    /// The second verdict's canonical bytes.
    pub verdict_after: Vec<u8>,
}

/// What became of one row of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InsertAnswer {
    /// It is stored now.
    Inserted,
    /// The same bytes were stored before.
    AlreadyInserted,
    /// Other bytes stand under its key, and stay there.
    Different,
}

/// Insert-only storage of what the observer saw and what the verifier reported.
pub trait SnapshotSink {
    /// Stores a batch in one transaction; answers for the snapshots first, then for the reports,
    /// each in the order given.
    ///
    /// A row whose key stands already changes nothing and does not fail its neighbours. Fails only
    /// when the whole batch is not stored.
    fn insert(
        &mut self,
        snapshots: &[SnapshotRow],
        reports: &[ReportRow],
    ) -> Result<Vec<InsertAnswer>, SinkError>;
}

/// A reader that can show many captures one consistent state of the store.
pub trait BatchReader: SurfaceReader {
    /// Begins one read transaction; what was committed before this call is visible in it.
    fn begin(&mut self) -> Result<(), PortError>;

    /// Ends it; the next capture sees newer commits again.
    fn end(&mut self) -> Result<(), PortError>;
}
