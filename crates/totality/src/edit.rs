//! Bytes as edits of a document: the fuzzer changes values, not only the text they are spelled in.

use serde_json::{Value, json};

/// What a value may become.
const REPLACEMENTS: [fn(u8) -> Value; 8] = [
    |_| Value::Null,
    |byte| json!(byte),
    |byte| json!(char::from(byte).to_string()),
    |_| json!(""),
    |byte| json!(-i64::from(byte)),
    |_| json!(canonical::INTEGER_MAX),
    |_| json!([]),
    |_| json!({}),
];

/// Takes four bytes for each edit: which leaf (two), which replacement, and what of.
pub(crate) fn apply(document: &mut Value, bytes: &[u8]) {
    for edit in bytes.chunks_exact(4).take(8) {
        let [high, low, kind, byte] = *edit else {
            return;
        };
        let mut leaves = Vec::new();
        collect(document, &mut leaves);
        let chosen = usize::from(u16::from_be_bytes([high, low])) % leaves.len().max(1);
        let Some(leaf) = leaves.into_iter().nth(chosen) else {
            return;
        };
        *leaf = changed(leaf, kind, byte);
    }
}

/// What a leaf becomes.
pub(crate) fn changed(leaf: &Value, kind: u8, byte: u8) -> Value {
    match (kind % 9, leaf.as_str()) {
        // The same text, one character longer.
        (8, Some(text)) => json!(format!("{text}{}", char::from(byte))),
        (kind, _) => REPLACEMENTS[usize::from(kind % 8)](byte),
    }
}

fn collect<'v>(value: &'v mut Value, leaves: &mut Vec<&'v mut Value>) {
    let is_leaf = match value {
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => true,
    };
    if is_leaf {
        leaves.push(value);
        return;
    }
    if let Value::Array(items) = value {
        for item in items {
            collect(item, leaves);
        }
    } else if let Value::Object(members) = value {
        for member in members.values_mut() {
            collect(member, leaves);
        }
    }
}
