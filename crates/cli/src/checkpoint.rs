//! What `holdfast audit head` prints: kept outside the store, and given back to hold the store to.

use std::error::Error;
use std::path::Path;

use audit_log::TreeHead;
use canonical::{Digest, Form, SIZE_MAX_BYTES};
use records::RecordedCheckpoint;
use serde::{Deserialize, Serialize};

use crate::config::Setting;
use crate::failure::Failure;
use crate::input;

/// The head of the failure-audit log, and how far the store has come.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Checkpoint {
    tree_size: u64,
    root_hash: Digest,
    pub(crate) last_rows: RecordedCheckpoint,
}

impl Checkpoint {
    pub(crate) fn new(head: TreeHead, last_rows: RecordedCheckpoint) -> Self {
        Self {
            tree_size: head.tree_size,
            root_hash: head.root_hash,
            last_rows,
        }
    }

    /// The head of the log.
    pub(crate) fn head(&self) -> TreeHead {
        TreeHead {
            tree_size: self.tree_size,
            root_hash: self.root_hash,
        }
    }
}

/// Reads what was printed before.
pub(crate) fn read(file: &Path) -> Result<Checkpoint, Failure> {
    let bytes = input::read(file, SIZE_MAX_BYTES)?;
    understood(&bytes).map_err(|error| {
        Failure::usage(format!("read a checkpoint from `{}`", file.display()))
            .because(&*error)
            .next("give it what `holdfast audit head` printed")
    })
}

/// Strictly: of a table that is named twice, nobody could say which row counts.
fn understood(bytes: &[u8]) -> Result<Checkpoint, Box<dyn Error>> {
    let value = canonical::parse(bytes, Form::Any)?;
    Ok(serde_json::from_value(value)?)
}

/// What the configuration has the gate hold the store to; a file that says nothing is no checkpoint.
pub(crate) fn noted(setting: &Setting) -> Result<RecordedCheckpoint, Failure> {
    let named_by = format!("it is the checkpoint of {}", setting.source);
    let file = Path::new(&setting.value);
    let checkpoint = read(file).map_err(|failure| failure.then(&named_by))?;
    if checkpoint.last_rows.0.is_empty() {
        let tried = format!("hold a store to the checkpoint `{}`", file.display());
        return Err(Failure::usage(tried)
            .cause("it notes no row of any table")
            .next("take one when the store has rows")
            .then(&named_by));
    }
    Ok(checkpoint.last_rows)
}
