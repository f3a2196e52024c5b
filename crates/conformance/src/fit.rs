//! Hashes that a snapshot states of its own content: of its manifest, and of the surfaces it captured.

use std::collections::BTreeSet;

use canonical::{WriteError, hash, tags};
use serde_json::{Map, Value, json};

/// The members of a manifest that its hash is made over.
const CONTENT: [&str; 5] = [
    "manifest_id",
    "manifest_version",
    "issuer",
    "canonicalization_version",
    "surfaces",
];

/// How the path of such a hash ends.
const HASHES: [&str; 2] = ["/manifest/manifest_hash", "/capture/aggregate/hash"];

/// Whether a path leads to such a hash; a case that changes one is about it.
pub(crate) fn is_hash(path: &str) -> bool {
    HASHES.iter().any(|end| path.ends_with(end))
}

/// Makes these hashes of the snapshots in the slots of these names again.
pub(crate) fn fit(slots: &mut Value, touched: &BTreeSet<String>) -> Result<(), WriteError> {
    let slots = slots.as_object_mut().into_iter().flatten();
    for (_, slot) in slots.filter(|(name, _)| touched.contains(*name)) {
        for snapshot in slot.as_array_mut().into_iter().flatten() {
            fit_snapshot(snapshot)?;
        }
    }
    Ok(())
}

fn fit_snapshot(snapshot: &mut Value) -> Result<(), WriteError> {
    if let Some(manifest) = snapshot.get_mut("manifest").and_then(Value::as_object_mut) {
        let content: Map<String, Value> = CONTENT
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), manifest.get(*name)?.clone())))
            .collect();
        let due = hash(tags::MANIFEST, &Value::Object(content))?;
        put(manifest.get_mut("manifest_hash"), &json!(due));
    }
    if let Some(surfaces) = snapshot.pointer("/capture/surfaces") {
        let surfaces = surfaces.as_array().into_iter().flatten();
        let entries: Vec<Value> = surfaces.map(entry).collect::<Result<_, _>>()?;
        let due = hash(tags::SURFACE, &json!({"surfaces": entries}))?;
        put(snapshot.pointer_mut("/capture/aggregate/hash"), &json!(due));
    }
    Ok(())
}

fn entry(surface: &Value) -> Result<Value, WriteError> {
    let write_set = surface.get("write_set").filter(|set| !set.is_null());
    let write_set_hash = write_set.map(|set| hash(tags::SURFACE, set)).transpose()?;
    Ok(json!({
        "surface": surface.get("surface"),
        "content_hash": surface.get("content_hash"),
        "write_set_hash": write_set_hash,
    }))
}

fn put(place: Option<&mut Value>, value: &Value) {
    if let Some(place) = place {
        value.clone_into(place);
    }
}
