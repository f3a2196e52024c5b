//! Rows of the catalogue, the ledger and the decisions as their rereaders hash them.

use canonical::{Digest, Timestamp, Uuid};
use records::rows::{self, StoredHead, StoredKey};
use registrar::port::{CATALOGUE, HeadRow};
use rusqlite::{Connection, Params, Row};
use serde_json::{Map, Value};

use crate::error::{During, StoreError};
use crate::sql::{LedgerKey, Sql, transaction_id};

/// The heads for which a condition of this crate holds, in the order of their keys.
pub(crate) fn heads(
    connection: &Connection,
    condition: &str,
    parameters: impl Params,
) -> Result<Vec<StoredHead>, StoreError> {
    let text = format!(
        "SELECT row_key, dot_code, canonical_target, object_type, canonical_path, origin, \
         artifact_hash, hash_algorithm, canonicalization_version, artifact_type, admission_ref, \
         size_bytes, scope, owner_principal, status, attempt_id, ledger_key, writer_ordinal, \
         row_hash, retirement_ref FROM dot_catalogue WHERE {condition} ORDER BY row_key"
    );
    let mut statement = connection
        .prepare_cached(&text)
        .during("read the catalogue")?;
    statement
        .query_map(parameters, head)
        .and_then(Iterator::collect)
        .during("read the catalogue")
}

fn head(row: &Row<'_>) -> rusqlite::Result<StoredHead> {
    Ok(StoredHead {
        head: HeadRow {
            row_key: row.get("row_key")?,
            dot_code: row.get("dot_code")?,
            canonical_target: row.get("canonical_target")?,
            object_type: row.get("object_type")?,
            canonical_path: row.get("canonical_path")?,
            origin: row.get("origin")?,
            artifact_hash: row.get::<_, Sql<Digest>>("artifact_hash")?.0,
            hash_algorithm: row.get("hash_algorithm")?,
            canonicalization_version: row.get("canonicalization_version")?,
            artifact_type: row.get("artifact_type")?,
            admission_ref: row.get("admission_ref")?,
            size_bytes: row.get::<_, Sql<u64>>("size_bytes")?.0,
            scope: row.get("scope")?,
            owner_principal: row.get("owner_principal")?,
            replay_key: row.get::<_, LedgerKey>("ledger_key")?.0,
            attempt_id: row.get::<_, Sql<Uuid>>("attempt_id")?.0,
        },
        status: row.get("status")?,
        stored_hash: row.get::<_, Sql<Digest>>("row_hash")?.0,
        transaction_id: transaction_id(row.get("writer_ordinal")?),
        retirement_ref: row.get("retirement_ref")?,
    })
}

/// The consumed key of an attempt.
pub(crate) fn consumed_key(
    connection: &Connection,
    attempt_id: &Uuid,
) -> Result<Option<StoredKey>, StoreError> {
    let mut statement = connection
        .prepare_cached(
            "SELECT ledger_key, attempt_id, effect_identity, authorization_binding_digest, \
             owner_binding_digest, artifact_hash, target, operation, run_id, attempt_no, \
             consumed_at, expires_at, writer_ordinal, head_key FROM ledger WHERE attempt_id = ?1",
        )
        .during("read the ledger")?;
    statement
        .query_map([Sql(*attempt_id)], key)
        .and_then(|mut rows| rows.next().transpose())
        .during("read the ledger")
}

fn key(row: &Row<'_>) -> rusqlite::Result<StoredKey> {
    let digest = |name| row.get::<_, Sql<Digest>>(name).map(|digest| digest.0);
    let instant = |name| row.get::<_, Sql<Timestamp>>(name).map(|at| at.0);
    Ok(StoredKey {
        replay_key: row.get::<_, LedgerKey>("ledger_key")?.0,
        attempt_id: row.get::<_, Sql<Uuid>>("attempt_id")?.0,
        effect_identity: digest("effect_identity")?,
        authorization_binding_digest: digest("authorization_binding_digest")?,
        owner_binding_digest: digest("owner_binding_digest")?,
        artifact_hash: digest("artifact_hash")?,
        target: row.get("target")?,
        operation: row.get("operation")?,
        run_id: row.get("run_id")?,
        attempt_no: row.get::<_, Sql<u64>>("attempt_no")?.0,
        consumed_at: instant("consumed_at")?,
        expires_at: instant("expires_at")?,
        head_key: row.get("head_key")?,
        transaction_id: transaction_id(row.get("writer_ordinal")?),
    })
}

/// A decision as the surfaces show it: its key, the hash over what names it, its transaction.
pub(crate) fn decision_row(
    connection: &Connection,
    attempt_id: &Uuid,
) -> Result<Option<(String, Digest, String)>, StoreError> {
    let mut statement = connection
        .prepare_cached(
            "SELECT ledger_key, evidence_hash, writer_ordinal FROM decision WHERE attempt_id = ?1",
        )
        .during("read a decision")?;
    let found = statement
        .query_map([Sql(*attempt_id)], |row| {
            Ok((
                row.get::<_, LedgerKey>(0)?.0,
                row.get::<_, Sql<Digest>>(1)?.0,
                transaction_id(row.get(2)?),
            ))
        })
        .and_then(|mut rows| rows.next().transpose())
        .during("read a decision")?;
    let Some((replay_key, evidence_hash, transaction_id)) = found else {
        return Ok(None);
    };
    let row_hash = rows::decision_hash(&replay_key, attempt_id, &evidence_hash, &transaction_id)
        .map_err(|source| damaged("decision", &replay_key.to_string(), source))?;
    Ok(Some((replay_key.to_string(), row_hash, transaction_id)))
}

/// The hash of a row that was read, or what is wrong with it.
pub(crate) fn hashed(head: &StoredHead) -> Result<Digest, StoreError> {
    head.row_hash()
        .map_err(|source| damaged(CATALOGUE, &head.head.row_key, source))
}

pub(crate) fn damaged(carrier: &str, row_key: &str, source: canonical::RowError) -> StoreError {
    StoreError::TamperedRow {
        carrier: carrier.to_owned(),
        row_key: row_key.to_owned(),
        source,
    }
}

/// The members of what was written as an object.
pub(crate) fn members(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
