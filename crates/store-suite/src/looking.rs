//! Surfaces as a case looks at them.

use canonical::Uuid;
use serde_json::Value;
use snapshot_provider::port::{AddedRow, SurfaceContent, SurfaceKind, SurfaceQuery, SurfaceReader};

use crate::material::new_id;

/// What a store holds of a surface, asked for the target `DOT_A`.
pub(crate) fn surface<R: SurfaceReader>(
    reader: &mut R,
    kind: SurfaceKind,
    carrier: &str,
    attempt_id: Uuid,
) -> SurfaceContent {
    let query = SurfaceQuery {
        name: carrier,
        kind,
        carrier,
        target: "dot:DOT_A",
        attempt_id,
    };
    reader.surface(&query).unwrap()
}

/// The rows that an attempt added to a surface, of a provenance that tells an attempt's own rows.
pub(crate) fn added<R: SurfaceReader>(
    reader: &mut R,
    kind: SurfaceKind,
    carrier: &str,
    attempt_id: Uuid,
) -> Vec<AddedRow> {
    match surface(reader, kind, carrier, attempt_id) {
        SurfaceContent::WriteSet { provenance, rows } => {
            let known = ["writer_ordinal", "writer_txid"].contains(&provenance);
            assert!(known, "{carrier}: {provenance}");
            rows
        }
        other => panic!("{carrier}: {other:?}"),
    }
}

/// The rows of a `state` surface.
pub(crate) fn rows_of<R: SurfaceReader>(reader: &mut R, carrier: &str) -> Vec<Value> {
    match surface(reader, SurfaceKind::State, carrier, new_id()) {
        SurfaceContent::Rows(rows) => rows,
        other => panic!("{carrier}: {other:?}"),
    }
}
