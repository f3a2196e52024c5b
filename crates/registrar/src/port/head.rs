//! The catalogue row that a registration writes.

use canonical::{Digest, Uuid, WriteError, tags};
use serde_json::{Map, Value, json};

use super::{CATALOGUE, DRAFT};

/// The one row that a registration writes; its status is always `draft`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadRow {
    /// The attempt id as text.
    pub row_key: String,
    /// The registered code.
    pub dot_code: String,
    /// `dot:<dot_code>`.
    pub canonical_target: String,
    /// `dot`.
    pub object_type: String,
    /// The admitted path.
    pub canonical_path: String,
    /// The admitted origin.
    pub origin: String,
    /// The artifact's content hash.
    pub artifact_hash: Digest,
    /// Its algorithm.
    pub hash_algorithm: String,
    /// What was hashed, and how.
    pub canonicalization_version: String,
    /// `file` or `tree`.
    pub artifact_type: String,
    /// The admission row.
    pub admission_ref: String,
    /// The artifact's size.
    pub size_bytes: u64,
    /// The scope it was registered in.
    pub scope: String,
    /// The accountable owner.
    pub owner_principal: String,
    /// The consumed key.
    pub replay_key: Digest,
    /// The attempt that wrote it.
    pub attempt_id: Uuid,
}

impl HeadRow {
    /// The columns as hashed, `status` = `draft` among them, the row key not.
    pub fn columns(&self) -> Map<String, Value> {
        let texts = [
            ("dot_code", self.dot_code.clone()),
            ("canonical_target", self.canonical_target.clone()),
            ("object_type", self.object_type.clone()),
            ("canonical_path", self.canonical_path.clone()),
            ("origin", self.origin.clone()),
            ("artifact_hash", self.artifact_hash.to_string()),
            ("hash_algorithm", self.hash_algorithm.clone()),
            (
                "canonicalization_version",
                self.canonicalization_version.clone(),
            ),
            ("artifact_type", self.artifact_type.clone()),
            ("admission_ref", self.admission_ref.clone()),
            ("scope", self.scope.clone()),
            ("owner_principal", self.owner_principal.clone()),
            ("replay_key", self.replay_key.to_string()),
            ("attempt_id", self.attempt_id.to_string()),
            ("status", DRAFT.to_owned()),
        ];
        let mut columns: Map<String, Value> = texts
            .into_iter()
            .map(|(name, text)| (name.to_owned(), Value::String(text)))
            .collect();
        columns.insert("size_bytes".to_owned(), Value::from(self.size_bytes));
        columns
    }

    /// The row hash that the store keeps with the row and the decision states.
    pub fn row_hash(&self) -> Result<Digest, WriteError> {
        let row = json!({"carrier": CATALOGUE, "key": self.row_key, "columns": self.columns()});
        canonical::hash(tags::ROW, &row)
    }
}
