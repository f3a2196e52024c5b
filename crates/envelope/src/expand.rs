//! One definition of a bundle with everything that it refers to in its place.
//!
//! The check walks one tree then, without a look-up at every scalar, and compiling it reads what the
//! definition reaches instead of all that the bundle holds.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// How deep references lead at most; the contracts' are acyclic and lead to a fraction of this.
const DEPTH_MAX: usize = 32;

/// The keywords that say nothing about null, so that it may be admitted beside them.
const SILENT_ON_NULL: [&str; 12] = [
    "additionalProperties",
    "format",
    "items",
    "maxItems",
    "maxLength",
    "maximum",
    "minItems",
    "minLength",
    "minimum",
    "pattern",
    "properties",
    "required",
];

#[derive(Deserialize)]
struct Bundle<'b> {
    #[serde(borrow, rename = "$defs")]
    definitions: BTreeMap<&'b str, &'b RawValue>,
}

/// The schema of one definition, free of references; means what the definition means.
pub(crate) fn expanded(bundle: &str, definition: &str) -> Result<Value, String> {
    let bundle: Bundle<'_> = serde_json::from_str(bundle)
        .map_err(|error| format!("contract bundle is not json: {error}"))?;
    bundle.definition(definition, 0)
}

impl Bundle<'_> {
    fn definition(&self, name: &str, depth: usize) -> Result<Value, String> {
        if depth > DEPTH_MAX {
            return Err(format!("definition `{name}` refers to itself"));
        }
        let text = self
            .definitions
            .get(name)
            .ok_or_else(|| format!("contract bundle has no definition `{name}`"))?;
        let schema = serde_json::from_str(text.get())
            .map_err(|error| format!("definition `{name}` is not json: {error}"))?;
        self.expand(schema, depth)
    }

    fn expand(&self, schema: Value, depth: usize) -> Result<Value, String> {
        match schema {
            Value::Object(members) => self.object(members, depth),
            Value::Array(items) => items
                .into_iter()
                .map(|item| self.expand(item, depth))
                .collect(),
            leaf => Ok(leaf),
        }
    }

    fn object(&self, members: Map<String, Value>, depth: usize) -> Result<Value, String> {
        if let Some(Value::String(reference)) = members.get("$ref") {
            return match reference.strip_prefix("#/$defs/") {
                Some(name) if members.len() == 1 => self.definition(name, depth.saturating_add(1)),
                Some(_) => Err(format!("`{reference}` does not stand alone")),
                None => Err(format!("`{reference}` is outside the bundle")),
            };
        }
        let expanded = members
            .into_iter()
            .map(|(name, value)| Ok((name, self.expand(value, depth)?)))
            .collect::<Result<Map<_, _>, String>>()?;
        Ok(Value::Object(or_null(expanded)))
    }
}

/// A choice between a schema and null as the one schema that admits both.
fn or_null(mut schema: Map<String, Value>) -> Map<String, Value> {
    let choice = match (schema.len(), schema.get("oneOf").and_then(Value::as_array)) {
        (1, Some(choice)) => choice.as_slice(),
        _ => return schema,
    };
    let [Value::Object(other), Value::Object(null)] = choice else {
        return schema;
    };
    let is_null = null.len() == 1 && null.get("type").is_some_and(|named| named == "null");
    let mut keywords = other.keys().filter(|name| *name != "type");
    let admits = is_null && keywords.all(|name| SILENT_ON_NULL.contains(&name.as_str()));
    match other.get("type") {
        Some(Value::String(named)) if admits && named != "null" => {
            let either = Value::from(vec![named.as_str(), "null"]);
            let mut merged = other.clone();
            merged.insert("type".to_owned(), either);
            schema = merged;
        }
        _ => {}
    }
    schema
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::expanded;

    fn of(definitions: serde_json::Value) -> Result<serde_json::Value, String> {
        expanded(&json!({ "$defs": definitions }).to_string(), "A")
    }

    #[test]
    fn references_give_way_to_what_they_refer_to() {
        let found = of(json!({
            "A": {"type": "object", "properties": {"b": {"$ref": "#/$defs/B"}}},
            "B": {"type": "array", "items": {"$ref": "#/$defs/C"}},
            "C": {"type": "string", "pattern": "^c$"},
        }));
        let due = json!({"type": "object", "properties": {
            "b": {"type": "array", "items": {"type": "string", "pattern": "^c$"}},
        }});
        assert_eq!(found, Ok(due));
    }

    #[test]
    fn null_is_admitted_where_no_other_keyword_speaks_of_it() {
        let text = json!({"type": "string", "pattern": "^c$"});
        let nothing = json!({"type": "null"});
        let found = of(json!({"A": {"oneOf": [text, nothing]}}));
        let due = json!({"type": ["string", "null"], "pattern": "^c$"});
        assert_eq!(found, Ok(due));
        for kept in [
            json!({"oneOf": [{"type": "string", "enum": ["c"]}, nothing]}),
            json!({"oneOf": [{"type": "null"}, nothing]}),
            json!({"oneOf": [text, {"type": "integer"}]}),
            json!({"oneOf": [text, nothing, {"type": "integer"}]}),
            json!({"oneOf": [text, nothing], "type": "string"}),
        ] {
            assert_eq!(of(json!({ "A": kept })), Ok(kept));
        }
    }

    #[test]
    fn what_cannot_be_expanded_is_said() {
        for (definitions, said) in [
            (
                json!({"A": {"items": {"$ref": "#/$defs/A"}}}),
                "refers to itself",
            ),
            (json!({"A": {"$ref": "#/$defs/B"}}), "no definition `B`"),
            (json!({"A": {"$ref": "other.json"}}), "outside the bundle"),
            (
                json!({"A": {"$ref": "#/$defs/A", "type": "null"}}),
                "does not stand alone",
            ),
        ] {
            assert!(
                of(definitions).is_err_and(|error| error.contains(said)),
                "{said}"
            );
        }
        assert!(expanded("{", "A").is_err_and(|error| error.contains("not json")));
    }
}
