//! Snapshot manifests: which surfaces a registration must leave alone.

use std::collections::BTreeSet;

use canonical::{Identifier, hash, tags, write};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::carriers::MANIFEST;
use crate::draft::{Draft, columns, text};
use crate::error::{AuthorityError, Reason, Tried};
use crate::port::AuthorityWriter;

/// How a surface is captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SurfaceKind {
    /// Must not change: the hash of its rows in scope.
    State,
    /// May only grow: the rows that the attempt added.
    AppendOnly,
    /// Grows by exactly the intended head.
    Catalogue,
    /// A path on disk: its content hash.
    File,
}

/// One protected surface.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Surface {
    /// Its name in the manifest.
    pub name: Identifier,
    /// How it is captured.
    pub kind: SurfaceKind,
    /// The table, or for a file its path.
    pub carrier: Identifier,
}

/// A manifest to be set.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestEntry {
    /// Its name.
    pub manifest_id: Identifier,
    /// Its version, for people.
    pub manifest_version: Identifier,
    /// The principal that issues it.
    pub issuer: Identifier,
    /// How captured rows become bytes; one for all surfaces.
    pub canonicalization_version: Identifier,
    /// The protected surfaces, in the order they are captured.
    pub surfaces: Vec<Surface>,
}

impl<W: AuthorityWriter> Draft<'_, W> {
    /// Sets the manifest; the active one, whatever its name, is superseded.
    pub fn set_manifest(&mut self, entry: &ManifestEntry) -> Result<String, AuthorityError> {
        let tried = Tried::new("set manifest", entry.manifest_id.as_str());
        self.require_principal(&tried, &entry.issuer)?;
        if entry.surfaces.is_empty() {
            return Err(tried.refused(Reason::NoSurface));
        }
        let mut names = BTreeSet::new();
        if let Some(twice) = entry
            .surfaces
            .iter()
            .find(|surface| !names.insert(&surface.name))
        {
            return Err(tried.refused(Reason::DuplicateSurface {
                name: twice.name.to_string(),
            }));
        }
        let own = manifest_columns(entry)?;
        let older = self.single_active(&tried, MANIFEST)?;
        if let Some(older) = &older
            && older.text("manifest_hash")
                == own
                    .get("manifest_hash")
                    .and_then(|hash| hash.as_str())
                    .unwrap_or_default()
        {
            return Err(tried.refused(Reason::AlreadyOnRecord {
                row_key: older.row_key.clone(),
            }));
        }
        if older.is_none() {
            self.refuse_withdrawn(&tried, MANIFEST, &own, &[])?;
        }
        let superseded = older.map(|row| row.row_key);
        self.push(MANIFEST, own, "active", superseded.as_deref())
    }
}

fn manifest_columns(
    entry: &ManifestEntry,
) -> Result<serde_json::Map<String, serde_json::Value>, AuthorityError> {
    let canonical = |source| AuthorityError::Canonical {
        what: "manifest",
        source,
    };
    let surfaces = json!(entry.surfaces);
    // The hash that the snapshot provider recomputes before it captures anything.
    let manifest_hash = hash(
        tags::MANIFEST,
        &json!({
            "manifest_id": entry.manifest_id,
            "manifest_version": entry.manifest_version,
            "issuer": entry.issuer,
            "canonicalization_version": entry.canonicalization_version,
            "surfaces": surfaces,
        }),
    )
    .map_err(canonical)?;
    let surfaces = write(&surfaces).map_err(canonical)?;
    Ok(columns([
        ("manifest_id", text(&entry.manifest_id)),
        ("manifest_version", text(&entry.manifest_version)),
        ("issuer", text(&entry.issuer)),
        (
            "canonicalization_version",
            text(&entry.canonicalization_version),
        ),
        ("surfaces", text(String::from_utf8_lossy(&surfaces))),
        ("manifest_hash", text(manifest_hash)),
    ]))
}
