//! One surface: what the store holds of it, and what of that is evidence.

use canonical::{Digest, WriteError, hash_parts, tags, write};
use serde_json::Value;

use crate::contract::{
    RejectCode, SurfaceCapture, SurfaceKind, SurfaceSpec, WriteSet, WriteSetProvenance, WriteSetRow,
};
use crate::error::{CaptureError, fit, list};
use crate::manifest::CANONICALIZATION_VERSION;
use crate::port::{AddedRow, SurfaceContent};
use crate::refuse::Findings;

/// How many added rows the contract carries; one attempt adds one or two.
const WRITE_SET_ROWS_MAX: usize = 64;

/// What was read of one surface, as evidence; `None` when it is none, with a finding.
pub(crate) fn observe(
    spec: &SurfaceSpec,
    content: SurfaceContent,
    findings: &mut Findings,
) -> Result<Option<SurfaceCapture>, CaptureError> {
    match (spec.kind, content) {
        (SurfaceKind::State, SurfaceContent::Rows(rows)) => match rows_hash(&rows) {
            Ok(hash) => captured(spec, Some(hash), None).map(Some),
            Err(error) => Ok(unhashable(spec, error, findings)),
        },
        (SurfaceKind::File, SurfaceContent::File(hash)) => {
            captured(spec, Some(hash), None).map(Some)
        }
        (
            SurfaceKind::AppendOnly | SurfaceKind::Catalogue,
            SurfaceContent::WriteSet { provenance, rows },
        ) => write_set(spec, provenance, rows, findings),
        (SurfaceKind::AppendOnly | SurfaceKind::Catalogue, SurfaceContent::Rows(_)) => {
            Ok(no_provenance(spec, "rows", findings))
        }
        (_, _) => {
            let detail = format!("the store has no `{}` surface `{}`", spec.kind, spec.name);
            findings.add(RejectCode::ManifestUnknownSurface, detail);
            Ok(None)
        }
    }
}

/// `hash(tags::SURFACE, [row, …])` with the rows in the order of their canonical bytes, so that
/// the order in which a store happens to read them changes nothing.
pub(crate) fn rows_hash(rows: &[Value]) -> Result<Digest, WriteError> {
    let mut written = rows.iter().map(write).collect::<Result<Vec<_>, _>>()?;
    written.sort_unstable();
    let mut parts: Vec<&[u8]> = Vec::with_capacity(written.len().saturating_mul(2));
    parts.push(b"[");
    for (place, row) in written.iter().enumerate() {
        if place > 0 {
            parts.push(b",");
        }
        parts.push(row);
    }
    parts.push(b"]");
    Ok(hash_parts(tags::SURFACE, &parts))
}

fn write_set(
    spec: &SurfaceSpec,
    provenance: &str,
    rows: Vec<AddedRow>,
    findings: &mut Findings,
) -> Result<Option<SurfaceCapture>, CaptureError> {
    let provenance = match provenance.parse() {
        Ok(WriteSetProvenance::RowCount) | Err(_) => {
            return Ok(no_provenance(spec, provenance, findings));
        }
        Ok(provenance) => provenance,
    };
    if rows.len() > WRITE_SET_ROWS_MAX {
        let detail = format!("the attempt added {} rows to `{}`", rows.len(), spec.name);
        findings.add(RejectCode::SnapshotWritesetMismatch, detail);
        return Ok(None);
    }
    let rows: Vec<WriteSetRow> = rows.into_iter().map(added).collect::<Result<_, _>>()?;
    let rows = list("capture/surfaces/write_set", rows)?;
    captured(spec, None, Some(WriteSet { provenance, rows })).map(Some)
}

fn added(row: AddedRow) -> Result<WriteSetRow, CaptureError> {
    const MEMBER: &str = "capture/surfaces/write_set/rows";
    Ok(WriteSetRow {
        row_key: fit(MEMBER, &row.row_key)?,
        row_hash: row.row_hash,
        attempt_id: row.attempt_id,
        transaction_id: fit(MEMBER, &row.transaction_id)?,
    })
}

fn captured(
    spec: &SurfaceSpec,
    content_hash: Option<Digest>,
    write_set: Option<WriteSet>,
) -> Result<SurfaceCapture, CaptureError> {
    Ok(SurfaceCapture {
        surface: spec.name.clone(),
        kind: spec.kind,
        canonicalization_version: fit(
            "capture/surfaces/canonicalization_version",
            CANONICALIZATION_VERSION,
        )?,
        content_hash,
        write_set,
    })
}

fn no_provenance(
    spec: &SurfaceSpec,
    offered: &str,
    findings: &mut Findings,
) -> Option<SurfaceCapture> {
    let detail = format!(
        "surface `{}` offers `{offered}` where a write-set is due",
        spec.name
    );
    findings.add(RejectCode::SnapshotWritesetProvenanceAbsent, detail);
    None
}

fn unhashable(
    spec: &SurfaceSpec,
    error: WriteError,
    findings: &mut Findings,
) -> Option<SurfaceCapture> {
    let detail = format!("surface `{}`: {error}", spec.name);
    findings.add(RejectCode::CanonicalizationUnsupported, detail);
    None
}
