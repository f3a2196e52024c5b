//! The real program: the one that the environment names, or else built for the process that asks.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// Names a folder of programs that are already built and newer than their sources, as `cargo xtask ci`
/// makes it: `plain/holdfast` and `crash-points/holdfast`.
pub const PROGRAMS: &str = "HOLDFAST_TEST_PROGRAMS";

static HOLDFAST: OnceLock<PathBuf> = OnceLock::new();
static WITH_CRASH_POINTS: OnceLock<PathBuf> = OnceLock::new();

/// The program `holdfast`, as anyone would build it.
///
/// Built on first use, so that no test that is run by hand meets a program older than its sources.
///
/// # Panics
///
/// When it cannot be built, with what cargo said: the test that asked has failed.
pub fn holdfast() -> PathBuf {
    let found = HOLDFAST.get_or_init(|| named("plain").unwrap_or_else(|| built_or_panic(&[])));
    found.clone()
}

/// The program `holdfast` that can be told where to die, kept apart from the one people run.
///
/// # Panics
///
/// When it cannot be built, with what cargo said: the test that asked has failed.
pub fn holdfast_with_crash_points() -> PathBuf {
    let target = workspace().join("target/crash-points");
    let arguments = [
        OsString::from("--features"),
        OsString::from("crash-points"),
        OsString::from("--target-dir"),
        target.into_os_string(),
        // Every process hashes its own program; crash tests start hundreds of them.
        OsString::from("--config"),
        OsString::from("profile.dev.strip='symbols'"),
    ];
    let found = WITH_CRASH_POINTS
        .get_or_init(|| named("crash-points").unwrap_or_else(|| built_or_panic(&arguments)));
    found.clone()
}

/// The program that somebody built for all tests, if the environment names any.
///
/// # Panics
///
/// When it names a folder that the program is not in.
fn named(kind: &str) -> Option<PathBuf> {
    let folder = std::env::var_os(PROGRAMS).filter(|folder| !folder.is_empty())?;
    let program = Path::new(&folder).join(kind).join("holdfast");
    assert!(
        program.is_file(),
        "`{PROGRAMS}` names no `{}`",
        program.display()
    );
    Some(program)
}

#[expect(
    clippy::panic,
    reason = "without the program the test that asked for it has failed"
)]
fn built_or_panic(arguments: &[OsString]) -> PathBuf {
    build(arguments).unwrap_or_else(|reason| panic!("building `holdfast`: {reason}"))
}

fn build(arguments: &[OsString]) -> Result<PathBuf, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let output = Command::new(&cargo)
        .current_dir(workspace())
        .args(["build", "--package", "cli", "--bin", "holdfast"])
        .arg("--message-format=json-render-diagnostics")
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("`{}`: {error}", cargo.display()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}\n{said}", output.status));
    }
    let messages = String::from_utf8_lossy(&output.stdout);
    messages
        .lines()
        .find_map(executable)
        .ok_or_else(|| "cargo named no executable".to_owned())
}

// The one program among the artifacts that cargo reports.
fn executable(message: &str) -> Option<PathBuf> {
    let message: Value = serde_json::from_str(message).ok()?;
    if message.pointer("/target/name")?.as_str()? != "holdfast" {
        return None;
    }
    message.get("executable")?.as_str().map(PathBuf::from)
}

fn workspace() -> &'static Path {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().unwrap_or(tests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_that_was_built_runs() {
        let output = Command::new(holdfast()).arg("--version").output().unwrap();
        assert!(output.status.success());
        assert!(String::from_utf8_lossy(&output.stdout).starts_with("holdfast "));
    }

    #[test]
    fn a_build_that_fails_says_what_cargo_said() {
        let arguments = ["--features", "no-such-feature"].map(OsString::from);
        let reason = build(&arguments).unwrap_err();
        assert!(reason.contains("no-such-feature"), "{reason}");
    }
}
