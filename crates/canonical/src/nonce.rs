//! Nonces: minted once for a logical attempt, and bound to the effect they are for.
//!
//! The text is `n1.<UUIDv7>.<binding>`: mint time and randomness, then the digest of operation,
//! target and artifact hash, so that a pure check can tell whose nonce it is.

use std::fmt;
use std::str::FromStr;

use crate::scalar::{ScalarError, Timestamp, Uuid};
use crate::write::{WriteError, Writer};
use crate::{Digest, hash_bytes, tags};

/// Why a text is no nonce, or none could be minted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NonceError {
    /// The text is not three parts, or not of the one version there is.
    #[error("nonce is not of the form `n1.<uuid>.<binding>`")]
    Shape,
    /// The second part is not a UUID.
    #[error("nonce carries no uuid")]
    Uuid(#[source] ScalarError),
    /// The UUID is of another version or variant, or its time is out of range.
    #[error("nonce carries a uuid that is not of version 7")]
    NotVersion7,
    /// The third part is not 64 lower-case hex digits.
    #[error("nonce carries no binding")]
    Binding(#[source] ScalarError),
    /// What the nonce should be bound to has no canonical bytes.
    #[error("nonce cannot be bound")]
    Unbindable(#[source] WriteError),
}

/// A well-formed nonce; what it is bound to is a separate question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nonce {
    uuid: Uuid,
    minted: Timestamp,
    binding: Digest,
}

impl Nonce {
    /// Reads a nonce; refuses every other text, also other spellings of the same parts.
    pub fn parse(text: &str) -> Result<Self, NonceError> {
        let (uuid, binding) = text
            .strip_prefix("n1.")
            .and_then(|parts| parts.split_once('.'))
            .ok_or(NonceError::Shape)?;
        let uuid: Uuid = uuid.parse().map_err(NonceError::Uuid)?;
        let binding = format!("sha256:{binding}")
            .parse()
            .map_err(NonceError::Binding)?;
        Ok(Self {
            uuid,
            minted: time_of(uuid)?,
            binding,
        })
    }

    /// Binds a fresh UUIDv7, made by the caller, to an effect.
    pub fn mint(
        uuid_v7_bytes: [u8; 16],
        operation: &str,
        target: &str,
        artifact_hash: &Digest,
    ) -> Result<Self, NonceError> {
        let uuid = Uuid::from_bytes(uuid_v7_bytes);
        let minted = time_of(uuid)?;
        let binding =
            binding_of(operation, target, artifact_hash).map_err(NonceError::Unbindable)?;
        Ok(Self {
            uuid,
            minted,
            binding,
        })
    }

    /// When it was minted, to the millisecond, by the minter's clock.
    pub fn mint_time(&self) -> Timestamp {
        self.minted
    }

    /// The UUIDv7 inside.
    pub fn uuid(&self) -> Uuid {
        self.uuid
    }

    /// Whether it was minted for exactly this effect; false also when the effect has no bytes.
    pub fn is_bound_to(&self, operation: &str, target: &str, artifact_hash: &Digest) -> bool {
        binding_of(operation, target, artifact_hash).is_ok_and(|binding| binding == self.binding)
    }
}

impl FromStr for Nonce {
    type Err = NonceError;

    fn from_str(text: &str) -> Result<Self, NonceError> {
        Self::parse(text)
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "n1.{}.{}", self.uuid, self.binding.to_hex())
    }
}

/// The milliseconds that a UUIDv7 starts with; refuses other versions and variants.
fn time_of(uuid: Uuid) -> Result<Timestamp, NonceError> {
    let [t1, t2, t3, t4, t5, t6, version, _, variant, ..] = *uuid.as_bytes();
    if version >> 4 != 7 || variant >> 6 != 0b10 {
        return Err(NonceError::NotVersion7);
    }
    let millis = i64::from_be_bytes([0, 0, t1, t2, t3, t4, t5, t6]);
    Timestamp::from_micros(millis.saturating_mul(1000)).map_err(|_| NonceError::NotVersion7)
}

fn binding_of(operation: &str, target: &str, artifact_hash: &Digest) -> Result<Digest, WriteError> {
    let mut writer = Writer::default();
    writer.raw("{\"artifact_hash\":");
    writer.string(&artifact_hash.to_text())?;
    writer.raw(",\"canonical_operation\":");
    writer.string(operation)?;
    writer.raw(",\"canonical_target\":");
    writer.string(target)?;
    writer.raw("}");
    Ok(hash_bytes(tags::NONCE_BINDING, &writer.finish()?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::hash;

    const ARTIFACT: Digest = Digest::from_bytes([7; 32]);

    fn uuid_bytes() -> [u8; 16] {
        *"0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b"
            .parse::<Uuid>()
            .unwrap()
            .as_bytes()
    }

    fn minted() -> Nonce {
        Nonce::mint(uuid_bytes(), "register_dot", "dot:one", &ARTIFACT).unwrap()
    }

    #[test]
    fn a_minted_nonce_survives_its_text() {
        let text = minted().to_string();
        assert_eq!(text.len(), 104);
        assert!(text.starts_with("n1.0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b."));
        assert_eq!(Nonce::parse(&text), Ok(minted()));
    }

    #[test]
    fn the_binding_is_the_tagged_hash_of_the_effect() {
        let effect = json!({
            "canonical_operation": "register_dot",
            "canonical_target": "dot:one",
            "artifact_hash": ARTIFACT,
        });
        let binding = hash(tags::NONCE_BINDING, &effect).unwrap().to_hex();
        assert!(minted().to_string().ends_with(&binding));
    }

    #[test]
    fn a_nonce_is_bound_to_its_effect_alone() {
        let nonce = minted();
        assert!(nonce.is_bound_to("register_dot", "dot:one", &ARTIFACT));
        assert!(!nonce.is_bound_to("retire_dot", "dot:one", &ARTIFACT));
        assert!(!nonce.is_bound_to("register_dot", "dot:two", &ARTIFACT));
        assert!(!nonce.is_bound_to("register_dot", "dot:one", &Digest::UNSEALED));
        assert!(!nonce.is_bound_to("register_dot", "dot:one\0", &ARTIFACT));
    }

    #[test]
    fn mint_time_is_read_from_the_uuid() {
        let millis = i64::from_be_bytes([0, 0, 0x01, 0x90, 0xa1, 0xb2, 0xc3, 0xd4]);
        assert_eq!(minted().mint_time().micros(), millis * 1000);
    }

    #[test]
    fn uuids_of_other_versions_variants_and_times_are_refused() {
        for (place, byte) in [(6, 0x4e), (6, 0x8e), (8, 0x0a), (8, 0xca), (0, 0xff)] {
            let mut bytes = uuid_bytes();
            bytes[place] = byte;
            let nonce = Nonce::mint(bytes, "register_dot", "dot:one", &ARTIFACT);
            assert_eq!(nonce, Err(NonceError::NotVersion7));
            let text = minted().to_string();
            let text = text.replace(&text[3..39], &Uuid::from_bytes(bytes).to_string());
            assert_eq!(Nonce::parse(&text), Err(NonceError::NotVersion7));
        }
    }

    #[test]
    fn other_texts_are_no_nonces() {
        let text = minted().to_string();
        for shape in [
            "",
            "n1",
            "n1.",
            "n2.a.b",
            &text[3..],
            &text.replace("n1", "N1"),
        ] {
            assert_eq!(Nonce::parse(shape), Err(NonceError::Shape));
        }
        assert!(matches!(Nonce::parse("n1.a.b"), Err(NonceError::Uuid(_))));
        for tail in ["0", ".0", " "] {
            let longer = format!("{text}{tail}");
            assert!(matches!(Nonce::parse(&longer), Err(NonceError::Binding(_))));
        }
        assert!(Nonce::parse(&text.to_uppercase().replace("N1", "n1")).is_err());
    }
}
