//! Looking for the few bytes that matter in a string, eight at a time.

/// How many bytes stand before the first quote, backslash or control character, or the end.
///
/// These are both what ends or interrupts a JSON string and what has to be escaped in one; all are
/// ASCII, so the place is never inside a character.
pub(crate) fn plain_length(bytes: &[u8]) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    let mut passed: usize = 0;
    for word in words {
        let marks = marks(u64::from_le_bytes(*word));
        if marks != 0 {
            let place = usize::try_from(marks.trailing_zeros() / 8).unwrap_or(0);
            return passed.saturating_add(place);
        }
        passed = passed.saturating_add(8);
    }
    passed.saturating_add(rest.iter().take_while(|byte| !is_special(**byte)).count())
}

const fn is_special(byte: u8) -> bool {
    byte == b'"' || byte == b'\\' || byte < 0x20
}

/// The high bit of each special byte of a word, exact up to the first; those after it may be false.
///
/// Subtracting borrows from the next byte only where the byte itself was below, which is why the
/// first mark is exact.
const fn marks(word: u64) -> u64 {
    let quote = below(word ^ repeat(b'"'), 1);
    let backslash = below(word ^ repeat(b'\\'), 1);
    (quote | backslash | below(word, 0x20)) & repeat(0x80)
}
const fn below(word: u64, bound: u8) -> u64 {
    word.wrapping_sub(repeat(bound)) & !word
}

const fn repeat(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_special_byte_is_found_at_every_place() {
        for special in [b'"', b'\\', 0, 0x1f, b'\n'] {
            for place in 0..70 {
                let mut bytes = [b' '; 70];
                bytes[place] = special;
                assert_eq!(plain_length(&bytes), place);
            }
        }
        for plain in [b' ', b'!', b'/', 0x7f, 0x80, 0xff] {
            assert_eq!(plain_length(&[plain; 70]), 70);
        }
        assert_eq!(plain_length(b""), 0);
    }
}
