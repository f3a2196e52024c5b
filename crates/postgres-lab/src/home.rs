//! The files of one private server.

use std::fs::{self, OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::Error;
use crate::account::Account;

/// A directory with log and socket, and a data directory in it or elsewhere.
///
/// The log stays out of the data directory: it must be readable when that is full or gone.
#[derive(Debug)]
pub(crate) struct Home {
    directory: TempDir,
    elsewhere: Option<TempDir>,
}

impl Home {
    pub(crate) fn create(data_in: Option<&Path>, account: &Account) -> Result<Self, Error> {
        let parent = std::env::temp_dir();
        let directory = private_directory(&parent)?;
        open(directory.path(), account)?;
        let elsewhere = data_in.map(private_directory).transpose()?;
        if let Some(elsewhere) = &elsewhere {
            open(elsewhere.path(), account)?;
        }
        let home = Self {
            directory,
            elsewhere,
        };
        let socket = home.socket();
        fs::create_dir(&socket).map_err(|source| Error::file("creating", &socket, source))?;
        open(&socket, account)?;
        Ok(home)
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn data(&self) -> PathBuf {
        let parent = self.elsewhere.as_ref().unwrap_or(&self.directory);
        parent.path().join("data")
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.path().join("socket")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.directory.path().join("server.log")
    }

    /// What the server has logged since it was made, over all its starts.
    pub(crate) fn log_text(&self) -> String {
        let bytes = fs::read(self.log()).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The shared memory segment of a server that was killed: the second number of the seventh line
    /// of `postmaster.pid`, which a server that ends otherwise removes.
    pub(crate) fn killed_segment(&self) -> Option<String> {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).ok()?;
        let segment = text.lines().nth(6)?.split_whitespace().nth(1)?;
        Some(segment.to_owned())
    }

    /// Adds to a file of the data directory.
    pub(crate) fn append(&self, file: &str, text: &str) -> Result<(), Error> {
        let path = self.data().join(file);
        let mut options = OpenOptions::new();
        let written = options
            .append(true)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|source| Error::file("writing", &path, source))
    }

    /// Replaces a file of the data directory; it keeps its owner.
    pub(crate) fn rewrite(&self, file: &str, text: &str) -> Result<(), Error> {
        let path = self.data().join(file);
        fs::write(&path, text).map_err(|source| Error::file("writing", &path, source))
    }
}

fn private_directory(parent: &Path) -> Result<TempDir, Error> {
    tempfile::Builder::new()
        .prefix("holdfast-pg-")
        .tempdir_in(parent)
        .map_err(|source| Error::file("creating a directory in", parent, source))
}

// Others must get through to the socket; what is not for them has its own mode.
fn open(directory: &Path, account: &Account) -> Result<(), Error> {
    fs::set_permissions(directory, Permissions::from_mode(0o755))
        .map_err(|source| Error::file("opening", directory, source))?;
    account.own(directory)
}
