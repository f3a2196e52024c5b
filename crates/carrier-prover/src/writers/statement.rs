//! The statement that a path ends in, such as somebody could type.

use std::collections::BTreeSet;

use crate::facts::Facts;
use crate::facts::find::{qualified, quoted};
use crate::facts::rows::{Attribute, Function, Oid};
use crate::path::Operation;

/// A statement that does an operation to a relation, using only these columns.
pub(crate) fn write(
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
    update_of(facts, relation, columns)
        .unwrap_or_else(|| format!("UPDATE {name} SET (nothing that may be set)"))
}

/// An UPDATE that no constraint has a word in, where there is such a column.
pub(crate) fn update_of(facts: &Facts, relation: Oid, columns: Option<&[i32]>) -> Option<String> {
    let usable = usable(facts, relation, columns);
    let constrained = constrained(facts, relation);
    let is_free = |column: &&&Attribute| match &constrained {
        Some(numbers) => !numbers.contains(&column.number),
        None => false,
    };
    let free = usable.iter().rev().filter(is_free);
    // Never the column's own value: whoever may write it need not be let to read it.
    let (column, value) = without_reading(free)
        // What a view is of may want a value where the view does not say so.
        .or_else(|| constrained.is_none().then(|| plain(usable.iter().rev()))?)
        .or_else(|| without_reading(usable.iter().rev()))
        .or_else(|| usable.last().map(|column| (*column, value(column))))?;
    let name = facts.relation_name(relation);
    Some(format!(
        "UPDATE {name} SET {} = {value}",
        quoted(&column.name)
    ))
}

/// A column that may be nothing, or one that a made-up value fits, with what it is set to.
fn without_reading<'a, 'c>(
    columns: impl Iterator<Item = &'c &'a Attribute> + Clone,
) -> Option<(&'a Attribute, &'static str)>
where
    'a: 'c,
{
    let nullable = columns.clone().find(|column| !column.not_null);
    nullable
        .map(|column| (*column, "NULL"))
        .or_else(|| plain(columns))
}

/// A column that a made-up value fits, with that value.
fn plain<'a, 'c>(
    mut columns: impl Iterator<Item = &'c &'a Attribute>,
) -> Option<(&'a Attribute, &'static str)>
where
    'a: 'c,
{
    let fitting = columns.find(|column| is_plain(column));
    fitting.map(|column| (*column, value(column)))
}

/// The columns that a constraint, a unique index or a reference speaks of; none where that is not
/// known, as of a view, which has its constraints elsewhere.
fn constrained(facts: &Facts, relation: Oid) -> Option<BTreeSet<i32>> {
    let row = facts.relation(relation)?;
    if row.kind == "v" {
        return None;
    }
    let constraints = facts.constraints_on(relation);
    let here = constraints.filter(|key| key.kind != "n");
    let there = facts.references_to(relation);
    let indexes = facts.indexes_on(relation).filter(|index| index.is_unique);
    Some(
        here.flat_map(|key| key.columns.iter().copied())
            .chain(there.flat_map(|key| key.referenced_columns.iter().copied()))
            .chain(indexes.flat_map(|index| index.columns.iter().flatten().copied()))
            .collect(),
    )
}

/// A value that stands for a column's type, where one is known.
pub(crate) fn made_up(column: &Attribute) -> Option<&'static str> {
    match value(column) {
        "DEFAULT" => Some("NULL"),
        text => is_plain(column).then_some(text),
    }
}

/// Whether the value that stands for its type is one of it.
fn is_plain(column: &Attribute) -> bool {
    let name = column.type_name.as_str();
    value(column) != "'x'" || name == "text" || name.starts_with("character varying")
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
