//! The run-time check of one definition of a bundle; a bundle that does not compile refuses all.

use std::sync::{Arc, OnceLock};

use canonical::document::View;
use jsonschema::error::ValidationErrorKind;
use jsonschema::json::Json;
use jsonschema::{
    Draft, PatternOptions, Retrieve, Uri, ValidationError, ValidationOptions, Validator,
};
use serde_json::{Value, json};

use crate::expand::expanded;
use crate::keyword;
use crate::refusal::{Refusal, Stage};
use crate::seen::{Seen, SeenNode};

/// A compiled definition, or why it did not compile.
pub(crate) struct Schema {
    compiled: Result<Validator<Seen>, String>,
    bundle: &'static str,
    definition: &'static str,
    /// Says what a violation is; made when there is the first one.
    plain: OnceLock<Option<Validator>>,
}

impl Schema {
    /// Compiles once; the failure is kept, so that a static of this type never panics.
    pub(crate) fn compile(bundle: &'static str, definition: &'static str) -> Self {
        Self {
            compiled: compile(bundle, definition),
            bundle,
            definition,
            plain: OnceLock::new(),
        }
    }

    /// Why it did not compile.
    pub(crate) fn defect(&self) -> Option<&str> {
        self.compiled.as_ref().err().map(String::as_str)
    }

    /// Fails with the first violation, or always when the bundle did not compile.
    pub(crate) fn check(&self, root: View<'_>) -> Result<(), Refusal> {
        let validator = self
            .compiled
            .as_ref()
            .map_err(|reason| Refusal::schema(Stage::Contract, reason))?;
        if validator.is_valid(SeenNode(root)) {
            return Ok(());
        }
        Err(Refusal::schema(Stage::Schema, self.violation(root)))
    }

    #[cold]
    fn violation(&self, root: View<'_>) -> String {
        let plain = self.plain.get_or_init(|| {
            let root = bundled(self.bundle, self.definition).ok()?;
            options(jsonschema::options_for()).build(&root).ok()
        });
        let value = root.to_value();
        match plain.as_ref().map(|plain| plain.validate(&value)) {
            Some(Err(error)) => describe(&error),
            // What either of the two refuses is refused.
            None | Some(Ok(())) => "`/` violates its schema".to_owned(),
        }
    }
}

fn compile(bundle: &str, definition: &str) -> Result<Validator<Seen>, String> {
    let root = expanded(bundle, definition)?;
    options(jsonschema::options_for())
        .with_keyword("pattern", keyword::pattern)
        .with_keyword("required", keyword::required)
        .build(&root)
        .map_err(|error| format!("contract bundle does not compile: {}", error.masked()))
}

/// One definition of a bundle as a schema of its own, references and all, for the words of a violation.
fn bundled(bundle: &str, definition: &str) -> Result<Value, String> {
    let mut bundle: Value = serde_json::from_str(bundle)
        .map_err(|error| format!("contract bundle is not json: {error}"))?;
    let definitions = bundle
        .get_mut("$defs")
        .filter(|definitions| definitions.get(definition).is_some())
        .ok_or_else(|| format!("contract bundle has no definition `{definition}`"))?;
    Ok(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$ref": format!("#/$defs/{definition}"),
        "$defs": definitions.take(),
    }))
}

/// How every schema is read, whoever walks the document.
pub(crate) fn options<F: Json>(
    options: ValidationOptions<'_, Arc<dyn Retrieve>, F>,
) -> ValidationOptions<'_, Arc<dyn Retrieve>, F> {
    options
        .with_draft(Draft::Draft202012)
        .should_validate_formats(true)
        .should_ignore_unknown_formats(false)
        // A width of integers, which says nothing about text: no text is one.
        .with_format("uint64", |_: &str| false)
        .with_format("int64", |_: &str| false)
        .with_pattern_options(PatternOptions::regex())
        .with_retriever(Offline)
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
