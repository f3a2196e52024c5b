//! PostgreSQL's own programs, run as the servers' user in an environment that says nothing else.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::account::Account;
use crate::{Binaries, Error};

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

    /// Runs one of the programs to its end.
    pub(crate) fn run(&self, program: &str, fill: impl FnOnce(&mut Command)) -> Result<(), Error> {
        let path = self.binaries.program(program)?;
        let mut command = self.bare(&path);
        fill(&mut command);
        let output = command.output().map_err(|source| Error::Spawn {
            program: path.display().to_string(),
            source,
        })?;
        if output.status.success() {
            return Ok(());
        }
        Err(Error::Failed {
            command: shown(&command),
            status: output.status.to_string(),
            output: printed(&output),
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

/// The command as one would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    words.join(" ")
}

/// The last lines of a text.
pub(crate) fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(TAIL_LINES);
    lines.get(from..).unwrap_or_default().join("\n")
}

fn printed(output: &Output) -> String {
    let both = [&output.stdout[..], &output.stderr[..]].concat();
    tail(&String::from_utf8_lossy(&both))
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
