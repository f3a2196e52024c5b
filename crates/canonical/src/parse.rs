//! The one strict tokenizer: a document is read once, and what it says is either certain or refused.

use std::borrow::Cow;

use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

use crate::{DEPTH_MAX, INTEGER_MAX, SIZE_MAX_BYTES};

mod error;
mod string;
#[cfg(test)]
mod tests;

pub use error::ParseError;

/// Which spellings of a document are accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Only the RFC 8785 form itself, byte for byte.
    Canonical,
    /// Any whitespace, member order and escapes: a caller's request, canonicalised once at intake.
    Any,
}

/// Reads a whole document of the profile.
///
/// Under [`Form::Canonical`] success also means that `bytes` are the canonical form of the value,
/// so they can be hashed and carried as they are. Fails at the first byte that the profile refuses;
/// time and memory are bounded by [`SIZE_MAX_BYTES`], the stack by [`DEPTH_MAX`].
pub fn parse(bytes: &[u8], form: Form) -> Result<Value, ParseError> {
    if bytes.len() > SIZE_MAX_BYTES {
        return Err(ParseError::TooLarge { at: SIZE_MAX_BYTES });
    }
    if bytes.is_empty() {
        return Err(ParseError::Empty { at: 0 });
    }
    if bytes.starts_with(b"\xef\xbb\xbf") {
        return Err(ParseError::ByteOrderMark { at: 0 });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| ParseError::InvalidUtf8 {
        at: error.valid_up_to(),
    })?;
    let mut cursor = Cursor {
        rest: text,
        length: text.len(),
        form,
    };
    cursor.skip_whitespace()?;
    let mut value = Value::Null;
    cursor.value(0, &mut value)?;
    cursor.skip_whitespace()?;
    match cursor.peek() {
        None => Ok(value),
        Some(0) => Err(ParseError::Nul { at: cursor.at() }),
        Some(_) => Err(ParseError::TrailingBytes { at: cursor.at() }),
    }
}

/// What is left to read.
struct Cursor<'a> {
    rest: &'a str,
    length: usize,
    form: Form,
}

impl<'a> Cursor<'a> {
    fn at(&self) -> usize {
        self.length.saturating_sub(self.rest.len())
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.rest.as_bytes().first().copied()
    }

    /// Steps over `count` bytes that were looked at; a cut inside a character leaves nothing to read.
    #[inline]
    fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    #[inline]
    fn skip_whitespace(&mut self) -> Result<(), ParseError> {
        // Nothing up to a space begins a value, so one comparison passes nearly every byte.
        if self.peek().is_none_or(|byte| byte > b' ') {
            return Ok(());
        }
        self.skip_actual_whitespace()
    }

    #[cold]
    fn skip_actual_whitespace(&mut self) -> Result<(), ParseError> {
        if !matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            return Ok(());
        }
        if self.form == Form::Canonical {
            return Err(ParseError::NotCanonical { at: self.at() });
        }
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
        Ok(())
    }

    /// The fault of the byte that is next, where something else had to stand.
    fn unexpected(&self) -> ParseError {
        let at = self.at();
        match self.peek() {
            None => ParseError::UnexpectedEnd { at },
            Some(0) => ParseError::Nul { at },
            Some(_) => ParseError::UnexpectedByte { at },
        }
    }

    /// Reads a value into `slot`, which holds null.
    ///
    /// Values are built where they stay: moving each one out through a result costs more than
    /// reading it.
    fn value(&mut self, depth: usize, slot: &mut Value) -> Result<(), ParseError> {
        match self.peek() {
            Some(b'"') => *slot = Value::String(self.string()?.into_owned()),
            Some(b'{') => self.object(self.deeper(depth)?, slot)?,
            Some(b'[') => self.array(self.deeper(depth)?, slot)?,
            Some(b'-' | b'0'..=b'9') => *slot = Value::Number(self.number()?),
            Some(b't') => *slot = self.literal("true", Value::Bool(true))?,
            Some(b'f') => *slot = self.literal("false", Value::Bool(false))?,
            Some(b'n') => *slot = self.literal("null", Value::Null)?,
            _ => return Err(self.unexpected()),
        }
        Ok(())
    }

    // INVARIANT: every container passes here, so recursion never exceeds DEPTH_MAX.
    #[inline]
    fn deeper(&self, depth: usize) -> Result<usize, ParseError> {
        if depth >= DEPTH_MAX {
            return Err(ParseError::TooDeep { at: self.at() });
        }
        Ok(depth.saturating_add(1))
    }

    fn literal(&mut self, word: &str, value: Value) -> Result<Value, ParseError> {
        self.rest = self
            .rest
            .strip_prefix(word)
            .ok_or_else(|| self.unexpected())?;
        Ok(value)
    }

    fn array(&mut self, depth: usize, slot: &mut Value) -> Result<(), ParseError> {
        let mut items = Vec::new();
        self.skip(1);
        self.skip_whitespace()?;
        let mut closed = self.closed_at_once(b']');
        while !closed {
            self.value(depth, items.push_mut(Value::Null))?;
            closed = self.closed_after_item(b']')?;
        }
        *slot = Value::Array(items);
        Ok(())
    }

    fn object(&mut self, depth: usize, slot: &mut Value) -> Result<(), ParseError> {
        let mut members = Map::new();
        let mut previous: Option<Cow<'a, str>> = None;
        self.skip(1);
        self.skip_whitespace()?;
        let mut closed = self.closed_at_once(b'}');
        while !closed {
            let at = self.at();
            let name = self.name()?;
            let Entry::Vacant(place) = members.entry(name.clone()) else {
                return Err(ParseError::DuplicateMember { at });
            };
            // Names are ASCII, so byte order is the UTF-16 order that RFC 8785 sorts by.
            let ascending = previous.is_none_or(|previous| previous < name);
            if !ascending && self.form == Form::Canonical {
                return Err(ParseError::NotCanonical { at });
            }
            previous = Some(name);
            self.colon()?;
            self.value(depth, place.insert(Value::Null))?;
            closed = self.closed_after_item(b'}')?;
        }
        *slot = Value::Object(members);
        Ok(())
    }

    fn closed_at_once(&mut self, close: u8) -> bool {
        let closed = self.peek() == Some(close);
        if closed {
            self.skip(1);
        }
        closed
    }

    /// Steps over what follows an item: the end of its container, or the comma before the next.
    fn closed_after_item(&mut self, close: u8) -> Result<bool, ParseError> {
        self.skip_whitespace()?;
        let next = self.peek();
        if next == Some(close) {
            self.skip(1);
            return Ok(true);
        }
        if next != Some(b',') {
            return Err(self.unexpected());
        }
        self.skip(1);
        self.skip_whitespace()?;
        Ok(false)
    }

    fn name(&mut self) -> Result<Cow<'a, str>, ParseError> {
        let at = self.at();
        if self.peek() != Some(b'"') {
            return Err(self.unexpected());
        }
        let name = self.string()?;
        if !name.is_ascii() {
            return Err(ParseError::NonAsciiName { at });
        }
        Ok(name)
    }

    fn colon(&mut self) -> Result<(), ParseError> {
        self.skip_whitespace()?;
        if self.peek() != Some(b':') {
            return Err(self.unexpected());
        }
        self.skip(1);
        self.skip_whitespace()
    }

    fn number(&mut self) -> Result<Number, ParseError> {
        let at = self.at();
        let negative = self.peek() == Some(b'-');
        if negative {
            self.skip(1);
        }
        let leads_with_zero = self.peek() == Some(b'0');
        let (count, magnitude) = self.digits();
        if count == 0 {
            return Err(self.unexpected());
        }
        if leads_with_zero && count > 1 {
            return Err(ParseError::UnexpectedByte { at });
        }
        if matches!(self.peek(), Some(b'.' | b'e' | b'E')) {
            return Err(self.float(at));
        }
        if negative && magnitude == 0 {
            return Err(ParseError::NegativeZero { at });
        }
        let signed = i64::try_from(magnitude)
            .ok()
            .filter(|_| magnitude <= INTEGER_MAX)
            .ok_or(ParseError::UnsafeInteger { at })?;
        let number = if negative {
            signed.saturating_neg()
        } else {
            signed
        };
        Ok(Number::from(number))
    }

    /// Steps over digits; gives their count and value, which stops at the largest `u64`.
    fn digits(&mut self) -> (usize, u64) {
        let mut count: usize = 0;
        let mut magnitude: u64 = 0;
        for byte in self.rest.bytes().take_while(u8::is_ascii_digit) {
            count = count.saturating_add(1);
            let digit = u64::from(byte.wrapping_sub(b'0'));
            magnitude = magnitude.saturating_mul(10).saturating_add(digit);
        }
        self.skip(count);
        (count, magnitude)
    }

    /// The fault of a number that goes on after its integer part: a float, or no number at all.
    fn float(&mut self, at: usize) -> ParseError {
        if self.peek() == Some(b'.') {
            self.skip(1);
            if self.digits().0 == 0 {
                return self.unexpected();
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.skip(1);
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.skip(1);
            }
            if self.digits().0 == 0 {
                return self.unexpected();
            }
        }
        ParseError::Float { at }
    }
}
