//! Which rights a role has where, as the migration names them: for whoever finds one missing.

use std::collections::BTreeSet;

use tokio_postgres::error::DbError;

use crate::role::Role;

/// Every right that a store grants; `{name}` stands for a role.
pub(crate) const TEXT: &str = include_str!("../migrations/V4__rights.sql");

const SCHEMA: &str = "holdfast";

/// What a role lacks that the server refused it: the object that the server names, in whatever
/// language, and what the migration grants the role there. Nothing where it grants nothing there.
pub(crate) fn lacking(role: Role, refusal: Option<&DbError>) -> String {
    let message = refusal.map_or("", DbError::message);
    let found = words(message).find_map(|object| {
        let rights = granted(role, object);
        (!rights.is_empty()).then_some((object, rights))
    });
    let Some((object, rights)) = found else {
        return String::new();
    };
    let rights = rights.into_iter().collect::<Vec<_>>().join(", ");
    if object == SCHEMA {
        format!(" on the schema `{SCHEMA}`, where it needs {rights}")
    } else {
        format!(" on `{SCHEMA}.{object}`, where it needs {rights}")
    }
}

/// The catalog that a server refused, in whatever language it says so.
pub(crate) fn hidden(refusal: Option<&DbError>) -> Option<String> {
    let mut named = words(refusal.map_or("", DbError::message));
    named
        .find(|word| word.starts_with("pg_"))
        .map(str::to_owned)
}

/// What the migration grants a role on an object of the schema, or on the schema.
fn granted(role: Role, object: &str) -> BTreeSet<&'static str> {
    let place = format!("{{{}}}", role.name());
    let mut rights = BTreeSet::new();
    for statement in TEXT.split(';') {
        let Some((_, grant)) = statement.split_once("GRANT ") else {
            continue;
        };
        let Some((what, to)) = grant.rsplit_once(" TO ").or(grant.rsplit_once("\n  TO ")) else {
            continue;
        };
        let Some((verb, on)) = what.split_once(" ON ").or(what.split_once("\n  ON ")) else {
            continue;
        };
        if to.contains(&place) && is_on(on, object) {
            rights.insert(verb.split([' ', '(']).next().unwrap_or(verb));
        }
    }
    rights
}

/// Whether a grant on these objects is one on this object.
fn is_on(objects: &str, object: &str) -> bool {
    if object == SCHEMA {
        return objects.starts_with("SCHEMA ");
    }
    let is_a_table = TEXT.contains(&format!(" ON {SCHEMA}.{object} "));
    let is_named = objects
        .split(|letter: char| letter != '.' && letter != '_' && !letter.is_ascii_alphanumeric())
        .any(|word| word.strip_prefix("holdfast.") == Some(object));
    is_named || is_a_table && objects.starts_with("ALL TABLES ")
}

/// The words of a message that can be names.
fn words(message: &str) -> impl Iterator<Item = &str> {
    message
        .split(|letter: char| letter != '_' && !letter.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rights(role: Role, object: &str) -> Vec<&'static str> {
        granted(role, object).into_iter().collect()
    }

    #[test]
    fn rights_are_those_that_the_migration_grants() {
        assert_eq!(
            rights(Role::Registrar, "attempt"),
            ["INSERT", "SELECT", "UPDATE"]
        );
        assert_eq!(rights(Role::Authority, "ownership"), ["INSERT", "SELECT"]);
        assert_eq!(rights(Role::Reader, "ownership"), ["SELECT"]);
        assert_eq!(rights(Role::OwnerResolver, "approval_vote"), ["SELECT"]);
        assert_eq!(rights(Role::ArtifactResolver, "ownership"), [""; 0]);
        assert_eq!(rights(Role::AuditWriter, "record_failure"), ["EXECUTE"]);
        assert_eq!(rights(Role::Verifier, "reread_head"), ["EXECUTE"]);
        assert_eq!(rights(Role::Verifier, "holdfast"), ["USAGE"]);
        assert_eq!(rights(Role::Reader, "table"), [""; 0]);
    }
}
