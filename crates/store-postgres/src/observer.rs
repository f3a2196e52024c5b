//! The observer's write side: snapshots and reports, once each.

use std::collections::{BTreeMap, BTreeSet};

use ::observer::{InsertAnswer, ReportRow, SinkError, SnapshotRow, SnapshotSink};
use canonical::Uuid;
use deadpool_postgres::Transaction;
use tokio_postgres::Row;

use crate::carriers::Parameters;
use crate::connection::Session;
use crate::crash::crash_point;
use crate::error::StoreError;
use crate::packed;
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
                let stored = insert_snapshots(&self.session, &transaction, snapshots).await;
                answers.extend(stored?);
                crash_point("snapshot.after_insert");
            }
            if !reports.is_empty() {
                crash_point("report.before_insert");
                let stored = insert_reports(&self.session, &transaction, reports).await;
                answers.extend(stored?);
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
    session: &Session,
    transaction: &Transaction<'_>,
    rows: &[SnapshotRow],
) -> Result<Vec<InsertAnswer>, StoreError> {
    const INSERT: &str = "INSERT INTO holdfast.snapshot (attempt_id, phase, bytes) \
         SELECT g.attempt_id, g.phase, g.bytes FROM \
           unnest($1::uuid[], $2::text[], $3::bytea[]) WITH ORDINALITY \
           AS g (attempt_id, phase, bytes, place) ORDER BY g.attempt_id, g.phase, g.place \
         ON CONFLICT (attempt_id, phase) DO NOTHING RETURNING attempt_id, phase";
    const STANDING: &str = "SELECT s.attempt_id, s.phase, s.bytes FROM holdfast.snapshot AS s \
         WHERE s.attempt_id = ANY ($1)";
    let ids: Vec<Sql<Uuid>> = rows.iter().map(|row| Sql(row.attempt_id)).collect();
    let phases: Vec<&str> = rows.iter().map(|row| row.phase).collect();
    let bytes = rows.iter().map(|row| packed::pack(&row.bytes));
    let bytes = bytes.collect::<Result<Vec<_>, _>>()?;
    let failed = |error| session.failed(WHAT, error);
    let key = |row: &Row| Ok((row.try_get::<_, Sql<Uuid>>(0)?.0, row.try_get(1)?));
    let found = query(transaction, INSERT, &[&ids, &phases, &bytes]).await;
    let mut inserted = BTreeSet::<(Uuid, String)>::new();
    for row in found.map_err(failed)? {
        inserted.insert(key(&row).map_err(failed)?);
    }
    let mut standing = BTreeMap::new();
    if inserted.len() < rows.len() {
        for row in query(transaction, STANDING, &[&ids])
            .await
            .map_err(failed)?
        {
            let bytes = packed::unpack(row.try_get(2).map_err(failed)?)?;
            standing.insert(key(&row).map_err(failed)?, bytes);
        }
    }
    let answers = rows.iter().map(|row| {
        let key = (row.attempt_id, row.phase.to_owned());
        let is_same = standing.get(&key) == Some(&row.bytes);
        answer(inserted.remove(&key), is_same)
    });
    Ok(answers.collect())
}

async fn insert_reports(
    session: &Session,
    transaction: &Transaction<'_>,
    rows: &[ReportRow],
) -> Result<Vec<InsertAnswer>, StoreError> {
    const INSERT: &str = "INSERT INTO holdfast.verification_report \
           (attempt_id, report, verdict_after) \
         SELECT g.attempt_id, g.report, g.verdict_after FROM \
           unnest($1::uuid[], $2::bytea[], $3::bytea[]) WITH ORDINALITY \
           AS g (attempt_id, report, verdict_after, place) ORDER BY g.attempt_id, g.place \
         ON CONFLICT (attempt_id) DO NOTHING RETURNING attempt_id";
    const STANDING: &str = "SELECT v.attempt_id, v.report, v.verdict_after \
         FROM holdfast.verification_report AS v WHERE v.attempt_id = ANY ($1)";
    let ids: Vec<Sql<Uuid>> = rows.iter().map(|row| Sql(row.attempt_id)).collect();
    let reports: Vec<&[u8]> = rows.iter().map(|row| row.report.as_slice()).collect();
    let verdicts = rows.iter().map(|row| packed::pack(&row.verdict_after));
    let verdicts = verdicts.collect::<Result<Vec<_>, _>>()?;
    let failed = |error| session.failed(WHAT, error);
    let id = |row: &Row| row.try_get::<_, Sql<Uuid>>(0).map(|id| id.0);
    let found = query(transaction, INSERT, &[&ids, &reports, &verdicts]).await;
    let mut inserted = BTreeSet::new();
    for row in found.map_err(failed)? {
        inserted.insert(id(&row).map_err(failed)?);
    }
    let mut standing = BTreeMap::new();
    if inserted.len() < rows.len() {
        for row in query(transaction, STANDING, &[&ids])
            .await
            .map_err(failed)?
        {
            let report: Vec<u8> = row.try_get(1).map_err(failed)?;
            let verdict = packed::unpack(row.try_get(2).map_err(failed)?)?;
            standing.insert(id(&row).map_err(failed)?, (report, verdict));
        }
    }
    let answers = rows.iter().map(|row| {
        let is_same = standing
            .get(&row.attempt_id)
            .is_some_and(|(report, verdict)| {
                *report == row.report && *verdict == row.verdict_after
            });
        answer(inserted.remove(&row.attempt_id), is_same)
    });
    Ok(answers.collect())
}

async fn query(
    transaction: &Transaction<'_>,
    text: &str,
    parameters: Parameters<'_>,
) -> Result<Vec<Row>, tokio_postgres::Error> {
    let statement = transaction.prepare_cached(text).await?;
    transaction.query(&statement, parameters).await
}

/// `is_same` is whether the same bytes stand under the key of a row that was not inserted.
const fn answer(is_new: bool, is_same: bool) -> InsertAnswer {
    match (is_new, is_same) {
        (true, _) => InsertAnswer::Inserted,
        (false, true) => InsertAnswer::AlreadyInserted,
        (false, false) => InsertAnswer::Different,
    }
}
