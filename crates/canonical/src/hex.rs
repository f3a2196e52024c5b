//! Lower-case hexadecimal, both ways; upper case is refused so that one value has one text.

/// What stands in [`VALUES`] for a byte that is no digit.
const NONE: u8 = 0xff;

/// The value of each byte as a lower-case hex digit.
const VALUES: [u8; 256] = values();

const fn values() -> [u8; 256] {
    let mut values = [NONE; 256];
    let mut value: u8 = 0;
    while value < 16 {
        #[expect(
            clippy::indexing_slicing,
            reason = "a table as long as a byte has values"
        )]
        {
            values[digit(value) as usize] = value;
        }
        value = value.wrapping_add(1);
    }
    values
}

fn value(digit: u8) -> u8 {
    VALUES.get(usize::from(digit)).copied().unwrap_or(NONE)
}

/// The value of one lower-case hex digit.
pub(crate) fn nibble(digit: u8) -> Option<u8> {
    Some(value(digit)).filter(|value| *value != NONE)
}

/// Whether all bytes are lower-case hex digits.
pub(crate) fn is_digits(text: &[u8]) -> bool {
    // One look at the end costs less than one at each byte.
    text.iter().fold(0, |seen, byte| seen | value(*byte)) & 0x80 == 0
}

/// Fills `out` from exactly twice as many digits; `None` for any other text.
pub(crate) fn decode(text: &[u8], out: &mut [u8]) -> Option<()> {
    let (pairs, rest) = text.as_chunks::<2>();
    if !rest.is_empty() || pairs.len() != out.len() || !is_digits(text) {
        return None;
    }
    for ([high, low], byte) in pairs.iter().zip(out) {
        *byte = value(*high) << 4 | value(*low);
    }
    Some(())
}

/// Appends two digits for each byte.
pub(crate) fn encode(bytes: &[u8], out: &mut String) {
    for chunk in bytes.chunks(32) {
        let mut digits = [0; 64];
        let mut count: usize = 0;
        for (byte, pair) in chunk.iter().zip(digits.as_chunks_mut::<2>().0) {
            *pair = [ascii(byte >> 4), ascii(byte & 0x0f)];
            count = count.saturating_add(2);
        }
        let digits = digits.get(..count).unwrap_or_default();
        out.push_str(std::str::from_utf8(digits).unwrap_or_default());
    }
}

/// The digit of a value below 16.
pub(crate) const fn digit(value: u8) -> char {
    ascii(value) as char
}

const fn ascii(value: u8) -> u8 {
    match value {
        0..=9 => b'0'.wrapping_add(value),
        _ => b'a'.wrapping_add(value.wrapping_sub(10)),
    }
}
