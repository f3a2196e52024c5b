//! Members missing, unknown or renamed, and objects in another guise.

use serde_json::{Map, Value, json};

use super::{Difference, Mutation};

pub(super) fn mutations(original: &Value) -> Vec<Mutation> {
    let Some(members) = original.as_object() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for name in members.keys() {
        let mut fewer = members.clone();
        let taken = fewer.remove(name).unwrap_or_default();
        found.push(Mutation::new(
            format!("without `{name}`"),
            fewer.clone().into(),
        ));
        fewer.insert(name.to_uppercase(), taken);
        found.push(Mutation::new(format!("renaming `{name}`"), fewer.into()));
    }
    for (name, value) in [
        ("unknown", Value::Null),
        ("unknown", json!({})),
        ("", json!("")),
        ("$ref", json!("#")),
        ("é", json!(1)),
    ] {
        let mut more = members.clone();
        more.insert(name.to_owned(), value);
        found.push(Mutation::new(format!("with `{name}`"), more.into()));
    }
    found.extend(as_arrays(members));
    found
}

// The generated fields stand in the order of their names.
fn as_arrays(members: &Map<String, Value>) -> Vec<Mutation> {
    let mut sorted: Vec<_> = members.iter().collect();
    sorted.sort_unstable_by_key(|(name, _)| *name);
    let exact: Vec<Value> = sorted.iter().map(|(_, value)| (*value).clone()).collect();
    let pairs: Vec<Value> = sorted.iter().map(|pair| json!(pair)).collect();
    let longer: Vec<Value> = exact.iter().cloned().chain([Value::Null]).collect();
    let shorter: Vec<Value> = exact.iter().skip(1).cloned().collect();
    vec![
        Mutation::listed(Difference::PositionalArray, exact.into()),
        Mutation::new("as longer array", longer.into()),
        Mutation::new("as shorter array", shorter.into()),
        Mutation::new("as pairs", pairs.into()),
    ]
}
