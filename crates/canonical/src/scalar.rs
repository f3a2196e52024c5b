//! The scalar newtypes: each is checked where it is made, so that holding one is the proof.

use std::fmt;

mod integer;
#[cfg(test)]
mod tests;
mod text;
mod timestamp;
mod uuid;

pub use integer::SafeUint;
pub use text::{Identifier, PathText, ProposedText, Tag, Text, Version};
pub(crate) use text::{is_identifier, is_proposed_text, is_tag, is_version};
pub use timestamp::Timestamp;
pub use uuid::Uuid;

/// A text or number that is not a value of the scalar it was offered for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{shown}` is not a {expected}")]
pub struct ScalarError {
    expected: &'static str,
    shown: String,
}

impl ScalarError {
    /// Shows at most 64 characters of what was offered, escaped: it may come from anyone.
    pub(crate) fn new(expected: &'static str, offered: impl fmt::Display) -> Self {
        let offered = offered.to_string();
        let shown = offered
            .chars()
            .take(64)
            .flat_map(char::escape_default)
            .collect();
        Self { expected, shown }
    }
}

/// Serde (through the text), `TryFrom<&str>` and the schema of a type with `FromStr` and `to_text`.
macro_rules! string_serde {
    ($name:ident, $expecting:literal, $schema:tt) => {
        impl TryFrom<&str> for $name {
            type Error = crate::scalar::ScalarError;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.to_text())
            }
        }

        crate::scalar::string_deserialize!($name, $expecting, $schema);
    };
}

/// The reading half of [`string_serde`], without a copy of the text on the way.
macro_rules! string_deserialize {
    ($name:ident, $expecting:literal, $schema:tt) => {
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct TextVisitor;

                impl serde::de::Visitor<'_> for TextVisitor {
                    type Value = $name;

                    fn expecting(
                        &self,
                        formatter: &mut std::fmt::Formatter<'_>,
                    ) -> std::fmt::Result {
                        formatter.write_str($expecting)
                    }

                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }

                deserializer.deserialize_str(TextVisitor)
            }
        }

        crate::scalar::schema!($name, $schema);
    };
}

/// The JSON Schema of a scalar, as the contracts state it.
macro_rules! schema {
    ($name:ident, $schema:tt) => {
        #[cfg(feature = "schemars")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}

pub(crate) use {schema, string_deserialize, string_serde};
