//! The one strict tokenizer: a document is read once, and what it says is either certain or refused.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeSet;

use serde_json::Value;

use crate::document::{Document, Node};
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
    Ok(Document::read(bytes, form)?.root().to_value())
}

impl<'a> Document<'a> {
    /// Reads a whole document as [`parse`] does, and leaves everything where it stands.
    pub fn read(bytes: &'a [u8], form: Form) -> Result<Self, ParseError> {
        read(bytes, form)
    }
}

fn read(bytes: &[u8], form: Form) -> Result<Document<'_>, ParseError> {
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
        // Few documents of the profile have a shorter average.
        nodes: Vec::with_capacity(text.len() / 16),
    };
    cursor.skip_whitespace()?;
    cursor.value(0)?;
    cursor.skip_whitespace()?;
    match cursor.peek() {
        None => Ok(Document {
            text,
            nodes: cursor.nodes,
        }),
        Some(0) => Err(ParseError::Nul { at: cursor.at() }),
        Some(_) => Err(ParseError::TrailingBytes { at: cursor.at() }),
    }
}

/// What is left to read, and what was read.
struct Cursor<'a> {
    rest: &'a str,
    length: usize,
    form: Form,
    nodes: Vec<Node<'a>>,
}

/// The names of an object so far.
#[derive(Default)]
struct Names<'a> {
    /// The node of the last one.
    last: Option<usize>,
    /// All of them, from the first that does not come after the one before it.
    unordered: Option<BTreeSet<Cow<'a, str>>>,
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

    /// Reads a value and everything inside it.
    fn value(&mut self, depth: usize) -> Result<(), ParseError> {
        let leaf = match self.peek() {
            Some(b'"') => Node::Text(self.string()?),
            Some(b'{') => return self.object(self.deeper(depth)?),
            Some(b'[') => return self.array(self.deeper(depth)?),
            Some(b'-' | b'0'..=b'9') => Node::Integer(self.number()?),
            Some(b't') => self.literal("true", Node::Boolean(true))?,
            Some(b'f') => self.literal("false", Node::Boolean(false))?,
            Some(b'n') => self.literal("null", Node::Null)?,
            _ => return Err(self.unexpected()),
        };
        self.nodes.push(leaf);
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

    fn literal(&mut self, word: &str, node: Node<'a>) -> Result<Node<'a>, ParseError> {
        self.rest = self
            .rest
            .strip_prefix(word)
            .ok_or_else(|| self.unexpected())?;
        Ok(node)
    }

    fn array(&mut self, depth: usize) -> Result<(), ParseError> {
        let place = self.container();
        self.skip(1);
        self.skip_whitespace()?;
        let mut count: usize = 0;
        let mut closed = self.closed_at_once(b']');
        while !closed {
            self.value(depth)?;
            count = count.saturating_add(1);
            closed = self.closed_after_item(b']')?;
        }
        let extent = self.nodes.len().saturating_sub(place);
        self.close(place, Node::Array { count, extent });
        Ok(())
    }

    fn object(&mut self, depth: usize) -> Result<(), ParseError> {
        let place = self.container();
        let mut names = Names::default();
        self.skip(1);
        self.skip_whitespace()?;
        let mut count: usize = 0;
        let mut closed = self.closed_at_once(b'}');
        while !closed {
            self.member_name(place, &mut names)?;
            self.colon()?;
            self.value(depth)?;
            count = count.saturating_add(1);
            closed = self.closed_after_item(b'}')?;
        }
        let extent = self.nodes.len().saturating_sub(place);
        self.close(place, Node::Object { count, extent });
        Ok(())
    }

    /// Keeps the place of a container until it is known how much is inside.
    fn container(&mut self) -> usize {
        self.nodes.push(Node::Null);
        self.nodes.len().saturating_sub(1)
    }

    fn close(&mut self, place: usize, container: Node<'a>) {
        if let Some(node) = self.nodes.get_mut(place) {
            *node = container;
        }
    }

    fn member_name(&mut self, object: usize, names: &mut Names<'a>) -> Result<(), ParseError> {
        let at = self.at();
        let name = self.name()?;
        // Names are ASCII, so byte order is the UTF-16 order that RFC 8785 sorts by.
        let order = names.last.map(|last| self.text(last).cmp(&name));
        if names.unordered.is_some() || order.is_some_and(Ordering::is_ge) {
            self.unordered(object, names, name.clone(), at)?;
        }
        names.last = Some(self.nodes.len());
        self.nodes.push(Node::Text(name));
        Ok(())
    }

    /// Admits a name that does not come after the one before it, or follows one that did not.
    #[cold]
    fn unordered(
        &self,
        object: usize,
        names: &mut Names<'a>,
        name: Cow<'a, str>,
        at: usize,
    ) -> Result<(), ParseError> {
        let seen = names.unordered.get_or_insert_with(|| self.names_of(object));
        if !seen.insert(name) {
            return Err(ParseError::DuplicateMember { at });
        }
        if self.form == Form::Canonical {
            return Err(ParseError::NotCanonical { at });
        }
        Ok(())
    }

    /// The names of an object that is still open.
    fn names_of(&self, object: usize) -> BTreeSet<Cow<'a, str>> {
        let mut names = BTreeSet::new();
        let mut place = object.saturating_add(1);
        while let Some(Node::Text(name)) = self.nodes.get(place) {
            names.insert(name.clone());
            let value = place.saturating_add(1);
            let extent = self.nodes.get(value).map_or(1, Node::extent);
            place = value.saturating_add(extent);
        }
        names
    }

    fn text(&self, place: usize) -> &str {
        match self.nodes.get(place) {
            Some(Node::Text(text)) => text,
            _ => "",
        }
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

    fn number(&mut self) -> Result<i64, ParseError> {
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
        Ok(if negative {
            signed.saturating_neg()
        } else {
            signed
        })
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
