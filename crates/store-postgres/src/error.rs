//! What can go wrong with a database, told apart by what to do about it.

use std::path::PathBuf;

use tokio_postgres::error::SqlState;

/// A store that did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The address cannot be used.
    #[error("the store's address cannot be used: {reason}")]
    Address {
        /// Why.
        reason: String,
    },
    /// A secret cannot be used.
    #[error("the credential `{}` cannot be used: {reason}", path.display())]
    Credentials {
        /// Its file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The server cannot be reached.
    #[error("cannot reach the database as role `{role}`")]
    Unreachable {
        /// The role that tried.
        role: String,
        /// What the connection said.
        source: Box<tokio_postgres::Error>,
    },
    /// The server knows the role and refuses it.
    #[error("the server refuses role `{role}`: wrong password, or no rule that lets it in")]
    Refused {
        /// The role that tried.
        role: String,
        /// What the server said.
        source: Box<tokio_postgres::Error>,
    },
    /// There is no such database, role, schema or object.
    #[error("cannot {what} as role `{role}`: something is missing that `holdfast init` makes")]
    Missing {
        /// What was tried.
        what: &'static str,
        /// The role that tried.
        role: String,
        /// What the server said.
        source: Box<tokio_postgres::Error>,
    },
    /// The role may not do this.
    #[error("role `{role}` lacks a right to {what}; `holdfast init` grants it")]
    Privilege {
        /// What was tried.
        what: &'static str,
        /// The role that tried.
        role: String,
        /// What the server said.
        source: Box<tokio_postgres::Error>,
    },
    /// The server is a standby, or its sessions are read-only.
    #[error("cannot {what}: the server is read-only, as a standby is")]
    ReadOnly {
        /// What was tried.
        what: &'static str,
    },
    /// The server's version is not one that this program was shown on.
    #[error("the server is PostgreSQL {found}; 15 or newer is needed")]
    TooOld {
        /// The server's version.
        found: String,
    },
    /// The database was not made for this program, or not to the end.
    #[error("the database is not a holdfast store: {reason}")]
    NotAStore {
        /// What was found.
        reason: String,
    },
    /// A rule of the schema refused a row.
    #[error("cannot {what}: the store refused a row")]
    Rule {
        /// What was tried.
        what: &'static str,
        /// What the server said.
        source: Box<tokio_postgres::Error>,
    },
    /// It passes by itself: a lost race, a lock that was waited for too long, a full server.
    #[error("cannot {what} at the moment")]
    Transient {
        /// What was tried.
        what: &'static str,
        /// What the server said.
        source: Box<tokio_postgres::Error>,
    },
    /// The connection ended, so that it is not known what the server did last.
    #[error("the connection ended while trying to {what}")]
    Lost {
        /// What was tried.
        what: &'static str,
        /// What the connection said.
        source: Box<tokio_postgres::Error>,
    },
    /// No connection of the pool came free in time.
    #[error("no connection as role `{role}` came free in time")]
    Exhausted {
        /// The role.
        role: String,
    },
    /// A row whose content does not match the hash stored with it.
    #[error("row `{row_key}` of `{carrier}` does not match its hash")]
    TamperedRow {
        /// The carrier.
        carrier: String,
        /// The row.
        row_key: String,
        /// What did not match.
        source: canonical::RowError,
    },
    /// Something that has no form in this store.
    #[error("cannot {what}: {reason}")]
    Unstorable {
        /// What was tried.
        what: &'static str,
        /// Why.
        reason: String,
    },
    /// Anything else that the database said.
    #[error("cannot {what}")]
    Database {
        /// What was tried.
        what: &'static str,
        /// What it said.
        source: Box<tokio_postgres::Error>,
    },
    /// The runtime of this store could not be made.
    #[error("cannot start the database runtime")]
    Runtime(#[source] std::io::Error),
}

impl StoreError {
    /// Sorts what the driver said, by the server's code (SQLSTATE) where there is one.
    pub(crate) fn of(what: &'static str, role: &str, error: tokio_postgres::Error) -> Self {
        let role = role.to_owned();
        let code = error.code().cloned();
        let source = Box::new(error);
        let Some(code) = code else {
            return if source.is_closed() || source.as_db_error().is_none() {
                Self::Lost { what, source }
            } else {
                Self::Database { what, source }
            };
        };
        if [
            SqlState::INVALID_PASSWORD,
            SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        ]
        .contains(&code)
        {
            return Self::Refused { role, source };
        }
        if [
            SqlState::INVALID_CATALOG_NAME,
            SqlState::INVALID_SCHEMA_NAME,
            SqlState::UNDEFINED_TABLE,
            SqlState::UNDEFINED_COLUMN,
            SqlState::UNDEFINED_FUNCTION,
            SqlState::UNDEFINED_OBJECT,
        ]
        .contains(&code)
        {
            return Self::Missing { what, role, source };
        }
        if code == SqlState::INSUFFICIENT_PRIVILEGE {
            return Self::Privilege { what, role, source };
        }
        if code == SqlState::READ_ONLY_SQL_TRANSACTION {
            return Self::ReadOnly { what };
        }
        if is_connection_end(&code) {
            return Self::Lost { what, source };
        }
        if is_transient(&code) {
            return Self::Transient { what, source };
        }
        // Class 22 and 23: the row itself.
        if code.code().starts_with("22") || code.code().starts_with("23") {
            return Self::Rule { what, source };
        }
        Self::Database { what, source }
    }

    /// Whether the same call may be tried again.
    pub(crate) const fn is_transient(&self) -> bool {
        matches!(self, Self::Transient { .. } | Self::Exhausted { .. })
    }
}

fn is_transient(code: &SqlState) -> bool {
    [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::QUERY_CANCELED,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::CANNOT_CONNECT_NOW,
    ]
    .contains(code)
}

fn is_connection_end(code: &SqlState) -> bool {
    [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
    ]
    .contains(code)
        || code.code().starts_with("08")
}
