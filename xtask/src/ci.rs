//! `ci`: everything that must hold, in one command, in the order that fails soonest.

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

use crate::command::{answers, install, succeed};
use crate::schemas::Store;
use crate::workspace::Workspace;
use crate::{check_deps, codegen, contract_graph, oracle, postgres, report};

mod programs;
mod room;

/// Names the kind of store that the end-to-end tests run on.
const TEST_STORE: &str = "HOLDFAST_TEST_STORE";

struct Step {
    name: &'static str,
    run: fn(&Workspace) -> Result<()>,
}

const STEPS: [Step; 13] = [
    Step {
        name: "prerequisites",
        run: |_| prerequisites(),
    },
    Step {
        name: "format",
        run: |workspace| cargo(workspace, &["fmt", "--all", "--check"]),
    },
    Step {
        name: "contracts",
        run: contracts,
    },
    Step {
        name: "contract graph",
        run: contract_graph::check,
    },
    Step {
        name: "dependencies",
        run: |_| check_deps::run(),
    },
    Step {
        name: "lints",
        run: lints,
    },
    Step {
        name: "programs",
        run: |workspace| programs::build(&workspace.root),
    },
    Step {
        name: "tests",
        run: run_tests,
    },
    Step {
        name: "tests on the server",
        run: run_tests_on_the_server,
    },
    Step {
        name: "simulation",
        run: simulate,
    },
    Step {
        name: "second validator",
        run: |workspace| oracle::compare(workspace, "0..200000", None),
    },
    Step {
        name: "examples in docs",
        run: |workspace| cargo(workspace, &["test", "--workspace", "--doc"]),
    },
    Step {
        name: "docs",
        run: docs,
    },
];

/// Runs every step and stops at the first that fails.
pub(crate) fn run() -> Result<()> {
    let workspace = Workspace::load()?;
    let begin = Instant::now();
    let count = STEPS.len();
    for (index, step) in STEPS.iter().enumerate() {
        let number = index.saturating_add(1);
        let name = step.name;
        eprintln!("ci: [{number}/{count}] {name}");
        let step_begin = Instant::now();
        (step.run)(&workspace).with_context(|| format!("ci stopped at step {number}, {name}"))?;
        let seconds = step_begin.elapsed().as_secs_f64();
        eprintln!("ci: [{number}/{count}] {name} passed in {seconds:.1} s");
    }
    let seconds = begin.elapsed().as_secs_f64();
    report::answer(&format!(
        "ci: all {count} steps passed in {seconds:.0} s
"
    ))
}

// The bundled SQL engine is C: without a compiler the build fails late and obscurely. Without
// PostgreSQL, many tests fail one by one.
fn prerequisites() -> Result<()> {
    room::tell(&programs::target()?)?;
    for component in ["fmt", "clippy"] {
        ensure!(
            answers("cargo", &[component, "--version"]),
            "`cargo {component}` is missing: run `rustup component add rustfmt clippy`"
        );
    }
    let compiler = || answers("cc", &["--version"]);
    if !compiler() {
        install("no C compiler `cc`", &["gcc", "libc6-dev"])?;
        ensure!(compiler(), "no C compiler `cc`, even with gcc installed");
    }
    // Block E is compared with a second one, written in Python.
    let python = || answers("python3", &["--version"]);
    if !python() {
        install("no Python `python3`", &["python3"])?;
        ensure!(python(), "no Python `python3`, even with python3 installed");
    }
    postgres::prepare()
}

fn contracts(workspace: &Workspace) -> Result<()> {
    let store = Store::load(&workspace.schemas())?;
    report::findings("codegen", &codegen::check(workspace, &store)?)
}

fn lints(workspace: &Workspace) -> Result<()> {
    cargo(
        workspace,
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
    )
}

fn run_tests(workspace: &Workspace) -> Result<()> {
    let mut command = cargo_in(&workspace.root);
    if has_nextest() {
        eprintln!("ci: running the tests with cargo nextest");
        command.args(["nextest", "run", "--workspace", "--no-fail-fast"]);
    } else {
        eprintln!("ci: running the tests with cargo test, since cargo nextest is not installed");
        command.args(["test", "--workspace", "--lib", "--bins", "--tests"]);
    }
    programs::name_to(&mut command)?;
    postgres::share(&mut command)?;
    succeed(&mut command)
}

/// The end-to-end tests once more, each on a store of its own on the server.
fn run_tests_on_the_server(workspace: &Workspace) -> Result<()> {
    let mut command = cargo_in(&workspace.root);
    if has_nextest() {
        // The profile chooses the tests; built for one package they would be built again.
        command.args(["nextest", "run", "--workspace", "--profile", "postgres"]);
    } else {
        command.args(["test", "--package", "holdfast-tests"]);
        for name in binaries_of_any_store(workspace)? {
            command.args(["--test", &name]);
        }
        command.args(["--", "--skip", "embedded_", "--skip", "postgres_"]);
        command.args(["--skip", "nothing_but_json_is_on_standard_output"]);
    }
    command.env(TEST_STORE, "postgres");
    programs::name_to(&mut command)?;
    postgres::share(&mut command)?;
    succeed(&mut command)
}

/// Tests of the end-to-end package that need no store, or one of each kind.
const OF_NO_ONE_STORE: [&str; 6] = [
    "contracts",
    "bundles_golden",
    "conform_suite",
    "conform_mutants",
    "conform_programs",
    "raised_codes",
];

/// As the profile `postgres` of nextest has them: what is about one kind of store says so by its name.
fn binaries_of_any_store(workspace: &Workspace) -> Result<Vec<String>> {
    let folder = workspace.root.join("tests/tests");
    let entries = folder.read_dir();
    let mut names = Vec::new();
    for entry in entries.with_context(|| format!("reading `{}`", folder.display()))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        let is_left_out = ["embedded_", "oracle", "postgres_", "server_"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
            || OF_NO_ONE_STORE.contains(&&*name);
        let is_binary =
            path.extension().is_some_and(|suffix| suffix == "rs") || path.join("main.rs").exists();
        if is_binary && !is_left_out {
            names.push(name.into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn has_nextest() -> bool {
    answers("cargo", &["nextest", "--version"])
}

/// Ten thousand seeded runs of the real pipeline; every crash point has to be reached many times.
fn simulate(workspace: &Workspace) -> Result<()> {
    cargo(
        workspace,
        &[
            "run",
            "--profile",
            "simulation",
            "--package",
            "simulator",
            "--",
            "--seeds",
            "0..10000",
            "--reached-min",
            "40",
        ],
    )
}

fn docs(workspace: &Workspace) -> Result<()> {
    let mut command = cargo_in(&workspace.root);
    command
        .args(["doc", "--workspace", "--no-deps"])
        .env("RUSTDOCFLAGS", "-D warnings");
    succeed(&mut command)
}

fn cargo(workspace: &Workspace, arguments: &[&str]) -> Result<()> {
    succeed(cargo_in(&workspace.root).args(arguments))
}

fn cargo_in(root: &Path) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(root);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Without nextest the same binaries run: `tests/tests/stores.rs` holds the profile itself.
    #[test]
    fn what_no_one_store_is_for_is_what_the_profile_leaves_out() {
        let workspace = Workspace::load().unwrap();
        let profile = std::fs::read_to_string(workspace.root.join(".config/nextest.toml")).unwrap();
        let left_out = format!("binary(/^(oracle|{})$/)", OF_NO_ONE_STORE.join("|"));
        assert!(profile.contains(&left_out), "{left_out}");
        let binaries = binaries_of_any_store(&workspace).unwrap();
        for (name, runs) in [
            ("conform_pipeline", true),
            ("cli_audit", true),
            ("oracle", false),
        ] {
            assert_eq!(binaries.iter().any(|binary| binary == name), runs, "{name}");
        }
    }
}
