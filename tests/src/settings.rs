//! All that a caller can set, found where it is defined: commands and flags by the program's own help,
//! keys by its refusal of another one, variables by its sources.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::fixture::must;
use crate::shell::{holdfast, run};

/// A flag of a command.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Flag {
    /// Its long name, such as `--store`.
    pub name: String,
    /// Whether a value follows it.
    pub takes_value: bool,
}

fn help(command: &[&str]) -> String {
    let arguments = [command, &["--help"]].concat();
    run(&mut holdfast(Path::new("/"), &arguments))
        .exits(0)
        .text()
}

/// The commands that a help text lists.
fn listed(help: &str) -> Vec<String> {
    let section = help.split("Commands:\n").nth(1).unwrap_or_default();
    let names = section.lines().take_while(|line| !line.is_empty());
    names
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .filter(|name| name != "help")
        .collect()
}

/// Every command that help shows, and every command below it, by its path.
///
/// # Panics
///
/// When a command has no help of its own.
pub fn commands() -> Vec<Vec<String>> {
    let mut paths = vec![Vec::new()];
    let mut next = 0_usize;
    while let Some(path) = paths.get(next).cloned() {
        next = next.saturating_add(1);
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        let help = help(&words);
        assert!(help.contains("Usage: holdfast"), "{path:?}");
        for name in listed(&help) {
            paths.push([&path[..], &[name]].concat());
        }
    }
    paths
}

/// The flags of a command, as its help shows them, but for the one that shows it.
pub fn flags(command: &[&str]) -> BTreeSet<Flag> {
    let help = help(command);
    let options = help.lines().map(str::trim_start);
    let options = options.filter(|line| line.starts_with('-'));
    let flags = options.filter_map(|line| {
        let mut words = line.get(line.find("--")?..)?.split_whitespace();
        Some(Flag {
            name: words.next()?.to_owned(),
            takes_value: words.next().is_some_and(|word| word.starts_with('<')),
        })
    });
    flags.filter(|flag| flag.name != "--help").collect()
}

/// How many commands and flags the program's definition hides from its help.
pub fn hidden() -> usize {
    let cli = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/cli/src");
    let mut files = vec![cli.join("args.rs")];
    sources(&cli.join("args"), &mut files);
    let texts = files.iter().map(|file| must(std::fs::read_to_string(file)));
    texts.map(|text| text.matches("hide").count()).sum()
}

/// Every key of the configuration file, as the refusal of another one lists them.
pub fn keys() -> BTreeSet<String> {
    let folder = must(tempfile::TempDir::new());
    must(std::fs::write(
        folder.path().join("holdfast.toml"),
        "no_such_key = 1\n",
    ));
    let said = run(&mut holdfast(folder.path(), &["config", "show"])).exits(2);
    let expected = must(said.stderr.split_once("expected").ok_or(&said.stderr)).1;
    let quoted = expected.split('`').skip(1).step_by(2);
    quoted.map(str::to_owned).collect()
}

/// How a source reads the environment.
const READS: [&str; 3] = ["env::var", "env::{", "getenv"];

/// The beginning of a variable of ours.
const OURS: &str = "HOLDFAST_";

/// Every variable that a crate can read: ours wherever it is named, any other where the environment is
/// read. What only tests read is left out.
///
/// # Panics
///
/// When a source reads one that it does not name itself, or lets the parser of the command line do so.
pub fn variables() -> BTreeSet<String> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let manifest = must(std::fs::read_to_string(workspace.join("Cargo.toml")));
    let clap = manifest.lines().find(|line| line.starts_with("clap = "));
    assert!(!must(clap.ok_or("no clap")).contains("\"env\""));
    let mut found = BTreeSet::new();
    let mut files = Vec::new();
    sources(&workspace.join("crates"), &mut files);
    for file in files {
        let text = must(std::fs::read_to_string(&file));
        let reads = READS.iter().any(|call| text.contains(call));
        for called in text.split("env::var").skip(1) {
            let argument = called
                .split_once('(')
                .and_then(|(_, rest)| rest.split_once(')'));
            let argument = argument.map_or("", |(argument, _)| argument);
            let defined = format!("const {argument}: &str");
            let is_constant = argument.chars().next().is_some_and(char::is_uppercase);
            let is_here = !is_constant || text.contains(&defined);
            assert!(
                is_here && !argument.contains("::"),
                "{}: {argument}",
                file.display()
            );
        }
        let named = quoted_capitals(&text).filter(|name| reads || name.starts_with(OURS));
        found.extend(named.map(str::to_owned));
    }
    found
}

/// What stands in quotes and could name a variable.
fn quoted_capitals(text: &str) -> impl Iterator<Item = &str> {
    let is_capital = |character: char| matches!(character, 'A'..='Z' | '0'..='9' | '_');
    text.split('"')
        .filter(move |part| part.len() > 2 && part.chars().all(is_capital))
        .filter(|part| part.starts_with(|first: char| first.is_ascii_uppercase()))
}

/// The sources of every crate beneath a folder, without their tests.
fn sources(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in must(folder.read_dir()) {
        let path = must(entry).path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        if path.is_dir() && name != "tests" {
            sources(&path, files);
        } else if path.extension().is_some_and(|suffix| suffix == "rs") && name != "tests" {
            files.push(path);
        }
    }
}
