//! Declarations: which relation is meant to carry what, for which use, written by whom.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::error::ProverError;
use crate::usage::{Slot, Use};

/// One carrier, declared for one use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// What people call it.
    pub carrier: String,
    /// `schema.name`.
    pub relation: String,
    /// What for.
    pub used_as: Use,
    /// Which column fills which slot; `column`, or `schema.table.column` of a companion.
    pub slots: BTreeMap<Slot, String>,
    /// The governed roles that may insert.
    pub writers: BTreeSet<String>,
    /// The governed roles that may carry out lifecycle transitions.
    pub transition_writers: BTreeSet<String>,
    /// The roles that own it and that nobody can log in as.
    pub custodians: BTreeSet<String>,
    /// The function that reads it back, `schema.name`.
    pub consumer: Option<String>,
    /// The triggers that are accounted for; none where no inventory was accepted.
    pub triggers: Option<BTreeSet<String>>,
    /// The class that somebody expects, for comparing.
    pub expect: Option<String>,
}

/// All declarations of one proof, in the order in which they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declarations(pub Vec<Declaration>);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    carrier: String,
    relation: String,
    #[serde(default)]
    writers: BTreeSet<String>,
    #[serde(default)]
    transition_writers: BTreeSet<String>,
    #[serde(default)]
    custodians: BTreeSet<String>,
    consumer: Option<String>,
    triggers: Option<BTreeSet<String>>,
    facets: Vec<Facet>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Facet {
    #[serde(rename = "use")]
    used_as: Use,
    #[serde(default)]
    slots: BTreeMap<Slot, String>,
    expect: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    carrier: Vec<Written>,
}

impl Declarations {
    /// From a JSON array of carriers.
    pub fn from_json(text: &str) -> Result<Self, ProverError> {
        let written: Vec<Written> = serde_json::from_str(text)
            .map_err(|error| ProverError::Declaration(error.to_string()))?;
        Ok(Self::of(written))
    }

    /// From TOML: `[[carrier]]`, each with its `[[carrier.facets]]`.
    pub fn from_toml(text: &str) -> Result<Self, ProverError> {
        let file: File =
            toml::from_str(text).map_err(|error| ProverError::Declaration(error.to_string()))?;
        Ok(Self::of(file.carrier))
    }

    /// Relations without any declaration: writers and immutability as far as they go.
    pub fn undeclared(relations: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let declarations = relations.into_iter().map(|relation| {
            let relation: String = relation.into();
            Declaration {
                carrier: relation.clone(),
                relation,
                used_as: Use::Undeclared,
                slots: BTreeMap::new(),
                writers: BTreeSet::new(),
                transition_writers: BTreeSet::new(),
                custodians: BTreeSet::new(),
                consumer: None,
                triggers: None,
                expect: None,
            }
        });
        Self(declarations.collect())
    }

    fn of(written: Vec<Written>) -> Self {
        let mut all = Vec::new();
        for carrier in written {
            for facet in carrier.facets {
                all.push(Declaration {
                    carrier: carrier.carrier.clone(),
                    relation: carrier.relation.clone(),
                    used_as: facet.used_as,
                    slots: facet.slots,
                    writers: carrier.writers.clone(),
                    transition_writers: carrier.transition_writers.clone(),
                    custodians: carrier.custodians.clone(),
                    consumer: carrier.consumer.clone(),
                    triggers: carrier.triggers.clone(),
                    expect: facet.expect,
                });
            }
        }
        Self(all)
    }
}

#[cfg(test)]
mod tests;
