//! Which statements are tried: what every path would do, and what whoever has no path must not.

use super::{Attempt, Claim};
use crate::case::Case;
use crate::criteria::{Guarded, guarded_by};
use crate::facts::rows::Oid;
use crate::path::Operation;
use crate::writers::{WriterPath, write};

/// The most roles without any path that are tried; they are all refused for the same reason.
const OUTSIDE_MAX: usize = 32;

/// Every attempt on the relation and on what shares its rows.
pub(super) fn all(case: &Case<'_>) -> Vec<Attempt> {
    let mut found = Vec::new();
    for operation in Operation::REWRITES {
        let outsiders = case.outsiders(case.relation.oid, operation);
        for path in &outsiders {
            found.extend(of_path(case, path, operation));
        }
        found.extend(outside(case, &outsiders, operation));
    }
    found
}

fn of_path(case: &Case<'_>, path: &WriterPath, operation: Operation) -> Option<Attempt> {
    let (claim, statements) = match guarded_by(case, path, operation) {
        Guarded::Refused => (Claim::Refused, path.witness.clone()?),
        Guarded::Passes(statements) => (Claim::Passes, statements),
        // What is only possible has no witness.
        Guarded::Unknown => (Claim::Unknown, path.witness.clone()?),
    };
    // What a publisher does is done elsewhere.
    if statements
        .iter()
        .any(|statement| statement.starts_with("--"))
    {
        return None;
    }
    let in_replica_mode = statements
        .iter()
        .any(|statement| statement.starts_with("SHOW "));
    Some(Attempt {
        role: path.role.clone(),
        relation: case.facts.relation_name(case.relation.oid),
        in_replica_mode,
        statements,
        operation,
        claim,
    })
}

/// Those who, as the catalogs say, have no way at all.
fn outside(case: &Case<'_>, paths: &[&WriterPath], operation: Operation) -> Vec<Attempt> {
    let mut members: Vec<Oid> = vec![case.relation.oid];
    members.extend(case.facts.descendants(case.relation.oid));
    let roles = case.facts.roles.iter().filter(|role| {
        role.can_login && !role.superuser && !paths.iter().any(|path| path.role == role.name)
    });
    let mut found = Vec::new();
    for role in roles.take(OUTSIDE_MAX) {
        for member in &members {
            found.push(Attempt {
                role: role.name.clone(),
                relation: case.facts.relation_name(case.relation.oid),
                in_replica_mode: false,
                statements: vec![write(case.facts, *member, operation, None)],
                operation,
                claim: Claim::Refused,
            });
        }
    }
    found
}
