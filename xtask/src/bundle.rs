//! Gathers the schemas that a crate names into one document without outside references.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value, json};

use crate::schemas::{Envelope, Origin, Store, canonical_hash, strip_annotations, transform};

/// Everything that some envelopes need, each definition under one name.
#[derive(Debug)]
pub(crate) struct Bundle {
    /// The envelopes at the root, in order.
    pub(crate) envelopes: Vec<Envelope>,
    /// The definitions with local references and with their wording.
    pub(crate) definitions: BTreeMap<String, Value>,
}

impl Bundle {
    /// Bundles `envelopes` and all they reach; refuses two origins for one name.
    pub(crate) fn of_envelopes(store: &Store, envelopes: &BTreeSet<Envelope>) -> Result<Self> {
        let mut gathering = Gathering::new(store);
        for envelope in envelopes {
            let origin = Origin {
                path: envelope.path(),
                definition: None,
            };
            gathering.admit(&envelope.type_name(), origin)?;
        }
        let definitions = gathering.finish()?;
        refuse_repeated_titles(&definitions)?;
        Ok(Self {
            envelopes: envelopes.iter().cloned().collect(),
            definitions,
        })
    }

    /// Bundles every definition of one file, so that its examples can be judged.
    pub(crate) fn of_file(store: &Store, path: &str) -> Result<Self> {
        let mut gathering = Gathering::new(store);
        let root = Origin {
            path: path.to_owned(),
            definition: None,
        };
        let document = store.definition(&root)?;
        if let Some(name) = document.get("title").and_then(Value::as_str)
            && document.get("type").is_some()
        {
            gathering.admit(name, root)?;
        }
        let named = document.get("$defs").and_then(Value::as_object);
        for name in named.into_iter().flat_map(Map::keys) {
            let origin = Origin {
                path: path.to_owned(),
                definition: Some(name.clone()),
            };
            gathering.admit(name, origin)?;
        }
        Ok(Self {
            envelopes: Vec::new(),
            definitions: gathering.finish()?,
        })
    }

    /// The document that runs: definitions only, nothing that does not change validity.
    pub(crate) fn document(&self) -> Result<Value> {
        let definitions: Map<String, Value> = self.definitions.clone().into_iter().collect();
        let mut document = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "$defs": definitions,
        });
        strip_annotations(&mut document)?;
        Ok(document)
    }

    /// The committed text of [`Bundle::document`].
    pub(crate) fn text(&self) -> Result<String> {
        Ok(format!("{:#}\n", self.document()?))
    }

    /// The identity of the contract: wording, member order and layout do not move it.
    pub(crate) fn hash(&self) -> Result<String> {
        canonical_hash(&self.document()?)
    }
}

struct Gathering<'store> {
    store: &'store Store,
    origins: BTreeMap<String, Origin>,
    waiting: Vec<(String, Origin)>,
}

impl<'store> Gathering<'store> {
    fn new(store: &'store Store) -> Self {
        Self {
            store,
            origins: BTreeMap::new(),
            waiting: Vec::new(),
        }
    }

    fn admit(&mut self, name: &str, origin: Origin) -> Result<()> {
        match self.origins.get(name) {
            Some(known) if *known == origin => Ok(()),
            Some(known) => bail!("name `{name}` has two origins: `{known}` and `{origin}`"),
            None => {
                self.origins.insert(name.to_owned(), origin.clone());
                self.waiting.push((name.to_owned(), origin));
                Ok(())
            }
        }
    }

    // Ends because `admit` queues a name once and a store holds finitely many definitions.
    fn finish(mut self) -> Result<BTreeMap<String, Value>> {
        let mut definitions = BTreeMap::new();
        while let Some((name, origin)) = self.waiting.pop() {
            let schema = self
                .localise(&origin)
                .with_context(|| format!("bundling `{origin}`"))?;
            definitions.insert(name, schema);
        }
        Ok(definitions)
    }

    fn localise(&mut self, origin: &Origin) -> Result<Value> {
        let mut schema = self.store.definition(origin)?.clone();
        if let Value::Object(keywords) = &mut schema {
            keywords.retain(|keyword, _| !matches!(keyword.as_str(), "$schema" | "$id" | "$defs"));
        }
        transform(&mut schema, &mut |keywords| {
            let Some(Value::String(reference)) = keywords.get_mut("$ref") else {
                return Ok(());
            };
            let target = self.store.resolve(&origin.path, reference)?;
            let Some(name) = target.definition.clone() else {
                bail!("`$ref` `{reference}` names a whole file");
            };
            *reference = format!("#/$defs/{name}");
            self.admit(&name, target)
        })?;
        Ok(schema)
    }
}

// Two inline schemas with one title become one Rust type, silently the wrong one for the second.
fn refuse_repeated_titles(definitions: &BTreeMap<String, Value>) -> Result<()> {
    let mut seen: BTreeSet<String> = definitions.keys().cloned().collect();
    for (name, schema) in definitions {
        let branches = schema.get("oneOf").and_then(Value::as_array);
        for branch in branches.into_iter().flatten() {
            if let Some(title) = branch.get("title").and_then(Value::as_str)
                && !seen.insert(title.to_owned())
            {
                bail!("title `{title}` in `{name}` is used twice in one bundle");
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn bundle_of(store: &Store, names: &[&str]) -> Result<Bundle> {
        let envelopes = names
            .iter()
            .map(|name| store.envelope(name))
            .collect::<Result<_>>()?;
        Bundle::of_envelopes(store, &envelopes)
    }

    #[test]
    fn references_become_local_and_unused_definitions_stay_out() {
        let bundle = bundle_of(&fixtures::store(), &["ping"]).unwrap();
        let names: Vec<_> = bundle.definitions.keys().map(String::as_str).collect();
        assert!(names.contains(&"Ping") && names.contains(&"Sha256Ref"));
        assert!(!names.contains(&"Pong"));
        assert!(!bundle.text().unwrap().contains(".schema.json#"));
    }

    #[test]
    fn one_name_with_two_origins_is_refused() {
        let mut texts = fixtures::texts();
        fixtures::edit(&mut texts, "pong.v1.schema.json", |document| {
            let definitions = document.get_mut("$defs").unwrap().as_object_mut().unwrap();
            let copy = definitions.get("Answer").unwrap().clone();
            definitions.insert("Note".to_owned(), copy);
            *document.pointer_mut("/properties/answer").unwrap() = json!({"$ref":"#/$defs/Note"});
        });
        let store = Store::from_texts(&texts).unwrap();
        let error = format!("{:#}", bundle_of(&store, &["ping", "pong"]).unwrap_err());
        assert!(error.contains("name `Note` has two origins"), "{error}");
        bundle_of(&store, &["ping"]).unwrap();
        bundle_of(&store, &["pong"]).unwrap();
    }

    #[test]
    fn a_title_used_twice_is_refused() {
        let mut texts = fixtures::texts();
        fixtures::edit(&mut texts, "pong.v1.schema.json", |document| {
            *document.pointer_mut("/$defs/Answer/oneOf/1/title").unwrap() = json!("Heard");
        });
        let store = Store::from_texts(&texts).unwrap();
        let error = bundle_of(&store, &["pong"]).unwrap_err().to_string();
        assert!(error.contains("title `Heard`"), "{error}");
        bundle_of(&fixtures::store(), &["pong"]).unwrap();
    }
}
