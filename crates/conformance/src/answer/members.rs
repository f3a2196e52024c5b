//! The documents in whatever a program put out, whole envelopes or not.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// The members of one document as they stand: one that is there twice counts twice.
pub(super) struct Members(Vec<(String, Value)>);

impl Members {
    /// Whether a member has this text.
    pub(super) fn says(&self, member: &str, text: &str) -> bool {
        self.any(member, |value| value == text)
    }

    /// Whether a member holds anything at all.
    pub(super) fn states(&self, member: &str) -> bool {
        self.any(member, |value| !value.is_null())
    }

    fn any(&self, member: &str, is: impl Fn(&Value) -> bool) -> bool {
        self.0
            .iter()
            .any(|(name, value)| name == member && is(value))
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Members;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Members, M::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

/// Every object that a line begins with, and those that follow it.
pub(super) fn documents(output: &[u8]) -> Vec<Members> {
    let (mut found, mut rest) = (Vec::new(), output);
    while !rest.is_empty() {
        let mut documents = serde_json::Deserializer::from_slice(rest).into_iter();
        found.extend(documents.by_ref().map_while(Result::ok));
        // Behind what is none, the next line may be one again.
        let rubbish = rest.get(documents.byte_offset()..).unwrap_or_default();
        let end = rubbish.iter().position(|byte| *byte == b'\n');
        let next = end.and_then(|end| rubbish.get(end.saturating_add(1)..));
        rest = next.unwrap_or_default();
    }
    found
}
