//! Rows of the catalogue, the ledger and the decisions as they lie in the database.

use canonical::{Digest, RowError, Timestamp, Uuid};
use deadpool_postgres::GenericClient;
use records::rows::{StoredHead, StoredKey};
use registrar::port::{CATALOGUE, HeadRow};
use tokio_postgres::Row;

use crate::carriers::Parameters;
use crate::connection::Session;
use crate::error::StoreError;
use crate::sql::{Sql, replay_key, transaction_id};

/// The heads for which a condition of this crate over the alias `h` holds, in the order of their
/// epochs.
///
/// No head is ever changed: it is retired from the moment on that its code has a later epoch.
pub(crate) async fn heads(
    session: &Session,
    client: &impl GenericClient,
    condition: &str,
    parameters: Parameters<'_>,
) -> Result<Vec<StoredHead>, StoreError> {
    const WHAT: &str = "read the catalogue";
    let text = format!(
        "SELECT h.row_key, h.dot_code, h.canonical_target, h.object_type, h.canonical_path, \
         h.origin, h.artifact_hash, h.hash_algorithm, h.canonicalization_version, \
         h.artifact_type, h.admission_ref, h.size_bytes, h.scope, h.owner_principal, \
         h.attempt_id, h.ledger_key, h.writer_txid::text AS writer_txid, h.row_hash, \
         CASE WHEN ended.is_so THEN 'retired' ELSE h.status END AS status, \
         CASE WHEN ended.is_so THEN (\
           SELECT t.row_key FROM holdfast.retirement AS t WHERE t.dot_code = h.dot_code \
            ORDER BY t.ordinal OFFSET h.epoch LIMIT 1) END AS retirement_ref \
         FROM holdfast.dot_catalogue AS h CROSS JOIN LATERAL (SELECT EXISTS (\
           SELECT 1 FROM holdfast.dot_epoch AS e \
            WHERE e.dot_code = h.dot_code AND e.epoch > h.epoch) AS is_so) AS ended \
         WHERE {condition} ORDER BY h.dot_code, h.epoch"
    );
    let failed = |error| session.failed(WHAT, error);
    let statement = client.prepare_cached(&text).await.map_err(failed)?;
    let rows = client.query(&statement, parameters).await.map_err(failed)?;
    rows.iter()
        .map(|row| {
            head(row)
                .map_err(failed)?
                .ok_or_else(|| misshapen(CATALOGUE))
        })
        .collect()
}

/// Heads that are no one's past: of the last epoch of their code.
pub(crate) const CURRENT: &str =
    "h.dot_code = ANY ($1) AND NOT ended.is_so AND h.status IN ('draft', 'active')";

/// A head as it lies in the table; `None` where its key is none that was ever written.
fn head(row: &Row) -> Result<Option<StoredHead>, tokio_postgres::Error> {
    let Some(replay_key) = replay_key(row.try_get("ledger_key")?) else {
        return Ok(None);
    };
    Ok(Some(StoredHead {
        head: HeadRow {
            row_key: row.try_get("row_key")?,
            dot_code: row.try_get("dot_code")?,
            canonical_target: row.try_get("canonical_target")?,
            object_type: row.try_get("object_type")?,
            canonical_path: row.try_get("canonical_path")?,
            origin: row.try_get("origin")?,
            artifact_hash: row.try_get::<_, Sql<Digest>>("artifact_hash")?.0,
            hash_algorithm: row.try_get("hash_algorithm")?,
            canonicalization_version: row.try_get("canonicalization_version")?,
            artifact_type: row.try_get("artifact_type")?,
            admission_ref: row.try_get("admission_ref")?,
            size_bytes: row.try_get::<_, Sql<u64>>("size_bytes")?.0,
            scope: row.try_get("scope")?,
            owner_principal: row.try_get("owner_principal")?,
            replay_key,
            attempt_id: row.try_get::<_, Sql<Uuid>>("attempt_id")?.0,
        },
        status: row.try_get("status")?,
        stored_hash: row.try_get::<_, Sql<Digest>>("row_hash")?.0,
        transaction_id: transaction_id(row.try_get("writer_txid")?),
        retirement_ref: row.try_get("retirement_ref")?,
    }))
}

/// The consumed keys for which a condition of this crate over the alias `w` holds.
pub(crate) async fn consumed_keys(
    session: &Session,
    client: &impl GenericClient,
    condition: &str,
    parameters: Parameters<'_>,
) -> Result<Vec<StoredKey>, StoreError> {
    let text = format!(
        "SELECT w.ledger_key, w.attempt_id, w.effect_identity, w.authorization_binding_digest, \
         w.owner_binding_digest, w.artifact_hash, w.target, w.operation, w.run_id, w.attempt_no, \
         w.consumed_at, w.expires_at, w.writer_txid::text AS writer_txid, w.head_key \
         FROM holdfast.ledger AS w WHERE {condition} ORDER BY w.ledger_key"
    );
    let failed = |error| session.failed("read the ledger", error);
    let statement = client.prepare_cached(&text).await.map_err(failed)?;
    let rows = client.query(&statement, parameters).await.map_err(failed)?;
    rows.iter()
        .map(|row| key(row).map_err(failed)?.ok_or_else(|| misshapen("ledger")))
        .collect()
}

fn key(row: &Row) -> Result<Option<StoredKey>, tokio_postgres::Error> {
    let digest = |name| row.try_get::<_, Sql<Digest>>(name).map(|digest| digest.0);
    let instant = |name| row.try_get::<_, Sql<Timestamp>>(name).map(|at| at.0);
    let Some(replay_key) = replay_key(row.try_get("ledger_key")?) else {
        return Ok(None);
    };
    Ok(Some(StoredKey {
        replay_key,
        attempt_id: row.try_get::<_, Sql<Uuid>>("attempt_id")?.0,
        effect_identity: digest("effect_identity")?,
        authorization_binding_digest: digest("authorization_binding_digest")?,
        owner_binding_digest: digest("owner_binding_digest")?,
        artifact_hash: digest("artifact_hash")?,
        target: row.try_get("target")?,
        operation: row.try_get("operation")?,
        run_id: row.try_get("run_id")?,
        attempt_no: row.try_get::<_, Sql<u64>>("attempt_no")?.0,
        consumed_at: instant("consumed_at")?,
        expires_at: instant("expires_at")?,
        head_key: row.try_get("head_key")?,
        transaction_id: transaction_id(row.try_get("writer_txid")?),
    }))
}

/// The hash of a head that was read, or what is wrong with it.
pub(crate) fn hashed(head: &StoredHead) -> Result<Digest, StoreError> {
    head.row_hash()
        .map_err(|source| damaged(CATALOGUE, &head.head.row_key, source))
}

pub(crate) fn damaged(carrier: &str, row_key: &str, source: RowError) -> StoreError {
    StoreError::TamperedRow {
        carrier: carrier.to_owned(),
        row_key: row_key.to_owned(),
        source,
    }
}

pub(crate) fn misshapen(table: &str) -> StoreError {
    StoreError::Unstorable {
        what: "read a row",
        reason: format!("a row of `{table}` has a key that nothing of this program writes"),
    }
}
