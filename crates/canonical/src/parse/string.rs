//! Strings: borrowed from the document when they have no escape, which is nearly always.

use std::borrow::Cow;

use super::{Cursor, Form, ParseError};
use crate::hex;
use crate::scan::plain_length;

impl<'a> Cursor<'a> {
    /// A string whose opening quote is next.
    pub(super) fn string(&mut self) -> Result<Cow<'a, str>, ParseError> {
        self.skip(1);
        let plain = self.plain();
        if self.peek() == Some(b'"') {
            self.skip(1);
            return Ok(Cow::Borrowed(plain));
        }
        let mut text = plain.to_owned();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.skip(1);
                    return Ok(Cow::Owned(text));
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(0) | None => return Err(self.unexpected()),
                Some(_) => return Err(ParseError::ControlCharacter { at: self.at() }),
            }
            text.push_str(self.plain());
        }
    }

    /// Everything up to a quote, a backslash, a control character or the end.
    fn plain(&mut self) -> &'a str {
        let length = plain_length(self.rest.as_bytes());
        let (plain, rest) = self.rest.split_at_checked(length).unwrap_or_default();
        self.rest = rest;
        plain
    }

    /// The character of an escape whose backslash is next.
    fn escape(&mut self) -> Result<char, ParseError> {
        let at = self.at();
        self.skip(1);
        let character = match self.peek() {
            Some(b'u') => return self.unicode_escape(at),
            Some(b'/') if self.form == Form::Canonical => {
                return Err(ParseError::NotCanonical { at });
            }
            Some(same @ (b'"' | b'\\' | b'/')) => char::from(same),
            Some(b'b') => '\u{8}',
            Some(b't') => '\t',
            Some(b'n') => '\n',
            Some(b'f') => '\u{c}',
            Some(b'r') => '\r',
            None => return Err(ParseError::UnexpectedEnd { at: self.at() }),
            Some(_) => return Err(ParseError::InvalidEscape { at }),
        };
        self.skip(1);
        Ok(character)
    }

    fn unicode_escape(&mut self, at: usize) -> Result<char, ParseError> {
        let lower_case = self
            .rest
            .bytes()
            .skip(1)
            .take(4)
            .all(|byte| !byte.is_ascii_uppercase());
        let unit = self.code_unit(at)?;
        let code = match unit {
            0 => return Err(ParseError::Nul { at }),
            0xd800..=0xdbff => self.surrogate_pair(at, unit)?,
            _ => u32::from(unit),
        };
        let character = char::from_u32(code).ok_or(ParseError::LoneSurrogate { at })?;
        // Canonical text escapes this way only control characters that have no short escape.
        let minimal = lower_case
            && character < ' '
            && !matches!(character, '\u{8}' | '\t' | '\n' | '\u{c}' | '\r');
        if self.form == Form::Canonical && !minimal {
            return Err(ParseError::NotCanonical { at });
        }
        Ok(character)
    }

    fn surrogate_pair(&mut self, at: usize, high: u16) -> Result<u32, ParseError> {
        if !self.rest.starts_with("\\u") {
            return Err(ParseError::LoneSurrogate { at });
        }
        self.skip(1);
        let low = self.code_unit(at)?;
        char::decode_utf16([high, low])
            .next()
            .and_then(Result::ok)
            .map(u32::from)
            .ok_or(ParseError::LoneSurrogate { at })
    }

    /// The four hex digits after a `u` that is next.
    fn code_unit(&mut self, at: usize) -> Result<u16, ParseError> {
        let digits = self
            .rest
            .as_bytes()
            .get(1..5)
            .ok_or(ParseError::InvalidEscape { at })?;
        let mut unit: u16 = 0;
        for digit in digits {
            let digit = hex::nibble(digit.to_ascii_lowercase());
            unit = unit << 4 | u16::from(digit.ok_or(ParseError::InvalidEscape { at })?);
        }
        self.skip(5);
        Ok(unit)
    }
}
