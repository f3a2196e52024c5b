//! Files on the disk for the one block that reads it.

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;
use tempfile::TempDir;

use crate::baseline::{File, ROOT};
use crate::change::Change;

/// A folder with a case's files, gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    folder: TempDir,
    root: String,
}

impl Place {
    /// Lays out these files.
    pub(crate) fn lay(files: &BTreeMap<String, File>) -> io::Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("holdfast-case-")
            .tempdir()?;
        let root = folder.path().canonicalize()?.to_string_lossy().into_owned();
        let place = Self { folder, root };
        for (name, file) in files {
            place.write(name, &file.text)?;
            // Whatever the umask is, a tree's hash says who may run what is in it.
            let mode = if file.executable { 0o755 } else { 0o644 };
            std::fs::set_permissions(place.at(name), Permissions::from_mode(mode))?;
        }
        Ok(place)
    }

    /// Makes one change to them; one that is not of files is none.
    pub(crate) fn change(&self, change: &Change) -> io::Result<()> {
        match change {
            Change::Write { file, text } => self.write(file, text),
            Change::Link { file, to } => {
                let (link, to) = (self.at(file), self.at(to));
                remove(&link)?;
                std::os::unix::fs::symlink(to, link)
            }
            Change::Delete { file } => remove(&self.at(file)),
            Change::Folder { file } => std::fs::create_dir_all(self.at(file)),
            Change::Set { .. }
            | Change::Remove { .. }
            | Change::Copy { .. }
            | Change::Tamper { .. }
            | Change::Keep { .. }
            | Change::Raw { .. } => Ok(()),
        }
    }

    /// Puts this folder in the place of the baseline's root, wherever a text begins with it.
    pub(crate) fn name_in(&self, value: &mut Value) {
        match value {
            Value::String(text) => {
                if let Some(rest) = text.strip_prefix(ROOT) {
                    *text = format!("{}{rest}", self.root);
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.name_in(item)),
            Value::Object(members) => members.values_mut().for_each(|one| self.name_in(one)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn write(&self, file: &str, text: &str) -> io::Result<()> {
        let path = self.at(file);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(path, text)
    }

    fn at(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
    }
}

fn remove(path: &Path) -> io::Result<()> {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_dir() => std::fs::remove_dir_all(path),
        Ok(_) => std::fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}
