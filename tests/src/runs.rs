//! The program as a process of its own: what it was asked, how it ended, what it said.

use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use canonical::hash_bytes;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde_json::Value;

use crate::answered;
use crate::fixture::{Fixture, must};

/// Names the point at which a program built with crash points dies.
pub const CRASH_AT: &str = "HOLDFAST_CRASH_AT";

/// A signal that ended a process by itself: the one of a crash point.
pub const ABORTED: i32 = 6;

/// A process that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its exit code, where it ended by itself.
    pub code: Option<i32>,
    /// The signal that ended it, where one did.
    pub signal: Option<i32>,
    /// What it said, without the newline after an envelope.
    pub stdout: Vec<u8>,
    /// What it said to people.
    pub stderr: String,
}

impl Run {
    /// Starts a command and waits for its end.
    pub fn of(command: &mut Command) -> Self {
        Self::ended(must(command.stdin(Stdio::null()).output()))
    }

    /// What became of a process that was waited for.
    pub fn ended(output: Output) -> Self {
        let mut stdout = output.stdout;
        if stdout.last() == Some(&b'\n') {
            stdout.pop();
        }
        Self {
            code: output.status.code(),
            signal: output.status.signal(),
            stdout,
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// What it said, as JSON.
    pub fn json(&self) -> Value {
        answered::json(&self.stdout)
    }

    /// The codes of the decision that it printed, the primary one first.
    pub fn reject_codes(&self) -> Vec<String> {
        answered::texts(&self.json(), "/reject_codes")
    }
}

/// A command that registers exactly these bytes and prints the decision's bytes.
pub fn register(fixture: &Fixture, program: PathBuf, request: &[u8]) -> Command {
    // Named by its content, so that a retry sends the same file.
    let name = format!("request-{}.json", hash_bytes("name", request).to_hex());
    let path = fixture.dir.path().join(name);
    must(std::fs::write(&path, request));
    let mut command = on(fixture, program, "register");
    command.arg(path);
    command
}

/// A command that recovers and prints what it did.
pub fn recover(fixture: &Fixture, program: PathBuf) -> Command {
    on(fixture, program, "recover")
}

/// A program on a fixture's store, in a process group of its own, that dies nowhere by itself.
fn on(fixture: &Fixture, program: PathBuf, verb: &str) -> Command {
    let mut command = Command::new(program);
    command
        .current_dir(fixture.dir.path())
        .args([verb, "--json"])
        .env_remove(CRASH_AT)
        .process_group(0);
    fixture.place.name_to(&mut command);
    command
}

/// Which processes a kill takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kill {
    /// The one that was started, and not the observer that it started.
    Process,
    /// Both at once.
    Group,
}

/// Kills a process that [`register`] or [`recover`] started and that was not waited for yet.
///
/// Not being there any more is no failure: it came first.
pub fn kill(process: u32, kill: Kill) {
    let pid = must(i32::try_from(process));
    let pid = must(Pid::from_raw(pid).ok_or("no process id"));
    let _gone = match kill {
        Kill::Process => kill_process(pid, Signal::KILL),
        Kill::Group => kill_process_group(pid, Signal::KILL),
    };
}
