//! The statements that rebuild a relation, and what leads to a write of it, from catalog rows.
//!
//! Left out are the rows, which are made up, and checks, which judge values and guard nothing: the
//! made-up rows would not keep them. What cannot be rebuilt is an error, and then nothing is probed:
//! an attempt that passes because a guard is missing in the copy would say nothing.

use std::collections::BTreeSet;

use super::data::row;
use super::ddl;
use crate::case::Case;
use crate::facts::Facts;
use crate::facts::rows::{Oid, Relation};
use crate::fingerprint::{behind, ways};
use crate::writers::Closure;

/// The most relations that a copy has.
const RELATIONS_MAX: usize = 64;

/// Everything, in an order in which it can be run.
pub(super) fn statements(case: &Case<'_>, closure: &Closure<'_>) -> Result<Vec<String>, String> {
    let facts = case.facts;
    if !facts.unknown.is_empty() {
        return Err("a catalog is unknown, so that no copy would be whole".to_owned());
    }
    let asked = BTreeSet::from([case.relation.oid]);
    let (mut oids, mut functions) = behind(facts, &ways(facts, closure, &asked), &asked);
    // A child cannot be made without its parent, nor a view without what it shows.
    with_parents(facts, &mut oids);
    let relations = ordered(facts, &oids)?;
    // Who only reads decides nothing here, and may need what is not copied.
    functions.retain(|oid| {
        facts
            .function(*oid)
            .is_some_and(|row| row.returns == "trigger" || row.security_definer)
    });
    for relation in &relations {
        functions.extend(
            facts
                .functions_under(relation.oid)
                .iter()
                .map(|row| row.oid),
        );
    }
    let mut all = ddl::roles(facts);
    all.push("SET LOCAL check_function_bodies = off".to_owned());
    all.extend(ddl::schemas(facts, &relations, &functions));
    all.extend(ddl::types(facts, &relations)?);
    for relation in relations.iter().filter(|row| row.kind != "v") {
        all.extend(ddl::table(facts, relation)?);
    }
    for relation in relations.iter().filter(|row| row.kind == "r") {
        all.push(row(facts, relation)?);
    }
    for oid in &functions {
        if let Some(function) = facts.function(*oid) {
            all.extend(ddl::function(facts, function)?);
        }
    }
    for relation in &relations {
        all.extend(ddl::view(facts, relation)?);
        all.extend(ddl::keys(facts, relation, &oids, false));
    }
    for relation in &relations {
        all.extend(ddl::keys(facts, relation, &oids, true));
        all.extend(ddl::guards(facts, relation));
        all.extend(ddl::rights(facts, relation));
    }
    Ok(all)
}

fn with_parents(facts: &Facts, oids: &mut BTreeSet<Oid>) {
    loop {
        let known = oids.len();
        let kin = facts.inheritance.iter();
        let parents = kin
            .filter(|row| oids.contains(&row.child))
            .map(|row| row.parent);
        let views = facts
            .rules
            .iter()
            .filter(|rule| oids.contains(&rule.relation));
        let shown = views.flat_map(|rule| {
            let reads = facts.dependencies.iter().filter(move |row| {
                row.dependent_catalog == "pg_rewrite"
                    && row.dependent == rule.oid
                    && row.referenced_catalog == "pg_class"
            });
            reads.map(|row| row.referenced)
        });
        let more: Vec<Oid> = parents.chain(shown).collect();
        oids.extend(more);
        if oids.len() == known {
            return;
        }
    }
}

/// Relations, each after its parents.
fn ordered<'facts>(
    facts: &'facts Facts,
    oids: &BTreeSet<Oid>,
) -> Result<Vec<&'facts Relation>, String> {
    if oids.len() > RELATIONS_MAX {
        return Err(format!(
            "{} relations lead to it, more than the {RELATIONS_MAX} of a copy",
            oids.len()
        ));
    }
    let mut left: Vec<&Relation> = oids.iter().filter_map(|oid| facts.relation(*oid)).collect();
    let mut found: Vec<&Relation> = Vec::new();
    while !left.is_empty() {
        let known = found.len();
        left.retain(|relation| {
            let mut parents = facts
                .inheritance
                .iter()
                .filter(|row| row.child == relation.oid);
            let ready = parents.all(|row| found.iter().any(|one| one.oid == row.parent));
            if ready {
                found.push(relation);
            }
            !ready
        });
        if found.len() == known {
            return Err("its parents are not known".to_owned());
        }
    }
    Ok(found)
}
