//! What can go wrong with a database, told apart by what to do about it.

use std::path::PathBuf;

use tokio_postgres::error::{DbError, SqlState};

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
    #[error("cannot reach the server as {role}: check host and port, and that it runs")]
    Unreachable {
        /// The role that tried, and where.
        role: String,
        /// What the connection said.
        source: Box<tokio_postgres::Error>,
    },
    /// The server wants a password, and there is none.
    #[error("cannot log in as {role}: the server wants a password, and `{}` holds none", path.display())]
    NoPassword {
        /// The role that tried, and where.
        role: String,
        /// The file that would hold it.
        path: PathBuf,
    },
    /// The server refuses the password, and does not say whether it knows the role.
    #[error(
        "cannot log in as {role}: the password is not the role's, or there is no such role; its \
         password belongs into the credentials directory, and `holdfast init` makes a missing role"
    )]
    Refused {
        /// The role that tried, and where.
        role: String,
        /// What the server said.
        source: Box<tokio_postgres::Error>,
    },
    /// The server has no such role.
    #[error("cannot log in as {role}: there is no such role; `holdfast init` makes it")]
    MissingRole {
        /// The role that tried, and where.
        role: String,
        /// What the server said.
        source: Box<tokio_postgres::Error>,
    },
    /// The server lets nobody in who comes as this role, from here, to this database.
    #[error(
        "cannot log in as {role}: the server's access rules (pg_hba.conf) do not let it in from \
         here, or it may not log in at all"
    )]
    NotAdmitted {
        /// The role that tried, and where.
        role: String,
        /// What the server said.
        source: Box<tokio_postgres::Error>,
    },
    /// There is no such database.
    #[error(
        "cannot {what} as {role}: there is no such database; make it with `CREATE DATABASE {database} \
         TEMPLATE template0 ENCODING 'UTF8'`"
    )]
    MissingDatabase {
        /// What was tried.
        what: &'static str,
        /// The role that tried, and where.
        role: String,
        /// The database's name.
        database: String,
        /// What the server said.
        source: Box<tokio_postgres::Error>,
    },
    /// There is no such role, schema or object.
    #[error("cannot {what} as {role}: something is missing that `holdfast init` makes")]
    Missing {
        /// What was tried.
        what: &'static str,
        /// The role that tried, and where.
        role: String,
        /// What the server said.
        source: Box<tokio_postgres::Error>,
    },
    /// The role may not do this.
    #[error(
        "cannot {what} as {role}: it lacks the right{lacking}; `holdfast init`, run as the \
         administrator, grants it"
    )]
    Privilege {
        /// What was tried.
        what: &'static str,
        /// The role that tried, and where.
        role: String,
        /// On which object, and what the role needs there; empty where that is not known.
        lacking: String,
        /// What the server said.
        source: Box<tokio_postgres::Error>,
    },
    /// A catalog that every role may read by default is hidden from this one: nothing that rests on
    /// it can be said.
    #[error(
        "cannot {what} as {role}: it may not read `pg_catalog.{catalog}`, as every role may by \
         default; `GRANT SELECT ON pg_catalog.{catalog} TO PUBLIC` lets it"
    )]
    Hidden {
        /// What was tried.
        what: &'static str,
        /// The role that tried, and where.
        role: String,
        /// The catalog.
        catalog: String,
        /// What the server said.
        source: Box<tokio_postgres::Error>,
    },
    /// Whoever makes the store may not.
    #[error(
        "cannot {what} as {role}: whoever makes a store is a superuser, or owns the database and has \
         CREATEROLE"
    )]
    Administrator {
        /// What was tried.
        what: &'static str,
        /// The role that tried, and where.
        role: String,
        /// What the server said.
        source: Box<tokio_postgres::Error>,
    },
    /// The server is a standby, or its sessions are read-only.
    #[error("cannot {what} as {role}: the server is read-only, as a standby is; use the primary")]
    ReadOnly {
        /// What was tried.
        what: &'static str,
        /// The role that tried, and where.
        role: String,
    },
    /// The server's version is not one that this program was shown on.
    #[error("the server at `{address}` is PostgreSQL {found}; 15 or newer is needed")]
    TooOld {
        /// Where it is.
        address: String,
        /// The server's version.
        found: String,
    },
    /// The database stores its text in another encoding.
    #[error(
        "the database at `{address}` stores {found}; make one with `CREATE DATABASE … TEMPLATE \
         template0 ENCODING 'UTF8'`"
    )]
    Encoding {
        /// Where it is.
        address: String,
        /// Its encoding.
        found: String,
    },
    /// The database was not made for this program, or not to the end.
    #[error("the database at `{address}` is not a holdfast store: {reason}")]
    NotAStore {
        /// Where it is.
        address: String,
        /// What was found.
        reason: String,
    },
    /// The schema could not be brought up to date.
    #[error("cannot bring the schema at `{address}` up to date")]
    Migration {
        /// Where it is.
        address: String,
        /// What stands in its way.
        source: Box<refinery_core::Error>,
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
    /// The server, or the link to it, says nothing; it is not known what the server did last.
    #[error(
        "no answer for {seconds} s while trying to {what} as {role}: check the network between here \
         and the server; a slower server is given more time with `answer_timeout=SECONDS` in the \
         address"
    )]
    Silent {
        /// What was tried.
        what: &'static str,
        /// The role that tried, and where.
        role: String,
        /// How long an answer was waited for.
        seconds: u64,
    },
    /// No connection of the pool came free in time.
    #[error("no connection as {role} came free in time")]
    Exhausted {
        /// The role, and where.
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
    /// What stood in the way was gone again when it was looked at.
    #[error("cannot {what} at the moment: what stood in the way has just gone")]
    Raced {
        /// What was tried.
        what: &'static str,
    },
    /// The runtime of this store could not be made.
    #[error("cannot start the database runtime")]
    Runtime(#[source] std::io::Error),
}

impl StoreError {
    /// Sorts what the driver said, by the server's code (SQLSTATE) where there is one.
    ///
    /// `role` is who tried and where, as [`crate::connection::Session::who`] words it.
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
        if code == SqlState::INVALID_PASSWORD {
            return Self::Refused { role, source };
        }
        if code == SqlState::INVALID_AUTHORIZATION_SPECIFICATION {
            return if is_unknown_role(&source) {
                Self::MissingRole { role, source }
            } else {
                Self::NotAdmitted { role, source }
            };
        }
        if [
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
            return Self::Privilege {
                what,
                role,
                lacking: String::new(),
                source,
            };
        }
        if code == SqlState::READ_ONLY_SQL_TRANSACTION {
            return Self::ReadOnly { what, role };
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
        matches!(
            self,
            Self::Transient { .. } | Self::Exhausted { .. } | Self::Raced { .. }
        )
    }
}

/// The routine that looks a role up when a session begins; its name is in no language.
fn is_unknown_role(error: &tokio_postgres::Error) -> bool {
    let routine = error.as_db_error().and_then(DbError::routine);
    routine.is_some_and(|routine| routine == "InitializeSessionUserId")
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
