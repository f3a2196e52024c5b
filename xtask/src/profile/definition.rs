//! The rules for one definition and for what may stand inline within it.

use serde_json::{Map, Value};

use super::{Report, SAFE_INTEGER, is_member_name, is_said};
use crate::schemas::is_annotation;

type Keywords = Map<String, Value>;

/// Checks one named definition, or the root of an envelope.
pub(super) fn check(place: &str, schema: &Keywords, report: &mut Report) {
    if !schema.get("description").is_some_and(is_said) {
        report.push(place, "has no `description`");
    }
    if schema
        .get("examples")
        .and_then(Value::as_array)
        .is_none_or(Vec::is_empty)
    {
        report.push(place, "has no `examples`");
    }
    if schema.contains_key("oneOf") {
        return tagged_union(place, schema, report);
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("object") => object(place, schema, None, report),
        Some("array") => list(place, schema, report),
        Some("string") => text(place, schema, report),
        Some("integer") => integer(place, schema, report),
        Some("boolean") => admit(place, schema, &["type"], report),
        Some("number") => report.push(place, "`number` is refused: integers only"),
        Some(other) => report.push(place, format!("a definition of type `{other}` is refused")),
        None if is_reference(schema) => admit(place, schema, &["$ref"], report),
        None => {
            report.push(
                place,
                "a definition has one `type`, a `$ref` or a tagged `oneOf`",
            );
            admit(place, schema, &[], report);
        }
    }
}

fn admit(place: &str, schema: &Keywords, admitted: &[&str], report: &mut Report) {
    for keyword in schema.keys() {
        if !admitted.contains(&keyword.as_str()) && !is_annotation(keyword) {
            report.push(place, format!("keyword `{keyword}` is refused here"));
        }
    }
}

fn object(place: &str, schema: &Keywords, tag: Option<&str>, report: &mut Report) {
    admit(
        place,
        schema,
        &["type", "additionalProperties", "required", "properties"],
        report,
    );
    if schema.get("additionalProperties") != Some(&Value::Bool(false)) {
        report.push(
            place,
            "an object is closed: `additionalProperties` must be `false`",
        );
    }
    let Some(properties) = schema.get("properties").and_then(Value::as_object) else {
        report.push(place, "an object has `properties`");
        return;
    };
    let required = schema.get("required").and_then(Value::as_array);
    let required: Vec<_> = required
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    for (name, member) in properties {
        let inner = format!("{place}/properties/{name}");
        if !is_member_name(name) {
            report.push(&inner, "a member name is ASCII snake_case");
        }
        if !required.contains(&name.as_str()) {
            report.push(&inner, "every member is required; absence is `null`");
        }
        if tag != Some(name.as_str()) {
            inline(&inner, member, report);
        }
    }
    for name in required {
        if !properties.contains_key(name) {
            report.push(
                place,
                format!("requires `{name}`, which it does not describe"),
            );
        }
    }
}

fn inline(place: &str, schema: &Value, report: &mut Report) {
    let Some(schema) = schema.as_object() else {
        report.push(place, "a schema is an object");
        return;
    };
    if is_reference(schema) {
        return admit(place, schema, &["$ref"], report);
    }
    if let Some(branches) = schema.get("oneOf") {
        admit(place, schema, &["oneOf"], report);
        if !is_nullable_reference(branches) {
            report.push(
                place,
                "an inline `oneOf` is `[{\"$ref\"}, {\"type\": \"null\"}]`",
            );
        }
        return;
    }
    admit(place, schema, &["type"], report);
    match schema.get("type").and_then(Value::as_str) {
        Some("null" | "boolean") => {}
        Some("number") => report.push(place, "`number` is refused: integers only"),
        _ => report.push(
            place,
            "must be a `$ref`: what has limits or shape has a name",
        ),
    }
}

fn tagged_union(place: &str, schema: &Keywords, report: &mut Report) {
    admit(place, schema, &["oneOf"], report);
    let branches = schema.get("oneOf").and_then(Value::as_array);
    let branches: Vec<_> = branches
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .collect();
    let Some((tag, _)) = branches.first().and_then(|branch| tag_of(branch)) else {
        report.push(
            place,
            "a `oneOf` is tagged: inline closed objects that share a `const` member",
        );
        return;
    };
    let mut values = Vec::new();
    for (index, branch) in branches.iter().enumerate() {
        let inner = format!("{place}/oneOf/{index}");
        match tag_of(branch) {
            Some((name, value)) if name == tag && !values.contains(&value) => values.push(value),
            Some((name, value)) if name == tag => {
                report.push(&inner, format!("the tag value `{value}` is used twice"));
            }
            _ => report.push(&inner, format!("must have `{tag}` as its only tag")),
        }
        if branch.get("type").and_then(Value::as_str) != Some("object") {
            report.push(&inner, "a branch is an inline closed object");
        }
        object(&inner, branch, Some(tag), report);
    }
}

fn tag_of(branch: &Keywords) -> Option<(&str, &str)> {
    let properties = branch.get("properties")?.as_object()?;
    let mut tags = properties.iter().filter_map(|(name, schema)| {
        let schema = schema.as_object()?;
        Some((name.as_str(), tag_value(schema)?))
    });
    let only = tags.next()?;
    tags.next().is_none().then_some(only)
}

fn tag_value(schema: &Keywords) -> Option<&str> {
    let plain = schema.keys().all(|keyword| {
        matches!(keyword.as_str(), "type" | "const" | "enum") || is_annotation(keyword)
    });
    if !plain || schema.get("type").and_then(Value::as_str) != Some("string") {
        return None;
    }
    match (
        schema.get("const"),
        schema
            .get("enum")
            .and_then(Value::as_array)
            .map(Vec::as_slice),
    ) {
        (Some(value), None) | (None, Some([value])) => value.as_str(),
        _ => None,
    }
}

fn list(place: &str, schema: &Keywords, report: &mut Report) {
    admit(
        place,
        schema,
        &["type", "items", "minItems", "maxItems", "uniqueItems"],
        report,
    );
    if schema.get("maxItems").and_then(Value::as_u64).is_none() {
        report.push(place, "a list is bounded: `maxItems`");
    }
    match schema.get("items") {
        Some(Value::Object(items)) if is_reference(items) => {
            admit(&format!("{place}/items"), items, &["$ref"], report);
        }
        Some(Value::Object(items)) if items.get("type") == Some(&Value::from("boolean")) => {
            admit(&format!("{place}/items"), items, &["type"], report);
        }
        _ => report.push(place, "the `items` of a list are a `$ref` or booleans"),
    }
}

fn text(place: &str, schema: &Keywords, report: &mut Report) {
    admit(
        place,
        schema,
        &[
            "type",
            "enum",
            "pattern",
            "format",
            "minLength",
            "maxLength",
        ],
        report,
    );
    let is_bounded = schema.contains_key("pattern") || schema.contains_key("maxLength");
    match schema.get("enum") {
        None if is_bounded => {}
        None => report.push(place, "a text is bounded: `enum`, `pattern` or `maxLength`"),
        Some(values) => {
            let values = values.as_array().map(Vec::as_slice).unwrap_or_default();
            if values.is_empty() || !values.iter().all(Value::is_string) || is_bounded {
                report.push(
                    place,
                    "an `enum` is a list of strings, without other limits",
                );
            }
            code_notes(place, schema, values, report);
        }
    }
}

// A code without its note, or a note without its code, would reach the docs as a silent gap.
fn code_notes(place: &str, schema: &Keywords, values: &[Value], report: &mut Report) {
    let Some(notes) = schema.get("x-codes") else {
        return;
    };
    let notes: Vec<_> = notes.as_object().into_iter().flat_map(Map::keys).collect();
    for value in values.iter().filter_map(Value::as_str) {
        if !notes.iter().any(|note| *note == value) {
            report.push(place, format!("`x-codes` says nothing of `{value}`"));
        }
    }
    for note in notes {
        if !values.iter().any(|value| value.as_str() == Some(note)) {
            report.push(
                place,
                format!("`x-codes` tells of `{note}`, which is no value"),
            );
        }
    }
}

fn integer(place: &str, schema: &Keywords, report: &mut Report) {
    admit(
        place,
        schema,
        &["type", "minimum", "maximum", "format"],
        report,
    );
    for keyword in ["minimum", "maximum"] {
        match schema.get(keyword).and_then(Value::as_i64) {
            Some(limit) if (-SAFE_INTEGER..=SAFE_INTEGER).contains(&limit) => {}
            _ => report.push(
                place,
                format!("an integer needs `{keyword}` within ±(2^53-1)"),
            ),
        }
    }
}

fn is_reference(schema: &Keywords) -> bool {
    schema.get("$ref").is_some_and(Value::is_string)
}

fn is_nullable_reference(branches: &Value) -> bool {
    let Some([first, second]) = branches.as_array().map(Vec::as_slice) else {
        return false;
    };
    let names = |value: &Value, keyword: &str| {
        value
            .as_object()
            .is_some_and(|schema| schema.len() == 1 && schema.contains_key(keyword))
    };
    names(first, "$ref")
        && names(second, "type")
        && second.get("type") == Some(&Value::from("null"))
}
