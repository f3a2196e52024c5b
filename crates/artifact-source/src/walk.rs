//! From the root to a directory, one segment at a time.

use std::io;
use std::os::fd::OwnedFd;

use artifact_resolver_f::port::SourceError;
use rustix::fs::{Mode, OFlags, open, openat};
use rustix::io::Errno;

/// How a directory on the way is held: a place to go on from, without the right to read it.
#[cfg(target_os = "linux")]
const STEP: OFlags = OFlags::PATH.union(DIRECTORY);
#[cfg(not(target_os = "linux"))]
const STEP: OFlags = OFlags::RDONLY.union(DIRECTORY);

const DIRECTORY: OFlags = OFlags::DIRECTORY
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// The directory that holds the last segment of a path, and that segment.
pub(crate) fn parent<'path>(
    path: &'path str,
    origin: &str,
) -> Result<(OwnedFd, &'path str), SourceError> {
    let segments = segments_within(path, origin)?;
    let Some((last, above)) = segments.split_last() else {
        return Err(SourceError::WrongKind {
            path: path.to_owned(),
            expected: "file",
        });
    };
    Ok((descend(path, above)?, last))
}

/// A directory whose entries can be read.
pub(crate) fn directory(path: &str, origin: &str) -> Result<OwnedFd, SourceError> {
    let place = descend(path, &segments_within(path, origin)?)?;
    let flags = OFlags::RDONLY.union(DIRECTORY);
    retrying(|| openat(&place, ".", flags, Mode::empty())).map_err(|error| failed(path, error))
}

/// Repeats a call that a signal broke off.
pub(crate) fn retrying<T>(mut call: impl FnMut() -> Result<T, Errno>) -> Result<T, io::Error> {
    loop {
        match call() {
            Err(Errno::INTR) => {}
            done => return done.map_err(io::Error::from),
        }
    }
}

/// What a failure says of the path.
pub(crate) fn failed(path: &str, error: io::Error) -> SourceError {
    let path = path.to_owned();
    match error.kind() {
        io::ErrorKind::NotFound
        | io::ErrorKind::PermissionDenied
        | io::ErrorKind::InvalidFilename => SourceError::Missing { path },
        _ => match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::LOOP | Errno::NOTDIR) => SourceError::NotCanonical { path },
            _ => SourceError::Unreadable {
                path,
                source: error,
            },
        },
    }
}

// INVARIANT: no segment is followed where it is a link, so what is reached lies where the path
// says, and the path lies under the origin.
fn descend(path: &str, segments: &[&str]) -> Result<OwnedFd, SourceError> {
    let root = retrying(|| open("/", STEP, Mode::empty()));
    let mut place = root.map_err(|error| failed(path, error))?;
    for segment in segments {
        let next = retrying(|| openat(&place, *segment, STEP, Mode::empty()));
        place = next.map_err(|error| failed(path, error))?;
    }
    Ok(place)
}

fn segments_within<'path>(path: &'path str, origin: &str) -> Result<Vec<&'path str>, SourceError> {
    let found = segments(path)?;
    if !found.starts_with(&segments(origin)?) {
        return Err(SourceError::OutsideOrigin {
            path: path.to_owned(),
            origin: origin.to_owned(),
        });
    }
    Ok(found)
}

/// The segments of an absolute path without empty and dot segments.
fn segments(path: &str) -> Result<Vec<&str>, SourceError> {
    let refused = || SourceError::NotCanonical {
        path: path.to_owned(),
    };
    let rest = path.strip_prefix('/').ok_or_else(refused)?;
    if rest.is_empty() {
        return Ok(Vec::new());
    }
    let segments: Vec<_> = rest.split('/').collect();
    if segments
        .iter()
        .any(|segment| matches!(*segment, "" | "." | ".."))
    {
        return Err(refused());
    }
    Ok(segments)
}
