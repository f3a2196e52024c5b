//! The tracer, found or installed.

use std::process::Command;
use std::sync::OnceLock;

use crate::fixture::must;

static FOUND: OnceLock<Result<(), String>> = OnceLock::new();

/// The tracer, following every thread and child.
///
/// # Panics
///
/// When it is not there and cannot be installed: the test that asked for it has failed, because a
/// sweep that was skipped would look like one that found nothing.
pub fn strace() -> Command {
    must(FOUND.get_or_init(find_or_install).clone());
    let mut command = Command::new("strace");
    command.args(["-f", "-y"]);
    command
}

fn find_or_install() -> Result<(), String> {
    if is_there() {
        return Ok(());
    }
    println!("`strace` is not here: installing it");
    let mut apt = if rustix::process::geteuid().is_root() {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "apt-get"]);
        sudo
    };
    // Another test may be installing it at this moment.
    apt.args(["-o", "DPkg::Lock::Timeout=120", "install", "-y", "strace"]);
    let said = match apt.output() {
        Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
        Err(error) => error.to_string(),
    };
    if is_there() {
        return Ok(());
    }
    Err(format!(
        "these tests need `strace`, and it could not be installed (`apt-get install -y strace`): {said}"
    ))
}

fn is_there() -> bool {
    let version = Command::new("strace").arg("--version").output();
    version.is_ok_and(|output| output.status.success())
}
