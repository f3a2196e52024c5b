//! What the names in a body may mean.

use std::collections::BTreeSet;

use super::World;
use super::names::{Stranger, is_trusted, making, search_path};
use crate::body::{Effects, Name, of_text};
use crate::facts::Facts;
use crate::facts::find::qualified;
use crate::facts::rows::{Function, Oid, Type};
use crate::guard::listed;

/// What is looked for while something runs as somebody else, and whoever makes or owns it decides.
pub(crate) struct Sought {
    /// Schemas, whether they are there or not.
    pub(crate) schemas: BTreeSet<String>,
    /// Types, whose owners say what they are checked by and cast to.
    pub(crate) types: BTreeSet<Oid>,
}

impl Sought {
    /// Who else makes or owns any of it.
    pub(super) fn strangers(&self, facts: &Facts, role: Oid) -> Vec<Stranger> {
        let makers = self.schemas.iter();
        let makers = makers.flat_map(|name| making(facts, name, role));
        let types = self.types.iter();
        let types = types.filter_map(|oid| facts.made_type(*oid));
        let strange = types.filter(|row| !is_trusted(facts, row.owner, role));
        let owners = strange.map(|row| Stranger {
            role: row.owner,
            how: format!(
                "`{}` owns type `{}` (pg_type)",
                facts.role_name(row.owner),
                qualified(&row.schema, &row.name),
            ),
        });
        makers.chain(owners).collect()
    }
}

impl World<'_> {
    /// The relations that names in a body may mean.
    pub(super) fn named_in(&self, function: &Function, effects: &Effects) -> BTreeSet<Oid> {
        // What stands in an SQL-standard body is bound when it is made, and kept as dependencies.
        if function.sql_body.is_some() {
            let bound = self.facts.dependencies_of("pg_proc", function.oid);
            let read = bound.filter(|row| row.referenced_catalog == "pg_class");
            return read.map(|row| row.referenced).collect();
        }
        let mentions = effects.mentions.iter();
        mentions
            .flat_map(|mention| self.meant(function, mention))
            .collect()
    }

    /// What a function seeks beyond functions and relations that are there.
    pub(super) fn sought_by(&self, function: &Function, effects: &Effects) -> Sought {
        let mentions = effects.mentions.iter();
        let types = mentions.flat_map(|name| self.types_meant(name, searched(function, name)));
        let types = types.map(|row| row.oid).collect();
        // What is bound is not looked up.
        let schemas = if function.sql_body.is_some() {
            BTreeSet::new()
        } else {
            self.looked_into(function, effects)
        };
        Sought { schemas, types }
    }

    /// The types of a relation's columns.
    pub(super) fn sought_by_columns(&self, relation: Oid) -> Sought {
        let columns = self.facts.columns(relation).iter();
        let mentions = columns.flat_map(|column| of_text(&column.type_name).mentions);
        let types = mentions.flat_map(|name| {
            let path = name.schema.iter().cloned().collect();
            self.types_meant(&name, Some(path))
        });
        Sought {
            schemas: BTreeSet::new(),
            types: types.map(|row| row.oid).collect(),
        }
    }

    /// The schemas in which a body looks for what it names in them: what it calls, and what is no
    /// relation that is there.
    fn looked_into(&self, function: &Function, effects: &Effects) -> BTreeSet<String> {
        let sought = effects.mentions.iter().filter_map(|mention| {
            let schema = mention.schema.as_deref()?;
            let is_elsewhere = self.meant(function, mention).next().is_some()
                || self.is_own(function, effects, schema);
            (!is_elsewhere).then_some(schema)
        });
        let called = effects.calls.iter();
        let called = called.filter_map(|name| name.schema.as_deref());
        called.chain(sought).map(str::to_owned).collect()
    }

    /// A name in a body that the session's temporary objects may have: one of theirs, or what is
    /// written and is in no schema that comes before them.
    pub(super) fn temporary(&self, function: &Function, effects: &Effects) -> Option<String> {
        let mut mentions = effects.mentions.iter();
        let theirs = mentions.find(|mention| mention.schema.as_deref() == Some("pg_temp"));
        let mut writes = effects.writes.iter().map(|(_, name)| name);
        let absent = || {
            writes.find(|name| name.schema.is_none() && self.meant(function, name).next().is_none())
        };
        theirs.or_else(absent).map(|name| name.name.clone())
    }

    fn types_meant(&self, name: &Name, path: Option<Vec<String>>) -> Vec<&Type> {
        let named = self.types_named.get(name.name.as_str()).into_iter();
        let named = named.flatten().copied();
        named
            .filter(|row| is_on(path.as_ref(), &row.schema))
            .collect()
    }

    /// The relations that a name in a body may mean.
    fn meant(&self, function: &Function, name: &Name) -> impl Iterator<Item = Oid> {
        let path = searched(function, name);
        let named = self.relations_named.get(name.name.as_str());
        let named = named.into_iter().flatten();
        let meant = named.filter(move |row| is_on(path.as_ref(), &row.schema));
        meant.map(|row| row.oid)
    }

    /// Whether what stands before a dot is no schema but something that the body itself speaks of: a
    /// row, a table, a variable.
    fn is_own(&self, function: &Function, effects: &Effects, before: &str) -> bool {
        let mut schemas = self.facts.schemas.iter();
        if schemas.any(|schema| schema.name == before) {
            return false;
        }
        matches!(before, "new" | "old" | "excluded")
            || function.name == before
            || effects.mentions.iter().any(|name| name.name == before)
    }
}

/// The schemas that a name in a body is looked for in; none where the body does not say.
fn searched(function: &Function, name: &Name) -> Option<Vec<String>> {
    match &name.schema {
        Some(schema) => Some(vec![schema.clone()]),
        // What is bound is printed with its schema.
        None if function.sql_body.is_some() => Some(Vec::new()),
        None => search_path(function).and_then(listed),
    }
}

fn is_on(path: Option<&Vec<String>>, schema: &String) -> bool {
    path.is_none_or(|path| path.contains(schema))
}
