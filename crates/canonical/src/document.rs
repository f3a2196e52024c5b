//! A document as it was read: every name and text still where it stands in the bytes.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::{Map, Value};

mod deserialize;
#[cfg(test)]
mod tests;

pub use deserialize::DeserializeError;

/// A whole document of the profile, without a copy of what it says.
///
/// Reading one costs a fraction of building a [`Value`]: names and texts are borrowed, and all nodes
/// lie in one list.
#[derive(Debug)]
pub struct Document<'a> {
    pub(crate) text: &'a str,
    pub(crate) nodes: Vec<Node<'a>>,
}

impl Default for Document<'_> {
    fn default() -> Self {
        Self {
            text: "",
            nodes: vec![Node::Null],
        }
    }
}

impl From<String> for Document<'_> {
    /// A document that is one text.
    fn from(text: String) -> Self {
        Self {
            text: "",
            nodes: vec![Node::Text(Cow::Owned(text))],
        }
    }
}

/// One node; a container is followed by everything inside it, a member's value by its name.
#[derive(Debug)]
pub(crate) enum Node<'a> {
    Null,
    Boolean(bool),
    Integer(i64),
    Text(Cow<'a, str>),
    /// `extent` counts the nodes from this one to the last one inside.
    Array {
        count: usize,
        extent: usize,
    },
    Object {
        count: usize,
        extent: usize,
    },
}

impl Node<'_> {
    pub(crate) const fn extent(&self) -> usize {
        match self {
            Self::Array { extent, .. } | Self::Object { extent, .. } => *extent,
            Self::Null | Self::Boolean(_) | Self::Integer(_) | Self::Text(_) => 1,
        }
    }
}

impl Document<'_> {
    /// The value that the document is.
    pub fn root(&self) -> View<'_> {
        View { nodes: &self.nodes }
    }

    /// Where a text stands in the bytes, quotes included; `None` for anything that is written with
    /// an escape, is no text, or belongs to another document.
    pub fn place(&self, view: View<'_>) -> Option<Range<usize>> {
        let Some(Node::Text(Cow::Borrowed(text))) = view.nodes.first() else {
            return None;
        };
        let offset = text
            .as_ptr()
            .addr()
            .checked_sub(self.text.as_ptr().addr())?;
        let place = offset.checked_sub(1)?..offset.checked_add(text.len())?.checked_add(1)?;
        let quoted = self.text.get(place.clone())?;
        let inner = quoted.strip_prefix('"')?.strip_suffix('"')?;
        (inner == *text).then_some(place)
    }
}

/// One value of a document.
#[derive(Clone, Copy, Debug)]
pub struct View<'d> {
    /// The value's own node, and all that follow it.
    nodes: &'d [Node<'d>],
}

/// What a value is.
#[derive(Clone, Debug)]
pub enum Kind<'d> {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean(bool),
    /// An integer inside ±(2^53−1).
    Integer(i64),
    /// A text, its escapes resolved.
    Text(&'d str),
    /// A list.
    Array(Items<'d>),
    /// An object with distinct members.
    Object(Members<'d>),
}

impl<'d> View<'d> {
    /// What this value is.
    pub fn kind(self) -> Kind<'d> {
        match self.nodes.first() {
            // INVARIANT: a view begins at a node; that it may be empty is only what slices allow.
            None | Some(Node::Null) => Kind::Null,
            Some(Node::Boolean(boolean)) => Kind::Boolean(*boolean),
            Some(Node::Integer(integer)) => Kind::Integer(*integer),
            Some(Node::Text(text)) => Kind::Text(text),
            Some(Node::Array { count, extent }) => Kind::Array(Items {
                nodes: self.inside(*extent),
                left: *count,
            }),
            Some(Node::Object { count, extent }) => Kind::Object(Members {
                nodes: self.inside(*extent),
                left: *count,
            }),
        }
    }

    fn inside(self, extent: usize) -> &'d [Node<'d>] {
        self.nodes.get(1..extent).unwrap_or_default()
    }

    /// The text that this value is.
    pub fn as_text(self) -> Option<&'d str> {
        match self.nodes.first() {
            Some(Node::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A member of the object that this value is.
    pub fn member(self, name: &str) -> Option<View<'d>> {
        match self.kind() {
            Kind::Object(members) => members.named(name),
            _ => None,
        }
    }

    /// Where this value lies in memory, which no other value of a living document shares.
    pub fn address(self) -> usize {
        self.nodes.as_ptr().addr()
    }

    /// The value as a tree of its own.
    pub fn to_value(self) -> Value {
        match self.kind() {
            Kind::Null => Value::Null,
            Kind::Boolean(boolean) => Value::Bool(boolean),
            Kind::Integer(integer) => Value::Number(integer.into()),
            Kind::Text(text) => Value::String(text.to_owned()),
            Kind::Array(items) => Value::Array(items.map(View::to_value).collect()),
            Kind::Object(members) => {
                let owned = |(name, value): (&str, View<'_>)| (name.to_owned(), value.to_value());
                Value::Object(members.map(owned).collect::<Map<_, _>>())
            }
        }
    }
}

/// Takes the next value off a run of nodes.
fn next<'d>(nodes: &mut &'d [Node<'d>]) -> Option<View<'d>> {
    let view = View { nodes };
    let extent = nodes.first()?.extent();
    *nodes = nodes.get(extent..).unwrap_or_default();
    Some(view)
}

/// The items of a list, in order.
#[derive(Clone, Debug)]
pub struct Items<'d> {
    nodes: &'d [Node<'d>],
    left: usize,
}

impl<'d> Iterator for Items<'d> {
    type Item = View<'d>;

    fn next(&mut self) -> Option<View<'d>> {
        let item = next(&mut self.nodes)?;
        self.left = self.left.saturating_sub(1);
        Some(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Items<'_> {}

/// The members of an object, in the order in which they were written.
#[derive(Clone, Debug)]
pub struct Members<'d> {
    nodes: &'d [Node<'d>],
    left: usize,
}

impl<'d> Members<'d> {
    /// The value of a member, where there is one of that name.
    pub fn named(mut self, wanted: &str) -> Option<View<'d>> {
        self.find_map(|(name, value)| (name == wanted).then_some(value))
    }
}

impl<'d> Iterator for Members<'d> {
    type Item = (&'d str, View<'d>);

    fn next(&mut self) -> Option<(&'d str, View<'d>)> {
        let name = next(&mut self.nodes)?.as_text()?;
        let value = next(&mut self.nodes)?;
        self.left = self.left.saturating_sub(1);
        Some((name, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Members<'_> {}
