//! The observer's write side: snapshots and reports, once each.

use std::collections::BTreeSet;

use ::observer::{InsertAnswer, ReportRow, SinkError, SnapshotRow, SnapshotSink};
use canonical::Uuid;
use deadpool_postgres::Transaction;

use crate::connection::Session;
use crate::crash::crash_point;
use crate::error::StoreError;
use crate::retry::{asked_again, retried};
use crate::sql::Sql;

const WHAT: &str = "store snapshots and reports";

/// A session that inserts snapshots and verification reports.
///
/// It commits without waiting for the disk: the log is ordered, so a registration's commit, which
/// does wait, makes every capture before it durable too. What is lost with power after that is read
/// again by recovery. Who stored a row is what the server put beside it, and not what the row says.
#[derive(Clone, Debug)]
pub struct SnapshotWriter {
    session: Session,
}

impl SnapshotWriter {
    pub(crate) const fn new(session: Session) -> Self {
        Self { session }
    }

    fn store(
        &self,
        snapshots: &[SnapshotRow],
        reports: &[ReportRow],
    ) -> Result<Vec<InsertAnswer>, StoreError> {
        self.session.try_run(WHAT, async |client| {
            let failed = |error| self.session.failed(WHAT, error);
            let transaction = client.transaction().await.map_err(failed)?;
            let set = "SET LOCAL synchronous_commit = off";
            transaction.batch_execute(set).await.map_err(failed)?;
            let mut answers = Vec::with_capacity(snapshots.len().saturating_add(reports.len()));
            if !snapshots.is_empty() {
                crash_point("snapshot.before_insert");
                let stored = insert_snapshots(&transaction, snapshots).await;
                answers.extend(stored.map_err(failed)?);
                crash_point("snapshot.after_insert");
            }
            if !reports.is_empty() {
                crash_point("report.before_insert");
                let stored = insert_reports(&transaction, reports).await;
                answers.extend(stored.map_err(failed)?);
                crash_point("report.after_insert");
            }
            transaction.commit().await.map_err(failed)?;
            if !snapshots.is_empty() {
                crash_point("snapshot.after_commit");
            }
            if !reports.is_empty() {
                crash_point("report.after_commit");
            }
            Ok(answers)
        })
    }
}

impl SnapshotSink for SnapshotWriter {
    fn insert(
        &mut self,
        snapshots: &[SnapshotRow],
        reports: &[ReportRow],
    ) -> Result<Vec<InsertAnswer>, SinkError> {
        // Asked again, a row that was stored after all answers as stored already.
        retried(|| asked_again(|| self.store(snapshots, reports)))
            .map_err(|error| SinkError::new("snapshots and reports", error))
    }
}

/// Inserts in the order of the keys, whatever the order given: two batches that hold the same keys
/// wait for each other in turn and never in a circle.
async fn insert_snapshots(
    transaction: &Transaction<'_>,
    rows: &[SnapshotRow],
) -> Result<Vec<InsertAnswer>, tokio_postgres::Error> {
    const INSERT: &str = "INSERT INTO holdfast.snapshot (attempt_id, phase, bytes) \
         SELECT g.attempt_id, g.phase, g.bytes FROM \
           unnest($1::uuid[], $2::text[], $3::bytea[]) WITH ORDINALITY \
           AS g (attempt_id, phase, bytes, place) ORDER BY g.attempt_id, g.phase, g.place \
         ON CONFLICT (attempt_id, phase) DO NOTHING RETURNING attempt_id, phase";
    const STANDING: &str = "SELECT s.bytes = g.bytes FROM \
           unnest($1::uuid[], $2::text[], $3::bytea[]) WITH ORDINALITY \
           AS g (attempt_id, phase, bytes, place) \
         LEFT JOIN holdfast.snapshot AS s \
           ON s.attempt_id = g.attempt_id AND s.phase = g.phase ORDER BY g.place";
    let ids: Vec<Sql<Uuid>> = rows.iter().map(|row| Sql(row.attempt_id)).collect();
    let phases: Vec<&str> = rows.iter().map(|row| row.phase).collect();
    let bytes: Vec<&[u8]> = rows.iter().map(|row| row.bytes.as_slice()).collect();
    let insert = transaction.prepare_cached(INSERT).await?;
    let standing = transaction.prepare_cached(STANDING).await?;
    let mut inserted = BTreeSet::new();
    for row in transaction.query(&insert, &[&ids, &phases, &bytes]).await? {
        inserted.insert((
            row.try_get::<_, Sql<Uuid>>(0)?.0,
            row.try_get::<_, String>(1)?,
        ));
    }
    let found = transaction
        .query(&standing, &[&ids, &phases, &bytes])
        .await?;
    rows.iter()
        .zip(found)
        .map(|(row, found)| {
            let is_new = inserted.remove(&(row.attempt_id, row.phase.to_owned()));
            Ok(answer(is_new, found.try_get(0)?))
        })
        .collect()
}

async fn insert_reports(
    transaction: &Transaction<'_>,
    rows: &[ReportRow],
) -> Result<Vec<InsertAnswer>, tokio_postgres::Error> {
    const INSERT: &str = "INSERT INTO holdfast.verification_report \
           (attempt_id, report, verdict_after) \
         SELECT g.attempt_id, g.report, g.verdict_after FROM \
           unnest($1::uuid[], $2::bytea[], $3::bytea[]) WITH ORDINALITY \
           AS g (attempt_id, report, verdict_after, place) ORDER BY g.attempt_id, g.place \
         ON CONFLICT (attempt_id) DO NOTHING RETURNING attempt_id";
    const STANDING: &str = "SELECT v.report = g.report AND v.verdict_after = g.verdict_after \
         FROM unnest($1::uuid[], $2::bytea[], $3::bytea[]) WITH ORDINALITY \
           AS g (attempt_id, report, verdict_after, place) \
         LEFT JOIN holdfast.verification_report AS v ON v.attempt_id = g.attempt_id \
         ORDER BY g.place";
    let ids: Vec<Sql<Uuid>> = rows.iter().map(|row| Sql(row.attempt_id)).collect();
    let reports: Vec<&[u8]> = rows.iter().map(|row| row.report.as_slice()).collect();
    let verdicts: Vec<&[u8]> = rows
        .iter()
        .map(|row| row.verdict_after.as_slice())
        .collect();
    let insert = transaction.prepare_cached(INSERT).await?;
    let standing = transaction.prepare_cached(STANDING).await?;
    let mut inserted = BTreeSet::new();
    for row in transaction
        .query(&insert, &[&ids, &reports, &verdicts])
        .await?
    {
        inserted.insert(row.try_get::<_, Sql<Uuid>>(0)?.0);
    }
    let found = transaction
        .query(&standing, &[&ids, &reports, &verdicts])
        .await?;
    rows.iter()
        .zip(found)
        .map(|(row, found)| Ok(answer(inserted.remove(&row.attempt_id), found.try_get(0)?)))
        .collect()
}

/// `same` is whether the same bytes stand under the key, none where nothing does.
const fn answer(is_new: bool, same: Option<bool>) -> InsertAnswer {
    match (is_new, same) {
        (true, _) => InsertAnswer::Inserted,
        (false, Some(true)) => InsertAnswer::AlreadyInserted,
        (false, _) => InsertAnswer::Different,
    }
}
