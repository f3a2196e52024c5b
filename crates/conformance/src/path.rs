//! Where a change applies: a JSON pointer whose steps may also choose by what an item holds.
//!
//! `/owner_attestation/header/run_id` is the member of a slot. In a list, `0` is an item by place,
//! `-` the place after the last, and `carrier=ownership` the first item with that member;
//! several conditions are joined by `&`. `~1` is a slash inside a step, `~0` a tilde.

use serde_json::Value;

/// A value inside another, or `None` where the path leads nowhere.
pub(crate) fn find<'a>(root: &'a Value, path: &str) -> Option<&'a Value> {
    steps(path).try_fold(root, |at, step| match at {
        Value::Object(members) => members.get(&step),
        Value::Array(items) => items.get(place(items, &step)?),
        _ => None,
    })
}

fn find_mut<'a>(root: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    steps(path).try_fold(root, |at, step| match at {
        Value::Object(members) => members.get_mut(&step),
        Value::Array(items) => {
            let place = place(items, &step)?;
            items.get_mut(place)
        }
        _ => None,
    })
}

/// Puts a value at a path whose parent is there; says whether it could.
pub(crate) fn put(root: &mut Value, path: &str, value: Value) -> bool {
    let Some((parent, last)) = parent(path) else {
        return false;
    };
    match find_mut(root, parent) {
        Some(Value::Object(members)) => {
            members.insert(unescaped(last), value);
            true
        }
        Some(Value::Array(items)) if last == "-" => {
            items.push(value);
            true
        }
        Some(Value::Array(items)) => {
            let slot = place(items, &unescaped(last)).and_then(|at| items.get_mut(at));
            slot.map(|slot| *slot = value).is_some()
        }
        _ => false,
    }
}

/// Takes away what stands at a path; says whether anything stood there.
pub(crate) fn remove(root: &mut Value, path: &str) -> bool {
    let Some((parent, last)) = parent(path) else {
        return false;
    };
    match find_mut(root, parent) {
        Some(Value::Object(members)) => members.remove(&unescaped(last)).is_some(),
        Some(Value::Array(items)) => match place(items, &unescaped(last)) {
            Some(at) if at < items.len() => {
                items.remove(at);
                true
            }
            _ => false,
        },
        _ => false,
    }
}

/// The slot that a path begins with.
pub(crate) fn slot(path: &str) -> &str {
    let path = path.strip_prefix('/').unwrap_or(path);
    path.split('/').next().unwrap_or(path)
}

fn parent(path: &str) -> Option<(&str, &str)> {
    path.rsplit_once('/')
}

fn steps(path: &str) -> impl Iterator<Item = String> {
    path.split('/').skip(1).map(unescaped)
}

fn unescaped(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}

fn place(items: &[Value], step: &str) -> Option<usize> {
    if let Ok(place) = step.parse() {
        return Some(place);
    }
    let holds = |item: &Value, condition: &str| {
        condition.split_once('=').is_some_and(|(member, wanted)| {
            item.pointer(&format!("/{}", member.replace('.', "/")))
                .and_then(Value::as_str)
                == Some(wanted)
        })
    };
    items
        .iter()
        .position(|item| step.split('&').all(|condition| holds(item, condition)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn items_are_chosen_by_place_and_by_what_they_hold() {
        let mut root = json!({"rows": [{"carrier": "a", "key": "1"}, {"carrier": "b", "key": "2"},
            {"carrier": "b", "key": "3", "columns": {"owner": "x/y"}}]});
        assert_eq!(find(&root, "/rows/1/key").unwrap(), "2");
        assert_eq!(find(&root, "/rows/carrier=b&key=3/key").unwrap(), "3");
        assert_eq!(find(&root, "/rows/columns.owner=x~1y/key").unwrap(), "3");
        assert_eq!(find(&root, "/rows/carrier=c/key"), None);
        assert!(put(&mut root, "/rows/carrier=b/key", json!("4")));
        assert!(put(&mut root, "/rows/-", json!("last")));
        assert!(!put(&mut root, "/rows/carrier=c/key", json!("4")));
        assert!(remove(&mut root, "/rows/0"));
        assert!(!remove(&mut root, "/rows/9"));
        assert_eq!(root["rows"][0]["key"], "4");
        assert_eq!(root["rows"][2], "last");
        assert_eq!(slot("/rows/0"), "rows");
    }
}
