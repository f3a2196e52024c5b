//! `check-deps`: the real edges of the workspace, held against the committed list.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::report;
use crate::workspace::{Member, Workspace};

mod scan;

/// Everything but the ends of the line.
const ANY: &str = "*";

/// Runs the subcommand.
pub(crate) fn run() -> Result<()> {
    let workspace = Workspace::load()?;
    report::findings("check-deps", &check(&workspace)?)
}

/// Every edge, source and page that breaks the rules, each with its offender.
pub(crate) fn check(workspace: &Workspace) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(workspace.root.join("xtask/dependency-rules.toml"))
        .context("reading `xtask/dependency-rules.toml`")?;
    let rules: Rules = toml::from_str(&text).context("reading `xtask/dependency-rules.toml`")?;
    let mut findings = edge_findings(&workspace.members, &rules);
    findings.extend(source_findings(workspace, &rules)?);
    findings.extend(page_findings(&workspace.root)?);
    Ok(findings)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    nobody_depends_on: Vec<String>,
    crates: BTreeMap<String, Vec<String>>,
    dev: BTreeMap<String, Vec<String>>,
    never: Vec<Never>,
    sources: Sources,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Never {
    group: String,
    crates: Vec<String>,
    externals: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sources {
    crates: Vec<String>,
    paths: Vec<String>,
}

impl Rules {
    fn admits(&self, from: &str, to: &str, is_dev: bool) -> bool {
        if self.nobody_depends_on.iter().any(|end| end == to) {
            return false;
        }
        let named = |rules: &BTreeMap<String, Vec<String>>| {
            rules
                .get(from)
                .is_some_and(|all| all.iter().any(|one| one == to || one == ANY))
        };
        named(&self.crates) || (is_dev && named(&self.dev))
    }

    // A rule about a crate that is gone guards nothing, and looks as if it did.
    fn named_crates(&self) -> BTreeSet<&str> {
        let edges = self.crates.iter().chain(&self.dev);
        let edges = edges.flat_map(|(from, to)| std::iter::once(from).chain(to));
        let groups = self.never.iter().flat_map(|never| &never.crates);
        let listed = edges
            .chain(groups)
            .chain(&self.sources.crates)
            .chain(&self.nobody_depends_on);
        listed
            .map(String::as_str)
            .filter(|name| *name != ANY)
            .collect()
    }
}

fn edge_findings(members: &[Member], rules: &Rules) -> Vec<String> {
    let mut findings = Vec::new();
    for name in rules.named_crates() {
        if !members.iter().any(|member| member.name == name) {
            findings.push(format!(
                "the rules name `{name}`, which is no crate of the workspace"
            ));
        }
    }
    for member in members {
        if !rules.crates.contains_key(&member.name) {
            findings.push(format!("crate `{}` has no rule", member.name));
            continue;
        }
        for dependency in &member.dependencies {
            let kind = if dependency.is_dev {
                "dev-dependency"
            } else {
                "dependency"
            };
            if dependency.is_local
                && !rules.admits(&member.name, &dependency.name, dependency.is_dev)
            {
                findings.push(format!(
                    "crate `{}` must not depend on `{}` ({kind})",
                    member.name, dependency.name
                ));
            }
        }
        findings.extend(external_findings(member, rules));
    }
    findings
}

fn external_findings(member: &Member, rules: &Rules) -> Vec<String> {
    let mut findings = Vec::new();
    let groups = rules
        .never
        .iter()
        .filter(|never| never.crates.contains(&member.name));
    for never in groups {
        let outside = member
            .dependencies
            .iter()
            .filter(|one| !one.is_local && !one.is_dev);
        for dependency in outside.filter(|one| never.externals.contains(&one.name)) {
            findings.push(format!(
                "crate `{}` must not reach `{}`: refused for {}",
                member.name, dependency.name, never.group
            ));
        }
    }
    findings
}

fn source_findings(workspace: &Workspace, rules: &Rules) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    let scanned = |member: &&Member| rules.sources.crates.contains(&member.name);
    for member in workspace.members.iter().filter(scanned) {
        let folder = workspace.root.join(&member.folder).join("src");
        for file in scan::rust_files(&folder)? {
            let text = std::fs::read_to_string(&file)?;
            let found = scan::named_paths(&text, &rules.sources.paths)
                .with_context(|| format!("reading `{}`", file.display()))?;
            let shown = file
                .strip_prefix(&workspace.root)
                .unwrap_or(&file)
                .display()
                .to_string();
            findings.extend(
                found
                    .into_iter()
                    .map(|path| format!("`{shown}` names `{path}`")),
            );
        }
    }
    Ok(findings)
}

fn page_findings(root: &Path) -> Result<Vec<String>> {
    let Ok(page) = std::fs::read_to_string(root.join("ARCHITECTURE.md")) else {
        return Ok(vec!["`ARCHITECTURE.md` is missing".to_owned()]);
    };
    let mut folders = BTreeSet::new();
    for entry in std::fs::read_dir(root.join("crates"))? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            folders.insert(entry.file_name().to_string_lossy().into_owned());
        }
    }
    Ok(list_findings(&page, &folders))
}

fn list_findings(page: &str, folders: &BTreeSet<String>) -> Vec<String> {
    let listed: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("- `crates/")?.split_once('`'))
        .map(|(name, _)| name.to_owned())
        .collect();
    let absent = folders
        .difference(&listed)
        .map(|name| format!("does not list `crates/{name}`"));
    let stale = listed
        .difference(folders)
        .map(|name| format!("lists `crates/{name}`, not there"));
    absent
        .chain(stale)
        .map(|what| format!("`ARCHITECTURE.md` {what}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    const RULES: &str = r#"
        nobody_depends_on = ["cli"]
        [crates]
        canonical = []
        block = ["canonical"]
        cli = ["*"]
        [dev]
        canonical = ["block"]
        [[never]]
        group = "blocks"
        crates = ["block"]
        externals = ["tokio"]
        [sources]
        crates = ["block"]
        paths = ["std::fs"]
    "#;

    fn member(name: &str, dependencies: &[(&str, bool, bool)]) -> Member {
        let dependencies = dependencies
            .iter()
            .map(|(name, is_dev, is_local)| Dependency {
                name: (*name).to_owned(),
                is_dev: *is_dev,
                is_local: *is_local,
            })
            .collect();
        Member {
            name: name.to_owned(),
            dependencies,
            ..Member::default()
        }
    }

    fn lawful() -> Vec<Member> {
        vec![
            member("canonical", &[("block", true, true)]),
            member(
                "block",
                &[("canonical", false, true), ("tokio", true, false)],
            ),
            member("cli", &[("block", false, true), ("tokio", false, false)]),
        ]
    }

    #[track_caller]
    fn check_edge(index: usize, edge: (&str, bool, bool), expected: &str) {
        let rules: Rules = toml::from_str(RULES).unwrap();
        assert_eq!(edge_findings(&lawful(), &rules), Vec::<String>::new());
        let mut members = lawful();
        let added = member("added", &[edge]).dependencies;
        members[index].dependencies.extend(added);
        let found = edge_findings(&members, &rules);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains(expected), "{found:?}");
    }

    #[test]
    fn an_edge_that_no_rule_admits_names_both_ends() {
        check_edge(
            0,
            ("block", false, true),
            "`canonical` must not depend on `block`",
        );
        check_edge(1, ("cli", false, true), "`block` must not depend on `cli`");
        check_edge(
            0,
            ("cli", true, true),
            "`canonical` must not depend on `cli` (dev-dependency)",
        );
    }

    #[test]
    fn a_refused_external_crate_is_named() {
        check_edge(1, ("tokio", false, false), "`block` must not reach `tokio`");
    }

    #[test]
    fn a_crate_without_rule_and_a_rule_without_crate_are_named() {
        let rules: Rules = toml::from_str(RULES).unwrap();
        let mut members = lawful();
        members.pop();
        members.push(member("newcomer", &[]));
        let found = edge_findings(&members, &rules).join("\n");
        assert!(found.contains("`newcomer` has no rule"), "{found}");
        assert!(found.contains("the rules name `cli`"), "{found}");
    }

    #[test]
    fn the_page_lists_exactly_the_crates() {
        let folders = BTreeSet::from(["gate".to_owned(), "cli".to_owned()]);
        let page = "- `crates/gate`: holds\n- `crates/cli` prints\n";
        assert_eq!(list_findings(page, &folders), Vec::<String>::new());
        let page = "- `crates/gate`: holds\n- `crates/old`: gone\n";
        assert_eq!(list_findings(page, &folders).len(), 2);
    }

    #[test]
    fn the_repository_keeps_its_rules() {
        let workspace = Workspace::load().unwrap();
        assert_eq!(check(&workspace).unwrap(), Vec::<String>::new());
    }
}
