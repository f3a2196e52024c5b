//! One hash over exactly the per-surface set.

use canonical::{Digest, WriteError, hash, tags};
use serde_json::{Value, json};

use crate::contract::{Aggregate, SurfaceCapture, WriteSet, WriteSetRow};
use crate::error::{CaptureError, list};

/// The aggregate of captures given in manifest order; the crate's documentation states the formula.
pub(crate) fn aggregate(captures: &[SurfaceCapture]) -> Result<Aggregate, CaptureError> {
    let entries: Vec<Value> = captures.iter().map(entry).collect::<Result<_, _>>()?;
    let members: Vec<_> = captures.iter().map(|one| one.surface.clone()).collect();
    Ok(Aggregate {
        hash: hash(tags::SURFACE, &json!({ "surfaces": entries }))?,
        members: list("capture/aggregate/members", members)?,
    })
}

fn entry(capture: &SurfaceCapture) -> Result<Value, WriteError> {
    let write_set_hash = capture.write_set.as_ref().map(write_set_hash).transpose()?;
    Ok(json!({
        "surface": capture.surface.as_str(),
        "content_hash": capture.content_hash.map(|digest| digest.to_string()),
        "write_set_hash": write_set_hash.map(|digest| digest.to_string()),
    }))
}

fn write_set_hash(write_set: &WriteSet) -> Result<Digest, WriteError> {
    let rows: Vec<Value> = write_set.rows.iter().map(row).collect();
    let provenance = write_set.provenance.to_string();
    hash(
        tags::SURFACE,
        &json!({ "provenance": provenance, "rows": rows }),
    )
}

fn row(row: &WriteSetRow) -> Value {
    json!({
        "row_key": row.row_key.as_str(),
        "row_hash": row.row_hash.to_string(),
        "attempt_id": row.attempt_id.map(|attempt| attempt.to_string()),
        "transaction_id": row.transaction_id.as_str(),
    })
}
