//! How the scalars lie in the database: digests and keys as bytes, ids as `uuid`, instants as
//! `timestamptz`.

use std::error::Error;

use canonical::{Digest, Nonce, Timestamp, Uuid};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use crate::error::StoreError;

type Boxed = Box<dyn Error + Sync + Send>;

/// Microseconds from 1970 to 2000, where the server's clock begins.
const SERVER_EPOCH: i64 = 946_684_800_000_000;

/// A scalar on its way into or out of a column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sql<T>(pub(crate) T);

macro_rules! sql_scalar {
    ($scalar:ty, $type:pat, $write:expr, $read:expr) => {
        impl ToSql for Sql<$scalar> {
            fn to_sql(&self, _type: &Type, out: &mut BytesMut) -> Result<IsNull, Boxed> {
                let write: fn(&$scalar, &mut BytesMut) -> Result<(), Boxed> = $write;
                write(&self.0, out)?;
                Ok(IsNull::No)
            }

            fn accepts(sql_type: &Type) -> bool {
                matches!(*sql_type, $type)
            }

            to_sql_checked!();
        }

        impl<'a> FromSql<'a> for Sql<$scalar> {
            fn from_sql(_type: &Type, raw: &'a [u8]) -> Result<Self, Boxed> {
                let read: fn(&[u8]) -> Result<$scalar, Boxed> = $read;
                read(raw).map(Self)
            }

            fn accepts(sql_type: &Type) -> bool {
                matches!(*sql_type, $type)
            }
        }
    };
}

sql_scalar!(
    Digest,
    Type::BYTEA,
    |digest, out| {
        out.extend_from_slice(digest.as_bytes());
        Ok(())
    },
    |raw| Ok(Digest::from_bytes(raw.try_into()?))
);
sql_scalar!(
    Uuid,
    Type::UUID,
    |uuid, out| {
        out.extend_from_slice(uuid.as_bytes());
        Ok(())
    },
    |raw| Ok(Uuid::from_bytes(raw.try_into()?))
);
sql_scalar!(
    Timestamp,
    Type::TIMESTAMPTZ,
    |at, out| {
        let micros = at
            .micros()
            .checked_sub(SERVER_EPOCH)
            .ok_or("instant out of range")?;
        out.extend_from_slice(&micros.to_be_bytes());
        Ok(())
    },
    |raw| {
        let micros = i64::from_be_bytes(raw.try_into()?);
        let micros = micros
            .checked_add(SERVER_EPOCH)
            .ok_or("instant out of range")?;
        Ok(Timestamp::from_micros(micros)?)
    }
);
sql_scalar!(
    u64,
    Type::INT8,
    |number, out| {
        out.extend_from_slice(&i64::try_from(*number)?.to_be_bytes());
        Ok(())
    },
    |raw| Ok(u64::try_from(i64::from_be_bytes(raw.try_into()?))?)
);

/// A nonce as stored: its UUIDv7, which starts with the mint time, and its binding.
#[derive(Clone, Copy, Debug)]
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

    /// The nonce that was stored.
    pub(crate) fn read(bytes: &[u8]) -> Option<String> {
        let (uuid, binding) = bytes.split_first_chunk::<16>()?;
        let binding: [u8; 32] = binding.try_into().ok()?;
        let uuid = Uuid::from_bytes(*uuid);
        Some(format!(
            "n1.{uuid}.{}",
            Digest::from_bytes(binding).to_hex()
        ))
    }

    /// The ledger's key: the first six bytes of the nonce, its mint time, and the replay key.
    pub(crate) fn ledger_key(&self, replay_key: &Digest) -> Vec<u8> {
        let bytes = self.0.iter().take(6).chain(replay_key.as_bytes());
        bytes.copied().collect()
    }
}

/// The replay key inside a ledger key.
pub(crate) fn replay_key(ledger_key: &[u8]) -> Option<Digest> {
    let (_, replay_key) = ledger_key.split_last_chunk::<32>()?;
    (ledger_key.len() == 38).then(|| Digest::from_bytes(*replay_key))
}

/// The name of a writing transaction in envelopes.
pub(crate) fn transaction_id(txid: &str) -> String {
    format!("txn:{txid}")
}
