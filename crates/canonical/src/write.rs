//! The canonical writer: RFC 8785 for documents of the profile.

use serde_json::{Map, Number, Value};

use crate::scan::plain_length;
use crate::{DEPTH_MAX, INTEGER_MAX, MALFORMED, SIZE_MAX_BYTES, UNSUPPORTED, hex};

mod serialize;

pub use serialize::{SerializeError, Written, serialize};

/// Why a value has no canonical bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// A number with a fraction or an exponent.
    #[error("number with fraction or exponent")]
    Float,
    /// An integer that parsers with doubles would round.
    #[error("integer beyond {INTEGER_MAX}")]
    UnsafeInteger,
    /// A NUL in a string or name.
    #[error("NUL in a string")]
    Nul,
    /// A member name with a character outside ASCII.
    #[error("member name outside ASCII")]
    NonAsciiName,
    /// Arrays and objects are nested too deeply.
    #[error("nested deeper than {DEPTH_MAX}")]
    TooDeep,
    /// The bytes would be more than are ever read.
    #[error("larger than {SIZE_MAX_BYTES} bytes")]
    TooLarge,
}

impl WriteError {
    /// The reject code that answers a document with this fault.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Float | Self::UnsafeInteger => UNSUPPORTED,
            Self::Nul | Self::NonAsciiName | Self::TooDeep | Self::TooLarge => MALFORMED,
        }
    }
}

/// The canonical bytes of a value.
///
/// Writes exactly what [`parse`](crate::parse) accepts as [`Form::Canonical`](crate::Form), so
/// whatever was written can be opened; a value outside the profile is refused, not repaired.
pub fn write(value: &Value) -> Result<Vec<u8>, WriteError> {
    let mut writer = Writer::default();
    writer.value(value, 0)?;
    writer.finish()
}

/// Canonical bytes in the making; also for objects whose members are put together by hand.
pub(crate) struct Writer {
    out: String,
}

impl Default for Writer {
    fn default() -> Self {
        // Most envelopes fit without growing.
        Self {
            out: String::with_capacity(2048),
        }
    }
}

impl Writer {
    pub(crate) fn finish(self) -> Result<Vec<u8>, WriteError> {
        if self.out.len() > SIZE_MAX_BYTES {
            return Err(WriteError::TooLarge);
        }
        Ok(self.out.into_bytes())
    }

    /// Appends punctuation or a member name that is known to need no escape.
    pub(crate) fn raw(&mut self, text: &str) {
        self.out.push_str(text);
    }

    pub(crate) fn string(&mut self, text: &str) -> Result<(), WriteError> {
        self.out.push('"');
        let mut rest = text;
        loop {
            let (plain, tail) = rest
                .split_at_checked(plain_length(rest.as_bytes()))
                .unwrap_or_default();
            self.out.push_str(plain);
            let Some(special) = tail.as_bytes().first() else {
                break;
            };
            self.escape(*special)?;
            rest = tail.get(1..).unwrap_or_default();
        }
        self.out.push('"');
        Ok(())
    }

    fn escape(&mut self, byte: u8) -> Result<(), WriteError> {
        match byte {
            0 => return Err(WriteError::Nul),
            b'"' => self.out.push_str("\\\""),
            b'\\' => self.out.push_str("\\\\"),
            0x08 => self.out.push_str("\\b"),
            b'\t' => self.out.push_str("\\t"),
            b'\n' => self.out.push_str("\\n"),
            0x0c => self.out.push_str("\\f"),
            b'\r' => self.out.push_str("\\r"),
            control => {
                self.out.push_str("\\u00");
                hex::encode(&[control], &mut self.out);
            }
        }
        Ok(())
    }

    pub(crate) fn value(&mut self, value: &Value, depth: usize) -> Result<(), WriteError> {
        match value {
            Value::Null => self.raw("null"),
            Value::Bool(true) => self.raw("true"),
            Value::Bool(false) => self.raw("false"),
            Value::Number(number) => self.number(number)?,
            Value::String(text) => self.string(text)?,
            Value::Array(items) => self.array(items, deeper(depth)?)?,
            Value::Object(members) => self.object(members, depth)?,
        }
        Ok(())
    }

    fn number(&mut self, number: &Number) -> Result<(), WriteError> {
        if number.is_f64() {
            return Err(WriteError::Float);
        }
        let signed = number.as_i64().ok_or(WriteError::UnsafeInteger)?;
        if signed.unsigned_abs() > INTEGER_MAX {
            return Err(WriteError::UnsafeInteger);
        }
        if signed < 0 {
            self.out.push('-');
        }
        self.magnitude(signed.unsigned_abs());
        Ok(())
    }

    fn magnitude(&mut self, magnitude: u64) {
        let mut place: u64 = 1;
        while magnitude / 10 >= place {
            place = place.saturating_mul(10);
        }
        while place > 0 {
            let digit = magnitude.checked_div(place).unwrap_or(0) % 10;
            self.out.push(hex::digit(u8::try_from(digit).unwrap_or(0)));
            place /= 10;
        }
    }

    fn array(&mut self, items: &[Value], depth: usize) -> Result<(), WriteError> {
        let mut mark = '[';
        for item in items {
            self.out.push(mark);
            self.value(item, depth)?;
            mark = ',';
        }
        if items.is_empty() {
            self.out.push('[');
        }
        self.out.push(']');
        Ok(())
    }

    pub(crate) fn object(
        &mut self,
        members: &Map<String, Value>,
        depth: usize,
    ) -> Result<(), WriteError> {
        let depth = deeper(depth)?;
        self.out.push('{');
        // A map keeps insertion order when anyone in the build switches that feature on, so the
        // order is looked at and never assumed.
        if members.keys().is_sorted() {
            self.members(members.iter(), depth)?;
        } else {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            self.members(sorted.into_iter(), depth)?;
        }
        self.out.push('}');
        Ok(())
    }

    fn members<'v>(
        &mut self,
        members: impl Iterator<Item = (&'v String, &'v Value)>,
        depth: usize,
    ) -> Result<(), WriteError> {
        for (place, (name, value)) in members.enumerate() {
            if place > 0 {
                self.out.push(',');
            }
            if !name.is_ascii() {
                return Err(WriteError::NonAsciiName);
            }
            self.string(name)?;
            self.out.push(':');
            self.value(value, depth)?;
        }
        Ok(())
    }
}

// INVARIANT: every container passes here, so recursion never exceeds DEPTH_MAX.
fn deeper(depth: usize) -> Result<usize, WriteError> {
    if depth >= DEPTH_MAX {
        return Err(WriteError::TooDeep);
    }
    Ok(depth.saturating_add(1))
}

#[cfg(test)]
pub(crate) mod tests;
