//! `fuzz`: puts what a coverage-guided fuzzer makes up to every target, and keeps what it finds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::command::{answers, succeed};
use crate::workspace::Workspace;

/// Puts coverage-guided inputs to the targets; what fails, and the smallest that reach what nothing
/// kept reached, are kept in `tests/corpora`
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The targets; without them, every one
    targets: Vec<String>,
    /// For how long each is fuzzed
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    seconds: u32,
}

/// The largest input that is made up: the frames of the blocks have to fit.
const LENGTH_MAX: &str = "-max_len=80000";

/// The largest input that is kept beside those that people wrote, in bytes.
const KEPT_BYTES_MAX: u64 = 4096;

/// How many such inputs a target keeps: CI replays them all.
const KEPT_MAX: usize = 64;

/// The length of the names that the fuzzer gives: a SHA-1 in hex.
const NAME_LENGTH: usize = 40;

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    ensure!(
        answers("cargo", &["fuzz", "--version"]),
        "`cargo fuzz` is missing: run `cargo install cargo-fuzz --locked`"
    );
    let workspace = Workspace::load()?;
    let targets = if arguments.targets.is_empty() {
        targets(&workspace)?
    } else {
        arguments.targets.clone()
    };
    for (index, target) in targets.iter().enumerate() {
        let number = index.saturating_add(1);
        let count = targets.len();
        eprintln!(
            "fuzz: [{number}/{count}] {target} for {} s",
            arguments.seconds
        );
        fuzz(&workspace, target, arguments.seconds)?;
    }
    Ok(())
}

#[derive(Deserialize)]
struct Manifest {
    bin: Vec<Binary>,
}

#[derive(Deserialize)]
struct Binary {
    name: String,
}

/// Every target, as the fuzzers' own manifest lists them.
fn targets(workspace: &Workspace) -> Result<Vec<String>> {
    let path = workspace.root.join("tests/fuzz/Cargo.toml");
    let text = fs::read_to_string(&path).with_context(|| reading(&path))?;
    let manifest: Manifest = toml::from_str(&text).with_context(|| reading(&path))?;
    Ok(manifest.bin.into_iter().map(|bin| bin.name).collect())
}

fn fuzz(workspace: &Workspace, target: &str, seconds: u32) -> Result<()> {
    let kept = workspace.root.join("tests/corpora").join(target);
    // What the fuzzer collects on its way is much; the smallest of it is kept afterwards.
    let working = workspace.root.join("target/fuzz/corpora").join(target);
    fs::create_dir_all(&working)
        .with_context(|| format!("could not make {}", working.display()))?;
    let mut command = run_target(workspace, target);
    command
        .args([&working, &kept])
        .args(["--", LENGTH_MAX, "-print_final_stats=1"])
        .arg(format!("-max_total_time={seconds}"))
        // A finding is named after what it found, beside the inputs that are replayed.
        .arg(format!("-artifact_prefix={}/found-", kept.display()));
    succeed(&mut command).with_context(|| {
        format!("{target} failed: the input is kept in tests/corpora/{target}, and CI replays it")
    })?;
    drop_large(&working)?;
    let mut merge = run_target(workspace, target);
    merge
        .args([&kept, &working])
        .args(["--", LENGTH_MAX, "-merge=1"]);
    succeed(&mut merge).with_context(|| format!("could not keep what {target} reached"))?;
    drop_many(&kept)
}

fn run_target(workspace: &Workspace, target: &str) -> Command {
    let mut command = Command::new("cargo");
    command
        .current_dir(workspace.root.join("tests/fuzz"))
        // Without a sanitizer the stable compiler will do, and there is no unsafe code to watch.
        .args(["fuzz", "run", "--fuzz-dir", ".", "--sanitizer", "none"])
        .arg("--target-dir")
        .arg(workspace.root.join("target/fuzz"))
        .arg(target);
    command
}

/// Removes what is too large to be kept.
fn drop_large(working: &Path) -> Result<()> {
    for (size, path) in made_up(working)? {
        if size > KEPT_BYTES_MAX {
            fs::remove_file(&path).with_context(|| reading(&path))?;
        }
    }
    Ok(())
}

/// Removes the largest of what the fuzzer named, until no more are there than are kept.
fn drop_many(kept: &Path) -> Result<()> {
    let mut found = made_up(kept)?;
    found.sort();
    for (_, path) in found.into_iter().skip(KEPT_MAX) {
        fs::remove_file(&path).with_context(|| reading(&path))?;
    }
    Ok(())
}

/// The inputs of a folder that the fuzzer named, with their sizes.
fn made_up(folder: &Path) -> Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| reading(folder))? {
        let entry = entry.with_context(|| reading(folder))?;
        if entry.file_name().len() == NAME_LENGTH {
            found.push((entry.metadata()?.len(), entry.path()));
        }
    }
    Ok(found)
}

fn reading(path: &Path) -> String {
    format!("could not use {}", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_and_small_inputs_are_kept_and_none_that_somebody_named() {
        let folder = std::env::temp_dir().join(format!("fuzz-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let put = |name: &str, size: usize| fs::write(folder.join(name), vec![0; size]).unwrap();
        let name = |number: usize| format!("{number:040}");
        for number in 0..=KEPT_MAX {
            put(&name(number), number);
        }
        put("named", 100_000);
        put(&name(1000), 4097);
        put(&name(1001), 4096);
        drop_large(&folder).unwrap();
        assert!(!folder.join(name(1000)).exists() && folder.join(name(1001)).exists());
        drop_many(&folder).unwrap();
        let left = made_up(&folder).unwrap();
        assert!(left.len() == KEPT_MAX && left.iter().all(|(size, _)| *size < 64));
        assert!(folder.join("named").exists());
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn targets_are_read_from_the_manifest_of_the_fuzzers() {
        let targets = targets(&Workspace::load().unwrap()).unwrap();
        assert!(targets.contains(&"replay_key".to_owned()), "{targets:?}");
    }
}
