//! The files of a run, as block F sees them.

use std::io::{self, Read};

use artifact_resolver_f::port::{
    ArtifactFile, ArtifactKind, ArtifactSource, FileStamp, Resolved, SourceError, TreeEntry,
};

use crate::call::Call;
use crate::files::File;
use crate::kernel::Handle;

struct OpenFile {
    handle: Handle,
    path: String,
    rest: Vec<u8>,
}

impl Read for OpenFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.handle.read(Call::ArtifactRead, |_| ());
        read.map_err(io::Error::other)?;
        let length = self.rest.len().min(buffer.len());
        let read = self.rest.drain(..length);
        for (place, byte) in buffer.iter_mut().zip(read) {
            *place = byte;
        }
        Ok(length)
    }
}

impl ArtifactFile for OpenFile {
    fn stamp(&self) -> Result<FileStamp, SourceError> {
        let found = self.handle.file(Call::ArtifactStamp, &self.path);
        found.map(|file| file.stamp())
    }
}

impl Handle {
    fn file(&self, call: Call, path: &str) -> Result<File, SourceError> {
        let found = self.read(call, |inner| inner.files.get(path).cloned());
        let found = found.map_err(|trouble| SourceError::Unreadable {
            path: path.to_owned(),
            source: io::Error::other(trouble),
        })?;
        found.ok_or_else(|| SourceError::Missing {
            path: path.to_owned(),
        })
    }
}

impl ArtifactSource for Handle {
    fn resolve(&mut self, path: &str) -> Result<Resolved, SourceError> {
        let file = self.file(Call::ArtifactResolve, path)?;
        Ok(Resolved {
            canonical_path: path.to_owned(),
            kind: ArtifactKind::File,
            size_bytes: file.size_bytes(),
        })
    }

    fn open(
        &mut self,
        canonical_path: &str,
        _origin: &str,
    ) -> Result<Box<dyn ArtifactFile + '_>, SourceError> {
        let file = self.file(Call::ArtifactOpen, canonical_path)?;
        Ok(Box::new(OpenFile {
            handle: self.clone(),
            path: canonical_path.to_owned(),
            rest: file.content,
        }))
    }

    fn list(
        &mut self,
        canonical_path: &str,
        _origin: &str,
        _limit: usize,
    ) -> Result<Vec<TreeEntry>, SourceError> {
        Err(SourceError::WrongKind {
            path: canonical_path.to_owned(),
            expected: "directory",
        })
    }
}
