//! Where a store is, as people and configuration write it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// The address of a store.
#[derive(Clone, Debug)]
pub enum StoreAddress {
    /// `sqlite:PATH`: the embedded store in this file.
    Sqlite(PathBuf),
    /// `postgres://[user@]host[:port]/database`: a database on a server.
    Postgres(Box<store_postgres::Address>),
}

/// A text that names no store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// The path is missing.
    #[error("the path after `sqlite:` is empty")]
    NoPath,
    /// The scheme is another.
    #[error("only `sqlite:PATH` and `postgres://[user@]host[:port]/database` are known")]
    UnknownScheme,
    /// The database's address cannot be used.
    #[error(transparent)]
    Postgres(#[from] store_postgres::StoreError),
}

impl FromStr for StoreAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            return if path.is_empty() {
                Err(AddressError::NoPath)
            } else {
                Ok(Self::Sqlite(PathBuf::from(path)))
            };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(Box::new(text.parse()?)));
        }
        Err(AddressError::UnknownScheme)
    }
}

impl fmt::Display for StoreAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(formatter, "sqlite:{}", path.display()),
            Self::Postgres(address) => address.fmt(formatter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_one_kind_of_store_and_shows_as_it_was_written() {
        for text in [
            "sqlite:holdfast.db",
            "postgres://admin@db.example:5433/holdfast",
        ] {
            assert_eq!(text.parse::<StoreAddress>().unwrap().to_string(), text);
        }
        for (text, expected) in [
            ("sqlite:", "the path after `sqlite:` is empty"),
            ("mysql://host/db", "only `sqlite:PATH` and"),
            (
                "postgres://user:secret@host/db",
                "a password does not belong",
            ),
            ("postgres://host/", "it has to name a database"),
        ] {
            let error = text.parse::<StoreAddress>().unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
