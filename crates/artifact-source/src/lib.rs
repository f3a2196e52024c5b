//! The local file system as block F sees it: where artifacts lie, and nothing else of it.
//!
//! Every handle is reached from the root of the file system one segment at a time, following no
//! link, and what was opened is asked again what it is. So a link or a pipe that is put in place
//! between two looks is refused and never followed or waited for. Pipes, devices and sockets are
//! never opened.
//!
//! It does not know what an admission is, and it judges nothing: block F does.

#![forbid(unsafe_code)]

mod file;
mod level;
mod walk;

#[cfg(test)]
mod tests;

use std::fs::{canonicalize, symlink_metadata};

use artifact_resolver_f::port::{
    ArtifactFile, ArtifactKind, ArtifactSource, Resolved, SourceError, TreeEntry,
};

/// Artifacts on the file system of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct LocalFiles;

impl ArtifactSource for LocalFiles {
    fn resolve(&mut self, path: &str) -> Result<Resolved, SourceError> {
        // A relative path would be resolved against wherever this process happens to stand.
        if !path.starts_with('/') {
            return Err(SourceError::NotCanonical {
                path: path.to_owned(),
            });
        }
        let canonical = canonicalize(path).map_err(|error| walk::failed(path, error))?;
        let metadata = symlink_metadata(&canonical).map_err(|error| walk::failed(path, error))?;
        let Some(canonical_path) = canonical.to_str().map(str::to_owned) else {
            return Err(SourceError::NotUtf8 {
                path: canonical.to_string_lossy().into_owned(),
            });
        };
        let (kind, size_bytes) = match metadata.file_type() {
            found if found.is_file() => (ArtifactKind::File, metadata.len()),
            found if found.is_dir() => (ArtifactKind::Directory, 0),
            _ => (ArtifactKind::Other, 0),
        };
        Ok(Resolved {
            canonical_path,
            kind,
            size_bytes,
        })
    }

    fn open(
        &mut self,
        canonical_path: &str,
        origin: &str,
    ) -> Result<Box<dyn ArtifactFile + '_>, SourceError> {
        Ok(Box::new(file::open(canonical_path, origin)?))
    }

    fn list(
        &mut self,
        canonical_path: &str,
        origin: &str,
        limit: usize,
    ) -> Result<Vec<TreeEntry>, SourceError> {
        level::list(canonical_path, origin, limit)
    }
}
