//! A digest over the catalog rows that a proof rests on, to compare when the proof is used.

use std::collections::BTreeSet;

use canonical::{ContentHasher, Digest};
use serde::Serialize;

use crate::doors::Node;
use crate::error::ProverError;
use crate::facts::Facts;
use crate::facts::rows::Oid;
use crate::path::Operation;
use crate::port::CatalogSource;
use crate::writers::{Closure, functions_under};

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
    let (relations, functions) = behind(facts, closure, asked);
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
                .map(|row| row.schema_oid),
        )
        .collect();
    rows.all(
        "schema",
        facts
            .schemas
            .iter()
            .filter(|row| schemas.contains(&row.oid)),
    )?;
    Ok(rows.0.finish())
}

/// The relations and functions that lead to a write of what was asked about.
pub(crate) fn behind(
    facts: &Facts,
    closure: &Closure<'_>,
    asked: &BTreeSet<Oid>,
) -> (BTreeSet<Oid>, BTreeSet<Oid>) {
    let mut relations = asked.clone();
    for oid in asked {
        relations.extend(facts.descendants(*oid));
    }
    let mut functions = BTreeSet::new();
    for oid in relations.clone() {
        for operation in Operation::WRITES {
            for node in closure.doors.behind(oid, operation) {
                match node {
                    Node::Write { relation, .. } => {
                        relations.insert(relation);
                    }
                    Node::Run { function, .. } => {
                        functions.insert(function);
                    }
                    Node::Anything { .. } => {}
                }
            }
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
            functions.extend(functions_under(facts, relation).iter().map(|row| row.oid));
        }
    }
    (relations, functions)
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
