//! A bundle read as the shape of documents: where values stand, and what could stand there.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;

use serde_json::{Map, Value};

/// Deeper than any contract goes; keeps a definition that contains itself from running away.
const DEPTH_MAX: usize = 16;

/// The first example of each definition, of envelopes as of their parts.
pub(super) type Examples = BTreeMap<String, Value>;

/// Reads the examples of all schemas; bundles carry none.
pub(super) fn examples() -> Result<Examples, Box<dyn Error>> {
    let schemas = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../schemas"));
    let mut found = Examples::new();
    for folder in [schemas, &schemas.join("common")] {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if !path.to_string_lossy().ends_with(".schema.json") {
                continue;
            }
            let document: Value = serde_json::from_slice(&std::fs::read(&path)?)?;
            let title = document.get("title").and_then(Value::as_str);
            let parts = document.get("$defs").and_then(Value::as_object);
            let parts = parts.into_iter().flatten();
            let parts = parts.map(|(name, schema)| (name.as_str(), schema));
            for (name, schema) in parts.chain(title.map(|title| (title, &document))) {
                if let Some(example) = schema.pointer("/examples/0") {
                    found.insert(name.to_owned(), example.clone());
                }
            }
        }
    }
    Ok(found)
}

/// The definitions of one bundle.
pub(super) struct Shape<'s> {
    definitions: Option<&'s Map<String, Value>>,
    examples: &'s Examples,
}

/// One value of a document, and what the schema says of it.
pub(super) struct Position<'s> {
    /// Where it stands, as a JSON pointer.
    pub(super) pointer: String,
    /// The definition it must satisfy; the innermost when several name each other.
    pub(super) definition: Option<&'s str>,
    /// The keywords, references followed and `null` branches set aside.
    pub(super) schema: &'s Value,
}

impl<'s> Shape<'s> {
    pub(super) fn new(bundle: &'s Value, examples: &'s Examples) -> Self {
        Self {
            definitions: bundle.get("$defs").and_then(Value::as_object),
            examples,
        }
    }

    /// Every example, whatever it is one of: each is tried in the place of others.
    pub(super) fn examples(&self) -> impl Iterator<Item = &'s Value> {
        self.examples.values()
    }

    /// The keywords that hold for a schema, and the definition that they come from.
    pub(super) fn resolve(&self, schema: &'s Value) -> (Option<&'s str>, &'s Value) {
        let (mut name, mut schema) = (None, schema);
        for _ in 0..DEPTH_MAX {
            if let Some(present) = present_branch(schema) {
                schema = present;
            }
            let target = schema
                .get("$ref")
                .and_then(Value::as_str)
                .and_then(|reference| reference.strip_prefix("#/$defs/"));
            let target = target.and_then(|target| {
                let (own, schema) = self.definitions?.get_key_value(target)?;
                Some((own.as_str(), schema))
            });
            let Some((target, found)) = target else {
                break;
            };
            (name, schema) = (Some(target), found);
        }
        (name, schema)
    }

    /// Every value of a document, the document itself first.
    pub(super) fn positions(&self, definition: &str, document: &Value) -> Vec<Position<'s>> {
        let mut found = Vec::new();
        if let Some(schema) = self.definitions.and_then(|all| all.get(definition)) {
            self.visit(schema, document, String::new(), &mut found);
        }
        found
    }

    fn visit(
        &self,
        schema: &'s Value,
        value: &Value,
        pointer: String,
        found: &mut Vec<Position<'s>>,
    ) {
        let (definition, schema) = self.resolve(schema);
        let inside = match value {
            Value::Object(members) => members
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), member(schema, name)?, value)))
                .collect(),
            Value::Array(items) => items
                .iter()
                .enumerate()
                .filter_map(|(place, value)| Some((place.to_string(), schema.get("items")?, value)))
                .collect(),
            _ => Vec::new(),
        };
        found.push(Position {
            pointer: pointer.clone(),
            definition,
            schema,
        });
        for (step, schema, value) in inside {
            self.visit(schema, value, format!("{pointer}/{step}"), found);
        }
    }

    /// The document with every absent part and empty list filled from the examples.
    pub(super) fn saturate(&self, definition: &str, document: &Value) -> Value {
        let Some(schema) = self.definitions.and_then(|all| all.get(definition)) else {
            return document.clone();
        };
        self.fill(schema, document, 0)
    }

    fn fill(&self, schema: &'s Value, value: &Value, depth: usize) -> Value {
        let (_, keywords) = self.resolve(schema);
        if depth > DEPTH_MAX {
            return value.clone();
        }
        let deeper = depth.saturating_add(1);
        match value {
            Value::Null => match self.sample(schema) {
                Some(sample) if !sample.is_null() => self.fill(schema, &sample, deeper),
                _ => Value::Null,
            },
            Value::Array(items) => {
                let Some(item) = keywords.get("items") else {
                    return value.clone();
                };
                let sample = items.is_empty().then(|| self.sample(item)).flatten();
                let items = items.iter().chain(&sample);
                items.map(|value| self.fill(item, value, deeper)).collect()
            }
            Value::Object(members) => members
                .iter()
                .map(|(name, value)| {
                    let filled = member(keywords, name)
                        .map_or_else(|| value.clone(), |schema| self.fill(schema, value, deeper));
                    (name.clone(), filled)
                })
                .collect(),
            _ => value.clone(),
        }
    }

    fn sample(&self, schema: &'s Value) -> Option<Value> {
        let (definition, schema) = self.resolve(schema);
        if schema.get("type").and_then(Value::as_str) == Some("boolean") {
            return Some(Value::Bool(true));
        }
        self.examples.get(definition?).cloned()
    }
}

fn member<'s>(schema: &'s Value, name: &str) -> Option<&'s Value> {
    schema.get("properties")?.get(name)
}

// Absence is `null`, so a part that may be absent is one of two branches.
fn present_branch(schema: &Value) -> Option<&Value> {
    let branches = schema.get("oneOf")?.as_array()?;
    branches
        .iter()
        .find(|branch| branch.get("type").and_then(Value::as_str) != Some("null"))
}
