//! UUIDs in their one lower-case spelling.

use std::fmt;
use std::str::FromStr;

use super::{ScalarError, string_serde};
use crate::hex;

/// A UUID of any version; as text 8-4-4-4-12 lower-case hex digits, and no other spelling.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid([u8; 16]);

impl Uuid {
    /// The pattern of the text form.
    pub const PATTERN: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$";

    /// A UUID from its 16 bytes, as a generator or a store gives them.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The 16 bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    pub(crate) fn to_text(self) -> String {
        let mut text = String::with_capacity(36);
        for (place, byte) in self.0.iter().enumerate() {
            if matches!(place, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            hex::encode(std::slice::from_ref(byte), &mut text);
        }
        text
    }
}

impl FromStr for Uuid {
    type Err = ScalarError;

    fn from_str(text: &str) -> Result<Self, ScalarError> {
        read(text)
            .map(Self)
            .ok_or_else(|| ScalarError::new("lower-case uuid", text))
    }
}

fn read(text: &str) -> Option<[u8; 16]> {
    let mut bytes = [0; 16];
    let mut rest = bytes.as_mut_slice();
    let mut groups = text.as_bytes().split(|byte| *byte == b'-');
    for length in [4, 2, 2, 2, 6] {
        let (group, following) = rest.split_at_mut_checked(length)?;
        hex::decode(groups.next()?, group)?;
        rest = following;
    }
    if groups.next().is_some() {
        return None;
    }
    Some(bytes)
}

impl fmt::Display for Uuid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.to_text())
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Uuid({self})")
    }
}

string_serde!(Uuid, "a lower-case uuid", {"type": "string", "pattern": Uuid::PATTERN});
