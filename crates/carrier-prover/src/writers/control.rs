//! Who can change, replace or switch off what guards a relation, without writing a row of it.

use super::{Opening, Statement};
use crate::body::effects;
use crate::doors::Holder;
use crate::facts::find::{holders, qualified, quoted};
use crate::facts::rows::{Function, Oid, Relation};
use crate::facts::{FIRST_OWN, Facts};
use crate::path::{Operation, Step};

/// The setting under which ordinary triggers and foreign keys stay silent.
const REPLICATION_ROLE: &str = "session_replication_role";

/// Everybody's ways to control a relation.
pub(super) fn openings(facts: &Facts, relation: &Relation) -> Vec<Opening> {
    let mut found = owners(facts, relation);
    found.extend(dependencies(facts, relation));
    found.extend(ancestors(facts, relation));
    found.extend(trigger_privilege(facts, relation));
    found.extend(silencers(facts, relation));
    found.extend(machine(facts, relation));
    found
}

fn opening(relation: &Relation, role: Oid, step: Step, statement: String) -> Opening {
    Opening {
        holders: vec![Holder {
            role,
            step,
            columns: None,
            grantable: false,
        }],
        schema: None,
        steps: Vec::new(),
        statement: Statement::Said(statement),
        relation: relation.oid,
        entry: None,
        secured: None,
        by_login: false,
    }
}

fn owners(facts: &Facts, relation: &Relation) -> Vec<Opening> {
    let name = facts.relation_name(relation.oid);
    let kind = super::statement::kind(facts, relation.oid);
    let said = |role: Oid, what: &str| {
        let role = facts.role_name(role);
        Step::certain(format!("`{role}` owns {what}"))
    };
    let own = match kind {
        "TABLE" => format!("ALTER TABLE {name} DISABLE TRIGGER USER"),
        _ => format!("DROP {kind} {name} CASCADE"),
    };
    let owner = said(relation.owner, &format!("`{name}` (pg_class.relowner)"));
    let mut by_table = opening(relation, relation.owner, owner, own);
    by_table.schema = Some(relation.schema_oid);
    let mut found = vec![by_table];
    if let Some(schema) = facts.schema(relation.schema_oid) {
        let text = format!(
            "schema `{}` and may drop what is in it (pg_namespace.nspowner)",
            schema.name
        );
        let statement = format!("DROP {kind} {name} CASCADE");
        found.push(opening(
            relation,
            schema.owner,
            said(schema.owner, &text),
            statement,
        ));
    }
    let server = &facts.server;
    let text = format!(
        "database `{}` and may drop it (pg_database.datdba)",
        server.database
    );
    let statement = format!("DROP DATABASE {}", quoted(&server.database));
    let owner = server.database_owner;
    found.push(opening(relation, owner, said(owner, &text), statement));
    found
}

/// Owners of functions and types that the relation rests on: dropping those drops part of it.
fn dependencies(facts: &Facts, relation: &Relation) -> Vec<Opening> {
    let mut found = Vec::new();
    for function in facts.functions_under(relation.oid) {
        let name = qualified(&function.schema, &function.name);
        let statement = format!(
            "DROP FUNCTION {name}({}) CASCADE",
            function.argument_types.join(", ")
        );
        let text = |role: Oid, how: &str| {
            Step::certain(format!(
                "`{}` {how} function `{name}`, which `{}` rests on (pg_proc, pg_depend)",
                facts.role_name(role),
                facts.relation_name(relation.oid)
            ))
        };
        let owner = function.owner;
        found.push(opening(
            relation,
            owner,
            text(owner, "owns"),
            statement.clone(),
        ));
        if let Some(schema) = facts.schema(function.schema_oid) {
            let step = text(schema.owner, "owns the schema of");
            found.push(opening(relation, schema.owner, step, statement));
        }
    }
    let columns = facts.columns(relation.oid);
    for kind in facts.types.iter().filter(|row| row.oid >= FIRST_OWN) {
        if !columns.iter().any(|column| column.type_oid == kind.oid) {
            continue;
        }
        let name = qualified(&kind.schema, &kind.name);
        let text = |role: Oid, how: &str| {
            Step::certain(format!(
                "`{}` {how} type `{name}`, which stored values of `{}` have (pg_type)",
                facts.role_name(role),
                facts.relation_name(relation.oid)
            ))
        };
        let statement = format!("DROP TYPE {name} CASCADE");
        found.push(opening(
            relation,
            kind.owner,
            text(kind.owner, "owns"),
            statement.clone(),
        ));
        if let Some(schema) = facts.schema(kind.schema_oid) {
            let step = text(schema.owner, "owns the schema of");
            found.push(opening(relation, schema.owner, step, statement));
        }
    }
    found
}

/// The owner of a partitioned parent drops its partitions with it.
fn ancestors(facts: &Facts, relation: &Relation) -> Vec<Opening> {
    let parents = facts
        .inheritance
        .iter()
        .filter(|row| row.child == relation.oid);
    let mut found = Vec::new();
    for parent in parents.filter_map(|row| facts.relation(row.parent)) {
        let name = facts.relation_name(parent.oid);
        let step = Step::certain(format!(
            "`{}` owns the parent `{name}` and may drop it with its children (pg_inherits)",
            facts.role_name(parent.owner)
        ));
        let statement = format!("DROP TABLE {name} CASCADE");
        let mut by_parent = opening(relation, parent.owner, step, statement);
        by_parent.schema = Some(parent.schema_oid);
        found.push(by_parent);
    }
    found
}

fn trigger_privilege(facts: &Facts, relation: &Relation) -> Vec<Opening> {
    if !matches!(relation.kind.as_str(), "r" | "p" | "f") {
        return Vec::new();
    }
    let statement = super::statement::write(facts, relation.oid, Operation::Trigger, None);
    holders(relation.acl.as_ref(), "TRIGGER")
        .filter(|grant| grant.grantee != relation.owner)
        .map(|grant| {
            let step = Step::certain(format!(
                "`{}` holds TRIGGER on `{}` and may change what others write (pg_class.relacl)",
                facts.role_name(grant.grantee),
                facts.relation_name(relation.oid)
            ));
            let mut by_grant = opening(relation, grant.grantee, step, statement.clone());
            by_grant.schema = Some(relation.schema_oid);
            by_grant
        })
        .collect()
}

/// Whoever can make ordinary triggers silent, where the relation has such.
fn silencers(facts: &Facts, relation: &Relation) -> Vec<Opening> {
    let ordinary = facts
        .triggers_on(relation.oid)
        .any(|trigger| trigger.enabled == "O");
    if !ordinary {
        return Vec::new();
    }
    silencing_roles(facts)
        .into_iter()
        .map(|silencer| {
            let verb = if silencer.by_login { "SHOW" } else { "SET" };
            let value = if silencer.by_login { "" } else { " = replica" };
            let statement = format!("{verb} {REPLICATION_ROLE}{value}");
            let mut found = opening(relation, silencer.role, silencer.step, statement);
            found.by_login = silencer.by_login;
            found
        })
        .collect()
}

/// A role, or everybody, whose sessions can skip ordinary triggers.
pub(crate) struct Silencer {
    pub(crate) role: Oid,
    pub(crate) step: Step,
    /// Whether its sessions begin so; nobody who only becomes the role is concerned.
    by_login: bool,
}

/// The roles, superusers apart, whose sessions can be made to skip ordinary triggers.
pub(crate) fn silencing_roles(facts: &Facts) -> Vec<Silencer> {
    let mut found = Vec::new();
    for row in facts
        .parameter_acls
        .iter()
        .filter(|row| row.name == REPLICATION_ROLE)
    {
        for grant in row.acl.iter().flatten() {
            let step = Step::certain(format!(
                "`{}` may set {REPLICATION_ROLE} (pg_parameter_acl)",
                facts.role_name(grant.grantee)
            ));
            found.push(Silencer {
                role: grant.grantee,
                step,
                by_login: false,
            });
        }
    }
    for row in facts
        .settings
        .iter()
        .filter(|row| row.database == 0 || row.database == facts.server.database_oid)
    {
        let silent = row.settings.iter().flatten().any(|setting| {
            setting
                .strip_prefix("session_replication_role=")
                .is_some_and(|value| value.eq_ignore_ascii_case("replica"))
        });
        if silent {
            let step = Step::certain(format!(
                "sessions of `{}` begin with {REPLICATION_ROLE} = replica (pg_db_role_setting)",
                facts.role_name(row.role)
            ));
            // Role zero means every role, as everybody does in a grant.
            found.push(Silencer {
                role: row.role,
                step,
                by_login: true,
            });
        }
    }
    found
}

/// The functions that run with ordinary triggers silent, or may make them so.
pub(super) fn silencing_functions(facts: &Facts) -> Vec<&Function> {
    facts
        .functions
        .iter()
        .filter(|function| {
            let set = function
                .settings
                .iter()
                .flatten()
                .any(|setting| setting.starts_with("session_replication_role="));
            set || (function.security_definer && effects(function).names_replication_role)
        })
        .collect()
}

/// Roles that reach the server's machine, and with it everything.
fn machine(facts: &Facts, relation: &Relation) -> Vec<Opening> {
    let mut found: Vec<Opening> = ["pg_execute_server_program", "pg_write_server_files"]
        .iter()
        .filter_map(|name| facts.role_named(name))
        .map(|role| {
            let text = format!("`{}` reaches files of the server's own user", role.name);
            opening(relation, role.oid, Step::possible(text), String::new())
        })
        .collect();
    for row in &facts.parameter_acls {
        for grant in holders(row.acl.as_ref(), "ALTER SYSTEM") {
            let text = format!(
                "`{}` may ALTER SYSTEM SET {} (pg_parameter_acl)",
                facts.role_name(grant.grantee),
                row.name
            );
            found.push(opening(
                relation,
                grant.grantee,
                Step::possible(text),
                String::new(),
            ));
        }
    }
    found
}

/// A subscription applies what somebody else publishes, whatever the privileges here.
pub(super) fn applied(facts: &Facts, relation: &Relation, operation: Operation) -> Vec<Opening> {
    facts
        .subscriptions
        .iter()
        .filter(|row| row.relations.contains(&relation.oid))
        .map(|row| {
            let step = Step::certain(format!(
                "subscription `{}` of `{}` applies {} made at its publisher (pg_subscription_rel)",
                row.name,
                facts.role_name(row.owner),
                operation.as_str()
            ));
            let statement = format!("-- {} at the publisher", operation.as_str());
            opening(relation, row.owner, step, statement)
        })
        .collect()
}

/// Before MAINTAIN existed, and besides it, the owner alone refreshes.
pub(super) fn owner_refreshes(
    facts: &Facts,
    relation: &Relation,
    operation: Operation,
) -> Option<Holder> {
    (operation == Operation::Refresh).then(|| Holder {
        role: relation.owner,
        step: Step::certain(format!(
            "`{}` owns `{}` (pg_class.relowner)",
            facts.role_name(relation.owner),
            facts.relation_name(relation.oid)
        )),
        columns: None,
        grantable: true,
    })
}
