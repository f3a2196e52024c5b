//! The statement that a path ends in, such as somebody could type.

use crate::facts::Facts;
use crate::facts::find::{qualified, quoted};
use crate::facts::rows::{Attribute, Function, Oid};
use crate::path::Operation;

/// A statement that does an operation to a relation, using only these columns.
pub(super) fn write(
    facts: &Facts,
    relation: Oid,
    operation: Operation,
    columns: Option<&[i32]>,
) -> String {
    let name = facts.relation_name(relation);
    match operation {
        Operation::Insert => insert(facts, relation, &name, columns),
        Operation::Update => update(facts, relation, &name, columns),
        Operation::Delete => format!("DELETE FROM {name}"),
        Operation::Truncate => format!("TRUNCATE {name} CASCADE"),
        Operation::Trigger => {
            let timing = match kind(facts, relation) {
                "VIEW" => "INSTEAD OF",
                _ => "BEFORE",
            };
            format!(
                "CREATE TRIGGER added {timing} UPDATE ON {name} FOR EACH ROW \
                 EXECUTE FUNCTION suppress_redundant_updates_trigger()"
            )
        }
        Operation::Refresh => format!("REFRESH MATERIALIZED VIEW {name}"),
        Operation::Control => format!("DROP {} {name} CASCADE", kind(facts, relation)),
    }
}

/// What SQL calls the kind of a relation.
pub(super) fn kind(facts: &Facts, relation: Oid) -> &'static str {
    let kind = facts.relation(relation).map(|row| row.kind.as_str());
    match kind {
        Some("v") => "VIEW",
        Some("m") => "MATERIALIZED VIEW",
        Some("f") => "FOREIGN TABLE",
        _ => "TABLE",
    }
}

/// A call with a null for every argument.
pub(super) fn call(function: &Function) -> String {
    let verb = if function.kind == "p" {
        "CALL"
    } else {
        "SELECT"
    };
    let arguments: Vec<String> = function
        .argument_types
        .iter()
        .map(|name| format!("NULL::{name}"))
        .collect();
    let name = qualified(&function.schema, &function.name);
    format!("{verb} {name}({})", arguments.join(", "))
}

fn usable<'facts>(
    facts: &'facts Facts,
    relation: Oid,
    columns: Option<&[i32]>,
) -> Vec<&'facts Attribute> {
    facts
        .columns(relation)
        .iter()
        .filter(|column| column.generated.is_empty() && column.identity != "a")
        .filter(|column| columns.is_none_or(|allowed| allowed.contains(&column.number)))
        .collect()
}

fn insert(facts: &Facts, relation: Oid, name: &str, columns: Option<&[i32]>) -> String {
    let usable = usable(facts, relation, columns);
    let needed: Vec<&&Attribute> = usable
        .iter()
        .filter(|column| {
            column.not_null && column.default_expression.is_none() && column.identity.is_empty()
        })
        .collect();
    let chosen: Vec<&Attribute> = if needed.is_empty() {
        usable.iter().take(1).copied().collect()
    } else {
        needed.into_iter().copied().collect()
    };
    if chosen.is_empty() {
        return format!("INSERT INTO {name} DEFAULT VALUES");
    }
    let names: Vec<String> = chosen.iter().map(|column| quoted(&column.name)).collect();
    let values: Vec<&str> = chosen.iter().map(|column| value(column)).collect();
    format!(
        "INSERT INTO {name} ({}) VALUES ({})",
        names.join(", "),
        values.join(", ")
    )
}

fn update(facts: &Facts, relation: Oid, name: &str, columns: Option<&[i32]>) -> String {
    let usable = usable(facts, relation, columns);
    let column = usable
        .iter()
        .rev()
        .find(|column| !column.not_null)
        .or_else(|| usable.last());
    match column {
        Some(column) => {
            let value = if column.not_null {
                value(column)
            } else {
                "NULL"
            };
            format!("UPDATE {name} SET {} = {value}", quoted(&column.name))
        }
        None => format!("UPDATE {name} SET (nothing that may be set)"),
    }
}

fn value(column: &Attribute) -> &'static str {
    let name = column.type_name.as_str();
    if !column.not_null && column.default_expression.is_some() {
        return "DEFAULT";
    }
    if name.starts_with("timestamp") || name == "date" {
        return "now()";
    }
    if name.starts_with("numeric") || name.starts_with("double") {
        return "0";
    }
    match name {
        "smallint" | "integer" | "bigint" | "real" => "0",
        "boolean" => "true",
        "json" | "jsonb" => "'{}'",
        "uuid" => "'00000000-0000-0000-0000-000000000000'",
        "bytea" => "'\\x00'",
        _ => "'x'",
    }
}
