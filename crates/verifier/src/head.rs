//! Conditions 1 to 3: one head, a draft, with the admitted artifact's metadata.

use canonical::{Digest, hash, tags};
use serde_json::{Map, Value, json};

use crate::condition::Condition;
use crate::contract::{ArtifactTrustedAttested, OwnerTrustedAttested, RejectCode};
use crate::error::VerifyError;
use crate::port::{CatalogueRow, CommittedReader};

/// The carrier of catalogue rows, as their row hashes name it.
pub(crate) const CATALOGUE: &str = "dot_catalogue";
/// The one status that a registration writes.
pub(crate) const DRAFT: &str = "draft";
/// Where the one governed transition leads.
const RETIRED: &str = "retired";

/// The head that the decision names, as a fresh connection rereads it.
pub(crate) struct Head {
    pub(crate) row: Option<CatalogueRow>,
    current: Vec<CatalogueRow>,
    stated_hash: Digest,
}

impl Head {
    pub(crate) fn reread(
        reader: &mut impl CommittedReader,
        dot_code: &str,
        row_key: &str,
        stated_hash: Digest,
    ) -> Result<Self, VerifyError> {
        Ok(Self {
            row: reader.row_by_key(row_key)?,
            current: reader.current_heads(dot_code)?,
            stated_hash,
        })
    }

    /// Whether the owner retired it since: only then is its status another than the one written.
    ///
    /// The version that was written is the row with status `draft`; it must hash to what the
    /// decision states, so nothing but the status can have moved.
    pub(crate) fn retired_since(&self) -> Result<bool, VerifyError> {
        let Some(row) = self.row.as_ref().filter(|row| row.status == RETIRED) else {
            return Ok(false);
        };
        Ok(written_hash(row)? == self.stated_hash)
    }

    /// Condition 1: the target has one current head, and it is the one just written.
    pub(crate) fn one(&self, row_key: &str) -> Result<Condition, VerifyError> {
        let mut condition = Condition::new(
            "verify.one_head",
            "the target has exactly one current head, the one just written",
        );
        let keys: Vec<&str> = self
            .current
            .iter()
            .map(|row| row.row_key.as_str())
            .collect();
        condition.shows(
            "head written / current heads",
            Some(row_key),
            Some(keys.join(", ")),
        );
        let holds = if self.retired_since()? {
            !keys.contains(&row_key) && keys.len() <= 1
        } else {
            keys == [row_key] && self.row.is_some()
        };
        condition.requires(holds, RejectCode::HeadCountNotOne);
        Ok(condition)
    }

    /// Condition 2: what was written is a draft.
    pub(crate) fn draft(&self) -> Result<Condition, VerifyError> {
        let mut condition = Condition::new("verify.draft", "the row was written as a draft");
        let status = self.row.as_ref().map(|row| row.status.clone());
        condition.shows("draft / status reread", Some(DRAFT), status.clone());
        let column = self.row.as_ref().and_then(|row| row.columns.get("status"));
        let agree = column.and_then(Value::as_str) == status.as_deref();
        let holds = status.as_deref() == Some(DRAFT) || self.retired_since()?;
        condition.requires(holds && agree, RejectCode::HeadNotDraft);
        Ok(condition)
    }

    /// Condition 3: the row's metadata is what was attested, field by field.
    pub(crate) fn metadata(
        &self,
        owner: &OwnerTrustedAttested,
        artifact: &ArtifactTrustedAttested,
    ) -> Condition {
        let mut condition = Condition::new(
            "verify.metadata",
            "the row's metadata equals the attested artifact, field by field",
        );
        let nothing = Map::new();
        let columns = self.row.as_ref().map_or(&nothing, |row| &row.columns);
        for (name, attested) in intended(owner, artifact) {
            condition.same(
                name,
                Some(attested),
                columns.get(name).map(plain),
                RejectCode::HeadMetadataMismatch,
            );
        }
        condition
    }

    /// What has changed since the write, for people.
    pub(crate) fn later_change(&self) -> Result<Option<String>, VerifyError> {
        Ok(self
            .retired_since()?
            .then(|| "the owner has retired this head since it was written".to_owned()))
    }
}

/// The hash of the row version that was written.
pub(crate) fn written_hash(row: &CatalogueRow) -> Result<Digest, VerifyError> {
    let mut columns = row.columns.clone();
    if row.status == RETIRED {
        columns.insert("status".to_owned(), Value::from(DRAFT));
    }
    let row = json!({"carrier": CATALOGUE, "key": row.row_key, "columns": columns});
    Ok(hash(tags::ROW, &row)?)
}

/// The intended row: every column that an attestation decides.
fn intended(
    owner: &OwnerTrustedAttested,
    artifact: &ArtifactTrustedAttested,
) -> [(&'static str, String); 13] {
    let target = artifact.canonical_target.to_string();
    let dot_code = target.strip_prefix("dot:").unwrap_or_default().to_owned();
    [
        ("dot_code", dot_code),
        ("canonical_target", target),
        ("object_type", owner.object_type.to_string()),
        ("scope", owner.scope.to_string()),
        (
            "owner_principal",
            owner.owner_or_approval_binding.owner_principal.to_string(),
        ),
        ("canonical_path", artifact.canonical_path.to_string()),
        ("origin", artifact.origin.to_string()),
        ("artifact_hash", artifact.artifact_hash.to_string()),
        ("hash_algorithm", artifact.hash_algorithm.to_string()),
        (
            "canonicalization_version",
            artifact.canonicalization_version.to_string(),
        ),
        ("artifact_type", artifact.artifact_type.to_string()),
        ("admission_ref", artifact.admission_ref.to_string()),
        ("size_bytes", artifact.size_bytes.to_string()),
    ]
}

/// A column as text: strings bare, numbers in their one spelling, anything else as JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
