//! The changes that a case makes to its baseline.

use serde::Deserialize;
use serde_json::Value;

use crate::path;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    /// Puts a value at a path; `/-` at its end appends to a list.
    Set {
        /// Where.
        path: String,
        /// What.
        value: Value,
    },
    /// Takes away what stands at a path.
    Remove {
        /// Where.
        path: String,
    },
    /// Puts what stands at one path at another.
    Copy {
        /// From where.
        from: String,
        /// Where.
        path: String,
        /// How often, where it is appended.
        #[serde(default = "once")]
        times: usize,
    },
    /// Leaves a slot as the baseline has it, whatever it is derived from.
    Keep {
        /// The slot, as `/verdict`.
        path: String,
    },
    /// Puts a value at a path when everything is sealed: no hash follows it.
    Tamper {
        /// Where.
        path: String,
        /// What.
        value: Value,
    },
    /// Gives this text in the place of a slot, or of one item of a slot that is a list.
    Raw {
        /// The slot, as `/policy` or `/snapshots/0`.
        path: String,
        /// The bytes, as they are.
        text: String,
    },
    /// Writes a file below the root of the case.
    Write {
        /// Its path from the root.
        file: String,
        /// Its content.
        text: String,
    },
    /// Puts a link in the place of a file.
    Link {
        /// Its path from the root.
        file: String,
        /// What it leads to, from the root.
        to: String,
    },
    /// Takes a file or a folder away.
    Delete {
        /// Its path from the root.
        file: String,
    },
    /// Makes a folder.
    Folder {
        /// Its path from the root.
        file: String,
    },
}

fn once() -> usize {
    1
}

/// When a change is made: before the hashes are, after them, or on the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    Unsealed,
    Sealed,
    Disk,
}

impl Change {
    pub(crate) fn time(&self) -> Time {
        match self {
            Self::Set { .. } | Self::Remove { .. } | Self::Copy { .. } | Self::Keep { .. } => {
                Time::Unsealed
            }
            Self::Tamper { .. } | Self::Raw { .. } => Time::Sealed,
            Self::Write { .. } | Self::Link { .. } | Self::Delete { .. } | Self::Folder { .. } => {
                Time::Disk
            }
        }
    }

    /// Where in the frame it is made; none where it changes a file.
    pub fn place(&self) -> Option<&str> {
        match self {
            Self::Set { path, .. }
            | Self::Remove { path }
            | Self::Copy { path, .. }
            | Self::Tamper { path, .. }
            | Self::Keep { path }
            | Self::Raw { path, .. } => Some(path),
            Self::Write { .. } | Self::Link { .. } | Self::Delete { .. } | Self::Folder { .. } => {
                None
            }
        }
    }

    /// The slot that it changes; none where it changes a file.
    pub(crate) fn slot(&self) -> Option<&str> {
        self.place().map(path::slot)
    }

    /// Makes it in the slots; says which path leads nowhere, if one does.
    pub(crate) fn make(&self, slots: &mut Value) -> Result<(), String> {
        let (path, made) = match self {
            Self::Set { path, value } | Self::Tamper { path, value } => {
                (path, path::put(slots, path, value.clone()))
            }
            Self::Remove { path } => (path, path::remove(slots, path)),
            Self::Copy { from, path, times } => {
                let found = path::find(slots, from).cloned();
                let found = found.ok_or_else(|| format!("nothing stands at `{from}`"))?;
                let mut copies = std::iter::repeat_n(found, *times);
                (path, copies.all(|copy| path::put(slots, path, copy)))
            }
            Self::Raw { .. }
            | Self::Keep { .. }
            | Self::Write { .. }
            | Self::Link { .. }
            | Self::Delete { .. }
            | Self::Folder { .. } => return Ok(()),
        };
        if made {
            Ok(())
        } else {
            Err(format!("`{path}` leads nowhere"))
        }
    }
}
