//! The schema profile: the part of JSON Schema that becomes exact Rust types.
//!
//! Keywords are admitted by name and everything else is refused, so a keyword nobody thought of
//! never slips through.

mod definition;

use serde_json::{Map, Value};

use crate::schemas::{Source, Store, is_annotation};

/// The largest magnitude that every JSON reader carries exactly: 2^53 − 1.
const SAFE_INTEGER: i64 = 9_007_199_254_740_991;

const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// Every departure from the profile, each naming file, place and rule.
pub(crate) fn findings(store: &Store) -> Vec<String> {
    let mut report = Report::default();
    for source in store.sources() {
        report.file.clone_from(&source.path);
        check_file(source, &mut report);
    }
    for envelope in store.envelopes() {
        check_title(store, &envelope.path(), &envelope.type_name(), &mut report);
    }
    report.findings
}

#[derive(Default)]
struct Report {
    file: String,
    findings: Vec<String>,
}

impl Report {
    fn push(&mut self, place: &str, what: impl std::fmt::Display) {
        let place = if place.is_empty() { "/" } else { place };
        self.findings
            .push(format!("`schemas/{}` at `{place}`: {what}", self.file));
    }
}

fn check_file(source: &Source, report: &mut Report) {
    let Some(document) = source.document.as_object() else {
        report.push("", "a schema file is an object");
        return;
    };
    if document.get("$schema").and_then(Value::as_str) != Some(DIALECT) {
        report.push("", format!("`$schema` must be `{DIALECT}`"));
    }
    if !document.get("description").is_some_and(is_said) {
        report.push("", "has no `description`");
    }
    let mut root = document.clone();
    for keyword in ["$schema", "$id", "$defs"] {
        root.remove(keyword);
    }
    // A shared file holds definitions only; an envelope file is itself a definition.
    let is_shared = source.path.contains('/');
    if !is_shared {
        definition::check("", &root, report);
        check_envelope_members(&root, report);
    } else if let Some(keyword) = root.keys().find(|keyword| !is_annotation(keyword)) {
        report.push(
            "",
            format!("a shared file holds definitions only, found `{keyword}`"),
        );
    }
    match document.get("$defs") {
        None => {}
        Some(Value::Object(definitions)) => check_definitions(definitions, report),
        Some(_) => report.push("/$defs", "must be an object"),
    }
}

fn check_definitions(definitions: &Map<String, Value>, report: &mut Report) {
    for (name, schema) in definitions {
        let place = format!("/$defs/{name}");
        if !is_type_name(name) {
            report.push(&place, "a definition name is ASCII PascalCase");
        }
        let Some(schema) = schema.as_object() else {
            report.push(&place, "a definition is an object");
            continue;
        };
        let title = schema.get("title");
        if title.is_some_and(|title| title.as_str() != Some(name)) {
            report.push(
                &place,
                "the `title` of a definition is its name or is left out",
            );
        }
        definition::check(&place, schema, report);
    }
}

// INVARIANT: type, version and header stand beside each other in every envelope (spec §2).
fn check_envelope_members(root: &Map<String, Value>, report: &mut Report) {
    let members = root.get("properties").and_then(Value::as_object);
    for expected in ["envelope_type", "envelope_version", "header"] {
        if !members.is_some_and(|members| members.contains_key(expected)) {
            report.push(
                "/properties",
                format!("an envelope has a member `{expected}`"),
            );
        }
    }
}

fn check_title(store: &Store, path: &str, expected: &str, report: &mut Report) {
    path.clone_into(&mut report.file);
    let source = store.sources().find(|source| source.path == path);
    let title = source
        .and_then(|source| source.document.get("title"))
        .and_then(Value::as_str);
    if title != Some(expected) {
        report.push("", format!("the `title` of this envelope is `{expected}`"));
    }
}

fn is_said(value: &Value) -> bool {
    value.as_str().is_some_and(|text| !text.trim().is_empty())
}

fn is_type_name(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn is_member_name(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

#[cfg(test)]
mod tests;
