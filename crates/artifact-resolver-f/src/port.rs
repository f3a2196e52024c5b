//! What block F reads of the world: the admission rows, and the one artifact they name.

use std::error::Error;
use std::io::Read;

use canonical::GovernedRow;

/// The store could not answer; whoever receives it holds.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {what}")]
pub struct PortError {
    what: &'static str,
    source: Box<dyn Error + Send + Sync>,
}

impl PortError {
    /// Names what was read and keeps the cause.
    pub fn new(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            what,
            source: source.into(),
        }
    }
}

/// The effective lifecycle of a governed row, superseding rows considered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowStatus {
    /// It stands.
    Active,
    /// A newer row replaced it.
    Superseded,
    /// A newer row withdrew it.
    Revoked,
    /// It ended.
    Expired,
}

/// A governed row as it was found, with its effective lifecycle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundRow {
    /// The row, its hash recomputed.
    pub row: GovernedRow,
    /// Its effective status.
    pub status: RowStatus,
}

/// Read access to the carrier `admission`; an implementation has no way to write it.
#[auto_impl::auto_impl(Box)]
pub trait AdmissionReader {
    /// The row with this key, of whatever status; none when there is no such row.
    fn admissions(&mut self, admission_ref: &str) -> Result<Vec<FoundRow>, PortError>;
}

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArtifactKind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// Anything else: a pipe, a device, a socket. Never opened.
    Other,
}

/// A path after every symbolic link and dot segment of it was resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The canonical absolute path.
    pub canonical_path: String,
    /// What stands there.
    pub kind: ArtifactKind,
    /// Its size in bytes; 0 for what is no file.
    pub size_bytes: u64,
}

/// What tells one state of an opened file from another: the same before and after means unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileStamp {
    /// The device that holds the file.
    pub device: u64,
    /// Its number on the device.
    pub inode: u64,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// When its content last changed, in nanoseconds.
    pub modified_ns: i128,
    /// When anything of it last changed, in nanoseconds; a writer cannot set this one back.
    pub changed_ns: i128,
}

/// An opened regular file: everything is asked of the handle, never again of the path.
pub trait ArtifactFile: Read {
    /// The state of the file behind the handle, now.
    fn stamp(&self) -> Result<FileStamp, SourceError>;
}

/// One entry of one directory level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeEntry {
    /// Its name in the directory, without a slash.
    pub name: String,
    /// What it is, the link itself where it is one.
    pub kind: TreeKind,
}

/// What an entry of a tree is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TreeKind {
    /// A regular file.
    File {
        /// Whether its owner may execute it.
        executable: bool,
    },
    /// A directory.
    Directory,
    /// A symbolic link, which is recorded and never followed.
    Link {
        /// The text it holds.
        target: String,
    },
    /// Anything else: a pipe, a device, a socket.
    Other,
}

/// Why an artifact could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Nothing is there, or what is there may not be read.
    #[error("nothing readable at `{path}`")]
    Missing {
        /// The path that was tried.
        path: String,
    },
    /// The path does not lie under the origin.
    #[error("`{path}` is outside the origin `{origin}`")]
    OutsideOrigin {
        /// The path that was tried.
        path: String,
        /// The admitted origin.
        origin: String,
    },
    /// The path is relative, holds a dot segment, or leads through a symbolic link.
    #[error("`{path}` is not canonical")]
    NotCanonical {
        /// The path that was tried.
        path: String,
    },
    /// The path leads to a pipe, device or socket, or to another kind than was asked for.
    #[error("`{path}` is not a {expected}")]
    WrongKind {
        /// The path that was tried.
        path: String,
        /// What it had to be.
        expected: &'static str,
    },
    /// A name that is not UTF-8 has no place in an envelope.
    #[error("`{path}` holds a name that is not utf-8")]
    NotUtf8 {
        /// The path, as far as it can be shown.
        path: String,
    },
    /// A directory holds more entries than are ever read.
    #[error("`{path}` holds more than `{limit}` entries")]
    TooManyEntries {
        /// The directory.
        path: String,
        /// The largest number asked for.
        limit: usize,
    },
    /// The file system failed.
    #[error("cannot read `{path}`")]
    Unreadable {
        /// The path that was tried.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Where artifacts lie.
///
/// No method may block on a pipe or device, or touch one beyond asking what it is.
pub trait ArtifactSource {
    /// Resolves every symbolic link and dot segment of an absolute path.
    fn resolve(&mut self, path: &str) -> Result<Resolved, SourceError>;

    /// Opens a regular file from a handle of the origin, following no link on the way.
    fn open(
        &mut self,
        canonical_path: &str,
        origin: &str,
    ) -> Result<Box<dyn ArtifactFile + '_>, SourceError>;

    /// Lists one directory level, in any order, from a handle of the origin.
    ///
    /// Fails when it has more than `limit` entries.
    fn list(
        &mut self,
        canonical_path: &str,
        origin: &str,
        limit: usize,
    ) -> Result<Vec<TreeEntry>, SourceError>;
}

/// Who is told how far the hashing of an artifact has come.
pub trait Progress {
    /// `bytes` of `total` are hashed; `total` is 0 where it is not known beforehand.
    fn advanced(&mut self, bytes: u64, total: u64);
}

/// Progress that nobody watches.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn advanced(&mut self, _bytes: u64, _total: u64) {}
}
