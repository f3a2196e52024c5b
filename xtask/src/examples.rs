//! Holds every example against the definition it illustrates.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use jsonschema::Validator;
use serde_json::{Map, Value, json};

use crate::bundle::Bundle;
use crate::schemas::{Source, Store};

/// Every example that its own definition refuses, and every full envelope that its schema refuses.
pub(crate) fn findings(store: &Store, schemas: &Path) -> Result<Vec<String>> {
    let mut findings = Vec::new();
    for source in store.sources() {
        check_file(store, source, &mut findings)?;
    }
    for envelope in store.envelopes() {
        let path = schemas.join(format!(
            "examples/{}.v{}.json",
            envelope.kind, envelope.version
        ));
        if !path.exists() {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        let example: Value = serde_json::from_str(&text)
            .with_context(|| format!("reading the example of `{}`", envelope.label()))?;
        let bundle = Bundle::of_file(store, &envelope.path())?;
        let validator = validator_of(&bundle.document()?, &envelope.type_name())?;
        let place = format!(
            "`schemas/examples/{}.v{}.json`",
            envelope.kind, envelope.version
        );
        judge(&validator, &example, &place, &mut findings);
    }
    Ok(findings)
}

fn check_file(store: &Store, source: &Source, findings: &mut Vec<String>) -> Result<()> {
    let bundle = Bundle::of_file(store, &source.path)?;
    let document = bundle.document()?;
    let root_name = source.document.get("title").and_then(Value::as_str);
    let own = source.document.get("$defs").and_then(Value::as_object);
    let own = own.into_iter().flat_map(Map::keys).map(String::as_str);
    for name in own.chain(root_name).collect::<BTreeSet<_>>() {
        let schema = bundle.definitions.get(name);
        let examples = schema
            .and_then(|schema| schema.get("examples"))
            .and_then(Value::as_array);
        let Some(examples) = examples else { continue };
        let validator = validator_of(&document, name)
            .with_context(|| format!("compiling `{name}` of `schemas/{}`", source.path))?;
        for (index, example) in examples.iter().enumerate() {
            let place = format!("`schemas/{}`: example {index} of `{name}`", source.path);
            judge(&validator, example, &place, findings);
        }
    }
    Ok(())
}

fn validator_of(document: &Value, name: &str) -> Result<Validator> {
    let mut document = document.clone();
    let keywords = document.as_object_mut().context("a bundle is an object")?;
    keywords.insert("$ref".to_owned(), json!(format!("#/$defs/{name}")));
    jsonschema::options()
        .should_validate_formats(true)
        .build(&document)
        .map_err(|error| anyhow!("compiling the schema: {error}"))
}

fn judge(validator: &Validator, example: &Value, place: &str, findings: &mut Vec<String>) {
    if let Some(error) = validator.iter_errors(example).next() {
        findings.push(format!(
            "{place} is invalid at `{}`: {error}",
            error.instance_path()
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn an_example_that_its_definition_refuses_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(
            findings(&fixtures::store(), folder.path()).unwrap(),
            Vec::<String>::new()
        );
        let mut texts = fixtures::texts();
        fixtures::edit(&mut texts, "common/moods.schema.json", |document| {
            *document.pointer_mut("/$defs/Moods/examples").unwrap() = json!([["BAD", "BAD"]]);
        });
        let store = Store::from_texts(&texts).unwrap();
        let found = findings(&store, folder.path()).unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("example 0 of `Moods`"), "{found:?}");
    }

    #[test]
    fn a_full_envelope_that_its_schema_refuses_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("examples")).unwrap();
        std::fs::write(folder.path().join("examples/ping.v1.json"), "{}").unwrap();
        let found = findings(&fixtures::store(), folder.path()).unwrap();
        assert!(found[0].contains("examples/ping.v1.json"), "{found:?}");
    }
}
