//! Where a member's value stands in canonical bytes, so that it can be read as something else
//! without writing the document again.

use std::ops::Range;

use crate::scan::plain_length;

/// The byte range of the value that `path` (member names from the top) leads to.
///
/// For bytes that [`parse`](crate::parse) accepted as canonical; `None` when there is no such
/// member. Other bytes give some range inside them or `None`, never a failure.
pub fn locate(canonical_bytes: &[u8], path: &[&str]) -> Option<Range<usize>> {
    let mut rest = canonical_bytes;
    for name in path {
        rest = member(rest, name.as_bytes())?;
    }
    let start = canonical_bytes.len().checked_sub(rest.len())?;
    let end = canonical_bytes
        .len()
        .checked_sub(after_value(rest)?.len())?;
    Some(start..end)
}

/// The bytes from a member's value on, in the object that `rest` starts with.
fn member<'a>(rest: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = rest.strip_prefix(b"{")?;
    loop {
        let after_name = after_string(rest)?;
        let quoted = rest.get(..rest.len().checked_sub(after_name.len())?)?;
        let value = after_name.strip_prefix(b":")?;
        if quoted
            .strip_prefix(b"\"")
            .and_then(|name| name.strip_suffix(b"\""))
            == Some(name)
        {
            return Some(value);
        }
        rest = after_value(value)?.strip_prefix(b",")?;
    }
}

/// What follows the string that `rest` starts with.
fn after_string(rest: &[u8]) -> Option<&[u8]> {
    let mut rest = rest.strip_prefix(b"\"")?;
    loop {
        let (mark, tail) = rest.get(plain_length(rest)..)?.split_first()?;
        if *mark == b'"' {
            return Some(tail);
        }
        rest = tail.get(1..)?;
    }
}

/// What follows the value that `rest` starts with.
fn after_value(rest: &[u8]) -> Option<&[u8]> {
    let mut rest = rest;
    let mut open: usize = 0;
    loop {
        match rest.first()? {
            b'"' => rest = after_string(rest)?,
            b'{' | b'[' => {
                open = open.checked_add(1)?;
                rest = rest.get(1..)?;
                continue;
            }
            b'}' | b']' => {
                open = open.checked_sub(1)?;
                rest = rest.get(1..)?;
            }
            b',' | b':' if open > 0 => {
                rest = rest.get(1..)?;
                continue;
            }
            _ => rest = after_word(rest)?,
        }
        if open == 0 {
            return Some(rest);
        }
    }
}

/// What follows a number or literal.
fn after_word(rest: &[u8]) -> Option<&[u8]> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    let length = rest
        .iter()
        .position(|byte| !is_word(byte))
        .unwrap_or(rest.len());
    if length == 0 {
        return None;
    }
    rest.get(length..)
}
