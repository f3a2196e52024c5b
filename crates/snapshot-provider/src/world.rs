//! A store that is a document: what the filter's `world` slot says the port would answer.

use std::collections::BTreeMap;

use canonical::{Digest, Form, GovernedRow, Identifier, RowError, Timestamp, Uuid, parse};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::port::{
    AddedRow, FoundRow, PortError, RowStatus, SurfaceContent, SurfaceQuery, SurfaceReader,
};

/// Why a `world` slot describes no store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// It is not JSON of the profile.
    #[error("world is not a document")]
    Parse(#[from] canonical::ParseError),
    /// It has not the members of a world.
    #[error("world has another shape")]
    Shape(#[from] serde_json::Error),
    /// A manifest row does not match its own hash.
    #[error("world holds a row that does not stand")]
    Row(#[from] RowError),
    /// The write-set's provenance is none that a store could state.
    #[error("provenance `{0}` is unknown")]
    Provenance(String),
}

/// Answers each port call from memory.
#[derive(Clone, Debug)]
pub(crate) struct World {
    store_clock: Timestamp,
    pub(crate) manifests: Vec<FoundRow>,
    governed_issuers: Vec<String>,
    surfaces: BTreeMap<String, SurfaceContent>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    store_clock: Timestamp,
    manifests: Vec<ManifestRow>,
    governed_issuers: Vec<String>,
    surfaces: BTreeMap<String, Content>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ManifestRow {
    carrier: Identifier,
    row_key: String,
    columns: Map<String, Value>,
    row_hash: Digest,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Content {
    Rows(Vec<Value>),
    WriteSet(Written),
    File(Digest),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    provenance: String,
    rows: Vec<WrittenRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenRow {
    row_key: String,
    row_hash: Digest,
    attempt_id: Option<Uuid>,
    transaction_id: String,
}

impl World {
    /// Reads the world from the slot's bytes; each manifest row's hash is recomputed.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, WorldError> {
        let document = Document::deserialize(&parse(bytes, Form::Any)?)?;
        let manifests = document.manifests.into_iter().map(found);
        let surfaces = document.surfaces.into_iter();
        Ok(Self {
            store_clock: document.store_clock,
            manifests: manifests.collect::<Result<_, _>>()?,
            governed_issuers: document.governed_issuers,
            surfaces: surfaces
                .map(|(name, content)| Ok((name, shown(content)?)))
                .collect::<Result<_, WorldError>>()?,
        })
    }
}

impl SurfaceReader for World {
    fn store_clock(&mut self) -> Result<Timestamp, PortError> {
        Ok(self.store_clock)
    }

    fn manifests(&mut self) -> Result<Vec<FoundRow>, PortError> {
        Ok(self.manifests.clone())
    }

    fn surface(&mut self, query: &SurfaceQuery<'_>) -> Result<SurfaceContent, PortError> {
        let content = self.surfaces.get(query.name).cloned();
        Ok(content.unwrap_or(SurfaceContent::Unknown))
    }

    fn issuer_is_governed(&mut self, principal: &str) -> Result<bool, PortError> {
        Ok(self.governed_issuers.iter().any(|one| one == principal))
    }
}

fn found(row: ManifestRow) -> Result<FoundRow, WorldError> {
    Ok(FoundRow {
        row: GovernedRow::reread(row.carrier, row.row_key, row.columns, row.row_hash)?,
        status: RowStatus::Active,
    })
}

fn shown(content: Content) -> Result<SurfaceContent, WorldError> {
    Ok(match content {
        Content::Rows(rows) => SurfaceContent::Rows(rows),
        Content::File(hash) => SurfaceContent::File(hash),
        Content::WriteSet(written) => SurfaceContent::WriteSet {
            provenance: provenance(&written.provenance)?,
            rows: written.rows.into_iter().map(added).collect(),
        },
    })
}

fn provenance(name: &str) -> Result<&'static str, WorldError> {
    const KNOWN: [&str; 4] = ["writer_ordinal", "writer_txid", "xmin", "row_count"];
    let known = KNOWN.into_iter().find(|known| *known == name);
    known.ok_or_else(|| WorldError::Provenance(name.to_owned()))
}

fn added(row: WrittenRow) -> AddedRow {
    AddedRow {
        row_key: row.row_key,
        row_hash: row.row_hash,
        attempt_id: row.attempt_id,
        transaction_id: row.transaction_id,
    }
}
