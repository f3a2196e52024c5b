//! Lower-case hexadecimal, both ways; upper case is refused so that one value has one text.

/// The value of one lower-case hex digit.
pub(crate) const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit.wrapping_sub(b'0')),
        b'a'..=b'f' => Some(digit.wrapping_sub(b'a').wrapping_add(10)),
        _ => None,
    }
}

/// Fills `out` from exactly twice as many digits; `None` for any other text.
pub(crate) fn decode(text: &[u8], out: &mut [u8]) -> Option<()> {
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() || pairs.len() != out.len() {
        return None;
    }
    for ([high, low], byte) in pairs.iter().zip(out) {
        *byte = nibble(*high)? << 4 | nibble(*low)?;
    }
    Some(())
}

/// Appends two digits for each byte.
pub(crate) fn encode(bytes: &[u8], out: &mut String) {
    for byte in bytes {
        out.push(digit(byte >> 4));
        out.push(digit(byte & 0x0f));
    }
}

/// The digit of a value below 16.
pub(crate) const fn digit(value: u8) -> char {
    match value {
        0..=9 => b'0'.wrapping_add(value) as char,
        _ => b'a'.wrapping_add(value.wrapping_sub(10)) as char,
    }
}
