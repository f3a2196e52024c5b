//! `contract-diff`: what a schema change means for those who read and those who write.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::bundle::Bundle;
use crate::contract_graph::Graph;
use crate::frozen::{self, Frozen};
use crate::report;
use crate::schemas::{Envelope, Store};
use crate::workspace::Workspace;

mod compare;

use compare::{Change, Effect};

/// What `contract-diff` was asked to compare.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The git revision to compare with, such as `main` or `HEAD~3`
    #[arg(value_name = "REV")]
    revision: String,
}

/// Runs the subcommand. Only a changed or forgotten release fails; the rest informs.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let workspace = Workspace::load()?;
    let mut old_texts = texts_at(&workspace.root, &arguments.revision)?;
    let old_frozen = match old_texts.remove("frozen.json") {
        Some(text) => serde_json::from_str(&text).context("reading the old `frozen.json`")?,
        None => Frozen::new(),
    };
    let old = Store::from_texts(&old_texts).context("reading the old schemas")?;
    let new = Store::load(&workspace.schemas())?;
    let graph = Graph::of(&workspace, &new)?;
    let envelopes: BTreeSet<Envelope> =
        old.envelopes().into_iter().chain(new.envelopes()).collect();
    for envelope in &envelopes {
        report::answer(&describe(envelope, &verdict(envelope, &old, &new)?, &graph))?;
    }
    let new_frozen = frozen::load(&workspace.schemas())?;
    let mut findings = frozen::findings(&new, &new_frozen);
    findings.extend(forgotten(&old_frozen, &new_frozen));
    report::findings("contract-diff", &findings)
}

/// How one envelope version stands against its old self.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Identical,
    WordingOnly,
    NewVersion,
    Removed,
    Changed(Vec<Change>),
}

fn verdict(envelope: &Envelope, old: &Store, new: &Store) -> Result<Verdict> {
    let is_in = |store: &Store| store.envelopes().contains(envelope);
    match (is_in(old), is_in(new)) {
        (false, _) => return Ok(Verdict::NewVersion),
        (true, false) => return Ok(Verdict::Removed),
        (true, true) => {}
    }
    let only = BTreeSet::from([envelope.clone()]);
    let before = Bundle::of_envelopes(old, &only).context("bundling the old schemas")?;
    let after = Bundle::of_envelopes(new, &only)?;
    if before.hash()? != after.hash()? {
        return Ok(Verdict::Changed(compare::documents(
            &before.document()?,
            &after.document()?,
        )));
    }
    let same = before.definitions == after.definitions;
    Ok(if same {
        Verdict::Identical
    } else {
        Verdict::WordingOnly
    })
}

fn describe(envelope: &Envelope, verdict: &Verdict, graph: &Graph) -> String {
    let label = envelope.label();
    let changes = match verdict {
        Verdict::Identical => return format!("{label}: identical\n"),
        Verdict::WordingOnly => return format!("{label}: identical but for wording\n"),
        Verdict::NewVersion => return format!("{label}: new version\n"),
        Verdict::Removed => return format!("{label}: removed, breaking for all\n"),
        Verdict::Changed(changes) => changes,
    };
    let mut lines = vec![format!("{label}: {}", summary(changes))];
    if let Some(joint) = graph.joints.get(envelope) {
        let listed =
            |names: &BTreeSet<String>| names.iter().cloned().collect::<Vec<_>>().join(", ");
        let (producers, consumers) = (listed(&joint.producers), listed(&joint.consumers));
        lines.push(format!("  producers: {producers}"));
        lines.push(format!("  consumers: {consumers}"));
    }
    for change in changes {
        lines.push(format!("  {}: {}", change.place, change.what));
    }
    lines.join("\n") + "\n"
}

fn summary(changes: &[Change]) -> &'static str {
    let all = |effect: Effect| changes.iter().all(|change| change.effect == effect);
    // No change found where hashes differ was not understood, and that is breaking.
    if changes.is_empty() {
        "breaking"
    } else if all(Effect::Widened) {
        "compatible for consumers, breaking for producers: consumers move first"
    } else if all(Effect::Narrowed) {
        "compatible for producers, breaking for consumers: producers move first"
    } else {
        "breaking"
    }
}

// A release that leaves the list would be free to change again.
fn forgotten(old: &Frozen, new: &Frozen) -> Vec<String> {
    old.iter()
        .filter(|(label, hash)| new.get(*label) != Some(*hash))
        .map(|(label, _)| format!("`frozen.json` no longer holds `{label}` as it was released"))
        .collect()
}

fn texts_at(root: &Path, revision: &str) -> Result<BTreeMap<String, String>> {
    ensure!(!revision.starts_with('-'), "`{revision}` is no revision");
    let listing = git(
        root,
        &["ls-tree", "-r", "--name-only", revision, "schemas/"],
    )?;
    let mut texts = BTreeMap::new();
    for line in listing.lines() {
        let Some(path) = line.strip_prefix("schemas/") else {
            continue;
        };
        if path.ends_with(".schema.json") || path == "frozen.json" {
            let text = git(root, &["show", &format!("{revision}:./{line}")])?;
            texts.insert(path.to_owned(), text);
        }
    }
    Ok(texts)
}

fn git(root: &Path, arguments: &[&str]) -> Result<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(root)
        .args(arguments)
        .output();
    let output = output.context("running git")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("`git {}`: {}", arguments.join(" "), said.trim());
    }
    String::from_utf8(output.stdout).context("reading what git wrote")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::fixtures;

    #[track_caller]
    fn check(path: &str, change: impl FnOnce(&mut Value), expected: &str) {
        let old = fixtures::store();
        let mut texts = fixtures::texts();
        fixtures::edit(&mut texts, path, change);
        let new = Store::from_texts(&texts).unwrap();
        let pong = old.envelope("pong").unwrap();
        let found = verdict(&pong, &old, &new).unwrap();
        let text = describe(&pong, &found, &Graph::default());
        assert!(text.contains(expected), "{expected} not in\n{text}");
    }

    const MOODS: &str = "common/moods.schema.json";
    const PONG: &str = "pong.v1.schema.json";

    fn set(pointer: &str, value: Value) -> impl FnOnce(&mut Value) {
        move |document| *document.pointer_mut(pointer).unwrap() = value
    }

    #[test]
    fn rewording_is_no_change() {
        check(
            MOODS,
            set("/$defs/Mood/description", json!("Other.")),
            "identical but for wording",
        );
        check(PONG, |_| (), "pong@1: identical\n");
    }

    #[test]
    fn an_added_value_asks_consumers_to_move_first() {
        let values = json!(["GOOD_ENOUGH", "BAD", "ODD"]);
        check(
            MOODS,
            set("/$defs/Mood/enum", values),
            "compatible for consumers, breaking for",
        );
    }

    #[test]
    fn a_removed_value_asks_producers_to_move_first() {
        check(
            MOODS,
            set("/$defs/Mood/enum", json!(["BAD"])),
            "compatible for producers, breaking",
        );
    }

    #[test]
    fn an_added_or_removed_member_is_breaking() {
        let add = |document: &mut Value| {
            let members = document
                .get_mut("properties")
                .unwrap()
                .as_object_mut()
                .unwrap();
            members.insert("more".to_owned(), json!({"type":"null"}));
        };
        check(PONG, add, "pong@1: breaking");
        let remove = |document: &mut Value| {
            document
                .get_mut("properties")
                .unwrap()
                .as_object_mut()
                .unwrap()
                .remove("answer");
        };
        check(PONG, remove, "pong@1: breaking");
    }

    #[test]
    fn what_is_not_understood_is_breaking() {
        let pattern = set("/$defs/Sha256Ref/pattern", json!("^.*$"));
        check("common/scalars.schema.json", pattern, "pong@1: breaking");
    }

    #[test]
    fn changes_in_both_directions_are_breaking() {
        check(
            MOODS,
            set("/$defs/Mood/enum", json!(["BAD", "ODD"])),
            "pong@1: breaking",
        );
    }

    #[test]
    fn an_added_branch_widens_and_a_removed_one_narrows() {
        let branches = |document: &mut Value| {
            let branches = document.pointer_mut("/$defs/Answer/oneOf").unwrap();
            branches.as_array_mut().unwrap().truncate(1);
        };
        check(
            PONG,
            branches,
            "compatible for producers, breaking for consumers",
        );
    }

    #[test]
    fn a_new_version_and_a_vanished_one_are_named() {
        let full = fixtures::store();
        let mut texts = fixtures::texts();
        texts.remove(PONG);
        let without = Store::from_texts(&texts).unwrap();
        let pong = full.envelope("pong").unwrap();
        assert_eq!(
            verdict(&pong, &without, &full).unwrap(),
            Verdict::NewVersion
        );
        assert_eq!(verdict(&pong, &full, &without).unwrap(), Verdict::Removed);
    }

    #[test]
    fn a_release_cannot_leave_the_frozen_list() {
        let old = Frozen::from([("ping@1".to_owned(), "sha256:00".to_owned())]);
        assert_eq!(forgotten(&old, &Frozen::new()).len(), 1);
        assert!(forgotten(&old, &old).is_empty());
    }
}
