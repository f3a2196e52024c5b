//! `contract-graph`: who is joined to whom, and by which envelope.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::report;
use crate::schemas::{Envelope, Origin, Store};
use crate::workspace::Workspace;

const PAGE: &str = "ARCHITECTURE.md";
const OPEN: &str = "<!-- contract-graph -->";
const CLOSE: &str = "<!-- /contract-graph -->";

/// What `contract-graph` was asked to do.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Print the block that ARCHITECTURE.md shows
    #[arg(long)]
    mermaid: bool,
    /// Fail unless ARCHITECTURE.md shows exactly that block
    #[arg(long, conflicts_with = "write")]
    check: bool,
    /// Put that block into ARCHITECTURE.md, between its markers
    #[arg(long)]
    write: bool,
}

/// Runs the subcommand.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let workspace = Workspace::load()?;
    if arguments.check {
        return check(&workspace);
    }
    let graph = Graph::of(&workspace, &Store::load(&workspace.schemas())?)?;
    if arguments.write {
        let text = replace_block(&read_page(&workspace)?, &graph.mermaid()?)?;
        let page = workspace.root.join(PAGE);
        return std::fs::write(page, text).context("writing `ARCHITECTURE.md`");
    }
    report::answer(&if arguments.mermaid {
        graph.mermaid()?
    } else {
        graph.text()?
    })
}

/// Fails unless ARCHITECTURE.md shows the graph as the manifests declare it.
pub(crate) fn check(workspace: &Workspace) -> Result<()> {
    let graph = Graph::of(workspace, &Store::load(&workspace.schemas())?)?;
    check_page(&read_page(workspace)?, &graph.mermaid()?)
}

/// Every envelope that is read and that nobody writes.
pub(crate) fn findings(workspace: &Workspace, store: &Store) -> Vec<String> {
    let graph = match Graph::of(workspace, store) {
        Ok(graph) => graph,
        Err(error) => return vec![format!("{error:#}")],
    };
    let lonely = graph
        .joints
        .iter()
        .filter(|(_, joint)| joint.producers.is_empty());
    lonely
        .map(|(envelope, joint)| {
            let consumers: Vec<_> = joint
                .consumers
                .iter()
                .map(|name| format!("`{name}`"))
                .collect();
            format!(
                "`{}` is consumed by {} and produced by nobody",
                envelope.label(),
                consumers.join(", ")
            )
        })
        .collect()
}

/// The envelopes in use with those on either side.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    pub(crate) joints: BTreeMap<Envelope, Joint>,
}

/// Both sides of one envelope.
#[derive(Debug, Default)]
pub(crate) struct Joint {
    pub(crate) producers: BTreeSet<String>,
    pub(crate) consumers: BTreeSet<String>,
}

impl Graph {
    /// Joins what the manifests declare. An envelope from outside says so itself, in the
    /// annotation `x-produced-by` at the root of its schema.
    pub(crate) fn of(workspace: &Workspace, store: &Store) -> Result<Self> {
        let mut graph = Self::default();
        for (member, contract) in workspace.contract_members() {
            let joint_of = |name: &str| {
                store
                    .envelope(name)
                    .with_context(|| format!("manifest of `{}`", member.name))
            };
            for name in &contract.produces {
                let joint = graph.joints.entry(joint_of(name)?).or_default();
                joint.producers.insert(member.name.clone());
            }
            for name in &contract.consumes {
                let joint = graph.joints.entry(joint_of(name)?).or_default();
                joint.consumers.insert(member.name.clone());
            }
        }
        for (envelope, joint) in &mut graph.joints {
            let root = Origin {
                path: envelope.path(),
                definition: None,
            };
            let outside = store
                .definition(&root)?
                .get("x-produced-by")
                .and_then(Value::as_str);
            joint.producers.extend(outside.map(str::to_owned));
        }
        Ok(graph)
    }

    fn text(&self) -> Result<String> {
        let mut text = String::new();
        for (envelope, joint) in &self.joints {
            writeln!(
                text,
                "{} → {} → {}",
                listed(&joint.producers),
                envelope.label(),
                listed(&joint.consumers)
            )?;
        }
        Ok(text)
    }

    fn mermaid(&self) -> Result<String> {
        let mut text = String::from("```mermaid\nflowchart LR\n");
        for envelope in self.joints.keys() {
            writeln!(
                text,
                "  {}[/\"{}\"/]",
                node("e", &envelope.label()),
                envelope.label()
            )?;
        }
        let sides = self
            .joints
            .values()
            .flat_map(|joint| joint.producers.iter().chain(&joint.consumers));
        for name in sides.collect::<BTreeSet<_>>() {
            writeln!(text, "  {}([\"{name}\"])", node("c", name))?;
        }
        for (envelope, joint) in &self.joints {
            let middle = node("e", &envelope.label());
            for producer in &joint.producers {
                writeln!(text, "  {} --> {middle}", node("c", producer))?;
            }
            for consumer in &joint.consumers {
                writeln!(text, "  {middle} --> {}", node("c", consumer))?;
            }
        }
        text.push_str("```\n");
        Ok(text)
    }
}

fn listed(names: &BTreeSet<String>) -> String {
    if names.is_empty() {
        return "nobody".to_owned();
    }
    names
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

fn node(prefix: &str, name: &str) -> String {
    let plain = name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
    format!("{prefix}_{plain}")
}

fn read_page(workspace: &Workspace) -> Result<String> {
    std::fs::read_to_string(workspace.root.join(PAGE)).context("reading `ARCHITECTURE.md`")
}

fn check_page(page: &str, block: &str) -> Result<()> {
    let (_, found, _) = split_page(page)?;
    ensure!(
        found.trim() == block.trim(),
        "the contract graph in `ARCHITECTURE.md` has drifted: run `cargo xtask contract-graph --write`"
    );
    Ok(())
}

fn replace_block(page: &str, block: &str) -> Result<String> {
    let (before, _, after) = split_page(page)?;
    Ok(format!("{before}{OPEN}\n{block}{CLOSE}{after}"))
}

fn split_page(page: &str) -> Result<(&str, &str, &str)> {
    let parts = page.split_once(OPEN).and_then(|(before, rest)| {
        let (block, after) = rest.split_once(CLOSE)?;
        Some((before, block, after))
    });
    match parts {
        Some(parts) => Ok(parts),
        None => bail!("`ARCHITECTURE.md` has no block between `{OPEN}` and `{CLOSE}`"),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::fixtures;
    use crate::workspace::{ContractMetadata, Member};

    fn graph(store: &Store) -> Graph {
        let contract = ContractMetadata {
            consumes: vec!["ping".into()],
            produces: vec!["pong".into()],
        };
        let member = Member {
            name: "callee".into(),
            contract: Some(contract),
            ..Member::default()
        };
        let workspace = Workspace {
            root: PathBuf::new(),
            members: vec![member],
        };
        Graph::of(&workspace, store).unwrap()
    }

    #[test]
    fn each_line_names_producer_envelope_and_consumer() {
        let text = graph(&fixtures::store()).text().unwrap();
        assert_eq!(text, "nobody → ping@1 → callee\ncallee → pong@1 → nobody\n");
    }

    #[test]
    fn an_envelope_from_outside_names_its_producer_itself() {
        let mut texts = fixtures::texts();
        fixtures::edit(&mut texts, "ping.v1.schema.json", |document| {
            let root = document.as_object_mut().unwrap();
            root.insert("x-produced-by".to_owned(), "caller".into());
        });
        let text = graph(&Store::from_texts(&texts).unwrap()).text().unwrap();
        assert!(text.starts_with("caller → ping@1 → callee\n"), "{text}");
    }

    #[test]
    fn the_page_must_show_the_graph_as_it_is() {
        let block = graph(&fixtures::store()).mermaid().unwrap();
        let page = format!("# A\n{OPEN}\nold\n{CLOSE}\nend\n");
        assert!(
            check_page(&page, &block)
                .unwrap_err()
                .to_string()
                .contains("has drifted")
        );
        let written = replace_block(&page, &block).unwrap();
        check_page(&written, &block).unwrap();
        assert!(written.starts_with("# A\n") && written.ends_with("\nend\n"));
        assert!(check_page("# no block", &block).is_err());
    }
}
