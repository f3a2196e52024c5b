//! `fuzz`: puts what a coverage-guided fuzzer makes up to every target, and keeps what it finds.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::command::{answers, succeed};
use crate::workspace::Workspace;

/// Puts coverage-guided inputs to the targets; what fails is kept in `tests/corpora`
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The targets; without them, every one
    targets: Vec<String>,
    /// For how long each is fuzzed
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    seconds: u32,
}

const TARGETS: [&str; 7] = [
    "parser",
    "canonicaliser",
    "opening",
    "validator",
    "registrar",
    "answer_table",
    "replay_key",
];

/// The largest input that is made up: the frames of the blocks have to fit.
const LENGTH_MAX: &str = "-max_len=80000";

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    ensure!(
        answers("cargo", &["fuzz", "--version"]),
        "`cargo fuzz` is missing: run `cargo install cargo-fuzz --locked`"
    );
    let named: Vec<&str> = arguments.targets.iter().map(String::as_str).collect();
    let targets = if named.is_empty() {
        TARGETS.to_vec()
    } else {
        named
    };
    for (index, target) in targets.iter().enumerate() {
        let number = index.saturating_add(1);
        let count = targets.len();
        eprintln!(
            "fuzz: [{number}/{count}] {target} for {} s",
            arguments.seconds
        );
        fuzz(target, arguments.seconds)?;
    }
    Ok(())
}

fn fuzz(target: &str, seconds: u32) -> Result<()> {
    let workspace = Workspace::load()?;
    let kept = workspace.root.join("tests/corpora").join(target);
    // What the fuzzer collects on its way is no part of the project; what it starts from is.
    let working = workspace.root.join("target/fuzz/corpora").join(target);
    fs::create_dir_all(&working)
        .with_context(|| format!("could not make {}", working.display()))?;
    let mut command = Command::new("cargo");
    command
        .current_dir(workspace.root.join("tests/fuzz"))
        // Without a sanitizer the stable compiler will do, and there is no unsafe code to watch.
        .args(["fuzz", "run", "--fuzz-dir", ".", "--sanitizer", "none"])
        .arg("--target-dir")
        .arg(workspace.root.join("target/fuzz"))
        .arg(target)
        .args([&working, &kept])
        .args(["--", LENGTH_MAX, "-print_final_stats=1"])
        .arg(format!("-max_total_time={seconds}"))
        // A finding is named after what it found, beside the inputs that are replayed.
        .arg(format!("-artifact_prefix={}/found-", kept.display()));
    succeed(&mut command).with_context(|| {
        format!("{target} failed: the input is kept in tests/corpora/{target}, and CI replays it")
    })
}
