//! One level of a directory.

use std::os::fd::{AsFd, BorrowedFd};

use artifact_resolver_f::port::{SourceError, TreeEntry, TreeKind};
use rustix::fs::{AtFlags, Dir, FileType, Mode, readlinkat, statat};

use crate::walk::{directory, failed, retrying};

/// Lists what a directory holds, without opening or following any of it.
pub(crate) fn list(path: &str, origin: &str, limit: usize) -> Result<Vec<TreeEntry>, SourceError> {
    let handle = directory(path, origin)?;
    let entries = Dir::read_from(&handle).map_err(|error| failed(path, error.into()))?;
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| failed(path, error.into()))?;
        let Ok(name) = entry.file_name().to_str() else {
            return Err(not_utf8(path, &entry.file_name().to_string_lossy()));
        };
        if matches!(name, "." | "..") {
            continue;
        }
        if found.len() >= limit {
            return Err(SourceError::TooManyEntries {
                path: path.to_owned(),
                limit,
            });
        }
        let kind = kind(handle.as_fd(), path, name)?;
        found.push(TreeEntry {
            name: name.to_owned(),
            kind,
        });
    }
    Ok(found)
}

fn kind(handle: BorrowedFd<'_>, path: &str, name: &str) -> Result<TreeKind, SourceError> {
    let whole = || format!("{path}/{name}");
    let stat = retrying(|| statat(handle, name, AtFlags::SYMLINK_NOFOLLOW))
        .map_err(|error| failed(&whole(), error))?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => {
            let executable = Mode::from_raw_mode(stat.st_mode).contains(Mode::XUSR);
            Ok(TreeKind::File { executable })
        }
        FileType::Directory => Ok(TreeKind::Directory),
        FileType::Symlink => {
            let target = retrying(|| readlinkat(handle, name, Vec::new()))
                .map_err(|error| failed(&whole(), error))?;
            let target = target.into_string().map_err(|_| not_utf8(path, name))?;
            Ok(TreeKind::Link { target })
        }
        _ => Ok(TreeKind::Other),
    }
}

fn not_utf8(path: &str, name: &str) -> SourceError {
    SourceError::NotUtf8 {
        path: format!("{path}/{name}"),
    }
}
