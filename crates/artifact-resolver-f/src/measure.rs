//! Measuring an artifact: where it really is, what it is, and its hash.

use canonical::{Digest, WriteError};

use crate::content;
use crate::contract::RejectCode;
use crate::port::{ArtifactKind, ArtifactSource, Progress, Resolved, SourceError};
use crate::tree;

/// The two kinds of artifact that can be admitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArtifactType {
    /// One regular file.
    File,
    /// One directory with everything below it.
    Tree,
}

impl ArtifactType {
    /// The type's name in rows and envelopes.
    pub const fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Tree => "tree",
        }
    }

    /// How an artifact of the type becomes the bytes that are hashed.
    pub const fn canonicalization_version(self) -> &'static str {
        match self {
            Self::File => "raw-bytes/v1",
            Self::Tree => "tree/v1",
        }
    }

    /// The type of that name, where there is one.
    pub fn named(name: &str) -> Option<Self> {
        [Self::File, Self::Tree]
            .into_iter()
            .find(|one| one.name() == name)
    }

    /// The type that stands at a path; none for a pipe, device or socket.
    pub(crate) fn of(kind: ArtifactKind) -> Option<Self> {
        match kind {
            ArtifactKind::File => Some(Self::File),
            ArtifactKind::Directory => Some(Self::Tree),
            ArtifactKind::Other => None,
        }
    }
}

/// What was measured of an artifact, for the row that admits it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Its path, every link and dot segment resolved.
    pub canonical_path: String,
    /// The hash of its content.
    pub artifact_hash: Digest,
    /// What it is.
    pub artifact_type: ArtifactType,
    /// The sum of the sizes of its files, in bytes.
    pub size_bytes: u64,
    /// How it became the bytes that were hashed.
    pub canonicalization_version: &'static str,
}

/// Why an artifact has no measure.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MeasureError {
    /// It could not be read.
    #[error("artifact cannot be read")]
    Source(#[from] SourceError),
    /// It is neither a file nor a directory.
    #[error("`{path}` is neither a file nor a directory")]
    NoArtifact {
        /// The path.
        path: String,
    },
    /// It changed while it was hashed.
    #[error("`{path}` changed while it was hashed")]
    Changed {
        /// The file or directory that changed.
        path: String,
    },
    /// A link in the tree leads out of it.
    #[error("link `{path}` leads out of the tree")]
    LinkLeaves {
        /// The link.
        path: String,
    },
    /// The tree holds a pipe, device or socket.
    #[error("tree holds `{path}`, which is neither file, directory nor link")]
    SpecialEntry {
        /// The entry.
        path: String,
    },
    /// The tree is larger or deeper than is ever hashed.
    #[error("tree has more than `{limit}` {what}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// An entry has no canonical bytes.
    #[error("tree entry cannot be hashed")]
    Unhashable(#[from] WriteError),
}

impl MeasureError {
    /// The reject code; none where nothing is known of the artifact, only that reading failed.
    pub fn code(&self) -> Option<RejectCode> {
        match self {
            Self::Source(source) => source_code(source),
            Self::Changed { .. } => Some(RejectCode::ArtifactDrift),
            Self::LinkLeaves { .. } => Some(RejectCode::OriginMismatch),
            Self::NoArtifact { .. } | Self::SpecialEntry { .. } | Self::TooLarge { .. } => {
                Some(RejectCode::ArtifactTypeMismatch)
            }
            Self::Unhashable(_) => None,
        }
    }
}

fn source_code(error: &SourceError) -> Option<RejectCode> {
    match error {
        SourceError::Missing { .. } => Some(RejectCode::SourceNotDeployed),
        SourceError::OutsideOrigin { .. } => Some(RejectCode::OriginMismatch),
        SourceError::NotCanonical { .. } => Some(RejectCode::PathNotCanonical),
        SourceError::WrongKind { .. }
        | SourceError::NotUtf8 { .. }
        | SourceError::TooManyEntries { .. } => Some(RejectCode::ArtifactTypeMismatch),
        SourceError::Unreadable { .. } => None,
    }
}

/// Measures the artifact at an absolute path, wherever links lead, if it lies under the origin.
///
/// For the side that admits: block F compares with what was admitted and never measures a path
/// that it only was told.
pub fn measure(
    source: &mut impl ArtifactSource,
    progress: &mut impl Progress,
    path: &str,
    origin: &str,
) -> Result<Measured, MeasureError> {
    let resolved = source.resolve(path)?;
    measure_resolved(source, progress, resolved, origin)
}

/// Measures what stands at a path that is resolved already.
pub(crate) fn measure_resolved(
    source: &mut impl ArtifactSource,
    progress: &mut impl Progress,
    resolved: Resolved,
    origin: &str,
) -> Result<Measured, MeasureError> {
    let path = resolved.canonical_path;
    if !within(&path, origin) {
        let origin = origin.to_owned();
        return Err(SourceError::OutsideOrigin { path, origin }.into());
    }
    let Some(artifact_type) = ArtifactType::of(resolved.kind) else {
        return Err(MeasureError::NoArtifact { path });
    };
    let (artifact_hash, size_bytes) = match artifact_type {
        ArtifactType::File => {
            let watch = &mut content::Watch::of_file(progress);
            let file = content::hash(source, watch, &path, origin)?;
            (file.hash, file.size_bytes)
        }
        ArtifactType::Tree => tree::hash(source, progress, &path, origin)?,
    };
    Ok(Measured {
        canonical_path: path,
        artifact_hash,
        artifact_type,
        size_bytes,
        canonicalization_version: artifact_type.canonicalization_version(),
    })
}

/// Whether a canonical path is the origin or lies below it, compared by whole segments.
///
/// An origin that is not absolute, the empty one above all, has nothing below it.
pub(crate) fn within(path: &str, origin: &str) -> bool {
    if !origin.starts_with('/') {
        return false;
    }
    let origin = origin.strip_suffix('/').unwrap_or(origin);
    path.strip_prefix(origin)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
