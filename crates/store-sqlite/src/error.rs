//! What can go wrong with a store, each in words that say what to do.

use std::path::PathBuf;
use std::sync::Arc;

use rusqlite::{ErrorCode, ffi};

/// Why the store did not do what was asked. Nothing of what was asked is stored, and nothing that
/// was stored is lost, unless the variant says that the outcome is not known.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no file; `init` makes one.
    #[error("no store at `{path}`, run `holdfast init` first")]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is not one of this program's stores.
    #[error("`{path}` is not a holdfast store")]
    NotAStore {
        /// The file.
        path: PathBuf,
    },
    /// The store was made by a newer program.
    #[error(
        "store has schema version `{found}`, this program knows `{known}`: use a newer program"
    )]
    NewerSchema {
        /// The version in the file.
        found: i64,
        /// The newest version of this program.
        known: i64,
    },
    /// The store was made by an older program.
    #[error(
        "store has schema version `{found}`, this program needs `{known}`: run `holdfast init`"
    )]
    OlderSchema {
        /// The version in the file.
        found: i64,
        /// The version that is needed.
        known: i64,
    },
    /// The file journals in another way than every promise here rests on: somebody changed it, or
    /// copied the store by a way that does.
    #[error("`{path}` journals by `{journal}` and not by a write-ahead log: run `holdfast init`")]
    OtherJournal {
        /// The file.
        path: PathBuf,
        /// How it journals.
        journal: String,
    },
    /// Another program held the lock for longer than is waited.
    #[error("cannot {what}: the store is locked by another program")]
    Locked {
        /// What was tried.
        what: &'static str,
        /// What the engine said.
        source: rusqlite::Error,
    },
    /// There is no room left for the file or its log.
    #[error("cannot {what}: the disk is full")]
    Full {
        /// What was tried.
        what: &'static str,
        /// What the engine said.
        source: rusqlite::Error,
    },
    /// The file, or the connection, cannot be written.
    #[error("cannot {what}: the store is read-only")]
    ReadOnly {
        /// What was tried.
        what: &'static str,
        /// What the engine said.
        source: rusqlite::Error,
    },
    /// The file's content is damaged, or is not what its schema allows.
    #[error("cannot {what}: the store is damaged")]
    Corrupt {
        /// What was tried.
        what: &'static str,
        /// What the engine said.
        source: rusqlite::Error,
    },
    /// A row does not match the hash stored with it: it was changed by another way than this program.
    #[error("row `{row_key}` of `{carrier}` does not match its stored hash")]
    TamperedRow {
        /// The table.
        carrier: String,
        /// The row.
        row_key: String,
        /// What the comparison said.
        source: canonical::RowError,
    },
    /// The role may not do this.
    #[error("cannot {what}: the role may not")]
    Forbidden {
        /// What was tried.
        what: &'static str,
        /// What the engine said.
        source: rusqlite::Error,
    },
    /// A constraint or a trigger of the store refused it.
    #[error("cannot {what}: the store's rules refuse it")]
    Refused {
        /// What was tried.
        what: &'static str,
        /// What the engine said.
        source: rusqlite::Error,
    },
    /// The value has no place in the store.
    #[error("cannot {what}: {reason}")]
    Unstorable {
        /// What was tried.
        what: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// The system could not read or write.
    #[error("cannot {what}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
    /// The engine said something else.
    #[error("cannot {what}")]
    Engine {
        /// What was tried.
        what: &'static str,
        /// What the engine said.
        source: rusqlite::Error,
    },
    /// The migrations could not be applied.
    #[error("cannot bring the store's schema up to date")]
    Migration(#[from] rusqlite_migration::Error),
    /// The thread that writes for the registrar is gone.
    #[error("the store's writer has stopped")]
    WriterStopped,
}

impl StoreError {
    /// Whether the same call may succeed a moment later, because another program was in the way.
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Locked { .. })
    }

    /// Whether one item was at fault, so that its neighbours may go on.
    pub(crate) const fn concerns_one_item(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Unstorable { .. })
    }

    /// Whether one item may be at fault, so that each is tried by itself: a row that only one of
    /// them reads may be damaged.
    pub(crate) const fn may_be_one_items(&self) -> bool {
        self.concerns_one_item() || matches!(self, Self::Corrupt { .. } | Self::TamperedRow { .. })
    }

    fn of_engine(what: &'static str, source: rusqlite::Error) -> Self {
        // The log's index is the first thing that has no room on a full disk.
        let code = source.sqlite_error().map(|error| error.extended_code);
        if code == Some(ffi::SQLITE_IOERR_SHMSIZE) {
            return Self::Full { what, source };
        }
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                Self::Locked { what, source }
            }
            Some(ErrorCode::DiskFull) => Self::Full { what, source },
            Some(ErrorCode::ReadOnly) => Self::ReadOnly { what, source },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt { what, source }
            }
            Some(ErrorCode::AuthorizationForStatementDenied) => Self::Forbidden { what, source },
            Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch) => {
                Self::Refused { what, source }
            }
            Some(_) => Self::Engine { what, source },
            None => Self::of_binding(what, source),
        }
    }

    /// Failures of the binding itself: a value that fits no column, or a column that holds another.
    fn of_binding(what: &'static str, source: rusqlite::Error) -> Self {
        match source {
            rusqlite::Error::ToSqlConversionFailure(cause) => Self::Unstorable {
                what,
                reason: cause.to_string(),
            },
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..) => Self::Corrupt { what, source },
            other => Self::Engine {
                what,
                source: other,
            },
        }
    }
}

/// Names what was being done when the engine failed.
pub(crate) trait During<T> {
    /// `what` is a verb phrase that follows "cannot".
    fn during(self, what: &'static str) -> Result<T, StoreError>;
}

impl<T> During<T> for rusqlite::Result<T> {
    fn during(self, what: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::of_engine(what, source))
    }
}

impl<T> During<T> for std::io::Result<T> {
    fn during(self, what: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Io { what, source })
    }
}

/// The registrar's view of a failure; several callers may share one.
pub(crate) fn registrar_error(error: Arc<StoreError>) -> registrar::port::PortError {
    if error.is_transient() {
        registrar::port::PortError::transient("the store was busy", error)
    } else {
        registrar::port::PortError::new("the store did not answer", error)
    }
}
