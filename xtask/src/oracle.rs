//! `oracle`: block E and the validator in Python, compared on many seeded situations.

use std::process::Command;

use anyhow::Result;

use crate::command::succeed;
use crate::workspace::Workspace;

/// How wide to compare.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The seeds, the last one left out; CI takes the first 200 000
    #[arg(long, value_name = "FROM..TO", default_value = "0..1000000")]
    seeds: String,
    /// Writes each difference into this folder, as a situation to keep
    #[arg(
        long,
        value_name = "DIR",
        default_value = "crates/situations/regressions"
    )]
    keep: String,
}

/// Judges the situations with both, and fails where they differ or a code was not reached.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let workspace = Workspace::load()?;
    compare(&workspace, &arguments.seeds, Some(&arguments.keep))
}

/// The same for these seeds; differences are kept where a folder is named.
pub(crate) fn compare(workspace: &Workspace, seeds: &str, keep: Option<&str>) -> Result<()> {
    let mut command = Command::new("cargo");
    command
        .current_dir(&workspace.root)
        .args(["run", "--profile", "simulation", "--package", "situations"])
        .args(["--", "--complete", "--seeds", seeds]);
    if let Some(folder) = keep {
        command.args(["--keep", folder]);
    }
    succeed(&mut command)
}
