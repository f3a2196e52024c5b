//! Whether a governed writer can be lured to run somebody else's code with its own privileges.
//!
//! Whoever owns a relation may put a trigger, a rule or a policy on it at any time, and whoever owns
//! a function may replace it: after the proof as well as before. What runs then runs as the writer
//! that touched it, and may write the carrier in the writer's name. Catalogs show only that the
//! writer holds a privilege there; that it never uses it is no catalog fact.

use std::collections::{BTreeMap, BTreeSet};

use crate::case::Case;
use crate::catalog::Catalog;
use crate::criteria::Judging;
use crate::facts::Facts;
use crate::facts::find::{holders, qualified};
use crate::facts::rows::{Grant, Oid, PUBLIC, Relation, Role};
use crate::roles::RoleGraph;

/// The privileges on a relation whose use may run its owner's code.
const USES: [&str; 5] = ["SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE"];

/// Doubts whatever governed writer may touch what is not in governed hands.
pub(super) fn judge(case: &Case<'_>, judging: &mut Judging) {
    let declaration = case.declaration;
    let names: BTreeSet<&String> = declaration
        .writers
        .iter()
        .chain(&declaration.transition_writers)
        .collect();
    if names.is_empty() {
        return;
    }
    judging.rests_on(
        case,
        &[Catalog::Functions, Catalog::Relations, Catalog::Schemas],
    );
    let graph = RoleGraph::new(case.facts);
    for writer in names.iter().filter_map(|name| case.facts.role_named(name)) {
        let held: BTreeSet<Oid> = graph
            .privileges_of(writer.oid)
            .into_iter()
            .map(|reached| reached.role)
            .collect();
        for (owner, found) in lures(case, &held) {
            let Some(first) = found.first() else { continue };
            let more = match found.len().saturating_sub(1) {
                0 => String::new(),
                more => format!(", and {more} more of its objects"),
            };
            judging.doubt(format!(
                "`{}` may {first}{more}: `{}` owns it and may make it run code as `{}`, today or \
                 after this proof",
                writer.name,
                case.facts.role_name(owner),
                writer.name
            ));
        }
    }
}

/// What a writer may touch, by who owns it.
fn lures(case: &Case<'_>, held: &BTreeSet<Oid>) -> BTreeMap<Oid, Vec<String>> {
    let facts = case.facts;
    let open: BTreeSet<Oid> = facts
        .schemas
        .iter()
        .filter(|schema| held.contains(&schema.owner) || has(schema.acl.as_ref(), "USAGE", held))
        .map(|schema| schema.oid)
        .collect();
    let mut found: BTreeMap<Oid, Vec<String>> = BTreeMap::new();
    for relation in facts
        .relations
        .iter()
        .filter(|row| is_foreign(case, row.owner))
    {
        if let Some(privilege) = open
            .contains(&relation.schema_oid)
            .then(|| used(facts, relation, held))
            .flatten()
        {
            let name = qualified(&relation.schema, &relation.name);
            let line = format!("{privilege} `{name}` (pg_class.relacl)");
            found.entry(relation.owner).or_default().push(line);
        }
    }
    for function in facts
        .functions
        .iter()
        .filter(|row| is_foreign(case, row.owner))
    {
        // What runs as its owner gives its owner nothing of the caller's.
        let runs = !function.security_definer
            && function.returns != "trigger"
            && open.contains(&function.schema_oid)
            && has(function.acl.as_ref(), "EXECUTE", held);
        if runs {
            let name = qualified(&function.schema, &function.name);
            let line = format!("EXECUTE `{name}` (pg_proc.proacl)");
            found.entry(function.owner).or_default().push(line);
        }
    }
    found
}

/// Whether an owner is in nobody's trust: no superuser, no custodian, no governed writer.
fn is_foreign(case: &Case<'_>, owner: Oid) -> bool {
    let trusted = |role: &Role| {
        role.superuser || case.is_custodian(&role.name) || case.is_governed(&role.name)
    };
    !case.facts.role(owner).is_some_and(trusted)
}

fn used(facts: &Facts, relation: &Relation, held: &BTreeSet<Oid>) -> Option<&'static str> {
    USES.into_iter().find(|privilege| {
        has(relation.acl.as_ref(), privilege, held)
            || facts
                .columns(relation.oid)
                .iter()
                .any(|column| has(column.acl.as_ref(), privilege, held))
    })
}

fn has(acl: Option<&Vec<Grant>>, privilege: &'static str, held: &BTreeSet<Oid>) -> bool {
    holders(acl, privilege).any(|grant| grant.grantee == PUBLIC || held.contains(&grant.grantee))
}
