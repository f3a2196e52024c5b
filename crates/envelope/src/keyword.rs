//! Keywords that the validator decides by what the profile already guarantees.
//!
//! Each gives the answer of the keyword that it stands for, in less time; a violation is described
//! by a validator without them.

use canonical::Matcher;
use canonical::document::Kind;
use jsonschema::paths::Location;
use jsonschema::{Keyword, ValidationError, Validator};
use serde_json::{Map, Value, json};

use crate::schema::options;
use crate::seen::{Seen, SeenNode};

type Made<'a> = Result<Box<dyn for<'i> Keyword<'i, Seen>>, ValidationError<'a>>;

/// `pattern`, without an engine where the pattern is a scalar's.
pub(crate) fn pattern<'a>(
    _parent: &'a Map<String, Value>,
    pattern: &'a Value,
    _place: Location,
) -> Made<'a> {
    let pattern = pattern.as_str().unwrap_or_default();
    if let Some(matcher) = canonical::matcher(pattern) {
        return Ok(Box::new(Pattern::Scalar(matcher)));
    }
    let engine = options(jsonschema::options_for()).build(&json!({ "pattern": pattern }))?;
    Ok(Box::new(Pattern::Engine(Box::new(engine))))
}

enum Pattern {
    Scalar(Matcher),
    Engine(Box<Validator<Seen>>),
}

impl<'i> Keyword<'i, Seen> for Pattern {
    fn validate(&self, node: SeenNode<'i>) -> Result<(), ValidationError<'i>> {
        held(self.is_valid(node))
    }

    fn is_valid(&self, node: SeenNode<'i>) -> bool {
        match self {
            Self::Scalar(matches) => node.0.as_text().is_none_or(matches),
            Self::Engine(engine) => engine.is_valid(node),
        }
    }
}

/// `required`, by counting where the object may have no other members.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the signature is that of every keyword's maker"
)]
pub(crate) fn required<'a>(
    parent: &'a Map<String, Value>,
    required: &'a Value,
    _place: Location,
) -> Made<'a> {
    let names = required.as_array().map(Vec::as_slice).unwrap_or_default();
    let names = names.iter().filter_map(Value::as_str);
    let mut names: Vec<Box<str>> = names.map(Into::into).collect();
    names.sort_unstable();
    names.dedup();
    let may_have_others = parent.get("additionalProperties") != Some(&Value::Bool(false))
        || parent.contains_key("patternProperties");
    let properties = parent.get("properties").and_then(Value::as_object);
    let are_all = properties.is_some_and(|properties| {
        properties.len() == names.len() && names.iter().all(|name| properties.contains_key(&**name))
    });
    // INVARIANT: members are distinct, and `additionalProperties` beside this keyword admits these
    // names only; so as many members as names are all of the names.
    if are_all && !may_have_others {
        return Ok(Box::new(Required::Count(names.len())));
    }
    Ok(Box::new(Required::Names(names)))
}

enum Required {
    Count(usize),
    Names(Vec<Box<str>>),
}

impl<'i> Keyword<'i, Seen> for Required {
    fn validate(&self, node: SeenNode<'i>) -> Result<(), ValidationError<'i>> {
        held(self.is_valid(node))
    }

    fn is_valid(&self, node: SeenNode<'i>) -> bool {
        let Kind::Object(members) = node.0.kind() else {
            return true;
        };
        match self {
            Self::Count(count) => members.len() >= *count,
            Self::Names(names) => names
                .iter()
                .all(|name| members.clone().named(name).is_some()),
        }
    }
}

fn held<'i>(held: bool) -> Result<(), ValidationError<'i>> {
    if held {
        return Ok(());
    }
    Err(ValidationError::custom("violated"))
}
