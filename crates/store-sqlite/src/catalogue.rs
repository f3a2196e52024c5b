//! Rows of the catalogue, the ledger and the decisions as their rereaders hash them.

use canonical::{Digest, Timestamp, Uuid};
use registrar::port::{CATALOGUE, DRAFT, HeadRow};
use rusqlite::{Connection, Params, Row};
use serde_json::{Map, Value, json};

use crate::carriers::identifier;
use crate::error::{During, StoreError};
use crate::sql::{LedgerKey, Sql, transaction_id};

/// A head as it lies in the file.
#[derive(Clone, Debug)]
pub(crate) struct StoredHead {
    pub(crate) head: HeadRow,
    pub(crate) status: String,
    /// The hash stored when it was written as draft.
    pub(crate) stored_hash: Digest,
    pub(crate) transaction_id: String,
    pub(crate) retirement_ref: Option<String>,
}

impl StoredHead {
    /// Its columns as hashed, with the status that it has now.
    pub(crate) fn columns(&self) -> Map<String, Value> {
        let mut columns = self.head.columns();
        columns.insert("status".to_owned(), Value::String(self.status.clone()));
        columns
    }

    /// The hash over its columns as they are now.
    ///
    /// A row whose columns do not hash to what was stored when it was written is damage; its status
    /// alone may have moved since.
    pub(crate) fn row_hash(&self) -> Result<Digest, StoreError> {
        let carrier = identifier(CATALOGUE)?;
        let written = self.head.row_hash().map_err(unhashable)?;
        if written != self.stored_hash {
            return Err(StoreError::TamperedRow {
                carrier: CATALOGUE.to_owned(),
                row_key: self.head.row_key.clone(),
                source: canonical::RowError::HashMismatch {
                    carrier: CATALOGUE.to_owned(),
                    key: self.head.row_key.clone(),
                },
            });
        }
        if self.status == DRAFT {
            return Ok(written);
        }
        canonical::row::row_hash(&carrier, &self.head.row_key, &self.columns()).map_err(unhashable)
    }
}

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

/// A consumed key as it lies in the file.
#[derive(Clone, Debug)]
pub(crate) struct StoredKey {
    pub(crate) replay_key: Digest,
    pub(crate) attempt_id: Uuid,
    pub(crate) effect_identity: Digest,
    pub(crate) target: String,
    pub(crate) transaction_id: String,
    columns: Map<String, Value>,
}

impl StoredKey {
    /// The hash over its columns; the ledger stores none, it is keyed by one.
    pub(crate) fn row_hash(&self) -> Result<Digest, StoreError> {
        hash_of("ledger", &self.replay_key.to_string(), &self.columns)
    }
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
    let attempt_id = row.get::<_, Sql<Uuid>>("attempt_id")?.0;
    let target: String = row.get("target")?;
    let transaction_id = transaction_id(row.get("writer_ordinal")?);
    let effect_identity = digest("effect_identity")?;
    let columns = json!({
        "attempt_id": attempt_id,
        "effect_identity": effect_identity,
        "authorization_binding_digest": digest("authorization_binding_digest")?,
        "owner_binding_digest": digest("owner_binding_digest")?,
        "artifact_hash": digest("artifact_hash")?,
        "target": target,
        "operation": row.get::<_, String>("operation")?,
        "run_id": row.get::<_, String>("run_id")?,
        "attempt_no": row.get::<_, i64>("attempt_no")?,
        "consumed_at": instant("consumed_at")?,
        "expires_at": instant("expires_at")?,
        "head_key": row.get::<_, String>("head_key")?,
        "transaction_id": transaction_id,
    });
    Ok(StoredKey {
        replay_key: row.get::<_, LedgerKey>("ledger_key")?.0,
        attempt_id,
        effect_identity,
        target,
        transaction_id,
        columns: members(columns),
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
                row.get::<_, LedgerKey>(0)?.0.to_string(),
                row.get::<_, Sql<Digest>>(1)?.0,
                transaction_id(row.get(2)?),
            ))
        })
        .and_then(|mut rows| rows.next().transpose())
        .during("read a decision")?;
    let Some((row_key, evidence_hash, transaction_id)) = found else {
        return Ok(None);
    };
    let columns = members(json!({
        "attempt_id": attempt_id,
        "evidence_hash": evidence_hash,
        "transaction_id": transaction_id,
    }));
    let row_hash = hash_of("decision", &row_key, &columns)?;
    Ok(Some((row_key, row_hash, transaction_id)))
}

/// The hash of a row of one of this crate's own tables.
pub(crate) fn hash_of(
    carrier: &str,
    row_key: &str,
    columns: &Map<String, Value>,
) -> Result<Digest, StoreError> {
    canonical::row::row_hash(&identifier(carrier)?, row_key, columns).map_err(unhashable)
}

/// The members of what was written as an object.
pub(crate) fn members(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn unhashable(error: canonical::WriteError) -> StoreError {
    StoreError::Unstorable {
        what: "hash a row",
        reason: error.to_string(),
    }
}
