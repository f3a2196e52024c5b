//! The programs that the tests start, built once for all of them.
//!
//! Every test would build them for itself otherwise, in turn, since cargo lets one build at a time into
//! a folder. Each is stripped: a process hashes its own program, and tests start thousands.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use cargo_metadata::MetadataCommand;

use crate::command::succeed;

/// Names the folder to the tests; `tests/src/program.rs` reads it.
const FOLDER: &str = "HOLDFAST_TEST_PROGRAMS";

/// Each program's folder, and what it is built with. The plain one comes last: it stays where people
/// look for it.
const PROGRAMS: [(&str, &[&str]); 2] = [
    ("crash-points", &["--features", "crash-points"]),
    ("plain", &[]),
];

/// Builds them; everything they rest on is shared with the other builds.
pub(super) fn build(root: &Path) -> Result<()> {
    let target = target()?;
    for (name, arguments) in PROGRAMS {
        let mut command = Command::new("cargo");
        command
            .current_dir(root)
            .args(["build", "--package", "cli", "--bin", "holdfast"])
            .args(arguments);
        succeed(&mut command)?;
        let folder = folder(&target).join(name);
        fs::create_dir_all(&folder).with_context(|| format!("making `{}`", folder.display()))?;
        strip(&target.join("debug/holdfast"), &folder.join("holdfast"))?;
    }
    Ok(())
}

/// Tells tests where the programs are.
pub(super) fn name_to(command: &mut Command) -> Result<()> {
    command.env(FOLDER, folder(&target()?));
    Ok(())
}

fn folder(target: &Path) -> PathBuf {
    target.join("test-programs")
}

/// The folder that cargo builds into.
pub(super) fn target() -> Result<PathBuf> {
    let asked = MetadataCommand::new().no_deps().exec();
    let metadata = asked.context("asking cargo for the folder that it builds into")?;
    Ok(metadata.target_directory.into_std_path_buf())
}

/// Copies a program without its symbols. The program that does it comes with the C compiler.
fn strip(from: &Path, to: &Path) -> Result<()> {
    // A program that runs cannot be written over, and nobody runs one whose name is gone.
    if to.exists() {
        fs::remove_file(to).with_context(|| format!("removing `{}`", to.display()))?;
    }
    let mut command = Command::new("strip");
    succeed(command.args([OsStr::new("-o"), to.as_os_str(), from.as_os_str()]))
}
