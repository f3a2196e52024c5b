//! A document of `canonical` as the validator sees it: the validator walks what was read, and no
//! tree is built for it.

use std::borrow::Cow;
use std::collections::BTreeSet;

use canonical::document::{Document, Items, Kind, Members, View};
use jsonschema::JsonType;
use jsonschema::json::{Array, Json, JsonNumber, Node, NodeIdentity, Object};
use serde_json::{Number, Value};

/// The representation, by name.
pub(crate) struct Seen;

/// One value.
#[derive(Clone)]
pub(crate) struct SeenNode<'a>(pub(crate) View<'a>);

/// One integer; the profile has no other numbers.
pub(crate) struct SeenInteger(i64);

/// The items of a list.
pub(crate) struct SeenItems<'a>(Items<'a>);

/// The members of an object.
pub(crate) struct SeenMembers<'a>(Members<'a>);

impl Json for Seen {
    type Node<'a> = SeenNode<'a>;
    type PreparedKey = Box<str>;
    type StringBuffer = Document<'static>;

    // A lookup walks the members itself, so one walk for several names is never the worse.
    const KEYS_PER_LOOKUP: usize = 64;

    fn prepare_key(key: &str) -> Box<str> {
        key.into()
    }

    fn with_string_node<T>(
        buffer: &mut Document<'static>,
        string: &str,
        f: impl FnOnce(SeenNode<'_>) -> T,
    ) -> T {
        *buffer = Document::from(string.to_owned());
        f(SeenNode(buffer.root()))
    }
}

impl<'a> Node<'a, Seen> for SeenNode<'a> {
    type Object = SeenMembers<'a>;
    type Array = SeenItems<'a>;
    type Number = SeenInteger;

    fn as_object(&self) -> Option<SeenMembers<'a>> {
        match self.0.kind() {
            Kind::Object(members) => Some(SeenMembers(members)),
            _ => None,
        }
    }

    fn as_array(&self) -> Option<SeenItems<'a>> {
        match self.0.kind() {
            Kind::Array(items) => Some(SeenItems(items)),
            _ => None,
        }
    }

    fn as_string(&self) -> Option<Cow<'a, str>> {
        self.0.as_text().map(Cow::Borrowed)
    }

    fn as_number(&self) -> Option<SeenInteger> {
        match self.0.kind() {
            Kind::Integer(integer) => Some(SeenInteger(integer)),
            _ => None,
        }
    }

    fn as_boolean(&self) -> Option<bool> {
        match self.0.kind() {
            Kind::Boolean(boolean) => Some(boolean),
            _ => None,
        }
    }

    fn is_null(&self) -> bool {
        matches!(self.0.kind(), Kind::Null)
    }

    fn json_type(&self) -> JsonType {
        match self.0.kind() {
            Kind::Null => JsonType::Null,
            Kind::Boolean(_) => JsonType::Boolean,
            Kind::Integer(_) => JsonType::Number,
            Kind::Text(_) => JsonType::String,
            Kind::Array(_) => JsonType::Array,
            Kind::Object(_) => JsonType::Object,
        }
    }

    fn equals_value(&self, expected: &Value) -> bool {
        match (self.0.kind(), expected) {
            (Kind::Text(text), Value::String(expected)) => text == expected,
            (Kind::Text(_), _) | (_, Value::String(_)) => false,
            _ => self.0.to_value() == *expected,
        }
    }

    fn to_value(&self) -> Cow<'a, Value> {
        Cow::Owned(self.0.to_value())
    }

    fn identity(&self) -> Option<NodeIdentity> {
        Some(NodeIdentity::new(self.0.address()))
    }
}

impl JsonNumber for SeenInteger {
    fn as_u64(&self) -> Option<u64> {
        self.0.try_into().ok()
    }

    fn as_i64(&self) -> Option<i64> {
        Some(self.0)
    }

    fn as_f64(&self) -> Option<f64> {
        Number::from(self.0).as_f64()
    }

    fn as_str(&self) -> Cow<'_, str> {
        Cow::Owned(self.0.to_string())
    }

    fn to_number(&self) -> Cow<'_, Number> {
        Cow::Owned(self.0.into())
    }

    fn is_integer(&self) -> bool {
        true
    }

    fn is_written_as_integer(&self) -> bool {
        true
    }
}

impl<'a> Iterator for SeenItems<'a> {
    type Item = SeenNode<'a>;

    fn next(&mut self) -> Option<SeenNode<'a>> {
        self.0.next().map(SeenNode)
    }
}

impl<'a> Array<'a, Seen> for SeenItems<'a> {
    type Node = SeenNode<'a>;
    type ElementsIter = Self;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn elements(&self) -> Self {
        Self(self.0.clone())
    }

    fn is_unique(&self) -> bool {
        // Equal values of the profile are written alike, so their bytes tell them apart.
        let mut texts = BTreeSet::new();
        let mut others = BTreeSet::new();
        self.0.clone().all(|item| match item.as_text() {
            Some(text) => texts.insert(text),
            None => canonical::write(&item.to_value()).is_ok_and(|bytes| others.insert(bytes)),
        })
    }
}

impl<'a> Iterator for SeenMembers<'a> {
    type Item = (&'a str, SeenNode<'a>);

    fn next(&mut self) -> Option<(&'a str, SeenNode<'a>)> {
        self.0.next().map(|(name, value)| (name, SeenNode(value)))
    }
}

impl<'a> Object<'a, Seen> for SeenMembers<'a> {
    type Node = SeenNode<'a>;
    type MemberName = &'a str;
    type MembersIter = Self;

    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, key: &Box<str>) -> Option<SeenNode<'a>> {
        self.0.clone().named(key).map(SeenNode)
    }

    fn members(&self) -> Self {
        Self(self.0.clone())
    }
}
