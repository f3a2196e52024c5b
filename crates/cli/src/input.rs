//! Reading what a caller hands in: bounded in bytes, and in time where nobody may ever write.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{FileType, Mode, OFlags};

use crate::failure::Failure;

/// How long a named pipe or device may stay silent.
const SILENCE_MAX: Timespec = Timespec {
    tv_sec: 2,
    tv_nsec: 0,
};

/// Reads a file, a pipe or standard input (`-`), at most `limit` bytes.
///
/// One byte more than the limit is kept, so that whoever parses it refuses it as too large.
pub(crate) fn read(path: &Path, limit: usize) -> Result<Vec<u8>, Failure> {
    let cap = limit.saturating_add(1);
    if path.as_os_str() == "-" {
        return read_bounded(std::io::stdin().lock(), cap)
            .map_err(|error| Failure::usage("read standard input").because(&error));
    }
    let failed = |error: std::io::Error| {
        Failure::usage(format!("read `{}`", path.display()))
            .code("ENVELOPE_MALFORMED")
            .because(&error)
    };
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC | OFlags::NOCTTY;
    let handle =
        rustix::fs::open(path, flags, Mode::empty()).map_err(|errno| failed(errno.into()))?;
    let stat = rustix::fs::fstat(&handle).map_err(|errno| failed(errno.into()))?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => read_bounded(File::from(handle), cap).map_err(failed),
        FileType::Directory => Err(Failure::usage(format!("read `{}`", path.display()))
            .code("ENVELOPE_MALFORMED")
            .cause("it is a directory")
            .next("name one file, or `-` for standard input")),
        _ => read_patiently(File::from(handle), cap).map_err(failed),
    }
}

fn read_bounded(source: impl Read, cap: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source
        .take(u64::try_from(cap).unwrap_or(u64::MAX))
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads a pipe or device that may stay silent for ever.
fn read_patiently(mut source: File, cap: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut chunk = [0_u8; 8192];
    while bytes.len() < cap {
        let ready = poll(
            &mut [PollFd::new(&source, PollFlags::IN)],
            Some(&SILENCE_MAX),
        )?;
        if ready == 0 {
            return Err(std::io::Error::new(
                std::io::ErrorKind::TimedOut,
                "nothing was written to it within 2 s",
            ));
        }
        let wanted = chunk.len().min(cap.saturating_sub(bytes.len()));
        let Some(room) = chunk.get_mut(..wanted) else {
            break;
        };
        match source.read(room) {
            Ok(0) => break,
            Ok(count) => bytes.extend_from_slice(chunk.get(..count).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(bytes)
}
