//! Finding rows, and what people call them.

use super::Facts;
use super::rows::{
    Attribute, Constraint, Dependency, Function, Grant, Index, Membership, Oid, PUBLIC, Relation,
    Role, Rule, Schema, Trigger, Type,
};

// Rows come ordered by their object, so one is found without a second index over them.
fn by_oid<T>(rows: &[T], oid: Oid, key: impl Fn(&T) -> Oid) -> Option<&T> {
    rows.binary_search_by_key(&oid, key)
        .ok()
        .and_then(|at| rows.get(at))
}

impl Facts {
    /// A role.
    pub fn role(&self, oid: Oid) -> Option<&Role> {
        by_oid(&self.roles, oid, |role| role.oid)
    }

    /// A role by its name.
    pub fn role_named(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name == name)
    }

    /// What a role is called; everybody is `PUBLIC`.
    pub fn role_name(&self, oid: Oid) -> String {
        match self.role(oid) {
            Some(role) => role.name.clone(),
            None if oid == PUBLIC => "PUBLIC".to_owned(),
            None => format!("role {oid}"),
        }
    }

    /// A schema.
    pub fn schema(&self, oid: Oid) -> Option<&Schema> {
        by_oid(&self.schemas, oid, |schema| schema.oid)
    }

    /// A relation.
    pub fn relation(&self, oid: Oid) -> Option<&Relation> {
        by_oid(&self.relations, oid, |relation| relation.oid)
    }

    /// A relation by its name: `schema.name`, in `public` also `name`, or as SQL writes it.
    pub fn relation_named(&self, written: &str) -> Option<&Relation> {
        let (schema, name) = written.split_once('.').unwrap_or(("public", written));
        let mut relations = self.relations.iter();
        relations
            .clone()
            .find(|relation| relation.schema == schema && relation.name == name)
            .or_else(|| relations.find(|row| qualified(&row.schema, &row.name) == written))
    }

    /// A relation's name as SQL writes it.
    pub fn relation_name(&self, oid: Oid) -> String {
        match self.relation(oid) {
            Some(relation) => qualified(&relation.schema, &relation.name),
            None => format!("relation {oid}"),
        }
    }

    /// A function.
    pub fn function(&self, oid: Oid) -> Option<&Function> {
        by_oid(&self.functions, oid, |function| function.oid)
    }

    /// A type that somebody made.
    pub(crate) fn made_type(&self, oid: Oid) -> Option<&Type> {
        by_oid(&self.types, oid, |row| row.oid)
    }

    /// The columns of a relation, in their order.
    pub fn columns(&self, relation: Oid) -> &[Attribute] {
        slice_of(&self.attributes, relation, |row| row.relation)
    }

    /// A column by its name.
    pub fn column(&self, relation: Oid, name: &str) -> Option<&Attribute> {
        self.columns(relation).iter().find(|row| row.name == name)
    }

    /// A column by its number.
    pub fn column_numbered(&self, relation: Oid, number: i32) -> Option<&Attribute> {
        self.columns(relation)
            .iter()
            .find(|row| row.number == number)
    }

    /// The constraints on a relation.
    pub fn constraints_on(&self, relation: Oid) -> impl Iterator<Item = &Constraint> {
        self.places.constraints.of(&self.constraints, relation)
    }

    /// The foreign keys that point to a relation.
    pub(crate) fn references_to(&self, relation: Oid) -> impl Iterator<Item = &Constraint> {
        let rows = self.places.references.of(&self.constraints, relation);
        rows.filter(|row| row.kind == "f")
    }

    /// The indexes of a relation.
    pub fn indexes_on(&self, relation: Oid) -> impl Iterator<Item = &Index> {
        self.places.indexes.of(&self.indexes, relation)
    }

    /// The triggers of a relation that no constraint made.
    pub fn triggers_on(&self, relation: Oid) -> impl Iterator<Item = &Trigger> {
        let rows = self.places.triggers.of(&self.triggers, relation);
        rows.filter(|row| !row.internal)
    }

    /// The rewrite rules of a relation.
    pub(crate) fn rules_on(&self, relation: Oid) -> impl Iterator<Item = &Rule> {
        self.places.rules.of(&self.rules, relation)
    }

    /// What an object of a catalog rests on.
    pub(crate) fn dependencies_of(
        &self,
        catalog: &'static str,
        object: Oid,
    ) -> impl Iterator<Item = &Dependency> {
        let rows = self.places.resting.of(&self.dependencies, object);
        rows.filter(move |row| row.dependent_catalog == catalog)
    }

    /// What rests on an object, of whatever catalog.
    pub(crate) fn dependents_on(&self, object: Oid) -> impl Iterator<Item = &Dependency> {
        self.places.rested_on.of(&self.dependencies, object)
    }

    /// The memberships of a member.
    pub(crate) fn memberships_of(&self, member: Oid) -> impl Iterator<Item = &Membership> {
        self.places.memberships.of(&self.memberships, member)
    }

    /// A relation's children, nearest first, at any depth; without itself.
    pub fn descendants(&self, relation: Oid) -> Vec<Oid> {
        let mut found: Vec<Oid> = Vec::new();
        let mut next = 0;
        let mut at = relation;
        loop {
            for row in self.places.children.of(&self.inheritance, at) {
                if row.child != relation && !found.contains(&row.child) {
                    found.push(row.child);
                }
            }
            match found.get(next) {
                Some(child) => at = *child,
                None => return found,
            }
            next = next.saturating_add(1);
        }
    }

    /// Whether a relation is somebody's child.
    pub fn has_parent(&self, relation: Oid) -> bool {
        self.inheritance.iter().any(|row| row.child == relation)
    }
}

fn slice_of<T>(rows: &[T], relation: Oid, key: impl Fn(&T) -> Oid) -> &[T] {
    let start = rows.partition_point(|row| key(row) < relation);
    let end = rows.partition_point(|row| key(row) <= relation);
    rows.get(start..end).unwrap_or_default()
}

/// The holders of a privilege in a list of grants.
pub(crate) fn holders<'grants>(
    acl: Option<&'grants Vec<Grant>>,
    privilege: &'static str,
) -> impl Iterator<Item = &'grants Grant> {
    acl.into_iter()
        .flatten()
        .filter(move |grant| grant.privilege == privilege)
}

/// A name as SQL writes it: quoted where it would not read back as itself.
pub(crate) fn quoted(name: &str) -> String {
    let plain = name.starts_with(|letter: char| letter.is_ascii_lowercase() || letter == '_')
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if plain {
        name.to_owned()
    } else {
        format!("\"{}\"", name.replace('"', "\"\""))
    }
}

/// Schema and name as SQL writes them.
pub(crate) fn qualified(schema: &str, name: &str) -> String {
    format!("{}.{}", quoted(schema), quoted(name))
}
