//! Texts with a fixed grammar; a value keeps exactly the text that it was made from.

use std::fmt;
use std::ops::Deref;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::{ScalarError, string_deserialize};

macro_rules! text {
    (
        $(#[$doc:meta])*
        $name:ident, $expected:literal, $check:path, $schema:tt
    ) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text, given away.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl FromStr for $name {
            type Err = ScalarError;

            fn from_str(text: &str) -> Result<Self, ScalarError> {
                if !$check(text) {
                    return Err(ScalarError::new($expected, text));
                }
                Ok(Self(text.to_owned()))
            }
        }

        impl TryFrom<&str> for $name {
            type Error = ScalarError;

            fn try_from(text: &str) -> Result<Self, ScalarError> {
                text.parse()
            }
        }

        impl TryFrom<String> for $name {
            type Error = ScalarError;

            fn try_from(text: String) -> Result<Self, ScalarError> {
                if !$check(&text) {
                    return Err(ScalarError::new($expected, text));
                }
                Ok(Self(text))
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                self.0 == *other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{}({:?})", stringify!($name), self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        string_deserialize!($name, $expected, $schema);
    };
}

text!(
    /// A name that is compared whole: ids, carriers, scopes, codes, principals, references.
    ///
    /// 1 to 200 of `A-Z a-z 0-9 . _ : / @ + -`, the first a letter or digit.
    Identifier, "identifier", is_identifier,
    {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,199}$"}
);

text!(
    /// A name of the system's own vocabulary: envelope types, producers.
    ///
    /// 1 to 64 of `a-z 0-9 -`, the first a letter.
    Tag, "tag", is_tag,
    {"type": "string", "pattern": "^[a-z][a-z0-9-]{0,63}$"}
);

text!(
    /// The version of an envelope type: 1 to 4 digits.
    Version, "version", is_version,
    {"type": "string", "pattern": "^[0-9]{1,4}$"}
);

text!(
    /// Free text for people: 0 to 2000 characters, no NUL.
    Text, "text", is_text,
    {"type": "string", "maxLength": 2000, "pattern": "^[^\\u0000]*$"}
);

text!(
    /// What a caller proposes, whatever it is: 0 to 400 printable ASCII characters.
    ///
    /// Wide on purpose, so that a wrong value reaches the check that names it.
    ProposedText, "proposed text", is_proposed_text,
    {"type": "string", "pattern": "^[ -~]{0,400}$"}
);

text!(
    /// A path as text: 1 to 4096 characters, no NUL.
    PathText, "path", is_path_text,
    {"type": "string", "minLength": 1, "maxLength": 4096, "pattern": "^[^\\u0000]*$"}
);

/// The bytes of an identifier.
const IN_IDENTIFIERS: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte: u8 = 0;
    while byte < 128 {
        #[expect(
            clippy::indexing_slicing,
            reason = "a table as long as a byte has values"
        )]
        {
            table[byte as usize] = byte.is_ascii_alphanumeric()
                || matches!(byte, b'.' | b'_' | b':' | b'/' | b'@' | b'+' | b'-');
        }
        byte = byte.wrapping_add(1);
    }
    table
};

pub(crate) fn is_identifier(text: &str) -> bool {
    let admitted = |byte: u8| IN_IDENTIFIERS.get(usize::from(byte)) == Some(&true);
    text.len() <= 200
        && text
            .as_bytes()
            .first()
            .is_some_and(u8::is_ascii_alphanumeric)
        && text.bytes().fold(true, |all, byte| all & admitted(byte))
}

pub(crate) fn is_tag(text: &str) -> bool {
    text.len() <= 64
        && text.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
        && text
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

pub(crate) fn is_version(text: &str) -> bool {
    (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_text(text: &str) -> bool {
    at_most(text, 2000) && !text.as_bytes().contains(&0)
}

pub(crate) fn is_proposed_text(text: &str) -> bool {
    let printable = |byte: u8| matches!(byte, b' '..=b'~');
    text.len() <= 400 && text.bytes().fold(true, |all, byte| all & printable(byte))
}

fn is_path_text(text: &str) -> bool {
    !text.is_empty() && at_most(text, 4096) && !text.as_bytes().contains(&0)
}

/// Whether the text has at most this many characters; counts only when the bytes leave it open.
fn at_most(text: &str, characters: usize) -> bool {
    text.len() <= characters || text.chars().nth(characters).is_none()
}
