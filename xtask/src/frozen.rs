//! Released contracts do not move: their hashes are committed and held.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::bundle::Bundle;
use crate::schemas::{Envelope, Store};

/// `type@version` → hash of its bundle without wording.
pub(crate) type Frozen = BTreeMap<String, String>;

/// Reads `frozen.json`; no file means that nothing was released yet.
pub(crate) fn load(schemas: &Path) -> Result<Frozen> {
    let path = schemas.join("frozen.json");
    if !path.exists() {
        return Ok(Frozen::new());
    }
    let text = std::fs::read_to_string(&path).context("reading `schemas/frozen.json`")?;
    serde_json::from_str(&text).context("reading `schemas/frozen.json`")
}

/// Adds one released version. A version that is frozen with another hash stays as it was.
pub(crate) fn freeze(store: &Store, schemas: &Path, label: &str) -> Result<()> {
    if !label.contains('@') {
        bail!("`{label}` must be `TYPE@VERSION`");
    }
    let envelope = store.envelope(label)?;
    let hash = hash_of(store, &envelope)?;
    let mut frozen = load(schemas)?;
    match frozen.get(label) {
        Some(known) if *known == hash => return Ok(()),
        Some(known) => bail!("`{label}` is frozen as `{known}` and is now `{hash}`: add a version"),
        None => frozen.insert(label.to_owned(), hash),
    };
    let text = serde_json::to_string_pretty(&frozen)?;
    std::fs::write(schemas.join("frozen.json"), text + "\n")
        .context("writing `schemas/frozen.json`")
}

/// Every frozen version that has moved or gone.
pub(crate) fn findings(store: &Store, frozen: &Frozen) -> Vec<String> {
    let mut findings = Vec::new();
    for (label, expected) in frozen {
        match store
            .envelope(label)
            .and_then(|envelope| hash_of(store, &envelope))
        {
            Ok(found) if found == *expected => {}
            Ok(found) => findings.push(format!(
                "released contract `{label}` has moved: frozen `{expected}`, now `{found}`; \
                 restore it and add a new version"
            )),
            Err(error) => findings.push(format!("released contract `{label}`: {error:#}")),
        }
    }
    findings
}

fn hash_of(store: &Store, envelope: &Envelope) -> Result<String> {
    Bundle::of_envelopes(store, &BTreeSet::from([envelope.clone()]))?.hash()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fixtures;

    #[test]
    fn a_released_version_may_be_reworded_but_not_changed() {
        let folder = tempfile::tempdir().unwrap();
        freeze(&fixtures::store(), folder.path(), "ping@1").unwrap();
        let frozen = load(folder.path()).unwrap();
        assert_eq!(findings(&fixtures::store(), &frozen), Vec::<String>::new());

        let mut texts = fixtures::texts();
        fixtures::edit(&mut texts, "common/moods.schema.json", |document| {
            *document.pointer_mut("/$defs/Mood/description").unwrap() = json!("Reworded.");
        });
        let reworded = Store::from_texts(&texts).unwrap();
        assert_eq!(findings(&reworded, &frozen), Vec::<String>::new());

        fixtures::edit(&mut texts, "common/moods.schema.json", |document| {
            *document.pointer_mut("/$defs/Moods/maxItems").unwrap() = json!(4);
        });
        let changed = Store::from_texts(&texts).unwrap();
        let found = findings(&changed, &frozen);
        assert!(found[0].contains("`ping@1` has moved"), "{found:?}");
        let error = freeze(&changed, folder.path(), "ping@1")
            .unwrap_err()
            .to_string();
        assert!(error.contains("add a version"), "{error}");
    }

    #[test]
    fn a_released_version_cannot_vanish() {
        let frozen = Frozen::from([("gone@1".to_owned(), "sha256:00".to_owned())]);
        assert!(findings(&fixtures::store(), &frozen)[0].contains("`gone@1`"));
    }
}
