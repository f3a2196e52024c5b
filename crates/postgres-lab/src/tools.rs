//! PostgreSQL's own programs, run as the servers' user in an environment that says nothing else.

use std::io::Read;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::{fs, io};

use crate::account::Account;
use crate::home::Home;
use crate::{Binaries, Error, supervisor};

/// Lines of output or log that an error carries.
const TAIL_LINES: usize = 40;

#[derive(Debug, Clone)]
pub(crate) struct Tools {
    pub(crate) binaries: Binaries,
    pub(crate) account: Account,
}

impl Tools {
    pub(crate) fn find(major: Option<u16>) -> Result<Self, Error> {
        Ok(Self {
            binaries: Binaries::find(major)?,
            account: Account::for_servers()?,
        })
    }

    /// Runs one of the programs to its end. Like a server, it does not outlive this process.
    pub(crate) fn run(
        &self,
        home: &Home,
        program: &str,
        fill: impl FnOnce(&mut Command),
    ) -> Result<(), Error> {
        let path = self.binaries.program(program)?;
        let log = home.path().join("creation.log");
        let mut command = supervisor::shell(self, home.path(), &log);
        command.arg(&path);
        fill(&mut command);
        let ended = to_its_end(&mut command).map_err(|source| Error::Spawn {
            program: path.display().to_string(),
            source,
        })?;
        if ended.success() {
            return Ok(());
        }
        let output = fs::read(&log).unwrap_or_default();
        Err(Error::Failed {
            command: supervisor::shown(&command),
            status: ended.to_string(),
            output: tail(&String::from_utf8_lossy(&output)),
        })
    }

    /// [`bare`], with the libraries that the programs bring along.
    pub(crate) fn bare(&self, program: &Path) -> Command {
        let mut command = bare(program, &self.account);
        if let Some(libraries) = self.binaries.libraries() {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        command
    }
}

/// A command as this user, without this process's environment: no `PG*` variable strays in.
pub(crate) fn bare(program: &Path, account: &Account) -> Command {
    let mut command = Command::new(program);
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    command
        .env_clear()
        .env("PATH", path)
        .env("LC_ALL", "C")
        .current_dir("/")
        .stdin(Stdio::null());
    account.wear(&mut command);
    command
}

// The shell's output ends with the program; its input must not end before.
fn to_its_end(command: &mut Command) -> io::Result<ExitStatus> {
    let mut shell = command.spawn()?;
    let orders = shell.stdin.take();
    if let Some(mut output) = shell.stdout.take() {
        output.read_to_end(&mut Vec::new())?;
    }
    let ended = shell.wait();
    drop(orders);
    ended
}

/// The last lines of a text.
pub(crate) fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(TAIL_LINES);
    lines.get(from..).unwrap_or_default().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tail_is_the_last_lines() {
        let text: Vec<String> = (1..=50).map(|line| line.to_string()).collect();
        let tail = tail(&text.join("\n"));
        assert!(tail.starts_with("11\n") && tail.ends_with("\n50"), "{tail}");
        assert_eq!(super::tail("one"), "one");
    }
}
