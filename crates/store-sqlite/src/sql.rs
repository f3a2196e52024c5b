//! How the scalars lie in the file: digests and ids as bytes, instants as microseconds.

use canonical::{Digest, Nonce, Timestamp, Uuid};
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

use crate::error::StoreError;

/// A scalar on its way into or out of a column.
pub(crate) struct Sql<T>(pub(crate) T);

impl ToSql for Sql<Digest> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.as_bytes().as_slice()))
    }
}

impl FromSql for Sql<Digest> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes = <[u8; 32]>::column_result(value)?;
        Ok(Self(Digest::from_bytes(bytes)))
    }
}

impl ToSql for Sql<Uuid> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.as_bytes().as_slice()))
    }
}

impl FromSql for Sql<Uuid> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let bytes = <[u8; 16]>::column_result(value)?;
        Ok(Self(Uuid::from_bytes(bytes)))
    }
}

impl ToSql for Sql<Timestamp> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.micros()))
    }
}

impl FromSql for Sql<Timestamp> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let micros = value.as_i64()?;
        Timestamp::from_micros(micros)
            .map(Self)
            .map_err(|_| FromSqlError::OutOfRange(micros))
    }
}

impl ToSql for Sql<u64> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        i64::try_from(self.0)
            .map(ToSqlOutput::from)
            .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
    }
}

impl FromSql for Sql<u64> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let number = value.as_i64()?;
        u64::try_from(number)
            .map(Self)
            .map_err(|_| FromSqlError::OutOfRange(number))
    }
}

/// A nonce as stored: its UUIDv7, which starts with the mint time, and its binding.
pub(crate) struct NonceKey(pub(crate) [u8; 48]);

impl NonceKey {
    /// The stored form of a well-formed nonce; `None` for any other text, which nobody ever stored.
    pub(crate) fn of(text: &str) -> Option<Self> {
        let nonce = Nonce::parse(text).ok()?;
        let (_, binding) = text.rsplit_once('.')?;
        let binding: Digest = format!("sha256:{binding}").parse().ok()?;
        let mut bytes = [0; 48];
        let (head, tail) = bytes.split_at_mut_checked(16)?;
        head.copy_from_slice(nonce.uuid().as_bytes());
        tail.copy_from_slice(binding.as_bytes());
        Some(Self(bytes))
    }

    /// The stored form of a nonce that is to be written.
    pub(crate) fn required(text: &str) -> Result<Self, StoreError> {
        Self::of(text).ok_or_else(|| StoreError::Unstorable {
            what: "store a nonce",
            reason: "it is not well-formed".to_owned(),
        })
    }

    /// The ledger's key: the first six bytes of the nonce, its mint time, and the replay key.
    ///
    /// The mint time is inside the nonce and the nonce inside the hashed tuple, so the key is the
    /// same for every retry; that it comes first keeps the ledger append-only on disk.
    pub(crate) fn ledger_key(&self, replay_key: &Digest) -> [u8; 38] {
        let mut key = [0; 38];
        let bytes = self.0.iter().take(6).chain(replay_key.as_bytes());
        for (place, byte) in key.iter_mut().zip(bytes) {
            *place = *byte;
        }
        key
    }
}

impl ToSql for NonceKey {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.as_slice()))
    }
}

impl FromSql for NonceKey {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        <[u8; 48]>::column_result(value).map(Self)
    }
}

impl std::fmt::Display for NonceKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (uuid, binding) = self.0.split_first_chunk::<16>().ok_or(std::fmt::Error)?;
        let binding: &[u8; 32] = binding.try_into().map_err(|_| std::fmt::Error)?;
        let uuid = Uuid::from_bytes(*uuid);
        write!(
            formatter,
            "n1.{uuid}.{}",
            Digest::from_bytes(*binding).to_hex()
        )
    }
}

/// The replay key inside a ledger key.
pub(crate) struct LedgerKey(pub(crate) Digest);

impl FromSql for LedgerKey {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let key = <[u8; 38]>::column_result(value)?;
        let (_, replay_key) = key
            .split_last_chunk::<32>()
            .ok_or(FromSqlError::InvalidType)?;
        Ok(Self(Digest::from_bytes(*replay_key)))
    }
}

/// The name of a writing transaction in envelopes.
pub(crate) fn transaction_id(ordinal: i64) -> String {
    format!("txn:{ordinal}")
}
