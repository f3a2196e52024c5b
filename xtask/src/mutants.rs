//! `mutants`: changes the code one place at a time, and holds what no test noticed against a list.

use std::fs;
use std::path::Path;
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
    /// Only the first so many rounds of tests: what they leave counts as missed
    #[arg(long, value_name = "N")]
    rounds: Option<usize>,
    /// Judge nothing again: hold what the last run left in `target/mutants` against the list
    #[arg(long)]
    recorded: bool,
}

/// A crate, and the rounds of tests that judge its mutants: each is asked of what the one before left.
struct Judged {
    name: &'static str,
    rounds: &'static [Round],
}

/// Some tests of a package.
struct Round {
    /// What of it is built and run; all of it, if nothing is named.
    targets: &'static [&'static str],
    /// Tests that are left out for being slow.
    slow: &'static [&'static str],
    /// Other packages whose tests are asked too.
    others: &'static [&'static str],
}

const LIBRARY: Round = Round {
    targets: &["--lib"],
    slow: &[],
    others: &[],
};

const WHOLE: Round = Round {
    targets: &[],
    slow: &[],
    others: &[],
};

/// The whole package, and the cases of the conformance suite.
const CASES: Round = Round {
    others: &["conformance"],
    ..WHOLE
};

const JUDGED: [Judged; 5] = [
    Judged {
        name: "canonical",
        rounds: &[
            Round {
                slow: &["every_day_to_the_last_year"],
                ..LIBRARY
            },
            WHOLE,
        ],
    },
    Judged {
        name: "validator-e",
        rounds: &[LIBRARY, CASES],
    },
    Judged {
        name: "verifier",
        rounds: &[LIBRARY, CASES],
    },
    Judged {
        name: "registrar",
        rounds: &[LIBRARY, CASES],
    },
    // What is judged of catalogs is judged of kept ones, which cost no server, and finds the most; the
    // last but one round starts a server and takes half a minute, the last one some minutes. The copy
    // that is mutated holds no fetched servers, so there is one version.
    Judged {
        name: "carrier-prover",
        rounds: &[
            Round {
                targets: &["--test=told"],
                ..WHOLE
            },
            Round {
                targets: &["--test=bypasses", "--test=heads", "--test=mutants"],
                ..WHOLE
            },
            Round {
                slow: &["totality", "depth_is_bounded"],
                ..LIBRARY
            },
            Round {
                targets: &["--test=altered"],
                ..WHOLE
            },
            Round {
                targets: &["--test=declared", "--test=knowing", "--test=subscriptions"],
                ..WHOLE
            },
            WHOLE,
        ],
    },
];

/// An unmutated build sets the bound of a build; it is too tight where another package's tests are
/// built for the first mutant, and on a busy machine.
const BUILD_SECONDS: &str = "--build-timeout=900";

/// Judges the mutants of every crate named, and fails where one is left that nobody explained.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    ensure!(
        answers("cargo", &["mutants", "--version"]),
        "`cargo mutants` is missing: run `cargo install cargo-mutants --locked`"
    );
    let workspace = Workspace::load()?;
    let explained = Explained::read(&workspace.root)?;
    let mut findings = explained.findings(&JUDGED.map(|judged| judged.name));
    let mut judged_in_all = 0_usize;
    for judged in chosen(&arguments.crates)? {
        let folder = workspace.root.join("target/mutants").join(judged.name);
        if !arguments.recorded {
            rounds(judged, arguments, &workspace.root, &folder)?;
        }
        let record = Record::read(&folder, judged.rounds.len())?;
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
        judged_in_all = judged_in_all.saturating_add(mutants);
        findings.extend(settled.findings);
    }
    // A pattern that fits nothing, or a run that left nothing, is no run that passed.
    if judged_in_all == 0 {
        findings.push("no mutant was judged: does the pattern name one?".to_owned());
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

/// A round takes what the one before left; in all but the last the cases of a property are cut, and
/// what a server answered once is kept, so that nothing is set up anew for each mutant.
///
/// What is left is given by its names: `cargo mutants` would take a shard of what is left, which is
/// not what is left of a shard.
fn rounds(judged: &Judged, arguments: &Arguments, root: &Path, folder: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let last = judged.rounds.len().saturating_sub(1);
    let asked = arguments.rounds.unwrap_or(usize::MAX);
    for (number, round) in judged.rounds.iter().enumerate().take(asked) {
        let mut command = command(judged, arguments, root, folder);
        if number == 0 {
            command.args(chosen_of(arguments));
        } else {
            let left = Record::survivors(folder, number)?;
            if left.is_empty() {
                break;
            }
            command.args(left.iter().map(|name| format!("--re=^{}$", escaped(name))));
        }
        if number < last {
            command.env("PROPTEST_CASES", "16");
            command.env("HOLDFAST_TEST_CATALOGS", folder.join("catalogs"));
        }
        ask(round, judged.name, &mut command);
        judge(&mut command)?;
        record::keep(folder, number)?;
    }
    extent(arguments).write(folder)
}

fn ask(round: &Round, name: &str, command: &mut Command) {
    let targets = round.targets.iter();
    command.args(targets.map(|target| format!("--cargo-arg={target}")));
    if !round.others.is_empty() {
        let packages = std::iter::once(&name).chain(round.others);
        command.args(packages.map(|package| format!("--test-package={package}")));
    }
    if !round.slow.is_empty() {
        command.args(["--", "--"]);
        command.args(round.slow.iter().flat_map(|test| ["--skip", test]));
    }
}

/// The part of the mutants that was asked for.
fn chosen_of(arguments: &Arguments) -> Vec<String> {
    let filters = [
        ("--shard", &arguments.shard),
        ("--file", &arguments.file),
        ("--re", &arguments.re),
    ];
    let given = filters.iter().filter_map(|(name, value)| {
        let value = value.as_ref()?;
        Some(format!("{name}={value}"))
    });
    given.collect()
}

/// A regular expression that matches this text alone.
fn escaped(text: &str) -> String {
    let escape = |character: char| {
        let is_special = "\\.+*?()|[]{}^$#&-~".contains(character);
        let backslash = is_special.then_some('\\');
        backslash.into_iter().chain([character])
    };
    text.chars().flat_map(escape).collect()
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
        .arg(format!(
            "--cargo-arg=--config=profile.dev.package.{}.opt-level=0",
            judged.name
        ))
        .arg(format!("--jobs={}", arguments.jobs))
        .arg("--output")
        .arg(folder);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_escaped_to_match_itself_alone() {
        let name = "replace <impl A for B<'_>>::c -> Option<&[u8]> with Some(vec![0]) in d.e";
        let expected =
            r"replace <impl A for B<'_>>::c \-> Option<\&\[u8\]> with Some\(vec!\[0\]\) in d\.e";
        assert_eq!(escaped(name), expected);
    }
}
