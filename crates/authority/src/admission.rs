//! Admitted artifacts: which bytes a DOT is, as they were measured once.

use std::path::{Component, Path};

use canonical::{Digest, Identifier, PathText};
use serde::Deserialize;

use crate::carriers::ADMISSION;
use crate::draft::{Draft, Meeting, columns, text};
use crate::error::{AuthorityError, Reason, Tried};
use crate::port::AuthorityWriter;

/// The algorithm that artifacts are hashed with.
const HASH_ALGORITHM: &str = "sha256";

/// What an artifact is on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArtifactType {
    /// One file.
    File,
    /// A directory with everything in it.
    Tree,
}

impl ArtifactType {
    /// The name that the carrier stores.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Tree => "tree",
        }
    }
}

/// An artifact as whoever runs the authority writer measured it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Its path with symlinks and `..` resolved.
    pub canonical_path: PathText,
    /// The absolute directory that it is deployed under.
    pub origin: PathText,
    /// File or tree.
    pub artifact_type: ArtifactType,
    /// The SHA-256 of its content, for a tree over its listing.
    pub artifact_hash: Digest,
    /// How content became the bytes that were hashed.
    pub canonicalization_version: Identifier,
}

impl<W: AuthorityWriter> Draft<'_, W> {
    /// Admits a measured artifact as what a DOT is; an earlier admission of it is superseded.
    pub fn admit(
        &mut self,
        dot_code: &Identifier,
        measured: &Measured,
    ) -> Result<String, AuthorityError> {
        let tried = Tried::new("admit artifact of", dot_code.as_str());
        for path in [&measured.canonical_path, &measured.origin] {
            if !is_canonical(path) {
                return Err(tried.refused(Reason::PathNotCanonical {
                    path: path.to_string(),
                }));
            }
        }
        let path = Path::new(measured.canonical_path.as_str());
        if !path.starts_with(measured.origin.as_str()) {
            return Err(tried.refused(Reason::OutsideOrigin {
                path: measured.canonical_path.to_string(),
                origin: measured.origin.to_string(),
            }));
        }
        let own = columns([
            ("dot_code", text(dot_code)),
            ("canonical_path", text(&measured.canonical_path)),
            ("origin", text(&measured.origin)),
            ("artifact_type", text(measured.artifact_type.name())),
            ("artifact_hash", text(measured.artifact_hash)),
            ("hash_algorithm", text(HASH_ALGORITHM)),
            (
                "canonicalization_version",
                text(&measured.canonicalization_version),
            ),
        ]);
        let subject: &[&str] = &["dot_code"];
        self.settle(&tried, ADMISSION, own, (subject, &[]), Meeting::Supersede)
    }
}

/// Whether a path is absolute and spelled in the one way that resolving it gives.
fn is_canonical(text: &str) -> bool {
    let path = Path::new(text);
    let plain = path
        .components()
        .all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    let spelled_once = path.components().collect::<std::path::PathBuf>();
    path.is_absolute() && plain && spelled_once.as_os_str() == path.as_os_str()
}
