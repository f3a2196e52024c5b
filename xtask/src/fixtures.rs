//! Two small envelopes, laid out as the real ones are.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::schemas::{ID_BASE, Store};

/// A store over [`texts`].
pub(crate) fn store() -> Store {
    Store::from_texts(&texts()).unwrap()
}

/// Changes one document of `texts` in place.
pub(crate) fn edit(
    texts: &mut BTreeMap<String, String>,
    path: &str,
    change: impl FnOnce(&mut Value),
) {
    let mut document: Value = serde_json::from_str(texts.get(path).unwrap()).unwrap();
    change(&mut document);
    texts.insert(path.to_owned(), document.to_string());
}

/// The fixture files by path under `schemas/`.
pub(crate) fn texts() -> BTreeMap<String, String> {
    [
        ("common/scalars.schema.json", scalars()),
        ("common/moods.schema.json", moods()),
        ("ping.v1.schema.json", ping()),
        ("pong.v1.schema.json", pong()),
    ]
    .into_iter()
    .map(|(path, mut document)| {
        let keywords = document.as_object_mut().unwrap();
        keywords.insert(
            "$schema".to_owned(),
            json!("https://json-schema.org/draft/2020-12/schema"),
        );
        keywords.insert("$id".to_owned(), json!(format!("{ID_BASE}{path}")));
        (path.to_owned(), document.to_string())
    })
    .collect()
}

fn digest() -> Value {
    json!(format!("sha256:{}", "3f".repeat(32)))
}

fn header_example() -> Value {
    json!({"evidence_hash":digest()})
}

fn scalars() -> Value {
    json!({
        "title": "Scalars",
        "description": "Scalars.",
        "$defs": {
            "Sha256Ref": {"type":"string","description":"A digest.","examples":[digest()],
                "pattern":"^sha256:[0-9a-f]{64}$"},
            "Tag": {"type":"string","description":"A tag.","examples":["ping"],
                "pattern":"^[a-z][a-z0-9-]{0,63}$"},
        }
    })
}

fn moods() -> Value {
    json!({
        "title": "Moods",
        "description": "Moods.",
        "$defs": {
            "Mood": {"type":"string","description":"How it feels.","examples":["GOOD_ENOUGH"],
                "enum":["GOOD_ENOUGH","BAD"],
                "x-codes":{"GOOD_ENOUGH":{"class":"none"},"BAD":{"class":"none"}}},
            "Header": {"type":"object","description":"A header.","examples":[header_example()],
                "additionalProperties":false,"required":["evidence_hash"],
                "properties":{"evidence_hash":{"$ref":"scalars.schema.json#/$defs/Sha256Ref"}}},
            "Moods": {"type":"array","description":"Several moods.","examples":[["BAD"]],
                "minItems":1,"maxItems":3,"uniqueItems":true,"items":{"$ref":"#/$defs/Mood"}},
        }
    })
}

fn ping() -> Value {
    json!({
        "title": "Ping",
        "description": "Asks whether anybody is there.",
        "examples": [{"envelope_type":"ping","envelope_version":"one","header":header_example(),"hash":digest(),"moods":["BAD"],"attempt_no":1,
            "note":null,"reserved":null,"urgent":true}],
        "type": "object",
        "additionalProperties": false,
        "required": ["envelope_type","envelope_version","header","hash","moods","attempt_no","note","reserved","urgent"],
        "properties": {
            "envelope_type": {"$ref":"common/scalars.schema.json#/$defs/Tag"},
            "envelope_version": {"$ref":"common/scalars.schema.json#/$defs/Tag"},
            "header": {"$ref":"common/moods.schema.json#/$defs/Header"},
            "hash": {"$ref":"common/scalars.schema.json#/$defs/Sha256Ref"},
            "moods": {"$ref":"common/moods.schema.json#/$defs/Moods"},
            "attempt_no": {"$ref":"#/$defs/AttemptNo"},
            "note": {"oneOf":[{"$ref":"#/$defs/Note"},{"type":"null"}]},
            "reserved": {"type":"null"},
            "urgent": {"type":"boolean"},
        },
        "$defs": {
            "AttemptNo": {"type":"integer","description":"Which attempt.","examples":[1],
                "minimum":1,"maximum":9},
            "Note": {"type":"string","description":"A remark.","examples":["hello"],
                "minLength":1,"maxLength":5},
        }
    })
}

fn pong() -> Value {
    json!({
        "title": "Pong",
        "description": "Says that somebody is.",
        "examples": [{"envelope_type":"pong","envelope_version":"one","header":header_example(),
            "answer":{"outcome":"silent","urgent":true}}],
        "type": "object",
        "additionalProperties": false,
        "required": ["envelope_type","envelope_version","header","answer"],
        "properties": {
            "envelope_type": {"$ref":"common/scalars.schema.json#/$defs/Tag"},
            "envelope_version": {"$ref":"common/scalars.schema.json#/$defs/Tag"},
            "header": {"$ref":"common/moods.schema.json#/$defs/Header"},
            "answer": {"$ref":"#/$defs/Answer"},
        },
        "$defs": {
            "Answer": {
                "description":"What came back.",
                "examples":[{"outcome":"silent","urgent":true}],
                "oneOf":[heard(), silent()],
            }
        }
    })
}

fn heard() -> Value {
    json!({
        "title": "Heard",
        "type": "object",
        "additionalProperties": false,
        "required": ["outcome","hash","mood"],
        "properties": {
            "outcome": {"type":"string","const":"heard"},
            "hash": {"oneOf":[{"$ref":"common/scalars.schema.json#/$defs/Sha256Ref"},{"type":"null"}]},
            "mood": {"$ref":"common/moods.schema.json#/$defs/Mood"},
        }
    })
}

fn silent() -> Value {
    json!({
        "title": "Silent",
        "type": "object",
        "additionalProperties": false,
        "required": ["outcome","urgent"],
        "properties": {
            "outcome": {"type":"string","const":"silent"},
            "urgent": {"type":"boolean"},
        }
    })
}
