//! `ci`: everything that must hold, in one command, in the order that fails soonest.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::schemas::Store;
use crate::workspace::Workspace;
use crate::{check_deps, codegen, contract_graph, report};

struct Step {
    name: &'static str,
    run: fn(&Workspace) -> Result<()>,
}

const STEPS: [Step; 9] = [
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
        name: "tests",
        run: run_tests,
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

// The bundled SQL engine is C: without a compiler the build fails late and obscurely.
fn prerequisites() -> Result<()> {
    for component in ["fmt", "clippy"] {
        ensure!(
            answers("cargo", &[component, "--version"]),
            "`cargo {component}` is missing: run `rustup component add rustfmt clippy`"
        );
    }
    if answers("cc", &["--version"]) {
        return Ok(());
    }
    ensure!(
        answers("apt-get", &["--version"]),
        "no C compiler `cc`, and no `apt-get` to install one: install gcc or clang"
    );
    eprintln!("ci: no C compiler `cc`: installing gcc with apt-get");
    let failed = "no C compiler `cc`, and apt-get could not install one: install gcc as root";
    succeed(Command::new("apt-get").arg("update")).context(failed)?;
    let packages = [
        "install",
        "--yes",
        "--no-install-recommends",
        "gcc",
        "libc6-dev",
    ];
    succeed(Command::new("apt-get").args(packages)).context(failed)?;
    ensure!(answers("cc", &["--version"]), "{failed}");
    Ok(())
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
    if answers("cargo", &["nextest", "--version"]) {
        eprintln!("ci: running the tests with cargo nextest");
        return cargo(workspace, &["nextest", "run", "--workspace"]);
    }
    eprintln!("ci: running the tests with cargo test, since cargo nextest is not installed");
    cargo(
        workspace,
        &["test", "--workspace", "--lib", "--bins", "--tests"],
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

fn answers(program: &str, arguments: &[&str]) -> bool {
    let mut command = Command::new(program);
    command
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn succeed(command: &mut Command) -> Result<()> {
    let shown = format!("{command:?}").replace('"', "");
    let status = command
        .status()
        .with_context(|| format!("starting `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_command_is_named_and_a_passing_one_is_not() {
        succeed(&mut Command::new("true")).unwrap();
        let error = succeed(Command::new("false").arg("--now"))
            .unwrap_err()
            .to_string();
        assert!(error.contains("`false --now` failed"), "{error}");
    }

    #[test]
    fn a_program_that_is_not_there_does_not_answer() {
        assert!(answers("cargo", &["--version"]));
        assert!(!answers("holdfast-no-such-program", &["--version"]));
    }
}
