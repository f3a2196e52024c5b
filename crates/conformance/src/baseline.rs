//! A baseline: one frame of a block on which everything holds, as a real registration left it.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::block::Block;
use crate::error::SuiteError;

/// Where the files of every baseline lie until a case lays them out; attested paths begin with it.
pub(crate) const ROOT: &str = "/srv/holdfast";

/// A complete frame, and what the block has to say to it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Baseline {
    /// The slots of the frame.
    pub(crate) slots: Map<String, Value>,
    /// When block E's first verdict was given, where a later envelope rests on it: then what is
    /// derived from a changed envelope is derived again.
    #[serde(default)]
    pub(crate) first_run_at: Option<String>,
    /// Members that the answer has to have, by their pointers.
    #[serde(default)]
    pub(crate) states: BTreeMap<String, Value>,
    /// The files that the block measures, by their paths from the root.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, File>,
}

/// One file that is there before any change.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) executable: bool,
}

impl Baseline {
    pub(crate) fn read(name: &str, text: &str) -> Result<Self, SuiteError> {
        serde_json::from_str(text).map_err(|source| SuiteError::Unreadable {
            file: format!("baselines/{name}.json"),
            source,
        })
    }
}

/// The block that a baseline is for, by the baseline's name.
pub(crate) fn block(name: &str) -> Option<Block> {
    Block::named(name.split('/').next().unwrap_or_default())
}
