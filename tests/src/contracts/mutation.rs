//! What is put in the place of one value.

mod integers;
mod lists;
mod objects;
mod texts;

use std::fmt;

use serde_json::{Value, json};

use super::judge::Opinions;
use super::shape::{Position, Shape};

/// A way in which the judges differ and may, because the opening path refuses all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// Fields as an array in their order: serde reads a struct from one, and that cannot be
    /// switched off. The schema refuses it, and the opening path asks the schema first.
    PositionalArray,
    /// `{"active": null}` for `"active"`: serde reads a plain enum from the spelling of one with
    /// content. The schema refuses it, and the opening path asks the schema first.
    EnumAsObject,
    /// `7.0` for `7`: to JSON Schema a number without fraction is an integer. The opening path
    /// refuses every float when it parses.
    IntegerAsFloat,
    /// A 30 February, a leap second, a year before 1970: the pattern fixes the bytes and knows no
    /// calendar, and `date-time` admits the second and third. Deserialising refuses them.
    ImpossibleInstant,
}

impl Difference {
    /// Who accepts such a document.
    pub(super) fn opinions(self) -> Opinions {
        let is_schema_loose = match self {
            Self::PositionalArray | Self::EnumAsObject => false,
            Self::IntegerAsFloat | Self::ImpossibleInstant => true,
        };
        Opinions {
            bundled: is_schema_loose,
            derived: is_schema_loose,
            rust: !is_schema_loose,
        }
    }

    /// The code by which the opening path refuses it.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::PositionalArray | Self::EnumAsObject | Self::ImpossibleInstant => {
                "SCHEMA_VIOLATION"
            }
            Self::IntegerAsFloat => "CANONICALIZATION_UNSUPPORTED",
        }
    }
}

/// One value in the place of another.
pub(super) struct Mutation {
    what: String,
    pointer: String,
    pub(super) value: Value,
    /// How the judges must differ on it; `None` when they must agree.
    pub(super) difference: Option<Difference>,
}

impl Mutation {
    /// The document as it is.
    pub(super) fn none() -> Self {
        Self::new("unchanged", Value::Null)
    }

    fn new(what: impl Into<String>, value: Value) -> Self {
        Self {
            what: what.into(),
            pointer: String::new(),
            value,
            difference: None,
        }
    }

    fn listed(difference: Difference, value: Value) -> Self {
        Self {
            difference: Some(difference),
            ..Self::new(format!("{difference:?}"), value)
        }
    }

    /// The same, saying where.
    pub(super) fn at(mut self, pointer: &str) -> Self {
        pointer.clone_into(&mut self.pointer);
        self
    }
}

impl fmt::Display for Mutation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value: String = self.value.to_string().chars().take(80).collect();
        write!(formatter, "`{}` {} `{value}`", self.pointer, self.what)
    }
}

/// Everything that is tried in one place; more of it where a definition is met for the first time.
pub(super) fn mutations_at<'s>(
    shape: &Shape<'s>,
    position: &Position<'s>,
    original: &Value,
    is_first: bool,
) -> Vec<Mutation> {
    let mut found = other_types(original);
    let schema = position.schema;
    match schema.get("type").and_then(Value::as_str) {
        Some("object") => found.extend(objects::mutations(original)),
        Some("array") => found.extend(lists::mutations(shape, schema, original)),
        Some("integer") => found.extend(integers::mutations(schema)),
        Some("string") if schema.get("enum").is_some() => {
            found.extend(texts::members(schema, is_first));
        }
        Some("string") => {
            found.extend(texts::telling());
            if is_first {
                found.extend(texts::thorough(shape, original));
            }
            if position.definition == Some("Timestamp") {
                found.extend(texts::impossible_instants(is_first));
            }
        }
        _ => {}
    }
    found
}

fn other_types(original: &Value) -> Vec<Mutation> {
    [
        Value::Null,
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(canonical::INTEGER_MAX + 1),
        json!("x"),
        json!([]),
        json!({}),
        json!([original]),
        json!({ "value": original }),
    ]
    .map(|value| Mutation::new("replaced by", value))
    .into()
}
