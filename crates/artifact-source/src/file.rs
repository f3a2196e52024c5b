//! One opened regular file.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;

use artifact_resolver_f::port::{ArtifactFile, FileStamp, SourceError};
use rustix::fs::{AtFlags, FileType, Mode, OFlags, openat, statat};

use crate::walk::{failed, parent, retrying};

/// A regular file behind its handle; the path is kept for messages only.
#[derive(Debug)]
pub(crate) struct LocalFile {
    file: File,
    path: String,
}

/// Opens a regular file and nothing else.
pub(crate) fn open(path: &str, origin: &str) -> Result<LocalFile, SourceError> {
    let (directory, name) = parent(path, origin)?;
    // Asked before opening, because opening a device can already do something.
    let found = retrying(|| statat(&directory, name, AtFlags::SYMLINK_NOFOLLOW))
        .map_err(|error| failed(path, error))?;
    match FileType::from_raw_mode(found.st_mode) {
        FileType::RegularFile => {}
        FileType::Symlink => {
            return Err(SourceError::NotCanonical {
                path: path.to_owned(),
            });
        }
        _ => return Err(wrong_kind(path)),
    }
    // Without waiting, because a pipe can have taken the file's place in between.
    let flags = OFlags::RDONLY
        .union(OFlags::NOFOLLOW)
        .union(OFlags::NONBLOCK)
        .union(OFlags::NOCTTY)
        .union(OFlags::CLOEXEC);
    let handle = retrying(|| openat(&directory, name, flags, Mode::empty()))
        .map_err(|error| failed(path, error))?;
    let file = LocalFile {
        file: File::from(handle),
        path: path.to_owned(),
    };
    let metadata = file.file.metadata().map_err(|error| failed(path, error))?;
    if !metadata.is_file() {
        return Err(wrong_kind(path));
    }
    Ok(file)
}

impl Read for LocalFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read(buffer)
    }
}

impl ArtifactFile for LocalFile {
    fn stamp(&self) -> Result<FileStamp, SourceError> {
        let metadata = self
            .file
            .metadata()
            .map_err(|error| failed(&self.path, error))?;
        Ok(FileStamp {
            device: metadata.dev(),
            inode: metadata.ino(),
            size_bytes: metadata.size(),
            modified_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
            changed_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        })
    }
}

fn nanoseconds(seconds: i64, rest: i64) -> i128 {
    i128::from(seconds) * 1_000_000_000 + i128::from(rest)
}

fn wrong_kind(path: &str) -> SourceError {
    SourceError::WrongKind {
        path: path.to_owned(),
        expected: "regular file",
    }
}
