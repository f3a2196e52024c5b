//! `bench`: the figures that the bars are set on, as ratios in one run, in one table.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use cargo_metadata::MetadataCommand;

use crate::workspace::Workspace;

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Fewer rounds and registrations: minutes less, and figures less certain
    #[arg(long)]
    quick: bool,
    /// One section: blocks, program or many; on a server: server or growth
    #[arg(long, value_name = "SECTION")]
    only: Option<String>,
    /// Measure on a store of this kind
    #[arg(long, value_name = "KIND", value_parser = ["sqlite", "postgres"], default_value = "sqlite")]
    store: String,
    /// On a server, measure a ledger that grows as well: takes long, and gigabytes of disk
    #[arg(long)]
    growth: bool,
}

/// Builds the program as it is released, then measures it and its parts.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let root = Workspace::load()?.root;
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new("cargo");
        command.current_dir(&root).args(arguments);
        command
    };
    succeed(cargo(&["build", "--release", "--package", "cli"]))?;
    let bench = ["bench", "--package", "holdfast-tests", "--bench", "figures"];
    let mut bench = cargo(&bench);
    let program = target_directory()?.join("release/holdfast");
    bench.args(["--", "--program"]).arg(program);
    bench.args(["--store", &arguments.store]);
    for (is_asked, flag) in [(arguments.quick, "--quick"), (arguments.growth, "--growth")] {
        if is_asked {
            bench.arg(flag);
        }
    }
    if let Some(section) = &arguments.only {
        bench.args(["--only", section]);
    }
    succeed(bench)
}

/// Where cargo puts what it builds.
fn target_directory() -> Result<PathBuf> {
    let metadata = MetadataCommand::new().no_deps().exec();
    let metadata = metadata.context("asking cargo where it builds")?;
    Ok(metadata.target_directory.into_std_path_buf())
}

fn succeed(mut command: Command) -> Result<()> {
    let status = command.status().context("starting cargo")?;
    ensure!(status.success(), "cargo {status}");
    Ok(())
}
