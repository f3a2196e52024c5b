//! What cargo knows of this workspace: its root, its packages and the contracts they declare.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use cargo_metadata::{DependencyKind, MetadataCommand, Package};
use serde::Deserialize;

/// The workspace as cargo reads it.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The folder of the root manifest.
    pub(crate) root: PathBuf,
    /// Every member, in name order.
    pub(crate) members: Vec<Member>,
}

/// One package of the workspace.
#[derive(Debug, Clone, Default)]
pub(crate) struct Member {
    /// The package name.
    pub(crate) name: String,
    /// Its folder, relative to the root.
    pub(crate) folder: PathBuf,
    /// What `[package.metadata.contract]` says, when the section is there.
    pub(crate) contract: Option<ContractMetadata>,
    /// Features with what they switch on.
    pub(crate) features: BTreeMap<String, Vec<String>>,
    /// Direct dependencies, of every kind.
    pub(crate) dependencies: Vec<Dependency>,
}

/// The envelopes that a crate declares: it sees nothing that it did not declare.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ContractMetadata {
    /// Envelopes read, as `type` or `type@version`.
    #[serde(default)]
    pub(crate) consumes: Vec<String>,
    /// Envelopes written.
    #[serde(default)]
    pub(crate) produces: Vec<String>,
}

/// One edge as a manifest declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    /// The package name of the target.
    pub(crate) name: String,
    /// Only for tests, examples and benches.
    pub(crate) is_dev: bool,
    /// Whether the target is a folder of this workspace.
    pub(crate) is_local: bool,
}

impl Workspace {
    /// Asks cargo, from the current folder upward.
    pub(crate) fn load() -> Result<Self> {
        let metadata = MetadataCommand::new()
            .no_deps()
            .exec()
            .context("asking cargo for the workspace metadata")?;
        let root = metadata.workspace_root.clone().into_std_path_buf();
        let mut members = metadata
            .workspace_packages()
            .into_iter()
            .map(|package| member(package, &root))
            .collect::<Result<Vec<_>>>()?;
        members.sort_by(|left, right| left.name.cmp(&right.name));
        Ok(Self { root, members })
    }

    /// The members that declare a contract.
    pub(crate) fn contract_members(&self) -> impl Iterator<Item = (&Member, &ContractMetadata)> {
        self.members
            .iter()
            .filter_map(|member| Some((member, member.contract.as_ref()?)))
    }

    /// The folder of the contract sources.
    pub(crate) fn schemas(&self) -> PathBuf {
        self.root.join("schemas")
    }
}

fn member(package: &Package, root: &Path) -> Result<Member> {
    let name = package.name.to_string();
    let manifest = package.manifest_path.as_std_path();
    let folder = manifest.parent().unwrap_or(root);
    let folder = folder.strip_prefix(root).unwrap_or(folder).to_owned();
    let contract = package
        .metadata
        .get("contract")
        .cloned()
        .map(serde_json::from_value);
    let contract = contract
        .transpose()
        .with_context(|| format!("reading `[package.metadata.contract]` of `{name}`"))?;
    let dependencies = package
        .dependencies
        .iter()
        .map(|dependency| Dependency {
            name: dependency.name.clone(),
            is_dev: dependency.kind == DependencyKind::Development,
            is_local: dependency.path.is_some(),
        })
        .collect();
    Ok(Member {
        name,
        folder,
        contract,
        features: package.features.clone(),
        dependencies,
    })
}
