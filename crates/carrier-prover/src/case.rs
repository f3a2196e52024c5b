//! One declaration beside what the catalogs say of its relation.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::Catalog;
use crate::declare::Declaration;
use crate::facts::Facts;
use crate::facts::rows::{Attribute, Function, Oid, Relation};
use crate::guard::facts::FamilyFacts;
use crate::path::{Certainty, Operation};
use crate::usage::Slot;
use crate::writers::{Closure, WriterPath};

/// What is judged.
pub(crate) struct Case<'facts> {
    pub(crate) facts: &'facts Facts,
    pub(crate) declaration: &'facts Declaration,
    pub(crate) relation: &'facts Relation,
    /// The slots whose columns are there.
    pub(crate) slots: BTreeMap<Slot, Filled<'facts>>,
    /// What was declared and is not there.
    pub(crate) absent: Vec<String>,
    /// Paths to the relation, and to the companions that hold slots of it.
    pub(crate) paths: BTreeMap<Oid, Vec<WriterPath>>,
    /// The relation with everything that shares its rows.
    pub(crate) family: FamilyFacts,
    /// The functions of the database that run with ordinary triggers silent.
    pub(crate) silencing: Vec<&'facts Function>,
}

/// A slot with its column.
#[derive(Clone, Copy)]
pub(crate) struct Filled<'facts> {
    pub(crate) relation: Oid,
    pub(crate) column: &'facts Attribute,
}

impl<'facts> Case<'facts> {
    pub(crate) fn new(
        facts: &'facts Facts,
        closure: &Closure<'facts>,
        declaration: &'facts Declaration,
        relation: &'facts Relation,
    ) -> Self {
        let mut slots = BTreeMap::new();
        let mut absent = Vec::new();
        for (slot, written) in &declaration.slots {
            match find(facts, relation, written) {
                Some(filled) => {
                    slots.insert(*slot, filled);
                }
                None => absent.push(format!("{} `{written}`", slot.as_str())),
            }
        }
        let paths = relations_of(facts, declaration)
            .into_iter()
            .map(|oid| (oid, closure.writers(oid)))
            .collect();
        Self {
            facts,
            declaration,
            relation,
            slots,
            absent,
            paths,
            family: crate::family::family(
                facts,
                relation,
                &declaration.custodians,
                &closure.silencing,
            ),
            silencing: closure.silencing.clone(),
        }
    }

    /// The paths to the relation itself.
    pub(crate) fn own_paths(&self) -> &[WriterPath] {
        self.paths
            .get(&self.relation.oid)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// Whether a role is a declared writer.
    pub(crate) fn is_governed(&self, role: &str) -> bool {
        self.declaration.writers.contains(role)
            || self.declaration.transition_writers.contains(role)
    }

    /// Whether a role is a declared custodian that indeed nobody logs in as.
    pub(crate) fn is_custodian(&self, role: &str) -> bool {
        self.declaration.custodians.contains(role)
            && self
                .facts
                .role_named(role)
                .is_some_and(|role| !role.can_login)
    }

    /// Paths of an operation by whoever is neither trusted nor a custodian, certain ones first.
    pub(crate) fn outsiders(&self, relation: Oid, operation: Operation) -> Vec<&WriterPath> {
        let mut found: Vec<&WriterPath> = self
            .paths
            .get(&relation)
            .into_iter()
            .flatten()
            .filter(|path| path.operation == operation)
            .filter(|path| !path.superuser && !self.is_custodian(&path.role))
            .collect();
        found.sort_by_key(|path| (path.certainty, path.steps.len()));
        found
    }

    /// Which of these catalogs could not be read, in words.
    pub(crate) fn unknown(&self, rests_on: &[Catalog]) -> Vec<String> {
        rests_on
            .iter()
            .filter_map(|catalog| {
                let why = self.facts.unknown.get(catalog)?;
                Some(format!("`{}` is unknown: {why}", catalog.name()))
            })
            .collect()
    }

    /// The column of a slot, where it is the relation's own.
    pub(crate) fn own(&self, slot: Slot) -> Option<&'facts Attribute> {
        self.slots
            .get(&slot)
            .filter(|filled| filled.relation == self.relation.oid)
            .map(|filled| filled.column)
    }
}

/// The relation of a declaration, and the companions that hold slots of it.
pub(crate) fn relations_of(facts: &Facts, declaration: &Declaration) -> BTreeSet<Oid> {
    let Some(relation) = facts.relation_named(&declaration.relation) else {
        return BTreeSet::new();
    };
    let filled = declaration.slots.values();
    let companions = filled.filter_map(|written| find(facts, relation, written));
    let epochs = crate::heads::epochs_of(facts, declaration, relation);
    std::iter::once(relation.oid)
        .chain(companions.map(|filled| filled.relation))
        .chain(epochs.map(|key| key.referenced))
        .collect()
}

/// Whether a path is certain.
pub(crate) fn is_certain(path: &WriterPath) -> bool {
    path.certainty == Certainty::Certain
}

pub(crate) fn find<'facts>(
    facts: &'facts Facts,
    relation: &'facts Relation,
    written: &str,
) -> Option<Filled<'facts>> {
    let (holder, column) = match written.rsplit_once('.') {
        None => (relation, written),
        Some((holder, column)) => (facts.relation_named(holder)?, column),
    };
    // A companion counts where a foreign key ties it to the carrier, and not by its name.
    let tied = holder.oid == relation.oid
        || facts.constraints.iter().any(|key| {
            key.kind == "f"
                && key.enforced
                && ((key.relation == holder.oid && key.referenced == relation.oid)
                    || (key.relation == relation.oid && key.referenced == holder.oid))
        });
    if !tied {
        return None;
    }
    Some(Filled {
        relation: holder.oid,
        column: facts.column(holder.oid, column)?,
    })
}
