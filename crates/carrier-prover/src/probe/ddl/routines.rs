//! Schemas, types, functions and views.

use std::collections::BTreeSet;

use super::rights::grants;
use crate::facts::Facts;
use crate::facts::find::{qualified, quoted};
use crate::facts::rows::{Function, Oid, Relation};

/// The schemas of what is copied, with who may look into them.
pub(in crate::probe) fn schemas(
    facts: &Facts,
    relations: &[&Relation],
    functions: &BTreeSet<Oid>,
) -> Vec<String> {
    let called = functions.iter().filter_map(|oid| facts.function(*oid));
    let oids: BTreeSet<Oid> = relations
        .iter()
        .map(|row| row.schema_oid)
        .chain(called.map(|row| row.schema_oid))
        .chain(facts.types.iter().map(|row| row.schema_oid))
        .collect();
    let mut found = Vec::new();
    for schema in oids.iter().filter_map(|oid| facts.schema(*oid)) {
        if schema.name == "pg_catalog" {
            continue;
        }
        let name = quoted(&schema.name);
        let owner = quoted(&facts.role_name(schema.owner));
        found.push(format!("CREATE SCHEMA IF NOT EXISTS {name}"));
        found.push(format!("ALTER SCHEMA {name} OWNER TO {owner}"));
        found.push(format!("REVOKE ALL ON SCHEMA {name} FROM PUBLIC"));
        found.extend(grants(
            facts,
            schema.acl.as_ref(),
            &format!("SCHEMA {name}"),
            None,
        ));
    }
    found
}

/// The types that columns of the copy have and that somebody made.
pub(in crate::probe) fn types(
    facts: &Facts,
    relations: &[&Relation],
) -> Result<Vec<String>, String> {
    let used: BTreeSet<Oid> = relations
        .iter()
        .flat_map(|relation| facts.columns(relation.oid))
        .map(|column| column.type_oid)
        .collect();
    let mut found = Vec::new();
    for made in facts.types.iter().filter(|row| used.contains(&row.oid)) {
        let name = qualified(&made.schema, &made.name);
        let statement = match (&made.labels, &made.base_name) {
            (Some(labels), _) => {
                let literals = labels.iter().map(|label| label.replace('\'', "''"));
                let literals: Vec<String> = literals.map(|label| format!("'{label}'")).collect();
                format!("CREATE TYPE {name} AS ENUM ({})", literals.join(", "))
            }
            (None, Some(base)) => format!("CREATE DOMAIN {name} AS {base}"),
            (None, None) => return Err(format!("type `{name}` is not rebuilt")),
        };
        found.push(statement);
    }
    Ok(found)
}

/// A function as it stands in its catalog row.
pub(in crate::probe) fn function(
    facts: &Facts,
    function: &Function,
) -> Result<Vec<String>, String> {
    let name = qualified(&function.schema, &function.name);
    if function.schema == "pg_catalog" {
        return Ok(Vec::new());
    }
    let plain = matches!(function.language.as_str(), "sql" | "plpgsql");
    if !plain || !matches!(function.kind.as_str(), "f" | "p") {
        let language = &function.language;
        return Err(format!(
            "function `{name}`, in language `{language}`, is not rebuilt"
        ));
    }
    let is_function = function.kind == "f";
    let kind = if is_function { "FUNCTION" } else { "PROCEDURE" };
    let signature = format!("{name}({})", function.arguments);
    let mut parts = vec![format!("CREATE {kind} {signature}")];
    let writes_out = ["OUT ", "INOUT "]
        .iter()
        .any(|mode| function.arguments.contains(mode));
    if is_function && !writes_out {
        parts.push(format!("RETURNS {}", function.returns));
    }
    parts.push(format!("LANGUAGE {}", function.language));
    if is_function && function.strict {
        parts.push("STRICT".to_owned());
    }
    if function.security_definer {
        parts.push("SECURITY DEFINER".to_owned());
    }
    for setting in function.settings.iter().flatten() {
        if let Some((parameter, value)) = setting.split_once('=') {
            parts.push(format!("SET {parameter} = {}", listed(parameter, value)));
        }
    }
    match (&function.sql_body, &function.source) {
        (Some(body), _) => parts.push(body.clone()),
        (None, Some(source)) => parts.push(format!("AS {}", dollars(source))),
        (None, None) => return Err(format!("the body of `{name}` is not shown")),
    }
    let owner = quoted(&facts.role_name(function.owner));
    let identity = format!("{kind} {name}({})", function.argument_types.join(", "));
    let mut found = vec![
        parts.join(" "),
        format!("ALTER {identity} OWNER TO {owner}"),
        format!("REVOKE ALL ON {identity} FROM PUBLIC"),
    ];
    found.extend(grants(facts, function.acl.as_ref(), &identity, None));
    Ok(found)
}

/// A setting's value as SQL: a list of names, such as a search path, is stored as it is written.
fn listed(parameter: &str, value: &str) -> String {
    if parameter == "search_path" && !value.is_empty() {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', "''"))
    }
}

/// A body between dollars that it does not hold.
fn dollars(body: &str) -> String {
    let mut tag = "body".to_owned();
    while body.contains(&format!("${tag}$")) {
        tag.push('_');
    }
    format!("${tag}${body}${tag}$")
}

/// A view, as its rule shows it.
pub(in crate::probe) fn view(facts: &Facts, relation: &Relation) -> Result<Vec<String>, String> {
    if relation.kind != "v" {
        return Ok(Vec::new());
    }
    let name = facts.relation_name(relation.oid);
    let mut rules = facts.rules.iter();
    let shown = rules
        .find(|rule| rule.relation == relation.oid && rule.event == "1")
        .and_then(|rule| rule.definition.split_once(" DO INSTEAD "))
        .ok_or_else(|| format!("what view `{name}` shows is not known"))?;
    let options = relation.options.as_ref().filter(|all| !all.is_empty());
    let options = options.map_or_else(String::new, |all| format!(" WITH ({})", all.join(", ")));
    let columns = facts.columns(relation.oid).iter();
    let columns: Vec<String> = columns.map(|column| quoted(&column.name)).collect();
    let owner = quoted(&facts.role_name(relation.owner));
    Ok(vec![
        format!(
            "CREATE VIEW {name} ({}){options} AS {}",
            columns.join(", "),
            shown.1.trim().trim_end_matches(';')
        ),
        format!("ALTER VIEW {name} OWNER TO {owner}"),
    ])
}
