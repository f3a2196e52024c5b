//! The schema, in the order in which it came to be; a released file never changes.

use rusqlite::Connection;
use rusqlite_migration::{M, Migrations};

use crate::error::{During, StoreError};

/// The statements, one file for each schema version.
pub(crate) const SQL: [&str; 3] = [
    include_str!("../migrations/0001-authority.sql"),
    include_str!("../migrations/0002-registrations.sql"),
    include_str!("../migrations/0003-observations.sql"),
];

/// The schema version that this program makes and needs, as the file's `user_version`.
pub(crate) const VERSION: i64 = 3;

/// The mark of this program's files in their `application_id`: the letters `hold`.
pub(crate) const APPLICATION_ID: i64 = 0x686f_6c64;

/// Brings a connection's schema up to date; nothing happens where it is.
///
/// Another process may be doing the same at the same time: whoever comes second finds the tables
/// there, fails, and looks at the version again.
pub(crate) fn apply(connection: &mut Connection) -> Result<(), StoreError> {
    let steps = SQL.map(M::up);
    let applied = Migrations::from_slice(&steps).to_latest(connection);
    if applied.is_err() && version(connection)? == VERSION {
        return Ok(());
    }
    Ok(applied?)
}

/// The schema version of a file; 0 where nothing was ever made.
pub(crate) fn version(connection: &Connection) -> Result<i64, StoreError> {
    connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .during("read the schema version")
}

/// The mark of a file; 0 where nobody set one.
pub(crate) fn application_id(connection: &Connection) -> Result<i64, StoreError> {
    connection
        .query_row("PRAGMA application_id", [], |row| row.get(0))
        .during("read the application id")
}
