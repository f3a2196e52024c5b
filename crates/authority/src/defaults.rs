//! The manifest that protects what every registration must leave alone.

use canonical::{Identifier, ScalarError};

use crate::manifest::{ManifestEntry, Surface, SurfaceKind};

/// How rows of a `state` surface become bytes.
const CANONICALIZATION_VERSION: &str = "jcs-rows/v1";

/// Configuration, holds and owners unchanged; ledger, decisions and catalogue grown by one row.
const SURFACES: [(&str, SurfaceKind); 6] = [
    ("dot_config", SurfaceKind::State),
    ("hold_event", SurfaceKind::State),
    ("ownership", SurfaceKind::State),
    ("ledger", SurfaceKind::AppendOnly),
    ("decision", SurfaceKind::AppendOnly),
    ("dot_catalogue", SurfaceKind::Catalogue),
];

/// The surfaces of the default manifest, each named after its carrier.
pub fn default_surfaces() -> Result<Vec<Surface>, ScalarError> {
    let surface = |(name, kind): (&str, SurfaceKind)| {
        Ok(Surface {
            name: name.parse()?,
            kind,
            carrier: name.parse()?,
        })
    };
    SURFACES.into_iter().map(surface).collect()
}

/// The default manifest, issued by a principal.
pub fn default_manifest(issuer: Identifier) -> Result<ManifestEntry, ScalarError> {
    Ok(ManifestEntry {
        manifest_id: "manifest/default".parse()?,
        manifest_version: "1".parse()?,
        issuer,
        canonicalization_version: CANONICALIZATION_VERSION.parse()?,
        surfaces: default_surfaces()?,
    })
}
