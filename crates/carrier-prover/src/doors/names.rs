//! Whose objects the names in a body can mean.

use std::collections::BTreeSet;

use crate::facts::Facts;
use crate::facts::find::holders;
use crate::facts::rows::{Function, Oid};
use crate::guard::listed;
use crate::roles::DATABASE_OWNER;

/// The search path that a function pins.
pub(crate) fn search_path(function: &Function) -> Option<&str> {
    function
        .settings
        .iter()
        .flatten()
        .find_map(|setting| setting.strip_prefix("search_path="))
}

/// Who could decide what a name means that is looked up along a pinned path while a role acts.
pub(super) enum Deciding {
    /// Whoever makes it run, and how.
    Caller(&'static str),
    /// These, each by what it may make; nobody, where there are none.
    Others(Vec<Stranger>),
}

/// Somebody else than the role as which something runs, and what lets it decide what that does.
pub(super) struct Stranger {
    pub(super) role: Oid,
    pub(super) how: String,
}

/// `pg_temp` has to be named last, because it is searched first where it is not named; who makes
/// objects in a schema before it decides, and who makes that schema where it is not there.
pub(super) fn deciding(facts: &Facts, path: &str, role: Oid) -> Deciding {
    let Some(names) = listed(path) else {
        return Deciding::Caller("its search_path is none that is read");
    };
    let Some(before) = names.strip_suffix(&["pg_temp".to_owned()]) else {
        return Deciding::Caller("its search_path leaves `pg_temp` first for types and tables");
    };
    // Searched first wherever it is not named.
    let always = "pg_catalog".to_owned();
    let searched: BTreeSet<&String> = before.iter().chain([&always]).collect();
    let makers = searched.into_iter();
    let makers = makers.flat_map(|name| making(facts, name, role));
    Deciding::Others(makers.collect())
}

/// Who else makes objects in a schema of this name.
pub(super) fn making(facts: &Facts, name: &str, role: Oid) -> Vec<Stranger> {
    let acting = facts.role_name(role);
    let name = if name == "$user" { &acting } else { name };
    let found = facts.schemas.iter().find(|schema| schema.name == name);
    let (owner, acl, privilege, what) = match found {
        Some(schema) => {
            let what = format!("objects in schema `{name}` (pg_namespace)");
            (schema.owner, schema.acl.as_ref(), "CREATE", what)
        }
        // The server's own, which no catalog row that is read speaks of; nobody makes one of its names.
        None if name == "information_schema" || name.starts_with("pg_") => return Vec::new(),
        None => {
            let server = &facts.server;
            let what = format!("a schema `{name}`, which is not there (pg_database)");
            (server.database_owner, server.acl.as_ref(), "CREATE", what)
        }
    };
    let granted = holders(acl, privilege).map(|grant| grant.grantee);
    let makers: BTreeSet<Oid> = std::iter::once(owner)
        .chain(granted)
        .map(|maker| meant(facts, maker))
        .filter(|maker| !is_trusted(facts, *maker, role))
        .collect();
    let strangers = makers.into_iter().map(|role| Stranger {
        role,
        how: format!("`{}` may make {what}", facts.role_name(role)),
    });
    strangers.collect()
}

/// Who else owns a schema, and may drop what is in it and make it anew.
pub(super) fn holding(facts: &Facts, schema: Oid, role: Oid) -> Option<Oid> {
    let owner = meant(facts, facts.schema(schema)?.owner);
    (!is_trusted(facts, owner, role)).then_some(owner)
}

/// Whether what a role makes is no stranger's to another.
pub(super) fn is_trusted(facts: &Facts, one: Oid, role: Oid) -> bool {
    one == role || facts.role(one).is_some_and(|role| role.superuser)
}

/// The database's owner is the only member of the role that stands for it, and nobody joins that.
fn meant(facts: &Facts, role: Oid) -> Oid {
    match facts.role_named(DATABASE_OWNER) {
        Some(row) if row.oid == role => facts.server.database_owner,
        _ => role,
    }
}
