//! The same document with the members of every object in reverse.

use serde_json::Value;

/// Written by hand: a map that sorts its members, or keeps them, would decide the order itself.
pub(crate) fn reversed(value: &Value) -> String {
    match value {
        Value::Object(members) => {
            let members = members.iter().rev();
            let members = members
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), reversed(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        }
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(reversed).collect();
            format!("[{}]", items.join(","))
        }
        other => other.to_string(),
    }
}
