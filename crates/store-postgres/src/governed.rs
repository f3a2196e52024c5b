//! A governed row as the tables store it: its canonical text, and the hash over that text.

use canonical::{Digest, hash_bytes, tags};
use serde_json::{Map, Value, json};

use crate::error::StoreError;

/// The canonical text of a row and its hash (spec section 3, `holdfast/row/v1`).
pub(crate) fn text_and_hash(
    carrier: &str,
    row_key: &str,
    columns: &Map<String, Value>,
) -> Result<(String, Digest), StoreError> {
    let unfit = |reason: String| StoreError::Unstorable {
        what: "write a governed row",
        reason,
    };
    let row = json!({"carrier": carrier, "columns": columns, "key": row_key});
    let bytes = canonical::write(&row).map_err(|error| unfit(error.to_string()))?;
    let hash = hash_bytes(tags::ROW, &bytes);
    let text = String::from_utf8(bytes).map_err(|error| unfit(error.to_string()))?;
    Ok((text, hash))
}
