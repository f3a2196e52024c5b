//! Roles, privileges, and what guards rows.

use crate::facts::Facts;
use crate::facts::find::quoted;
use crate::facts::rows::{Grant, PUBLIC, Relation, Role};

/// The roles, where the copy's cluster does not have them; it may be the same one.
pub(in crate::probe) fn roles(facts: &Facts) -> Vec<String> {
    let made = facts
        .roles
        .iter()
        .filter(|role| !role.name.starts_with("pg_"));
    let mut found: Vec<String> = made.map(role).collect();
    for row in &facts.memberships {
        let (Some(group), Some(member)) = (facts.role(row.role), facts.role(row.member)) else {
            continue;
        };
        let mut options = Vec::new();
        if row.admin_option {
            options.push("ADMIN OPTION");
        }
        if row.inherit_option == Some(false) {
            options.push("INHERIT FALSE");
        }
        if row.set_option == Some(false) {
            options.push("SET FALSE");
        }
        let with = if options.is_empty() {
            String::new()
        } else {
            format!(" WITH {}", options.join(", "))
        };
        let grant = format!(
            "GRANT {} TO {}{with}",
            quoted(&group.name),
            quoted(&member.name)
        );
        found.push(format!(
            "DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_auth_members AS m \
             JOIN pg_roles AS g ON g.oid = m.roleid JOIN pg_roles AS r ON r.oid = m.member \
             WHERE g.rolname = {} AND r.rolname = {}) THEN {grant}; END IF; END $do$",
            literal(&group.name),
            literal(&member.name)
        ));
    }
    found
}

fn role(role: &Role) -> String {
    let powers = [
        (role.superuser, "SUPERUSER"),
        (!role.inherit, "NOINHERIT"),
        (role.createrole, "CREATEROLE"),
        (role.createdb, "CREATEDB"),
        (role.bypass_rls, "BYPASSRLS"),
    ];
    let held: Vec<&str> = powers
        .iter()
        .filter(|(held, _)| *held)
        .map(|(_, power)| *power)
        .collect();
    format!(
        "DO $do$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {}) THEN \
         CREATE ROLE {} {}; END IF; END $do$",
        literal(&role.name),
        quoted(&role.name),
        held.join(" ")
    )
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A list of grants on an object, or on one column of it.
pub(super) fn grants(
    facts: &Facts,
    acl: Option<&Vec<Grant>>,
    object: &str,
    column: Option<&str>,
) -> Vec<String> {
    let of = column.map_or_else(String::new, |column| format!(" ({})", quoted(column)));
    acl.into_iter()
        .flatten()
        .map(|grant| {
            let grantee = if grant.grantee == PUBLIC {
                "PUBLIC".to_owned()
            } else {
                quoted(&facts.role_name(grant.grantee))
            };
            let passed = grant.grantable && grant.grantee != PUBLIC;
            let option = if passed { " WITH GRANT OPTION" } else { "" };
            format!(
                "GRANT {}{of} ON {object} TO {grantee}{option}",
                grant.privilege
            )
        })
        .collect()
}

/// Who may do what to a relation.
pub(in crate::probe) fn rights(facts: &Facts, relation: &Relation) -> Vec<String> {
    let name = facts.relation_name(relation.oid);
    let object = format!("TABLE {name}");
    let owner = quoted(&facts.role_name(relation.owner));
    let mut found = vec![format!("REVOKE ALL ON {object} FROM PUBLIC, {owner}")];
    found.extend(grants(facts, relation.acl.as_ref(), &object, None));
    for column in facts.columns(relation.oid) {
        found.extend(grants(
            facts,
            column.acl.as_ref(),
            &object,
            Some(&column.name),
        ));
    }
    found
}

/// Triggers, in the sessions in which they fire; rules; row security.
pub(in crate::probe) fn guards(facts: &Facts, relation: &Relation) -> Vec<String> {
    let name = facts.relation_name(relation.oid);
    let mut found = Vec::new();
    for trigger in facts.triggers_on(relation.oid) {
        // A partition's copy of its parent's trigger is made with the parent's.
        if trigger.parent == 0 {
            found.push(trigger.definition.clone());
        }
        let state = match trigger.enabled.as_str() {
            "A" => "ENABLE ALWAYS",
            "R" => "ENABLE REPLICA",
            "D" => "DISABLE",
            _ => "ENABLE",
        };
        if relation.kind != "v" {
            let trigger = quoted(&trigger.name);
            found.push(format!("ALTER TABLE ONLY {name} {state} TRIGGER {trigger}"));
        }
    }
    let rules = facts
        .rules
        .iter()
        .filter(|rule| rule.relation == relation.oid && rule.event != "1");
    for rule in rules {
        found.push(rule.definition.trim_end_matches(';').to_owned());
        if rule.enabled == "D" {
            found.push(format!(
                "ALTER TABLE {name} DISABLE RULE {}",
                quoted(&rule.name)
            ));
        }
    }
    if relation.row_security {
        found.push(format!("ALTER TABLE {name} ENABLE ROW LEVEL SECURITY"));
    }
    if relation.force_row_security {
        found.push(format!("ALTER TABLE {name} FORCE ROW LEVEL SECURITY"));
    }
    for policy in facts
        .policies
        .iter()
        .filter(|policy| policy.relation == relation.oid)
    {
        let command = match policy.command.as_str() {
            "r" => "SELECT",
            "a" => "INSERT",
            "w" => "UPDATE",
            "d" => "DELETE",
            _ => "ALL",
        };
        let kind = if policy.permissive {
            "PERMISSIVE"
        } else {
            "RESTRICTIVE"
        };
        let named = policy.roles.iter().flatten().map(|oid| match *oid {
            PUBLIC => "PUBLIC".to_owned(),
            oid => quoted(&facts.role_name(oid)),
        });
        let named: Vec<String> = named.collect();
        let using = policy.using_expression.as_ref();
        let using = using.map_or_else(String::new, |text| format!(" USING ({text})"));
        let check = policy.check_expression.as_ref();
        let check = check.map_or_else(String::new, |text| format!(" WITH CHECK ({text})"));
        found.push(format!(
            "CREATE POLICY {} ON {name} AS {kind} FOR {command} TO {}{using}{check}",
            quoted(&policy.name),
            named.join(", ")
        ));
    }
    found
}
