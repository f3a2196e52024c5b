//! The hash of one file, from its opened handle, in constant memory.

use std::io::{ErrorKind, Read};

use canonical::{ContentHasher, Digest};

use crate::measure::MeasureError;
use crate::port::{ArtifactFile, ArtifactSource, Progress, SourceError};

/// How much is read at a time.
const BUFFER_BYTES: usize = 65_536;

/// One file as it was read.
pub(crate) struct Content {
    pub(crate) hash: Digest,
    pub(crate) size_bytes: u64,
}

/// Adds up what was hashed and tells it on.
pub(crate) struct Watch<'a, P> {
    progress: &'a mut P,
    hashed: u64,
    whole: bool,
}

impl<'a, P: Progress> Watch<'a, P> {
    /// For an artifact that is one file, whose size is known beforehand.
    pub(crate) fn of_file(progress: &'a mut P) -> Self {
        Self {
            progress,
            hashed: 0,
            whole: true,
        }
    }

    /// For a tree, whose size is known only afterwards.
    pub(crate) fn of_tree(progress: &'a mut P) -> Self {
        Self {
            progress,
            hashed: 0,
            whole: false,
        }
    }

    pub(crate) fn hashed(&self) -> u64 {
        self.hashed
    }

    fn add(&mut self, bytes: usize, file_size: u64) {
        self.hashed = self.hashed.saturating_add(bytes as u64);
        let total = if self.whole { file_size } else { 0 };
        self.progress.advanced(self.hashed, total);
    }
}

/// Hashes a file; fails when it is not the same before and after.
pub(crate) fn hash<P: Progress>(
    source: &mut impl ArtifactSource,
    watch: &mut Watch<'_, P>,
    path: &str,
    origin: &str,
) -> Result<Content, MeasureError> {
    let changed = || MeasureError::Changed {
        path: path.to_owned(),
    };
    let mut file = source.open(path, origin)?;
    let before = file.stamp()?;
    let mut hasher = ContentHasher::new();
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut size_bytes = 0_u64;
    loop {
        let bytes = read(file.as_mut(), &mut buffer, path)?;
        if bytes.is_empty() {
            break;
        }
        size_bytes = size_bytes.saturating_add(bytes.len() as u64);
        // A file that grows is never read to an end that it may not have.
        if size_bytes > before.size_bytes {
            return Err(changed());
        }
        hasher.update(bytes);
        watch.add(bytes.len(), before.size_bytes);
    }
    if size_bytes != before.size_bytes || file.stamp()? != before {
        return Err(changed());
    }
    Ok(Content {
        hash: hasher.finish(),
        size_bytes,
    })
}

fn read<'buffer>(
    file: &mut dyn ArtifactFile,
    buffer: &'buffer mut [u8],
    path: &str,
) -> Result<&'buffer [u8], SourceError> {
    let length = loop {
        match Read::read(file, buffer) {
            Ok(length) => break length,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(source) => {
                let path = path.to_owned();
                return Err(SourceError::Unreadable { path, source });
            }
        }
    };
    Ok(buffer.get(..length).unwrap_or_default())
}
