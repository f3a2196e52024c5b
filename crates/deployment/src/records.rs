//! What any store keeps, for people.

use ::records::{AttemptKey, AttemptView, AuditRecord, DotHistory, Records, ReportView};
use canonical::Uuid;

use crate::error::DeploymentError;

/// The read side of a store of either kind.
#[derive(Debug)]
pub enum AnyRecords {
    /// The embedded store's.
    Sqlite(store_sqlite::Reader),
    /// A server's.
    Postgres(store_postgres::Reader),
}

/// Asks whichever store it is, and words its error as this crate's.
macro_rules! ask {
    ($records:expr, $reader:ident => $question:expr) => {
        match $records {
            AnyRecords::Sqlite($reader) => Ok($question?),
            AnyRecords::Postgres($reader) => Ok($question?),
        }
    };
}

impl Records for AnyRecords {
    type Error = DeploymentError;

    fn attempt(&self, key: AttemptKey<'_>) -> Result<Option<AttemptView>, DeploymentError> {
        ask!(self, reader => Records::attempt(reader, key))
    }

    fn history(&self, dot_code: &str, limit: u32) -> Result<DotHistory, DeploymentError> {
        ask!(self, reader => Records::history(reader, dot_code, limit))
    }

    fn audits(&self, after: u64, limit: u32) -> Result<Vec<AuditRecord>, DeploymentError> {
        ask!(self, reader => Records::audits(reader, after, limit))
    }

    fn audits_of_attempt(&self, attempt_id: &Uuid) -> Result<Vec<AuditRecord>, DeploymentError> {
        ask!(self, reader => Records::audits_of_attempt(reader, attempt_id))
    }

    fn audit_count(&self) -> Result<u64, DeploymentError> {
        ask!(self, reader => Records::audit_count(reader))
    }

    fn snapshot(&self, attempt_id: &Uuid, phase: &str) -> Result<Option<Vec<u8>>, DeploymentError> {
        ask!(self, reader => Records::snapshot(reader, attempt_id, phase))
    }

    fn report(&self, attempt_id: &Uuid) -> Result<Option<ReportView>, DeploymentError> {
        ask!(self, reader => Records::report(reader, attempt_id))
    }

    fn evidence(&self, attempt_id: &Uuid) -> Result<Option<Vec<u8>>, DeploymentError> {
        ask!(self, reader => Records::evidence(reader, attempt_id))
    }
}
