//! Whose objects the names in a body can mean.

use crate::facts::Facts;
use crate::facts::find::holders;
use crate::facts::rows::{Function, Oid, Schema};
use crate::guard::listed;

/// The search path that a function pins.
pub(crate) fn search_path(function: &Function) -> Option<&str> {
    function
        .settings
        .iter()
        .flatten()
        .find_map(|setting| setting.strip_prefix("search_path="))
}

/// Why a name that is looked up along a pinned path, while a role acts, may mean what somebody else
/// made; none where it cannot.
///
/// Every schema of it has to be there, belong to that role or to a superuser, and let nobody else
/// make objects in it; and `pg_temp` has to be named last, because it is searched first where it is
/// not named.
pub(super) fn taken_over(facts: &Facts, path: &str, role: Oid) -> Option<String> {
    let names = listed(path).unwrap_or_default();
    let Some(before) = names.strip_suffix(&["pg_temp".to_owned()]) else {
        return Some("its search_path leaves `pg_temp` first for types and tables".to_owned());
    };
    before.iter().find_map(|name| {
        let mut schemas = facts.schemas.iter();
        match schemas.find(|schema| schema.name == *name) {
            None => Some(format!(
                "`{name}` of its search_path is no schema yet (pg_namespace)"
            )),
            Some(schema) if is_closed(facts, schema, role) => None,
            Some(_) => Some(format!(
                "others may make objects in `{name}` of its search_path (pg_namespace)"
            )),
        }
    })
}

/// Whether only a role and superusers make objects in a schema.
fn is_closed(facts: &Facts, schema: &Schema, role: Oid) -> bool {
    let is_trusted = |one: Oid| one == role || facts.role(one).is_some_and(|role| role.superuser);
    is_trusted(schema.owner)
        && holders(schema.acl.as_ref(), "CREATE").all(|grant| is_trusted(grant.grantee))
}
