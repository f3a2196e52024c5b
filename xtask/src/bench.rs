//! `bench`: the figures that the bars are set on, as ratios in one run, in one table.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::workspace::Workspace;

/// What to measure.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Fewer rounds and registrations: minutes less, and figures less certain
    #[arg(long)]
    quick: bool,
    /// One section: blocks, program or many
    #[arg(long, value_name = "SECTION")]
    only: Option<String>,
    /// Measure on a store of this kind
    #[arg(long, value_name = "KIND", value_parser = ["sqlite", "postgres"], default_value = "sqlite")]
    store: String,
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
    let program = root.join("target/release/holdfast");
    bench.args(["--", "--program"]).arg(program);
    bench.args(["--store", &arguments.store]);
    if arguments.quick {
        bench.arg("--quick");
    }
    if let Some(section) = &arguments.only {
        bench.args(["--only", section]);
    }
    succeed(bench)
}

fn succeed(mut command: Command) -> Result<()> {
    let status = command.status().context("starting cargo")?;
    ensure!(status.success(), "cargo {status}");
    Ok(())
}
