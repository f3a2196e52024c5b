//! Lists that are empty, full, too long, or hold something twice.

use serde_json::{Value, json};

use super::super::shape::Shape;
use super::Mutation;

pub(super) fn mutations<'s>(
    shape: &Shape<'s>,
    schema: &'s Value,
    original: &Value,
) -> Vec<Mutation> {
    let items = original.as_array().map(Vec::as_slice).unwrap_or_default();
    let mut found = vec![
        Mutation::new("with null", with(items, Value::Null)),
        Mutation::new("with list", with(items, json!([]))),
        Mutation::new("as object", as_object(items)),
    ];
    let Some(first) = items.first() else {
        return found;
    };
    found.push(Mutation::new("doubled", with(items, first.clone())));
    let longest = schema.get("maxItems").and_then(Value::as_u64);
    let longest = longest.and_then(|longest| usize::try_from(longest).ok());
    for length in longest.into_iter().flat_map(|max| [max, max + 1]) {
        let same = vec![first.clone(); length];
        found.push(Mutation::new(format!("{length} same"), same.into()));
        let members = schema.get("items").and_then(|items| {
            let (_, schema) = shape.resolve(items);
            schema.get("enum")?.as_array()
        });
        let distinct = (0..length).map(|place| distinct(first, members, place));
        if let Some(distinct) = distinct.collect::<Option<Vec<_>>>() {
            found.push(Mutation::new(format!("{length} distinct"), distinct.into()));
        }
    }
    found
}

fn with(items: &[Value], last: Value) -> Value {
    items.iter().cloned().chain([last]).collect()
}

fn as_object(items: &[Value]) -> Value {
    let places = items.iter().enumerate();
    places
        .map(|(place, item)| (place.to_string(), item.clone()))
        .collect()
}

// Another item of the same kind for each place; `None` when no other is known.
fn distinct(item: &Value, members: Option<&Vec<Value>>, place: usize) -> Option<Value> {
    if let Some(members) = members {
        return members.get(place).cloned();
    }
    match item {
        Value::String(text) => Some(json!(format!("{text}{place}"))),
        Value::Number(_) => Some(json!(place)),
        Value::Object(object) => {
            let (name, _) = object.iter().find(|(_, value)| value.is_u64())?;
            let mut other = object.clone();
            other.insert(name.clone(), json!(place));
            Some(Value::Object(other))
        }
        _ => None,
    }
}
