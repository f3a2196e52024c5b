//! Who holds a privilege on a relation by the catalog row of the relation itself.

use crate::facts::Facts;
use crate::facts::find::holders;
use crate::facts::rows::{Oid, Relation};
use crate::path::{Operation, Step};

/// A role, or everybody, whose privileges suffice.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    pub(crate) role: Oid,
    pub(crate) step: Step,
    /// The columns it is limited to; none for all.
    pub(crate) columns: Option<Vec<i32>>,
    /// Whether it may pass the privilege on.
    pub(crate) grantable: bool,
}

/// The holders of an operation's privilege: grants, column grants, the predefined roles.
pub(crate) fn holders_of(facts: &Facts, relation: &Relation, operation: Operation) -> Vec<Holder> {
    let name = facts.relation_name(relation.oid);
    let Some(privilege) = privilege(operation) else {
        return Vec::new();
    };
    let mut found: Vec<Holder> = holders(relation.acl.as_ref(), privilege)
        .map(|grant| Holder {
            role: grant.grantee,
            step: Step::certain(if grant.grantee == relation.owner {
                format!(
                    "`{}` owns `{name}` and holds {privilege} (pg_class.relacl)",
                    facts.role_name(grant.grantee)
                )
            } else {
                format!(
                    "`{}` holds {privilege} on `{name}` (pg_class.relacl)",
                    facts.role_name(grant.grantee)
                )
            }),
            columns: None,
            grantable: grant.grantable,
        })
        .collect();
    if matches!(operation, Operation::Insert | Operation::Update) {
        found.extend(column_holders(facts, relation, privilege, &name));
    }
    found.extend(predefined(facts, operation, &name));
    found
}

fn privilege(operation: Operation) -> Option<&'static str> {
    match operation {
        Operation::Insert => Some("INSERT"),
        Operation::Update => Some("UPDATE"),
        Operation::Delete => Some("DELETE"),
        Operation::Truncate => Some("TRUNCATE"),
        Operation::Trigger => Some("TRIGGER"),
        Operation::Refresh => Some("MAINTAIN"),
        Operation::Control => None,
    }
}

fn column_holders(
    facts: &Facts,
    relation: &Relation,
    privilege: &'static str,
    name: &str,
) -> Vec<Holder> {
    let mut found: Vec<Holder> = Vec::new();
    for column in facts.columns(relation.oid) {
        for grant in holders(column.acl.as_ref(), privilege) {
            match found.iter_mut().find(|holder| holder.role == grant.grantee) {
                Some(holder) => holder.columns.get_or_insert_default().push(column.number),
                None => found.push(Holder {
                    role: grant.grantee,
                    step: Step::certain(format!(
                        "`{}` holds {privilege} on columns of `{name}` (pg_attribute.attacl)",
                        facts.role_name(grant.grantee)
                    )),
                    columns: Some(vec![column.number]),
                    grantable: grant.grantable,
                }),
            }
        }
    }
    found
}

fn predefined(facts: &Facts, operation: Operation, name: &str) -> Option<Holder> {
    let (role, right) = match operation {
        Operation::Insert | Operation::Update | Operation::Delete => {
            ("pg_write_all_data", operation.as_str())
        }
        Operation::Refresh => ("pg_maintain", "MAINTAIN"),
        Operation::Truncate | Operation::Trigger | Operation::Control => {
            return None;
        }
    };
    Some(Holder {
        role: facts.role_named(role)?.oid,
        step: Step::certain(format!(
            "`{role}` has {right} on every relation, `{name}` too"
        )),
        columns: None,
        grantable: false,
    })
}
