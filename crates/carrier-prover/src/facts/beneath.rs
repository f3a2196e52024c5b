//! What an object rests on, as far as something can be run there.

use std::collections::BTreeSet;

use super::Facts;
use super::rows::Oid;

/// An object by its catalog.
pub(crate) type Part = (&'static str, Oid);

/// What is beneath some objects: found through types and operators, not through functions and
/// relations, which are for whoever asks to follow.
#[derive(Debug, Default)]
pub(crate) struct Beneath {
    pub(crate) functions: BTreeSet<Oid>,
    pub(crate) types: BTreeSet<Oid>,
    pub(crate) relations: BTreeSet<Oid>,
}

impl Beneath {
    /// Takes in what is beneath something else.
    pub(crate) fn add(&mut self, other: Self) {
        self.functions.extend(other.functions);
        self.types.extend(other.types);
        self.relations.extend(other.relations);
    }
}

impl Facts {
    /// What some objects rest on (`pg_depend`).
    pub(crate) fn beneath(&self, parts: impl IntoIterator<Item = Part>) -> Beneath {
        let mut found = Beneath::default();
        let mut queue: Vec<Part> = parts.into_iter().collect();
        let mut seen: BTreeSet<Part> = BTreeSet::new();
        while let Some(part) = queue.pop() {
            if !seen.insert(part) {
                continue;
            }
            let (catalog, oid) = part;
            if catalog == "pg_type" {
                found.types.insert(oid);
                queue.extend(self.parts_of_type(oid));
            }
            for row in self.dependencies_of(catalog, oid) {
                match row.referenced_catalog.as_str() {
                    "pg_proc" => {
                        found.functions.insert(row.referenced);
                    }
                    "pg_type" => queue.push(("pg_type", row.referenced)),
                    "pg_operator" => queue.push(("pg_operator", row.referenced)),
                    // A row's type has the columns of its table, and reads none of it.
                    "pg_class" if catalog == "pg_type" => queue.push(("pg_class", row.referenced)),
                    // Nor does a table read what it is a child of.
                    "pg_class" if catalog != "pg_class" => {
                        found.relations.insert(row.referenced);
                    }
                    _ => {}
                }
            }
        }
        found
    }

    /// The checks of a domain, and the columns of a composite type.
    fn parts_of_type(&self, oid: Oid) -> Vec<Part> {
        let rows = self.dependents_on(oid);
        let parts = rows.filter_map(|row| match row.dependent_catalog.as_str() {
            "pg_constraint" => Some(("pg_constraint", row.dependent)),
            "pg_class" if row.dependent_column == 0 => Some(("pg_class", row.dependent)),
            _ => None,
        });
        parts.collect()
    }
}
