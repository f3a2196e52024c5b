//! What the names in a body may mean.

use std::collections::BTreeSet;

use super::World;
use super::names::search_path;
use crate::body::{Effects, Name};
use crate::facts::beneath::Part;
use crate::facts::rows::{Function, Oid};
use crate::guard::listed;

impl World<'_> {
    /// The relations and types that names in a body may mean.
    pub(super) fn parts_named(&self, function: &Function, effects: &Effects) -> Vec<Part> {
        // What stands in an SQL-standard body is bound when it is made, and kept as dependencies.
        let mentions = effects.mentions.iter();
        let looked_up = mentions.filter(|_| function.sql_body.is_none());
        let found = looked_up.flat_map(|name| {
            let types = self.types_meant(function, name).map(|oid| ("pg_type", oid));
            let relations = self.meant(function, name).map(|oid| ("pg_class", oid));
            types.chain(relations)
        });
        found.collect()
    }

    /// The schemas in which a body looks for what it names in them: what it calls, and what is no
    /// relation that is there.
    pub(super) fn looked_into(&self, function: &Function, effects: &Effects) -> BTreeSet<String> {
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
        // Where the caller says what the names mean, it is not known what is there.
        let is_anywhere = |name: &Name| {
            search_path(function).is_some() && self.meant(function, name).next().is_some()
        };
        let absent = || writes.find(|name| name.schema.is_none() && !is_anywhere(name));
        theirs.or_else(absent).map(|name| name.name.clone())
    }

    /// The types that a name in a body may mean; the name of an array's type begins with a line below
    /// the name of its elements'.
    fn types_meant(&self, function: &Function, name: &Name) -> impl Iterator<Item = Oid> {
        let path = searched(function, name);
        let named = self.types_named.get(name.name.trim_start_matches('_'));
        let named = named.into_iter().flatten();
        let meant = named.filter(move |row| is_on(path.as_ref(), &row.schema));
        meant.map(|row| row.oid)
    }

    /// The relations that a name in a body may mean.
    fn meant(&self, function: &Function, name: &Name) -> impl Iterator<Item = Oid> {
        let path = searched(function, name);
        let named = self.relations_named.get(name.name.as_str());
        let named = named.into_iter().flatten();
        let meant = named.filter(move |row| is_on(path.as_ref(), &row.schema));
        meant.map(|row| row.oid)
    }

    /// Whether a function takes one row, of a table or of a type that somebody made.
    pub(super) fn takes_a_row(&self, function: &Function) -> bool {
        let [only] = function.argument_types.as_slice() else {
            return false;
        };
        let name = only.rsplit('.').next().unwrap_or(only).trim_matches('"');
        self.relations_named.contains_key(name) || self.types_named.contains_key(name)
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
pub(super) fn searched(function: &Function, name: &Name) -> Option<Vec<String>> {
    match &name.schema {
        Some(schema) => Some(vec![schema.clone()]),
        None => search_path(function).and_then(listed),
    }
}

pub(super) fn is_on(path: Option<&Vec<String>>, schema: &String) -> bool {
    path.is_none_or(|path| path.contains(schema))
}
