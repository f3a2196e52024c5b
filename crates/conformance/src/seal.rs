//! Sealing: every hash over something that a case changed is computed again.
//!
//! So a case is about what it changed and not about a hash that no longer fits; where the hash is
//! what the case is about, it changes the sealed value. What a snapshot states of its own content is
//! made before this, by `fit`.

use std::collections::BTreeSet;

use canonical::{WriteError, hash, tags};
use serde_json::{Map, Value, json};

/// Seals the slots of these names; the others stay as they are.
pub(crate) fn seal(slots: &mut Value, touched: &BTreeSet<String>) -> Result<(), WriteError> {
    let Some(slots) = slots.as_object_mut() else {
        return Ok(());
    };
    for (name, slot) in slots {
        if touched.contains(name) {
            seal_value(slot)?;
        }
    }
    Ok(())
}

/// Seals a value from the inside out: rows of carriers, then the envelopes that hold them.
fn seal_value(value: &mut Value) -> Result<(), WriteError> {
    match value {
        Value::Array(items) => items.iter_mut().try_for_each(seal_value),
        Value::Object(members) => {
            members.values_mut().try_for_each(seal_value)?;
            seal_row(members)?;
            seal_envelope(members)
        }
        _ => Ok(()),
    }
}

fn seal_row(row: &mut Map<String, Value>) -> Result<(), WriteError> {
    let members = ["carrier", "row_key", "columns", "row_hash"];
    if row.len() != members.len() || !members.iter().all(|name| row.contains_key(*name)) {
        return Ok(());
    }
    let member = |name| row.get(name).cloned().unwrap_or_default();
    let content = json!({"carrier": member("carrier"), "key": member("row_key"),
        "columns": member("columns")});
    row.insert("row_hash".to_owned(), json!(hash(tags::ROW, &content)?));
    Ok(())
}

fn seal_envelope(envelope: &mut Map<String, Value>) -> Result<(), WriteError> {
    let Some(tag) = envelope.get("envelope_type").and_then(Value::as_str) else {
        return Ok(());
    };
    let tag = tags::evidence(tag);
    let Some(header) = envelope.get_mut("header").and_then(Value::as_object_mut) else {
        return Ok(());
    };
    header.insert("evidence_hash".to_owned(), Value::Null);
    let digest = hash(&tag, &Value::Object(envelope.clone()))?;
    if let Some(header) = envelope.get_mut("header").and_then(Value::as_object_mut) {
        header.insert("evidence_hash".to_owned(), json!(digest));
    }
    Ok(())
}

/// The evidence hash that an envelope states.
pub(crate) fn stated(envelope: Option<&Value>) -> Value {
    let hash = envelope.and_then(|envelope| envelope.pointer("/header/evidence_hash"));
    hash.cloned().unwrap_or_default()
}
