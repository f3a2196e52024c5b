//! The governed manifest: which surfaces are protected, by whose word.

use std::collections::BTreeSet;

use canonical::{Form, GovernedRow, Identifier, RowError, hash, parse, tags};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::contract::{ManifestIdentity, RejectCode, SourceRef, SurfaceKind, SurfaceSpec};
use crate::error::{CaptureError, fit, list};
use crate::port::{RowStatus, SurfaceReader};
use crate::refuse::Findings;

/// The only way of hashing rows that this block knows.
pub(crate) const CANONICALIZATION_VERSION: &str = "jcs-rows/v1";

/// What every manifest protects: the target's runtime configuration and the gates as state, and what
/// a registration adds. Without the latter its effect could only be found missing after the write.
const ALWAYS: [(&str, &str); 4] = [
    ("state", "dot_config"),
    ("state", "hold_event"),
    ("append_only", "ledger"),
    ("catalogue", "dot_catalogue"),
];

const CARRIER: &str = "manifest";

const ENVELOPE_TYPE: &str = "snapshot";

/// What the manifest carrier holds.
#[derive(Debug, Default)]
pub(crate) struct Governed {
    /// The one manifest; `None` when there is not exactly one, or it cannot be read.
    pub(crate) identity: Option<ManifestIdentity>,
    /// The rows that were read.
    pub(crate) sources: Vec<SourceRef>,
}

/// Reads the one active manifest row; whatever speaks against it is a finding.
pub(crate) fn governed(
    reader: &mut impl SurfaceReader,
    findings: &mut Findings,
) -> Result<Governed, CaptureError> {
    let mut found = reader.manifests()?;
    found.retain(|found| found.status == RowStatus::Active);
    let rows: Vec<GovernedRow> = found.into_iter().map(|found| found.row).collect();
    let sources = rows.iter().map(source_ref).collect::<Result<Vec<_>, _>>()?;
    let identity = match rows.as_slice() {
        [] => {
            let detail = "no active manifest row";
            findings.add(RejectCode::SnapshotManifestSourceUnproven, detail);
            None
        }
        [row] => identity(reader, row, &sources, findings)?,
        several => {
            let detail = format!("{} active manifest rows where one is due", several.len());
            findings.add_with(RejectCode::AmbiguousAuthority, detail, sources.clone());
            None
        }
    };
    Ok(Governed { identity, sources })
}

fn identity(
    reader: &mut impl SurfaceReader,
    row: &GovernedRow,
    sources: &[SourceRef],
    findings: &mut Findings,
) -> Result<Option<ManifestIdentity>, CaptureError> {
    let manifest = match Columns::read(row) {
        Ok(columns) => columns,
        Err(defect) => {
            let code = RejectCode::SnapshotManifestSourceUnproven;
            findings.add_with(code, defect.to_string(), sources.to_vec());
            return Ok(None);
        }
    };
    if !reader.issuer_is_governed(&manifest.issuer)? {
        let detail = format!("issuer `{}` is not governed", manifest.issuer);
        findings.add_with(
            RejectCode::ManifestUnauthorizedIssuer,
            detail,
            sources.to_vec(),
        );
    }
    let manifest_hash = manifest.hash()?;
    if row.digest("manifest_hash") != Ok(manifest_hash) {
        let detail = format!("the row does not state `{manifest_hash}`, the hash of its surfaces");
        let code = RejectCode::ManifestAggregateMembershipMismatch;
        findings.add_with(code, detail, sources.to_vec());
    }
    manifest.check_surfaces(findings);
    let Some(specs) = manifest.specs(findings) else {
        return Ok(None);
    };
    Ok(Some(ManifestIdentity {
        manifest_id: manifest.manifest_id,
        manifest_version: manifest.manifest_version,
        manifest_hash,
        issuer: manifest.issuer,
        canonicalization_version: manifest.canonicalization_version,
        surfaces: list("manifest/surfaces", specs)?,
    }))
}

/// Why a manifest row cannot be read.
#[derive(Debug, thiserror::Error)]
enum Defect {
    #[error("manifest row: {0}")]
    Row(#[from] RowError),
    #[error("`{0}` carries no manifest")]
    Carrier(Identifier),
    #[error("manifest column `{0}` is not readable")]
    Column(&'static str),
}

/// A manifest row as it was written, not yet judged.
struct Columns {
    manifest_id: Identifier,
    manifest_version: Identifier,
    issuer: Identifier,
    canonicalization_version: Identifier,
    surfaces_json: Value,
    surfaces: Vec<ListedSurface>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListedSurface {
    name: Identifier,
    kind: String,
    carrier: Identifier,
}

impl Columns {
    fn read(row: &GovernedRow) -> Result<Self, Defect> {
        if *row.carrier() != CARRIER {
            return Err(Defect::Carrier(row.carrier().clone()));
        }
        let identifier = |name| -> Result<Identifier, Defect> {
            row.text(name)?.parse().map_err(|_| Defect::Column(name))
        };
        let text = row.text("surfaces")?;
        let surfaces_json =
            parse(text.as_bytes(), Form::Canonical).map_err(|_| Defect::Column("surfaces"))?;
        let surfaces = Vec::<ListedSurface>::deserialize(&surfaces_json)
            .map_err(|_| Defect::Column("surfaces"))?;
        Ok(Self {
            manifest_id: identifier("manifest_id")?,
            manifest_version: identifier("manifest_version")?,
            issuer: identifier("issuer")?,
            canonicalization_version: identifier("canonicalization_version")?,
            surfaces_json,
            surfaces,
        })
    }

    fn hash(&self) -> Result<canonical::Digest, canonical::WriteError> {
        let manifest = json!({
            "manifest_id": self.manifest_id.as_str(),
            "manifest_version": self.manifest_version.as_str(),
            "issuer": self.issuer.as_str(),
            "canonicalization_version": self.canonicalization_version.as_str(),
            "surfaces": self.surfaces_json,
        });
        hash(tags::MANIFEST, &manifest)
    }

    fn check_surfaces(&self, findings: &mut Findings) {
        if self.canonicalization_version != CANONICALIZATION_VERSION {
            let version = &self.canonicalization_version;
            let detail = format!("`{version}` where `{CANONICALIZATION_VERSION}` is supported");
            findings.add(RejectCode::CanonicalizationUnsupported, detail);
        }
        let mut names = BTreeSet::new();
        let mut places = BTreeSet::new();
        for surface in &self.surfaces {
            let place = (surface.kind.as_str(), &surface.carrier);
            if !names.insert(&surface.name) || !places.insert(place) {
                let detail = format!("surface `{}` is listed twice", surface.name);
                findings.add(RejectCode::ManifestDuplicateSurface, detail);
            }
        }
        for (kind, carrier) in ALWAYS {
            let listed = |one: &ListedSurface| one.kind == kind && one.carrier == carrier;
            if !self.surfaces.iter().any(listed) {
                let detail = format!("the manifest leaves out {kind} surface `{carrier}`");
                findings.add(RejectCode::SnapshotManifestSourceUnproven, detail);
            }
        }
    }

    /// The surfaces with their kinds; `None` when one is of no known kind.
    fn specs(&self, findings: &mut Findings) -> Option<Vec<SurfaceSpec>> {
        let specs = self.surfaces.iter().map(|surface| {
            let Ok(kind) = surface.kind.parse::<SurfaceKind>() else {
                let detail = format!("surface `{}` is of unknown kind", surface.name);
                findings.add(RejectCode::ManifestUnknownSurface, detail);
                return None;
            };
            Some(SurfaceSpec {
                name: surface.name.clone(),
                kind,
                carrier: surface.carrier.clone(),
            })
        });
        let specs: Vec<Option<SurfaceSpec>> = specs.collect();
        specs.into_iter().collect()
    }
}

fn source_ref(row: &GovernedRow) -> Result<SourceRef, CaptureError> {
    Ok(SourceRef {
        carrier: row.carrier().clone(),
        row_key: fit("header/source_refs", row.key())?,
        row_hash: row.row_hash(),
        envelope_type: fit("header/source_refs", ENVELOPE_TYPE)?,
    })
}
