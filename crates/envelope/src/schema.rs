//! The run-time check of one definition of a bundle; a bundle that does not compile refuses all.

use jsonschema::error::ValidationErrorKind;
use jsonschema::{Draft, PatternOptions, Retrieve, Uri, ValidationError, Validator};
use serde_json::{Value, json};

use crate::refusal::{Refusal, Stage};

/// A compiled definition, or why it did not compile.
pub(crate) struct Schema {
    compiled: Result<Validator, String>,
}

impl Schema {
    /// Compiles once; the failure is kept, so that a static of this type never panics.
    pub(crate) fn compile(bundle: &str, definition: &str) -> Self {
        Self {
            compiled: compile(bundle, definition),
        }
    }

    /// Why it did not compile.
    pub(crate) fn defect(&self) -> Option<&str> {
        self.compiled.as_ref().err().map(String::as_str)
    }

    /// Fails with the first violation, or always when the bundle did not compile.
    pub(crate) fn check(&self, value: &Value) -> Result<(), Refusal> {
        let validator = self
            .compiled
            .as_ref()
            .map_err(|reason| Refusal::schema(Stage::Contract, reason))?;
        validator
            .validate(value)
            .map_err(|error| Refusal::schema(Stage::Schema, describe(&error)))
    }
}

fn compile(bundle: &str, definition: &str) -> Result<Validator, String> {
    let bundle: Value = serde_json::from_str(bundle)
        .map_err(|error| format!("contract bundle is not json: {error}"))?;
    let definitions = bundle
        .get("$defs")
        .filter(|definitions| definitions.get(definition).is_some())
        .ok_or_else(|| format!("contract bundle has no definition `{definition}`"))?;
    let root = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": format!("#/$defs/{definition}"),
        "$defs": definitions,
    });
    jsonschema::options()
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        // A width of integers, which says nothing about text: no text is one.
        .with_format("uint64", |_: &str| false)
        .with_format("int64", |_: &str| false)
        .with_pattern_options(PatternOptions::regex())
        .with_retriever(Offline)
        .build(&root)
        .map_err(|error| format!("contract bundle does not compile: {}", error.masked()))
}

/// Refuses every reference that leaves the bundle.
struct Offline;

impl Retrieve for Offline {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("`{uri}` is outside the bundle").into())
    }
}

/// Path and keyword, and of the content only the name of a member that is missing or too many.
fn describe(error: &ValidationError<'_>) -> String {
    let path = error.instance_path().as_str();
    let keyword = error.kind().keyword();
    let place = if path.is_empty() { "/" } else { path };
    let subject = match error.kind() {
        ValidationErrorKind::Required { property } => property.as_str(),
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            unexpected.first().map(String::as_str)
        }
        _ => None,
    };
    match subject {
        Some(name) => format!("`{place}` violates `{keyword}`: `{}`", clip(name)),
        None => format!("`{place}` violates `{keyword}`"),
    }
}

/// At most 64 characters of a text that the sender chose.
pub(crate) fn clip(text: &str) -> String {
    text.chars().take(64).collect()
}
