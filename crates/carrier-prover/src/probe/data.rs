//! A row of a copy: made up, so that a statement has something to change.

use crate::facts::Facts;
use crate::facts::find::quoted;
use crate::facts::rows::{Attribute, Relation};
use crate::writers::made_up;

/// One row with a value in every column that is known to take one.
///
/// Equal types get equal values, so that rows of related tables refer to each other.
pub(super) fn row(facts: &Facts, relation: &Relation) -> Result<String, String> {
    let name = facts.relation_name(relation.oid);
    let columns = facts.columns(relation.oid).iter();
    let settable = columns.filter(|column| column.generated.is_empty());
    let mut names = Vec::new();
    let mut values = Vec::new();
    for column in settable {
        match value(facts, column) {
            Some(value) => {
                names.push(quoted(&column.name));
                values.push(value);
            }
            None if column.not_null => {
                return Err(format!(
                    "no value is known for `{}` of `{name}`, a {}",
                    column.name, column.type_name
                ));
            }
            None => {}
        }
    }
    if names.is_empty() {
        return Ok(format!("INSERT INTO {name} DEFAULT VALUES"));
    }
    Ok(format!(
        "INSERT INTO {name} ({}) OVERRIDING SYSTEM VALUE VALUES ({})",
        names.join(", "),
        values.join(", ")
    ))
}

fn value(facts: &Facts, column: &Attribute) -> Option<String> {
    let of_type = facts.made_type(column.type_oid);
    if let Some(labels) = of_type.and_then(|row| row.labels.as_ref()) {
        let first = labels.first()?;
        return Some(format!("'{}'", first.replace('\'', "''")));
    }
    let mut plain = column.clone();
    // What a default would say is not known here.
    plain.default_expression = None;
    if let Some(base) = of_type.and_then(|row| row.base_name.clone()) {
        plain.type_name = base;
    }
    made_up(&plain).map(str::to_owned)
}
