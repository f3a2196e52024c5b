//! Integers that every JSON parser reads alike.

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ScalarError, schema};
use crate::INTEGER_MAX;

/// An integer from 0 to 2^53 − 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SafeUint(u64);

impl SafeUint {
    /// The largest value.
    pub const MAX: Self = Self(INTEGER_MAX);

    /// The number itself.
    pub const fn get(self) -> u64 {
        self.0
    }
}

impl TryFrom<u64> for SafeUint {
    type Error = ScalarError;

    fn try_from(number: u64) -> Result<Self, ScalarError> {
        if number > INTEGER_MAX {
            return Err(ScalarError::new("safe unsigned integer", number));
        }
        Ok(Self(number))
    }
}

impl TryFrom<i64> for SafeUint {
    type Error = ScalarError;

    fn try_from(number: i64) -> Result<Self, ScalarError> {
        let unsigned =
            u64::try_from(number).map_err(|_| ScalarError::new("safe unsigned integer", number))?;
        Self::try_from(unsigned)
    }
}

impl From<u32> for SafeUint {
    fn from(number: u32) -> Self {
        Self(u64::from(number))
    }
}

impl From<SafeUint> for u64 {
    fn from(number: SafeUint) -> Self {
        number.0
    }
}

impl fmt::Display for SafeUint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl Serialize for SafeUint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de> Deserialize<'de> for SafeUint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_u64(NumberVisitor)
    }
}

struct NumberVisitor;

impl Visitor<'_> for NumberVisitor {
    type Value = SafeUint;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an integer from 0 to 9007199254740991")
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<SafeUint, E> {
        SafeUint::try_from(number)
            .map_err(|_| E::invalid_value(Unexpected::Unsigned(number), &self))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<SafeUint, E> {
        SafeUint::try_from(number).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
    }
}

schema!(SafeUint, {
    "type": "integer",
    "format": "uint64",
    "minimum": 0,
    "maximum": 9_007_199_254_740_991_u64
});
