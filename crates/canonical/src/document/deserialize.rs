//! Typed content straight from a document, with no tree in between.

use std::fmt;

use serde::de::value::{BorrowedStrDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::forward_to_deserialize_any;

use super::{Items, Kind, Members, View};

/// Why a document is no value of a type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DeserializeError(Box<str>);

impl serde::de::Error for DeserializeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self(message.to_string().into())
    }
}

impl<'de> Deserializer<'de> for View<'de> {
    type Error = DeserializeError;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
        match self.kind() {
            Kind::Null => visitor.visit_unit(),
            Kind::Boolean(boolean) => visitor.visit_bool(boolean),
            Kind::Integer(integer) => match u64::try_from(integer) {
                Ok(unsigned) => visitor.visit_u64(unsigned),
                Err(_) => visitor.visit_i64(integer),
            },
            Kind::Text(text) => visitor.visit_borrowed_str(text),
            Kind::Array(items) => visit_items(items, visitor),
            Kind::Object(members) => visit_members(members, visitor),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DeserializeError> {
        match self.kind() {
            Kind::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, DeserializeError> {
        visitor.visit_newtype_struct(self)
    }

    /// Enumerations of the contracts are texts.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DeserializeError> {
        let text = self
            .as_text()
            .ok_or_else(|| serde::de::Error::invalid_type(Unexpected::Other("value"), &"a text"))?;
        visitor.visit_enum(StrDeserializer::<DeserializeError>::new(text))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

fn visit_items<'de, V: Visitor<'de>>(
    items: Items<'de>,
    visitor: V,
) -> Result<V::Value, DeserializeError> {
    let count = items.len();
    let mut access = ItemAccess(items);
    let value = visitor.visit_seq(&mut access)?;
    ended(access.0.len(), count, value)
}

fn visit_members<'de, V: Visitor<'de>>(
    members: Members<'de>,
    visitor: V,
) -> Result<V::Value, DeserializeError> {
    let count = members.len();
    let mut access = MemberAccess {
        members,
        value: None,
    };
    let value = visitor.visit_map(&mut access)?;
    ended(access.members.len(), count, value)
}

/// A visitor that leaves items behind has not read the whole value.
fn ended<T>(left: usize, count: usize, value: T) -> Result<T, DeserializeError> {
    if left > 0 {
        return Err(serde::de::Error::invalid_length(count, &"fewer elements"));
    }
    Ok(value)
}

struct ItemAccess<'de>(Items<'de>);

impl<'de> SeqAccess<'de> for ItemAccess<'de> {
    type Error = DeserializeError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DeserializeError> {
        self.0.next().map(|item| seed.deserialize(item)).transpose()
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }
}

struct MemberAccess<'de> {
    members: Members<'de>,
    value: Option<View<'de>>,
}

impl<'de> MapAccess<'de> for MemberAccess<'de> {
    type Error = DeserializeError;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, DeserializeError> {
        let Some((name, value)) = self.members.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        seed.deserialize(BorrowedStrDeserializer::new(name))
            .map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(
        &mut self,
        seed: V,
    ) -> Result<V::Value, DeserializeError> {
        let value = self.value.take();
        let value = value
            .ok_or_else(|| serde::de::Error::custom("a value was asked for before its name"))?;
        seed.deserialize(value)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.members.len())
    }
}
