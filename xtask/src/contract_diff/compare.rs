//! A structural comparison of two bundles. What it does not understand is breaking.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// One difference.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) place: String,
    pub(super) what: String,
    pub(super) effect: Effect,
}

/// What a difference does to the set of valid documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// More is valid: new readers understand old writers.
    Widened,
    /// Less is valid: old readers understand new writers.
    Narrowed,
    /// Both, or unknown.
    Breaking,
}

/// Compares the definitions that both documents hold. A definition that comes or goes shows
/// where it is referred to.
pub(super) fn documents(old: &Value, new: &Value) -> Vec<Change> {
    let mut changes = Changes::default();
    let (old, new) = (named(old, "$defs"), named(new, "$defs"));
    for (name, before) in &old {
        if let Some(after) = new.get(name) {
            changes.schema(name, before, after);
        }
    }
    changes.0
}

#[derive(Default)]
struct Changes(Vec<Change>);

impl Changes {
    fn push(&mut self, place: &str, what: impl Into<String>, effect: Effect) {
        self.0.push(Change {
            place: place.to_owned(),
            what: what.into(),
            effect,
        });
    }

    fn schema(&mut self, place: &str, old: &Value, new: &Value) {
        let (Some(before), Some(after)) = (old.as_object(), new.as_object()) else {
            if old != new {
                self.push(place, "changed", Effect::Breaking);
            }
            return;
        };
        let keywords: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        for keyword in keywords {
            let pair = (before.get(keyword), after.get(keyword));
            if pair.0 != pair.1 {
                self.keyword(place, keyword, pair, (before, after));
            }
        }
    }

    fn keyword(
        &mut self,
        place: &str,
        keyword: &str,
        (old, new): (Option<&Value>, Option<&Value>),
        (before, after): (&Map<String, Value>, &Map<String, Value>),
    ) {
        match (keyword, old, new) {
            ("properties", Some(_), Some(_)) => self.members(place, before, after),
            // Follows `properties`, where the change of members is already named.
            ("required", Some(_), Some(_)) if differs_in_members(before, after) => {}
            ("required" | "enum", Some(old), Some(new)) => self.values(place, keyword, old, new),
            ("items", Some(old), Some(new)) => self.schema(&format!("{place}/items"), old, new),
            ("oneOf", Some(old), Some(new)) => self.branches(place, old, new),
            ("maximum" | "maxLength" | "maxItems", old, new) => {
                self.bound(place, keyword, limit(old, i128::MAX), limit(new, i128::MAX));
            }
            ("minimum" | "minLength" | "minItems", old, new) => {
                let negated = |value| limit(value, i128::MIN + 1).map(|limit| -limit);
                self.bound(place, keyword, negated(old), negated(new));
            }
            _ => self.push(place, format!("`{keyword}` changed"), Effect::Breaking),
        }
    }

    fn members(&mut self, place: &str, before: &Map<String, Value>, after: &Map<String, Value>) {
        let old = before.get("properties").and_then(Value::as_object);
        let new = after.get("properties").and_then(Value::as_object);
        let (Some(old), Some(new)) = (old, new) else {
            return self.push(place, "`properties` changed", Effect::Breaking);
        };
        for name in new.keys().filter(|name| !old.contains_key(*name)) {
            self.push(
                place,
                format!("member `{name}` was added"),
                Effect::Breaking,
            );
        }
        for (name, schema) in old {
            match new.get(name) {
                Some(now) => self.schema(&format!("{place}/{name}"), schema, now),
                None => self.push(
                    place,
                    format!("member `{name}` was removed"),
                    Effect::Breaking,
                ),
            }
        }
    }

    fn values(&mut self, place: &str, keyword: &str, old: &Value, new: &Value) {
        let (old, new) = (values(old), values(new));
        let (more, less) = match keyword {
            "enum" => (Effect::Widened, Effect::Narrowed),
            _ => (Effect::Breaking, Effect::Breaking),
        };
        for value in new.difference(&old) {
            self.push(place, format!("`{keyword}` gained `{value}`"), more);
        }
        for value in old.difference(&new) {
            self.push(place, format!("`{keyword}` lost `{value}`"), less);
        }
    }

    fn bound(&mut self, place: &str, keyword: &str, old: Option<i128>, new: Option<i128>) {
        match (old, new) {
            (Some(old), Some(new)) if new > old => {
                self.push(place, format!("`{keyword}` was loosened"), Effect::Widened);
            }
            (Some(old), Some(new)) if new < old => {
                self.push(
                    place,
                    format!("`{keyword}` was tightened"),
                    Effect::Narrowed,
                );
            }
            _ => self.push(place, format!("`{keyword}` changed"), Effect::Breaking),
        }
    }

    fn branches(&mut self, place: &str, old: &Value, new: &Value) {
        let (Some(old), Some(new)) = (tagged(old), tagged(new)) else {
            return self.push(place, "`oneOf` changed", Effect::Breaking);
        };
        for tag in new.keys().filter(|tag| !old.contains_key(*tag)) {
            self.push(place, format!("branch `{tag}` was added"), Effect::Widened);
        }
        for (tag, branch) in &old {
            match new.get(tag) {
                Some(now) => self.schema(&format!("{place}/{tag}"), branch, now),
                None => self.push(
                    place,
                    format!("branch `{tag}` was removed"),
                    Effect::Narrowed,
                ),
            }
        }
    }
}

fn differs_in_members(before: &Map<String, Value>, after: &Map<String, Value>) -> bool {
    let names = |schema: &Map<String, Value>| {
        let members = schema.get("properties").and_then(Value::as_object);
        members
            .into_iter()
            .flat_map(Map::keys)
            .cloned()
            .collect::<BTreeSet<_>>()
    };
    names(before) != names(after)
}

// `None` where a limit is there and is no integer.
fn limit(value: Option<&Value>, absent: i128) -> Option<i128> {
    match value {
        None => Some(absent),
        Some(value) => value.as_i64().map(i128::from),
    }
}

fn values(list: &Value) -> BTreeSet<String> {
    list.as_array()
        .into_iter()
        .flatten()
        .map(Value::to_string)
        .collect()
}

fn named<'value>(value: &'value Value, keyword: &str) -> BTreeMap<String, &'value Value> {
    let members = value.get(keyword).and_then(Value::as_object);
    members
        .into_iter()
        .flatten()
        .map(|(name, schema)| (name.clone(), schema))
        .collect()
}

// Branches by tag; `None` unless each has exactly one tag of its own.
fn tagged(branches: &Value) -> Option<BTreeMap<String, &Value>> {
    let mut found = BTreeMap::new();
    for branch in branches.as_array()? {
        let members = branch.get("properties")?.as_object()?;
        let mut tags = members.values().filter_map(|member| {
            let single = member
                .get("enum")
                .and_then(Value::as_array)
                .filter(|all| all.len() == 1);
            member
                .get("const")
                .or_else(|| single.and_then(|all| all.first()))
        });
        let tag = tags.next()?.as_str()?.to_owned();
        if tags.next().is_some() || found.insert(tag, branch).is_some() {
            return None;
        }
    }
    Some(found)
}
