//! Write-sets: which rows an attempt added, by the transaction number that the server itself put
//! into every row.

use canonical::{Digest, RowError, Uuid};
use deadpool_postgres::Client;
use records::rows;
use snapshot_provider::port::{AddedRow, SurfaceContent};

use crate::catalogue::{self, damaged, misshapen};
use crate::connection::Session;
use crate::error::StoreError;
use crate::sql::{Sql, replay_key, transaction_id};

/// How it is known which rows an attempt added.
const PROVENANCE: &str = "writer_txid";

/// The rows of an attempt in a table under the alias `{w}`, and those of its transaction that belong
/// to no decision of that transaction.
///
/// A batch writes for many attempts in one transaction, each with its decision: their rows are
/// theirs. Whatever else the transaction wrote was written with this attempt and has no other owner,
/// so it shows up here, and the capture fails for it.
fn of_attempt(alias: &str) -> String {
    format!(
        "{alias}.attempt_id = $1 OR ({alias}.writer_txid IN (\
           SELECT d.writer_txid FROM holdfast.decision AS d WHERE d.attempt_id = $1 UNION ALL \
           SELECT l.writer_txid FROM holdfast.ledger AS l WHERE l.attempt_id = $1 UNION ALL \
           SELECT c.writer_txid FROM holdfast.dot_catalogue AS c WHERE c.attempt_id = $1) \
         AND NOT EXISTS (SELECT 1 FROM holdfast.decision AS o \
           WHERE o.attempt_id = {alias}.attempt_id AND o.writer_txid = {alias}.writer_txid))"
    )
}

pub(super) async fn keys(
    session: &Session,
    client: &Client,
    attempt_id: Uuid,
) -> Result<SurfaceContent, StoreError> {
    let condition = of_attempt("w");
    let keys = catalogue::consumed_keys(session, client, &condition, &[&Sql(attempt_id)]).await?;
    let rows = keys.into_iter().map(|key| {
        let row_key = key.replay_key.to_string();
        Ok(AddedRow {
            row_hash: hashed("ledger", &row_key, key.row_hash())?,
            row_key,
            attempt_id: Some(key.attempt_id),
            transaction_id: key.transaction_id,
        })
    });
    rows.collect::<Result<_, _>>().map(write_set)
}

pub(super) async fn heads(
    session: &Session,
    client: &Client,
    attempt_id: Uuid,
) -> Result<SurfaceContent, StoreError> {
    let condition = of_attempt("h");
    let heads = catalogue::heads(session, client, &condition, &[&Sql(attempt_id)]).await?;
    let rows = heads.into_iter().map(|head| {
        Ok(AddedRow {
            row_hash: catalogue::hashed(&head)?,
            row_key: head.head.row_key,
            attempt_id: Some(head.head.attempt_id),
            transaction_id: head.transaction_id,
        })
    });
    rows.collect::<Result<_, StoreError>>().map(write_set)
}

pub(super) async fn decisions(
    session: &Session,
    client: &Client,
    attempt_id: Uuid,
) -> Result<SurfaceContent, StoreError> {
    let text = format!(
        "SELECT w.ledger_key, w.evidence_hash, w.writer_txid::text, w.attempt_id \
         FROM holdfast.decision AS w WHERE {} ORDER BY w.ledger_key",
        of_attempt("w")
    );
    let failed = |error| session.failed("read a decision", error);
    let statement = client.prepare_cached(&text).await.map_err(failed)?;
    let found = client.query(&statement, &[&Sql(attempt_id)]).await;
    let rows = found.map_err(failed)?;
    let rows = rows.iter().map(|row| {
        let key = replay_key(row.try_get(0).map_err(failed)?);
        let key = key.ok_or_else(|| misshapen("decision"))?;
        let evidence_hash = row.try_get::<_, Sql<Digest>>(1).map_err(failed)?.0;
        let transaction_id = transaction_id(row.try_get(2).map_err(failed)?);
        let attempt_id = row.try_get::<_, Sql<Uuid>>(3).map_err(failed)?.0;
        let row_key = key.to_string();
        let hash = rows::decision_hash(&key, &attempt_id, &evidence_hash, &transaction_id);
        Ok(AddedRow {
            row_hash: hashed("decision", &row_key, hash)?,
            row_key,
            attempt_id: Some(attempt_id),
            transaction_id,
        })
    });
    rows.collect::<Result<_, StoreError>>().map(write_set)
}

/// The failure audits of an attempt; each is its own transaction's, told by its position.
pub(super) async fn audits(
    session: &Session,
    client: &Client,
    attempt_id: Uuid,
) -> Result<SurfaceContent, StoreError> {
    const TEXT: &str = "SELECT position, failure_digest FROM holdfast.failure_audit \
         WHERE attempt_id = $1 ORDER BY position";
    let failed = |error| session.failed("read the failure audits", error);
    let statement = client.prepare_cached(TEXT).await.map_err(failed)?;
    let found = client.query(&statement, &[&Sql(attempt_id)]).await;
    let rows = found.map_err(failed)?;
    let rows = rows.iter().map(|row| {
        let position = row.try_get::<_, Sql<u64>>(0).map_err(failed)?.0;
        let failure_digest = row.try_get::<_, Sql<Digest>>(1).map_err(failed)?.0;
        let row_key = position.to_string();
        let hash = rows::audit_hash(position, &attempt_id, &failure_digest);
        Ok(AddedRow {
            row_hash: hashed("failure_audit", &row_key, hash)?,
            row_key,
            attempt_id: Some(attempt_id),
            transaction_id: format!("position:{position}"),
        })
    });
    rows.collect::<Result<_, StoreError>>().map(write_set)
}

fn hashed(
    carrier: &str,
    row_key: &str,
    hash: Result<Digest, RowError>,
) -> Result<Digest, StoreError> {
    hash.map_err(|source| damaged(carrier, row_key, source))
}

const fn write_set(rows: Vec<AddedRow>) -> SurfaceContent {
    SurfaceContent::WriteSet {
        provenance: PROVENANCE,
        rows,
    }
}
