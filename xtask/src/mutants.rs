//! `mutants`: changes the code one place at a time, and holds what no test noticed against a list.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::command::answers;
use crate::report;
use crate::workspace::Workspace;

mod explained;
mod record;
mod settle;

use explained::Explained;
use record::{Counts, Record};
use settle::{Extent, settle};

/// Changes the code one place at a time; what no test notices has to stand in `xtask/mutants.toml`
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The crates; without them, every one that is held to this
    crates: Vec<String>,
    /// How many mutants are judged at a time, each in a copy of the workspace
    #[arg(long, value_name = "N", default_value_t = 1)]
    jobs: u8,
    /// Only the mutants of one part of several, counted from zero
    #[arg(long, value_name = "K/N")]
    shard: Option<String>,
    /// Only the mutants of these files
    #[arg(long, value_name = "GLOB")]
    file: Option<String>,
    /// Only the mutants whose name matches
    #[arg(long, value_name = "REGEX")]
    re: Option<String>,
    /// Judge nothing again: hold what the last run left in `target/mutants` against the list
    #[arg(long)]
    recorded: bool,
}

/// A crate, and the tests that judge its mutants.
struct Judged {
    name: &'static str,
    /// Of its library tests, what the first round leaves out for being slow.
    slow: &'static [&'static str],
    /// What else than the package's own tests the second round asks.
    wider: &'static [&'static str],
}

const JUDGED: [Judged; 5] = [
    Judged {
        name: "canonical",
        slow: &["every_day_to_the_last_year"],
        wider: &[],
    },
    Judged {
        name: "validator-e",
        slow: &[],
        wider: &[],
    },
    Judged {
        name: "verifier",
        slow: &[],
        wider: &[],
    },
    Judged {
        name: "registrar",
        slow: &[],
        wider: &[],
    },
    Judged {
        name: "carrier-prover",
        slow: &[],
        wider: &[],
    },
];

/// An unmutated build sets the bound of a build; on a busy machine it is too tight.
const BUILD_SECONDS: &str = "--build-timeout=300";

/// Judges the mutants of every crate named, and fails where one is left that nobody explained.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    ensure!(
        answers("cargo", &["mutants", "--version"]),
        "`cargo mutants` is missing: run `cargo install cargo-mutants --locked`"
    );
    let workspace = Workspace::load()?;
    let explained = Explained::read(&workspace.root)?;
    let mut findings = explained.findings(&JUDGED.map(|judged| judged.name));
    for judged in chosen(&arguments.crates)? {
        let folder = workspace.root.join("target/mutants").join(judged.name);
        if !arguments.recorded {
            rounds(judged, arguments, &workspace.root, &folder)?;
        }
        let record = Record::read(&folder)?;
        let settled = settle(judged.name, &record, &explained);
        let Counts {
            mutants,
            unviable,
            caught,
            missed,
            endless,
        } = record.counts();
        eprintln!(
            "mutants: {}: {mutants} mutants, {unviable} do not compile, {caught} caught, \
             {missed} missed, {endless} without end; {} of them explained",
            judged.name, settled.explained
        );
        findings.extend(settled.findings);
    }
    report::findings("mutants", &findings)
}

fn chosen(names: &[String]) -> Result<Vec<&'static Judged>> {
    if names.is_empty() {
        return Ok(JUDGED.iter().collect());
    }
    let find = |name: &String| {
        let judged = JUDGED.iter().find(|judged| judged.name == name);
        let known = JUDGED.map(|judged| judged.name).join(", ");
        judged.with_context(|| format!("`{name}` is not held to this: {known}"))
    };
    names.iter().map(find).collect()
}

/// The first round asks the quick tests, the second one every test of what the first left.
fn rounds(judged: &Judged, arguments: &Arguments, root: &Path, folder: &PathBuf) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let mut first = command(judged, arguments, root, folder);
    first.arg("--cargo-arg=--lib").env("PROPTEST_CASES", "16");
    if !judged.slow.is_empty() {
        first.args(["--", "--"]);
        first.args(judged.slow.iter().flat_map(|test| ["--skip", test]));
    }
    judge(&mut first)?;
    record::keep(folder, record::FIRST)?;
    let mut second = command(judged, arguments, root, folder);
    second.arg("--iterate");
    if !judged.wider.is_empty() {
        let packages = std::iter::once(&judged.name).chain(judged.wider);
        second.args(packages.map(|package| format!("--test-package={package}")));
    }
    judge(&mut second)?;
    record::keep(folder, record::SECOND)?;
    extent(arguments).write(folder)
}

fn extent(arguments: &Arguments) -> Extent {
    if arguments.shard.is_some() || arguments.re.is_some() {
        Extent::Mutants
    } else if arguments.file.is_some() {
        Extent::Files
    } else {
        Extent::Crate
    }
}

fn command(judged: &Judged, arguments: &Arguments, root: &Path, folder: &Path) -> Command {
    let mut command = Command::new("cargo");
    command
        .current_dir(root)
        .args(["mutants", "--package", judged.name, BUILD_SECONDS])
        .arg(format!("--jobs={}", arguments.jobs))
        .arg("--output")
        .arg(folder);
    let filters = [
        ("--shard", &arguments.shard),
        ("--file", &arguments.file),
        ("--re", &arguments.re),
    ];
    for (name, value) in filters {
        if let Some(value) = value {
            command.args([name, value]);
        }
    }
    command
}

/// What `cargo mutants` ends with when a mutant was missed, or did not end: no failure of the run.
const ENDS: [i32; 3] = [0, 2, 3];

fn judge(command: &mut Command) -> Result<()> {
    let status = command.status().context("starting `cargo mutants`")?;
    if status.code().is_none_or(|code| !ENDS.contains(&code)) {
        bail!("`cargo mutants` failed ({status}): do the tests pass?");
    }
    Ok(())
}
