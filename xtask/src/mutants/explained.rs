//! The list of mutants that no test can tell from the code, each with its reason.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

/// Where the list stands, from the workspace root.
pub(crate) const LIST: &str = "xtask/mutants.toml";

/// The list.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Explained {
    /// Mutants that every test passes with.
    #[serde(default, rename = "survivor")]
    pub(crate) survivors: Vec<Survivor>,
    /// Mutants that a test does not end with, and that are noticed by that.
    #[serde(default, rename = "endless")]
    pub(crate) endless: Vec<Survivor>,
}

/// One mutant, named without its line so that it outlives edits around it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Survivor {
    #[serde(rename = "crate")]
    pub(crate) package: String,
    /// From the crate's folder on.
    file: String,
    /// What is changed in which function, as `cargo mutants` says it.
    pub(crate) mutant: String,
    /// How many places of that function it is said of.
    #[serde(default = "one")]
    pub(crate) count: usize,
    pub(crate) reason: String,
}

const fn one() -> usize {
    1
}

impl Explained {
    /// The list as it is committed.
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let reading = || format!("reading `{LIST}`");
        let text = fs::read_to_string(root.join(LIST)).with_context(reading)?;
        toml::from_str(&text).with_context(reading)
    }

    /// Entries that explain nothing, or are said of a crate that is not judged.
    pub(crate) fn findings(&self, crates: &[&str]) -> Vec<String> {
        let mut findings = Vec::new();
        for entry in self.survivors.iter().chain(&self.endless) {
            let of = entry.shown();
            if !crates.contains(&entry.package.as_str()) {
                findings.push(format!("{LIST}: {of}: the crate is not judged"));
            }
            if entry.reason.trim().is_empty() {
                findings.push(format!("{LIST}: {of}: has no reason"));
            }
            if entry.count == 0 {
                findings.push(format!("{LIST}: {of}: is said of no place"));
            }
        }
        findings
    }
}

impl Survivor {
    /// From the workspace root on.
    pub(crate) fn path(&self) -> String {
        format!("crates/{}/{}", self.package, self.file)
    }

    pub(crate) fn shown(&self) -> String {
        format!("{}: {}", self.path(), self.mutant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_a_reason_a_place_and_a_crate_that_is_judged() {
        let entry = |name: &str, count: usize, reason: &str| {
            let text = format!(
                "[[survivor]]\ncrate = \"{name}\"\nfile = \"src/b.rs\"\nmutant = \"m\"\n\
                 count = {count}\nreason = \"{reason}\""
            );
            let list: Explained = toml::from_str(&text).unwrap();
            list.findings(&["a"])
        };
        assert!(entry("a", 1, "equal").is_empty());
        assert_eq!(entry("b", 0, " ").len(), 3);
    }
}
