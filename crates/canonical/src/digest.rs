//! The digest newtype, tagged hashes of documents, and the plain hash of file content.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::hex;
use crate::scalar::{ScalarError, string_serde};
use crate::write::{WriteError, write};

const PREFIX: &str = "sha256:";

/// A SHA-256 digest; as text `sha256:` and 64 lower-case hex digits, and no other spelling.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The pattern of the text form.
    pub const PATTERN: &str = "^sha256:[0-9a-f]{64}$";

    /// The placeholder that stands in an envelope until it is sealed; the digest of nothing.
    pub const UNSEALED: Self = Self([0; 32]);

    /// A digest from its 32 bytes, as a store keeps it.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The 64 hex digits without the algorithm's name.
    pub fn to_hex(&self) -> String {
        let mut text = String::with_capacity(64);
        hex::encode(&self.0, &mut text);
        text
    }

    pub(crate) fn to_text(self) -> String {
        let mut text = String::with_capacity(71);
        text.push_str(PREFIX);
        hex::encode(&self.0, &mut text);
        text
    }
}

impl FromStr for Digest {
    type Err = ScalarError;

    fn from_str(text: &str) -> Result<Self, ScalarError> {
        let refused = || ScalarError::new("sha256 digest", text);
        let digits = text.strip_prefix(PREFIX).ok_or_else(refused)?;
        let mut bytes = [0; 32];
        hex::decode(digits.as_bytes(), &mut bytes).ok_or_else(refused)?;
        Ok(Self(bytes))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.to_text())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Digest({self})")
    }
}

string_serde!(Digest, "a sha256 digest", {"type": "string", "pattern": Digest::PATTERN});

/// `SHA-256(tag ‖ 0x0A ‖ JCS(value))`.
///
/// Fails when the value is outside the profile: such a value has no canonical bytes to hash.
pub fn hash(tag: &str, value: &Value) -> Result<Digest, WriteError> {
    Ok(hash_bytes(tag, &write(value)?))
}

/// The same hash over bytes that already are canonical, as they were carried.
pub fn hash_bytes(tag: &str, canonical_bytes: &[u8]) -> Digest {
    hash_parts(tag, &[canonical_bytes])
}

/// The same hash over canonical bytes given in consecutive pieces.
///
/// An envelope is hashed with one member read as null; the pieces around it need no copy.
pub fn hash_parts(tag: &str, parts: &[&[u8]]) -> Digest {
    let mut hasher = Sha256::new();
    hasher.update(tag.as_bytes());
    hasher.update([0x0a]);
    for part in parts {
        hasher.update(part);
    }
    Digest(hasher.finalize().into())
}

/// The plain, untagged SHA-256 of file content, fed in pieces of any size.
#[derive(Clone, Default)]
pub struct ContentHasher(Sha256);

impl ContentHasher {
    /// A hasher that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the next bytes of the content.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of everything that was added.
    pub fn finish(self) -> Digest {
        Digest(self.0.finalize().into())
    }
}

impl fmt::Debug for ContentHasher {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ContentHasher")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    // Independent values: `printf 'tag\n{"a":1}' | sha256sum` and `printf abc | sha256sum`.
    const TAGGED: &str = "sha256:0dcec8525dc53c04c0340378ee3ee028fe5b271f0fe8edbeb356a939f7d4d8f4";
    const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn a_tagged_hash_is_the_hash_of_tag_newline_and_canonical_bytes() {
        assert_eq!(hash("tag", &json!({"a": 1})).unwrap().to_string(), TAGGED);
        assert_eq!(hash_bytes("tag", br#"{"a":1}"#).to_string(), TAGGED);
        assert_eq!(hash_parts("tag", &[br#"{"a""#, b":1}"]).to_string(), TAGGED);
    }

    #[test]
    fn a_hash_for_one_purpose_is_not_valid_for_another() {
        let value = json!({"a": 1});
        assert_ne!(hash("one", &value), hash("two", &value));
        assert_ne!(hash_bytes("a", b"b"), hash_bytes("ab", b""));
    }

    #[test]
    fn a_value_without_canonical_bytes_has_no_hash() {
        assert_eq!(hash("tag", &json!(0.5)), Err(WriteError::Float));
    }

    #[test]
    fn content_is_hashed_alike_in_any_pieces() {
        let mut hasher = ContentHasher::new();
        hasher.update(b"a");
        hasher.update(b"");
        hasher.update(b"bc");
        assert_eq!(hasher.finish().to_string(), ABC);
    }
}
