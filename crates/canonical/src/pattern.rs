//! The patterns of the scalars, decided without a regular-expression engine.

use crate::hex::{is_digits, nibble};
use crate::scalar::{is_identifier, is_proposed_text, is_tag, is_version};
use crate::{Digest, Timestamp, Uuid};

/// Whether a text matches one pattern.
pub type Matcher = fn(&str) -> bool;

const MATCHERS: [(&str, Matcher); 8] = [
    (Digest::PATTERN, is_digest),
    (Timestamp::PATTERN, is_instant),
    (Uuid::PATTERN, is_uuid),
    ("^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}$", is_identifier),
    ("^[a-z][a-z0-9-]{0,63}$", is_tag),
    ("^[0-9]{1,4}$", is_version),
    ("^[ -~]{0,400}$", is_proposed_text),
    (r"^[^\u0000]*$", has_no_nul),
];

/// What decides a pattern exactly as a regular-expression engine does; `None` for one that is not of
/// a scalar of this crate.
///
/// A document of ten kilobytes meets these patterns two hundred times, and an engine takes most of
/// the time that its validation takes.
pub fn matcher(pattern: &str) -> Option<Matcher> {
    let known = MATCHERS.iter().find(|(known, _)| *known == pattern);
    known.map(|(_, matcher)| *matcher)
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:")
        .is_some_and(|digits| digits.len() == 64 && is_digits(digits.as_bytes()))
}

fn is_uuid(text: &str) -> bool {
    fits(text, b"00000000-0000-0000-0000-000000000000", |byte| {
        nibble(byte).is_some()
    })
}

/// The form alone: whether there is such a day is for the type to say.
fn is_instant(text: &str) -> bool {
    fits(text, b"0000-00-00T00:00:00.000000Z", |byte| {
        byte.is_ascii_digit()
    })
}

/// Whether a text has the marks of a form, and a digit wherever the form has a zero.
fn fits(text: &str, form: &[u8], is_digit: impl Fn(u8) -> bool) -> bool {
    let fits = |(byte, form): (&u8, &u8)| match form {
        b'0' => is_digit(*byte),
        mark => byte == mark,
    };
    text.len() == form.len() && text.as_bytes().iter().zip(form).all(fits)
}

fn has_no_nul(text: &str) -> bool {
    !text.as_bytes().contains(&0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use regex::Regex;

    use super::*;

    #[track_caller]
    fn agree(text: &str) {
        for (pattern, matcher) in MATCHERS {
            let due = Regex::new(pattern).unwrap().is_match(text);
            assert_eq!(
                matcher(text),
                due,
                "`{pattern}` on `{}`",
                text.escape_debug()
            );
        }
    }

    const SEEDS: [&str; 10] = [
        "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "2026-01-31T09:30:00.000000Z",
        "2026-02-30T25:61:61.999999Z",
        "0197a3b2-7c1d-7e4f-8a90-1b2c3d4e5f60",
        "ownership/DOT_1@2:a+b-c",
        "registration-request",
        "1234",
        "proposed text ~!",
        "text with é and \u{7f}",
        "",
    ];

    #[test]
    fn every_byte_at_every_place_is_judged_as_the_engine_judges_it() {
        let regexes = MATCHERS.map(|(pattern, matcher)| (Regex::new(pattern).unwrap(), matcher));
        for seed in SEEDS {
            for place in 0..seed.len() {
                for byte in 0..128_u8 {
                    let mut bytes = seed.as_bytes().to_vec();
                    bytes[place] = byte;
                    let Ok(text) = String::from_utf8(bytes) else {
                        continue;
                    };
                    for (regex, matcher) in &regexes {
                        assert_eq!(matcher(&text), regex.is_match(&text), "{regex}: {text:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn lengths_end_where_the_engine_ends_them() {
        for seed in SEEDS {
            agree(seed);
            agree(&format!("{seed}\n"));
            agree(&format!("{seed}0"));
            agree(seed.get(1..).unwrap_or_default());
            agree(seed.get(..seed.len().saturating_sub(1)).unwrap_or_default());
        }
        for length in [63, 64, 65, 199, 200, 201, 399, 400, 401] {
            agree(&"a".repeat(length));
            agree(&"é".repeat(length));
        }
        for digits in 0..6 {
            agree(&"7".repeat(digits));
        }
        for text in ["-".repeat(36), "0-------------------------0".to_owned()] {
            agree(&text);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_judged_as_the_engine_judges_it(text in any::<String>()) {
            agree(&text);
        }

        #[test]
        fn near_texts_are_judged_as_the_engine_judges_them(
            text in "(sha256:)?[0-9a-fA-F-]{0,72}|[0-9TZ:.-]{20,30}|[a-z0-9-]{30,40}|[ -~\u{0}-\u{20}é]{0,8}",
        ) {
            agree(&text);
        }
    }

    #[test]
    fn a_pattern_of_somebody_else_is_not_decided() {
        assert!(matcher("^a$").is_none());
        assert!(matcher(Digest::PATTERN).is_some());
    }
}
