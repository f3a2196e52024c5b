//! The observer's write side: snapshots and reports, once each.

use observer::{InsertAnswer, ReportRow, SinkError, SnapshotRow, SnapshotSink};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use crate::clock;
use crate::crash::crash_point;
use crate::error::{During, StoreError};
use crate::sql::Sql;

/// A connection that inserts snapshots and verification reports and nothing else.
///
/// It commits without waiting for the disk: the log is ordered, so a registration's commit, which
/// does wait, makes every capture before it durable too. What is lost with power after that is read
/// again by recovery.
#[derive(Debug)]
pub struct SnapshotWriter {
    connection: Connection,
}

impl SnapshotWriter {
    pub(crate) const fn new(connection: Connection) -> Self {
        Self { connection }
    }

    fn store(
        &mut self,
        snapshots: &[SnapshotRow],
        reports: &[ReportRow],
    ) -> Result<Vec<InsertAnswer>, StoreError> {
        let now = Sql(clock::now()?);
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .during("begin a transaction")?;
        let mut answers = Vec::new();
        for snapshot in snapshots {
            crash_point("snapshot.before_insert");
            answers.push(insert_snapshot(&transaction, snapshot, &now)?);
            crash_point("snapshot.after_insert");
        }
        for report in reports {
            crash_point("report.before_insert");
            answers.push(insert_report(&transaction, report, &now)?);
            crash_point("report.after_insert");
        }
        transaction.commit().during("commit snapshots")?;
        Ok(answers)
    }
}

impl SnapshotSink for SnapshotWriter {
    fn insert(
        &mut self,
        snapshots: &[SnapshotRow],
        reports: &[ReportRow],
    ) -> Result<Vec<InsertAnswer>, SinkError> {
        self.store(snapshots, reports)
            .map_err(|error| SinkError::new("snapshots and reports", error))
    }
}

fn insert_snapshot(
    transaction: &Transaction<'_>,
    row: &SnapshotRow,
    now: &Sql<canonical::Timestamp>,
) -> Result<InsertAnswer, StoreError> {
    const WHAT: &str = "insert a snapshot";
    let stored: Option<Vec<u8>> = transaction
        .prepare_cached("SELECT bytes FROM snapshot WHERE attempt_id = ?1 AND phase = ?2")
        .and_then(|mut statement| {
            statement
                .query_row(params![Sql(row.attempt_id), row.phase], |row| row.get(0))
                .optional()
        })
        .during(WHAT)?;
    if let Some(bytes) = stored {
        return Ok(standing(bytes == row.bytes));
    }
    transaction
        .prepare_cached(
            "INSERT INTO snapshot (attempt_id, phase, bytes, recorded_at) VALUES (?1, ?2, ?3, ?4)",
        )
        .and_then(|mut statement| {
            statement.execute(params![Sql(row.attempt_id), row.phase, row.bytes, now])
        })
        .during(WHAT)?;
    Ok(InsertAnswer::Inserted)
}

fn insert_report(
    transaction: &Transaction<'_>,
    row: &ReportRow,
    now: &Sql<canonical::Timestamp>,
) -> Result<InsertAnswer, StoreError> {
    const WHAT: &str = "insert a verification report";
    let stored: Option<(Vec<u8>, Vec<u8>)> = transaction
        .prepare_cached(
            "SELECT report, verdict_after FROM verification_report WHERE attempt_id = ?1",
        )
        .and_then(|mut statement| {
            statement
                .query_row([Sql(row.attempt_id)], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()
        })
        .during(WHAT)?;
    if let Some((report, verdict_after)) = stored {
        return Ok(standing(
            report == row.report && verdict_after == row.verdict_after,
        ));
    }
    transaction
        .prepare_cached(
            "INSERT INTO verification_report (attempt_id, report, verdict_after, recorded_at) \
             VALUES (?1, ?2, ?3, ?4)",
        )
        .and_then(|mut statement| {
            statement.execute(params![
                Sql(row.attempt_id),
                row.report,
                row.verdict_after,
                now
            ])
        })
        .during(WHAT)?;
    Ok(InsertAnswer::Inserted)
}

const fn standing(same: bool) -> InsertAnswer {
    if same {
        InsertAnswer::AlreadyInserted
    } else {
        InsertAnswer::Different
    }
}
