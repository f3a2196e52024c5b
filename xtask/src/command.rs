//! Other programs: whether they are there, that they succeeded, and how to get them.

use std::ffi::OsStr;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

/// Whether a program can be started and succeeds.
pub(crate) fn answers(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

/// Runs a command and names it if it fails.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    let shown = words.join(" ");
    let status = command
        .status()
        .with_context(|| format!("starting `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// Installs packages with apt-get, saying so; the error begins with what is missing.
pub(crate) fn install(missing: &str, packages: &[&str]) -> Result<()> {
    let names = packages.join(" ");
    ensure!(
        answers("apt-get", &["--version"]),
        "{missing}, and no `apt-get` to install it: install {names} by hand"
    );
    eprintln!("ci: {missing}: installing {names} with apt-get");
    let failed = || format!("{missing}, and apt-get could not install it: install {names} as root");
    succeed(Command::new("apt-get").arg("update")).with_context(failed)?;
    let mut command = Command::new("apt-get");
    command
        .args(["install", "--yes", "--no-install-recommends"])
        .args(packages)
        .env("DEBIAN_FRONTEND", "noninteractive");
    succeed(&mut command).with_context(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_command_is_named_and_a_passing_one_is_not() {
        succeed(&mut Command::new("true")).unwrap();
        let mut failing = Command::new("false");
        let error = succeed(failing.arg("--now").env("KEY", "value"));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("`false --now` failed"), "{error}");
    }

    #[test]
    fn a_program_that_is_not_there_does_not_answer() {
        assert!(answers("cargo", &["--version"]));
        assert!(!answers("holdfast-no-such-program", &["--version"]));
    }
}
