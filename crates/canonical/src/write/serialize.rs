//! Canonical bytes straight from a typed value, with no tree in between.

#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::Range;

use serde::Serialize;
use serde::ser::{
    Error as _, Impossible, SerializeMap, SerializeSeq, SerializeStruct, SerializeTuple,
    SerializeTupleStruct, Serializer,
};
use serde_json::Value;

use super::{WriteError, Writer, deeper, write};
use crate::INTEGER_MAX;

/// A value as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The canonical bytes.
    pub bytes: Vec<u8>,
    /// Where the value of the watched member stands in them; `None` when there is no such member.
    pub place: Option<Range<usize>>,
}

/// Why a typed value has no canonical bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SerializeError {
    /// What it says is outside the profile.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// It says something that JSON has no form for, or refused to be written.
    #[error("{0}")]
    Type(Box<str>),
    /// A member that does not come after the one before it.
    #[error("members are not in order")]
    Unordered,
}

impl serde::ser::Error for SerializeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Type(message.to_string().into())
    }
}

/// Writes a typed value, and notes where the member that `watched` leads to stands.
///
/// The bytes are those of [`write`](crate::write) over the value's tree. Types whose members are
/// declared in the order of their names, as all of the contracts are, cost one pass; others are
/// sorted in a tree first.
pub fn serialize<T: Serialize>(value: &T, watched: &[&str]) -> Result<Written, SerializeError> {
    let mut emitter = Emitter {
        writer: Writer::default(),
        watched,
        depth: 0,
        matched: 0,
        place: None,
    };
    match value.serialize(&mut emitter) {
        Ok(()) => Ok(Written {
            place: emitter.place,
            bytes: emitter.writer.finish()?,
        }),
        Err(SerializeError::Unordered) => {
            let tree = serde_json::to_value(value).map_err(SerializeError::custom)?;
            let bytes = write(&tree)?;
            let place = crate::locate(&bytes, watched).filter(|_| !watched.is_empty());
            Ok(Written { bytes, place })
        }
        Err(error) => Err(error),
    }
}

struct Emitter<'w> {
    writer: Writer,
    watched: &'w [&'w str],
    /// How many containers are open.
    depth: usize,
    /// How many of the open containers' current members lie on the watched path, from the top.
    matched: usize,
    place: Option<Range<usize>>,
}

impl Emitter<'_> {
    fn open(&mut self, mark: &str) -> Result<(), SerializeError> {
        self.depth = deeper(self.depth)?;
        self.writer.raw(mark);
        Ok(())
    }

    fn close(&mut self, mark: &str) {
        self.depth = self.depth.saturating_sub(1);
        self.writer.raw(mark);
    }

    fn integer(&mut self, magnitude: u64, negative: bool) -> Result<(), SerializeError> {
        if magnitude > INTEGER_MAX {
            return Err(WriteError::UnsafeInteger.into());
        }
        if negative {
            self.writer.raw("-");
        }
        self.writer.magnitude(magnitude);
        Ok(())
    }

    fn member<T: Serialize + ?Sized>(
        &mut self,
        name: &str,
        value: &T,
    ) -> Result<(), SerializeError> {
        if !name.is_ascii() {
            return Err(WriteError::NonAsciiName.into());
        }
        self.writer.string(name)?;
        self.writer.raw(":");
        let on_path = self.matched.checked_add(1) == Some(self.depth)
            && self.watched.get(self.matched) == Some(&name);
        if !on_path {
            return value.serialize(self);
        }
        self.matched = self.matched.saturating_add(1);
        let start = self.writer.out.len();
        value.serialize(&mut *self)?;
        if self.matched == self.watched.len() {
            self.place = Some(start..self.writer.out.len());
        }
        self.matched = self.matched.saturating_sub(1);
        Ok(())
    }
}

/// A container that is open.
struct Container<'e, 'w> {
    emitter: &'e mut Emitter<'w>,
    close: &'static str,
    is_empty: bool,
    last: Last,
}

/// The name of the member before.
enum Last {
    None,
    Declared(&'static str),
    Given(String),
}

impl Last {
    fn precedes(&self, name: &str) -> bool {
        match self {
            Self::None => true,
            Self::Declared(last) => *last < name,
            Self::Given(last) => last.as_str() < name,
        }
    }
}

impl<'e, 'w> Container<'e, 'w> {
    fn open(
        emitter: &'e mut Emitter<'w>,
        open: &str,
        close: &'static str,
    ) -> Result<Self, SerializeError> {
        emitter.open(open)?;
        Ok(Self {
            emitter,
            close,
            is_empty: true,
            last: Last::None,
        })
    }

    fn comma(&mut self) {
        if !self.is_empty {
            self.emitter.writer.raw(",");
        }
        self.is_empty = false;
    }

    fn item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), SerializeError> {
        self.comma();
        item.serialize(&mut *self.emitter)
    }

    fn finish(self) {
        self.emitter.close(self.close);
    }
}

impl SerializeSeq for Container<'_, '_> {
    type Ok = ();
    type Error = SerializeError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), SerializeError> {
        self.item(item)
    }

    fn end(self) -> Result<(), SerializeError> {
        self.finish();
        Ok(())
    }
}

impl SerializeTuple for Container<'_, '_> {
    type Ok = ();
    type Error = SerializeError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), SerializeError> {
        self.item(item)
    }

    fn end(self) -> Result<(), SerializeError> {
        self.finish();
        Ok(())
    }
}

impl SerializeTupleStruct for Container<'_, '_> {
    type Ok = ();
    type Error = SerializeError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), SerializeError> {
        self.item(item)
    }

    fn end(self) -> Result<(), SerializeError> {
        self.finish();
        Ok(())
    }
}

impl SerializeStruct for Container<'_, '_> {
    type Ok = ();
    type Error = SerializeError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), SerializeError> {
        if !self.last.precedes(name) {
            return Err(SerializeError::Unordered);
        }
        self.comma();
        self.last = Last::Declared(name);
        self.emitter.member(name, value)
    }

    fn end(self) -> Result<(), SerializeError> {
        self.finish();
        Ok(())
    }
}

impl SerializeMap for Container<'_, '_> {
    type Ok = ();
    type Error = SerializeError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<(), SerializeError> {
        let Ok(Value::String(name)) = serde_json::to_value(name) else {
            return Err(unwritable("a name that is no text"));
        };
        if !self.last.precedes(&name) {
            return Err(SerializeError::Unordered);
        }
        self.last = Last::Given(name);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), SerializeError> {
        self.comma();
        match &self.last {
            Last::Given(name) => self.emitter.member(name, value),
            Last::None | Last::Declared(_) => Err(unwritable("a value without a name")),
        }
    }

    fn end(self) -> Result<(), SerializeError> {
        self.finish();
        Ok(())
    }
}

fn unwritable(what: &str) -> SerializeError {
    SerializeError::custom(format_args!("{what} has no canonical form"))
}

impl<'e, 'w> Serializer for &'e mut Emitter<'w> {
    type Ok = ();
    type Error = SerializeError;
    type SerializeSeq = Container<'e, 'w>;
    type SerializeTuple = Container<'e, 'w>;
    type SerializeTupleStruct = Container<'e, 'w>;
    type SerializeTupleVariant = Impossible<(), SerializeError>;
    type SerializeMap = Container<'e, 'w>;
    type SerializeStruct = Container<'e, 'w>;
    type SerializeStructVariant = Impossible<(), SerializeError>;

    fn serialize_bool(self, value: bool) -> Result<(), SerializeError> {
        self.writer.raw(if value { "true" } else { "false" });
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Result<(), SerializeError> {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Result<(), SerializeError> {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Result<(), SerializeError> {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Result<(), SerializeError> {
        self.integer(value.unsigned_abs(), value < 0)
    }

    fn serialize_u8(self, value: u8) -> Result<(), SerializeError> {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Result<(), SerializeError> {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Result<(), SerializeError> {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Result<(), SerializeError> {
        self.integer(value, false)
    }

    fn serialize_f32(self, _value: f32) -> Result<(), SerializeError> {
        Err(WriteError::Float.into())
    }

    fn serialize_f64(self, _value: f64) -> Result<(), SerializeError> {
        Err(WriteError::Float.into())
    }

    fn serialize_char(self, value: char) -> Result<(), SerializeError> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), SerializeError> {
        Ok(self.writer.string(value)?)
    }

    fn serialize_bytes(self, _value: &[u8]) -> Result<(), SerializeError> {
        Err(unwritable("a byte string"))
    }

    fn serialize_none(self) -> Result<(), SerializeError> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), SerializeError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), SerializeError> {
        self.writer.raw("null");
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), SerializeError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), SerializeError> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), SerializeError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<(), SerializeError> {
        Err(unwritable("a variant with content"))
    }

    fn serialize_seq(self, _count: Option<usize>) -> Result<Container<'e, 'w>, SerializeError> {
        Container::open(self, "[", "]")
    }

    fn serialize_tuple(self, _count: usize) -> Result<Container<'e, 'w>, SerializeError> {
        Container::open(self, "[", "]")
    }

    fn serialize_tuple_struct(
        self,
        _name: &'static str,
        _count: usize,
    ) -> Result<Container<'e, 'w>, SerializeError> {
        Container::open(self, "[", "]")
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _count: usize,
    ) -> Result<Self::SerializeTupleVariant, SerializeError> {
        Err(unwritable("a variant with content"))
    }

    fn serialize_map(self, _count: Option<usize>) -> Result<Container<'e, 'w>, SerializeError> {
        Container::open(self, "{", "}")
    }

    fn serialize_struct(
        self,
        _name: &'static str,
        _count: usize,
    ) -> Result<Container<'e, 'w>, SerializeError> {
        Container::open(self, "{", "}")
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _count: usize,
    ) -> Result<Self::SerializeStructVariant, SerializeError> {
        Err(unwritable("a variant with content"))
    }
}
