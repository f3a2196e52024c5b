//! Rows of the write path as a rereader hashes them: the same columns in every store, the hash over
//! carrier, key and columns (spec section 3, `holdfast/row/v1`).

use canonical::{Digest, Identifier, RowError, Timestamp, Uuid};
use registrar::port::{CATALOGUE, DRAFT, HeadRow};
use serde_json::{Map, Value, json};

/// A head as it lies in a store.
#[derive(Clone, Debug)]
pub struct StoredHead {
    /// The row as it was written.
    pub head: HeadRow,
    /// Its status now.
    pub status: String,
    /// The hash stored when it was written as draft.
    pub stored_hash: Digest,
    /// The transaction that wrote it.
    pub transaction_id: String,
    /// The retirement that ended it.
    pub retirement_ref: Option<String>,
}

impl StoredHead {
    /// Its columns as hashed, with the status that it has now.
    pub fn columns(&self) -> Map<String, Value> {
        let mut columns = self.head.columns();
        columns.insert("status".to_owned(), Value::String(self.status.clone()));
        columns
    }

    /// The hash over its columns as they are now.
    ///
    /// A row whose columns do not hash to what was stored when it was written is damage; its status
    /// alone may have moved since.
    pub fn row_hash(&self) -> Result<Digest, RowError> {
        let written = self.head.row_hash()?;
        if written != self.stored_hash {
            return Err(mismatch(CATALOGUE, &self.head.row_key));
        }
        if self.status == DRAFT {
            return Ok(written);
        }
        hash_of(CATALOGUE, &self.head.row_key, &self.columns())
    }
}

/// A consumed key as it lies in a store.
#[derive(Clone, Debug)]
pub struct StoredKey {
    /// The single-use key.
    pub replay_key: Digest,
    /// The attempt that consumed it.
    pub attempt_id: Uuid,
    /// The effect that was committed.
    pub effect_identity: Digest,
    /// The authority that it was allowed under.
    pub authorization_binding_digest: Digest,
    /// Owner and approval as the key binds them.
    pub owner_binding_digest: Digest,
    /// The artifact's content hash.
    pub artifact_hash: Digest,
    /// The canonical target.
    pub target: String,
    /// The canonical operation.
    pub operation: String,
    /// The caller's run.
    pub run_id: String,
    /// The caller's retry counter.
    pub attempt_no: u64,
    /// When it was consumed, by the store's clock.
    pub consumed_at: Timestamp,
    /// When it could no longer have been.
    pub expires_at: Timestamp,
    /// The head that was written with it.
    pub head_key: String,
    /// The transaction that did.
    pub transaction_id: String,
}

impl StoredKey {
    /// The hash over its columns; the ledger stores none, it is keyed by one.
    pub fn row_hash(&self) -> Result<Digest, RowError> {
        let columns = json!({
            "attempt_id": self.attempt_id,
            "effect_identity": self.effect_identity,
            "authorization_binding_digest": self.authorization_binding_digest,
            "owner_binding_digest": self.owner_binding_digest,
            "artifact_hash": self.artifact_hash,
            "target": self.target,
            "operation": self.operation,
            "run_id": self.run_id,
            "attempt_no": self.attempt_no,
            "consumed_at": self.consumed_at,
            "expires_at": self.expires_at,
            "head_key": self.head_key,
            "transaction_id": self.transaction_id,
        });
        hash_of("ledger", &self.replay_key.to_string(), &members(columns))
    }
}

/// The hash over what names a decision.
pub fn decision_hash(
    replay_key: &Digest,
    attempt_id: &Uuid,
    evidence_hash: &Digest,
    transaction_id: &str,
) -> Result<Digest, RowError> {
    let columns = json!({
        "attempt_id": attempt_id,
        "evidence_hash": evidence_hash,
        "transaction_id": transaction_id,
    });
    hash_of("decision", &replay_key.to_string(), &members(columns))
}

/// The hash over what names a failure audit, at its position in the log.
pub fn audit_hash(
    position: u64,
    attempt_id: &Uuid,
    failure_digest: &Digest,
) -> Result<Digest, RowError> {
    let columns = json!({"attempt_id": attempt_id, "failure_digest": failure_digest});
    hash_of("failure_audit", &position.to_string(), &members(columns))
}

fn hash_of(carrier: &str, row_key: &str, columns: &Map<String, Value>) -> Result<Digest, RowError> {
    let name = Identifier::try_from(carrier).map_err(|_| mismatch(carrier, row_key))?;
    Ok(canonical::row::row_hash(&name, row_key, columns)?)
}

fn members(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn mismatch(carrier: &str, row_key: &str) -> RowError {
    RowError::HashMismatch {
        carrier: carrier.to_owned(),
        key: row_key.to_owned(),
    }
}
