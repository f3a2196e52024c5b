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
