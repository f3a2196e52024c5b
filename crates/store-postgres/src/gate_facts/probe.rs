//! Whether the audit sink takes a record now: one is really written, and rolled back.

use crate::connection::Session;
use crate::error::StoreError;

/// As an audit of an attempt that nobody has.
const RECORD: &str = "SELECT outcome FROM holdfast.record_failure(gen_random_uuid(), \
     sha256(''), NULL, ''::bytea, ''::bytea, NULL, false, NULL, NULL, NULL, NULL)";

/// Fails only where nothing is learnt: a server that cannot be reached or is busy says nothing about
/// its sink.
pub(super) fn audit_sink(session: &Session) -> Result<bool, StoreError> {
    const WHAT: &str = "try the audit sink";
    let tried = session.run(WHAT, async |client| {
        let transaction = client.transaction().await?;
        let row = transaction.query_one(RECORD, &[]).await?;
        let outcome: String = row.try_get(0)?;
        transaction.rollback().await?;
        Ok(outcome == "recorded")
    });
    match tried {
        Ok(recorded) => Ok(recorded),
        Err(
            StoreError::Missing { .. }
            | StoreError::Privilege { .. }
            | StoreError::Rule { .. }
            | StoreError::Database { .. },
        ) => Ok(false),
        Err(error) => Err(error),
    }
}
