//! A digest over the catalog rows that a proof rests on, to compare when the proof is used.

use std::collections::BTreeSet;

use canonical::{ContentHasher, Digest};
use serde::Serialize;

use crate::doors::{Node, Place, search_path};
use crate::error::ProverError;
use crate::facts::Facts;
use crate::facts::rows::{Function, Oid};
use crate::guard::listed;
use crate::path::Operation;
use crate::port::CatalogSource;
use crate::writers::Closure;

/// The digest for these relations, from a fresh reading.
///
/// Equal as long as nothing that a proof of them rests on changes. What it covers follows from the
/// same closure as the proof, so that a *new* row that matters, a grant, a trigger, a function that
/// writes, changes it as much as a changed one.
pub fn fingerprint(
    source: &mut impl CatalogSource,
    relations: &[&str],
) -> Result<Digest, ProverError> {
    named(&Facts::read(source)?, relations)
}

pub(crate) fn named(facts: &Facts, relations: &[&str]) -> Result<Digest, ProverError> {
    let mut oids = BTreeSet::new();
    for name in relations {
        let found = facts.relation_named(name);
        let row = found.ok_or_else(|| ProverError::NoRelation((*name).to_owned()))?;
        oids.insert(row.oid);
    }
    of(facts, &Closure::new(facts), &oids)
}

pub(crate) fn of(
    facts: &Facts,
    closure: &Closure<'_>,
    asked: &BTreeSet<Oid>,
) -> Result<Digest, ProverError> {
    let ways = ways(facts, closure, asked);
    let (relations, functions) = behind(facts, &ways, asked);
    let held = |oid: Oid| relations.contains(&oid);
    let mut rows = Rows(ContentHasher::new());
    // Who reads is no part of it: the gate may read as another role than the prover did.
    let server = &facts.server;
    rows.all(
        "server",
        [(
            (server.version_num, &server.database, server.database_oid),
            (server.database_owner, &server.acl, &server.xmin),
            &server.replication_role,
        )],
    )?;
    rows.all("role", &facts.roles)?;
    rows.all("membership", &facts.memberships)?;
    rows.all("setting", &facts.settings)?;
    rows.all("parameter", &facts.parameter_acls)?;
    rows.all("subscription", &facts.subscriptions)?;
    rows.all("event trigger", &facts.event_triggers)?;
    rows.all(
        "unknown",
        facts.unknown.keys().map(|catalog| catalog.name()),
    )?;
    rows.all(
        "relation",
        facts.relations.iter().filter(|row| held(row.oid)),
    )?;
    rows.all(
        "attribute",
        facts.attributes.iter().filter(|row| held(row.relation)),
    )?;
    rows.all(
        "constraint",
        facts.constraints.iter().filter(|row| held(row.relation)),
    )?;
    rows.all(
        "index",
        facts.indexes.iter().filter(|row| held(row.relation)),
    )?;
    rows.all(
        "trigger",
        facts.triggers.iter().filter(|row| held(row.relation)),
    )?;
    rows.all("rule", facts.rules.iter().filter(|row| held(row.relation)))?;
    rows.all(
        "policy",
        facts.policies.iter().filter(|row| held(row.relation)),
    )?;
    let kin = facts.inheritance.iter();
    rows.all(
        "inheritance",
        kin.filter(|row| held(row.child) || held(row.parent)),
    )?;
    let called = facts.functions.iter();
    rows.all(
        "function",
        called.filter(|row| functions.contains(&row.oid)),
    )?;
    let types: BTreeSet<Oid> = facts
        .attributes
        .iter()
        .filter(|row| held(row.relation))
        .map(|row| row.type_oid)
        .collect();
    rows.all(
        "type",
        facts.types.iter().filter(|row| types.contains(&row.oid)),
    )?;
    let schemas: BTreeSet<Oid> = facts
        .relations
        .iter()
        .filter(|row| held(row.oid))
        .map(|row| row.schema_oid)
        .chain(
            facts
                .functions
                .iter()
                .filter(|row| functions.contains(&row.oid))
                .flat_map(|row| looked_into(facts, row)),
        )
        .collect();
    rows.all(
        "schema",
        facts
            .schemas
            .iter()
            .filter(|row| schemas.contains(&row.oid)),
    )?;
    // Among them whoever decides what others run, by whatever row.
    rows.all("way", &ways)?;
    Ok(rows.0.finish())
}

/// All that leads to a write of what was asked about, or to whatever controls it.
pub(crate) fn ways(facts: &Facts, closure: &Closure<'_>, asked: &BTreeSet<Oid>) -> BTreeSet<Node> {
    let own = asked.iter().copied();
    let below = asked.iter().flat_map(|oid| facts.descendants(*oid));
    let family: BTreeSet<Oid> = own.chain(below).collect();
    let ways = family.into_iter();
    ways.flat_map(|oid| on_the_way(facts, closure, oid))
        .collect()
}

/// The schema of a function, and those where it looks names up.
fn looked_into<'facts>(
    facts: &'facts Facts,
    function: &Function,
) -> impl Iterator<Item = Oid> + use<'facts> {
    let names = search_path(function).and_then(listed).unwrap_or_default();
    let schemas = facts.schemas.iter();
    let searched = schemas.filter(move |schema| names.contains(&schema.name));
    std::iter::once(function.schema_oid).chain(searched.map(|schema| schema.oid))
}

/// The relations and functions that lead to a write of what was asked about.
pub(crate) fn behind(
    facts: &Facts,
    ways: &BTreeSet<Node>,
    asked: &BTreeSet<Oid>,
) -> (BTreeSet<Oid>, BTreeSet<Oid>) {
    let mut relations = asked.clone();
    for oid in asked {
        relations.extend(facts.descendants(*oid));
    }
    let mut functions = BTreeSet::new();
    for node in ways {
        match node {
            Node::Write { relation, .. }
            | Node::Read { relation, .. }
            | Node::Plant {
                place: Place::Relation(relation),
                ..
            } => {
                relations.insert(*relation);
            }
            Node::Run { function, .. }
            | Node::Plant {
                place: Place::Function(function),
                ..
            } => {
                functions.insert(*function);
            }
            Node::Anything { .. } => {}
        }
    }
    // A consumer is tied to what it reads by its body.
    let readers = facts.dependencies.iter().filter(|row| {
        row.dependent_catalog == "pg_proc"
            && row.referenced_catalog == "pg_class"
            && asked.contains(&row.referenced)
    });
    functions.extend(readers.map(|row| row.dependent));
    for oid in &relations {
        if let Some(relation) = facts.relation(*oid) {
            functions.extend(
                facts
                    .functions_under(relation.oid)
                    .iter()
                    .map(|row| row.oid),
            );
        }
    }
    (relations, functions)
}

/// What leads to a write of a relation, or to whatever controls it.
fn on_the_way(facts: &Facts, closure: &Closure<'_>, relation: Oid) -> BTreeSet<Node> {
    let doors = &closure.doors;
    let writes = Operation::WRITES.into_iter();
    let mut found: BTreeSet<Node> = writes
        .flat_map(|operation| doors.behind(relation, operation))
        .collect();
    let controlled = facts.relation(relation).into_iter();
    let unforeseen = controlled.flat_map(|row| closure.unforeseen(row));
    found.extend(unforeseen.flat_map(|user| doors.behind_anything(user)));
    found
}

struct Rows(ContentHasher);

impl Rows {
    fn all<T: Serialize>(
        &mut self,
        kind: &'static str,
        rows: impl IntoIterator<Item = T>,
    ) -> Result<(), ProverError> {
        for row in rows {
            let text = serde_json::to_vec(&row).map_err(|error| ProverError::Unstatable {
                member: "fingerprint",
                source: error.into(),
            })?;
            // Kind and length keep one list of rows from reading as another.
            self.0.update(kind.as_bytes());
            self.0.update(format!(" {}\n", text.len()).as_bytes());
            self.0.update(&text);
        }
        Ok(())
    }
}
