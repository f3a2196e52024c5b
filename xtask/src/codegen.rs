//! `codegen`: schemas in, each crate's own types and bundle out.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::bundle::Bundle;
use crate::schemas::{Envelope, Store};
use crate::workspace::{ContractMetadata, Member, Workspace};
use crate::{contract_graph, examples, frozen, generate, profile, report};

/// What `codegen` was asked to do.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Change nothing: name drift, missing and orphan files, and exit 1 if there are any
    #[arg(long, conflicts_with = "freeze")]
    check: bool,
    /// Record a released version, so that it can never change again
    #[arg(long, value_name = "TYPE@VERSION")]
    freeze: Option<String>,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let workspace = Workspace::load()?;
    let store = Store::load(&workspace.schemas())?;
    if let Some(label) = &arguments.freeze {
        return frozen::freeze(&store, &workspace.schemas(), label);
    }
    let findings = if arguments.check {
        check(&workspace, &store)?
    } else {
        write(&workspace, &store)?
    };
    report::findings("codegen", &findings)
}

/// Everything that is not as the schemas say, without touching a file.
pub(crate) fn check(workspace: &Workspace, store: &Store) -> Result<Vec<String>> {
    let mut findings = source_findings(workspace, store)?;
    let (expected, failures) = generate_all(workspace, store);
    findings.extend(failures);
    for (path, text) in &expected {
        let shown = path.display();
        match std::fs::read_to_string(workspace.root.join(path)) {
            Ok(found) if found == *text => {}
            Ok(_) => findings.push(format!("`{shown}` has drifted: run `cargo xtask codegen`")),
            Err(_) => findings.push(format!("`{shown}` is missing: run `cargo xtask codegen`")),
        }
    }
    findings.extend(orphans(workspace, &expected)?);
    findings.extend(contract_graph::findings(workspace, store));
    for (member, _) in workspace.contract_members() {
        findings.extend(manifest_findings(member));
    }
    Ok(findings)
}

fn write(workspace: &Workspace, store: &Store) -> Result<Vec<String>> {
    let findings = source_findings(workspace, store)?;
    if !findings.is_empty() {
        return Ok(findings);
    }
    let (expected, failures) = generate_all(workspace, store);
    for (path, text) in &expected {
        let target = workspace.root.join(path);
        if std::fs::read_to_string(&target).is_ok_and(|found| found == *text) {
            continue;
        }
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(&target, text).with_context(|| format!("writing `{}`", path.display()))?;
        report::answer(&format!("wrote {}\n", path.display()))?;
    }
    Ok(failures)
}

// What is wrong with the schemas themselves, whoever uses them.
fn source_findings(workspace: &Workspace, store: &Store) -> Result<Vec<String>> {
    let mut findings = profile::findings(store);
    if findings.is_empty() {
        findings = examples::findings(store, &workspace.schemas())?;
    }
    findings.extend(frozen::findings(
        store,
        &frozen::load(&workspace.schemas())?,
    ));
    Ok(findings)
}

type Files = BTreeMap<PathBuf, String>;

fn generate_all(workspace: &Workspace, store: &Store) -> (Files, Vec<String>) {
    let mut files = Files::new();
    let mut failures = Vec::new();
    for (member, contract) in workspace.contract_members() {
        match generate_one(store, contract) {
            Ok((source, bundle)) => {
                let folder = contract_folder(member);
                files.insert(folder.join("generated.rs"), source);
                files.insert(folder.join("bundle.json"), bundle);
            }
            Err(error) => failures.push(format!("crate `{}`: {error:#}", member.name)),
        }
    }
    (files, failures)
}

fn generate_one(store: &Store, contract: &ContractMetadata) -> Result<(String, String)> {
    let names = contract.consumes.iter().chain(&contract.produces);
    let envelopes: BTreeSet<Envelope> = names
        .map(|name| store.envelope(name))
        .collect::<Result<_>>()?;
    let bundle = Bundle::of_envelopes(store, &envelopes)?;
    Ok((generate::source(&bundle)?, bundle.text()?))
}

fn contract_folder(member: &Member) -> PathBuf {
    member.folder.join("src/contract")
}

// A generated file that no manifest asks for would be compiled and trusted, and never refreshed.
fn orphans(workspace: &Workspace, expected: &Files) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for member in &workspace.members {
        let folder = contract_folder(member);
        let Ok(entries) = std::fs::read_dir(workspace.root.join(&folder)) else {
            continue;
        };
        for entry in entries {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if !expected.contains_key(&path) && looks_generated(&entry.path()) {
                findings.push(format!(
                    "`{}` is an orphan: no `[package.metadata.contract]` asks for it",
                    path.display()
                ));
            }
        }
    }
    Ok(findings)
}

fn looks_generated(path: &Path) -> bool {
    let is_json = path
        .extension()
        .is_some_and(|extension| extension == "json");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    is_json || text.starts_with(generate::MARK)
}

fn manifest_findings(member: &Member) -> Vec<String> {
    let mut findings = Vec::new();
    let feature = member
        .features
        .get("schemars")
        .map(Vec::as_slice)
        .unwrap_or_default();
    for needed in ["dep:schemars", "canonical/schemars"] {
        if !feature.iter().any(|part| part == needed) {
            findings.push(format!(
                "crate `{}`: feature `schemars` lacks `{needed}`",
                member.name
            ));
        }
    }
    for needed in ["canonical", "envelope", "serde"] {
        let is_there = |one: &crate::workspace::Dependency| one.name == needed && !one.is_dev;
        if !member.dependencies.iter().any(is_there) {
            findings.push(format!(
                "crate `{}`: dependency `{needed}` is missing",
                member.name
            ));
        }
    }
    findings
}

#[cfg(test)]
mod tests;
