//! The hashes that a snapshot states of its manifest and of its surfaces, made again from what they
//! are made over by the formulas that block B publishes.

use canonical::{Digest, WriteError, hash, tags};
use serde_json::{Value, json};

use crate::case::Sight;
use crate::contract::{ManifestIdentity, RejectCode as Code, SurfaceCapture, WriteSet};
use crate::finding::Finding;

/// Refuses a stated hash that is not the one over what stands beside it.
pub(super) fn compare(sight: Sight<'_>, finding: &mut Finding) {
    let (manifest, capture) = (sight.manifest, sight.capture);
    let stated = [
        (
            "manifest_hash",
            manifest.manifest_hash,
            manifest_hash(manifest),
        ),
        (
            "aggregate",
            capture.aggregate.hash,
            aggregate(&capture.surfaces),
        ),
    ];
    for (name, found, due) in stated {
        match due {
            Ok(due) if due == found => {}
            Ok(due) => {
                let code = Code::ManifestAggregateMembershipMismatch;
                finding.refuse_values(code, name, &found, &due);
            }
            // What has no canonical bytes has no hash that could have been stated.
            Err(_) => finding.refuse(Code::ManifestAggregateMembershipMismatch),
        }
    }
}

/// `H("holdfast/manifest/v1", …)` over the identity without its hash.
fn manifest_hash(manifest: &ManifestIdentity) -> Result<Digest, WriteError> {
    let surfaces = manifest.surfaces.iter().map(|spec| {
        json!({
            "name": spec.name.as_str(),
            "kind": spec.kind.to_string(),
            "carrier": spec.carrier.as_str(),
        })
    });
    let content = json!({
        "manifest_id": manifest.manifest_id.as_str(),
        "manifest_version": manifest.manifest_version.as_str(),
        "issuer": manifest.issuer.as_str(),
        "canonicalization_version": manifest.canonicalization_version.as_str(),
        "surfaces": surfaces.collect::<Vec<Value>>(),
    });
    hash(tags::MANIFEST, &content)
}

/// `H("holdfast/surface/v1", {"surfaces"})` over each surface's own hash, in the order of the list.
fn aggregate(surfaces: &[SurfaceCapture]) -> Result<Digest, WriteError> {
    let entries: Result<Vec<Value>, _> = surfaces.iter().map(entry).collect();
    hash(tags::SURFACE, &json!({"surfaces": entries?}))
}

fn entry(surface: &SurfaceCapture) -> Result<Value, WriteError> {
    let write_set = surface.write_set.as_ref().map(write_set_hash).transpose()?;
    Ok(json!({
        "surface": surface.surface.as_str(),
        "content_hash": surface.content_hash.map(|digest| digest.to_string()),
        "write_set_hash": write_set.map(|digest| digest.to_string()),
    }))
}

fn write_set_hash(write_set: &WriteSet) -> Result<Digest, WriteError> {
    let rows = write_set.rows.iter().map(|row| {
        json!({
            "row_key": row.row_key.as_str(),
            "row_hash": row.row_hash.to_string(),
            "attempt_id": row.attempt_id.map(|attempt| attempt.to_string()),
            "transaction_id": row.transaction_id.as_str(),
        })
    });
    let content = json!({
        "provenance": write_set.provenance.to_string(),
        "rows": rows.collect::<Vec<Value>>(),
    });
    hash(tags::SURFACE, &content)
}
