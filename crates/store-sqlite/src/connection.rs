//! Making a store, and opening it as one role.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use canonical::Identifier;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use crate::authorizer::{Role, authorize};
use crate::error::{During, StoreError};
use crate::{
    AuditWriter, AuthorityConnection, GroupOptions, GroupWriter, ObserverReader, Reader,
    RegistrarConnection, SnapshotWriter, VerifierConnection, migrations,
};

/// A store by its path: made or checked once, then opened as one role at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Store {
    path: PathBuf,
}

impl Store {
    /// Makes the governed surface in a file, or brings it up to date; does nothing where it is.
    ///
    /// Fails on a file that holds anything else: it is left as it is.
    pub fn create(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let path = path.into();
        make_private(&path)?;
        let mut connection = connect(&path, OpenFlags::SQLITE_OPEN_CREATE)?;
        of_file(prepare(&connection), &path)?;
        let mark = of_file(migrations::application_id(&connection), &path)?;
        let version = migrations::version(&connection)?;
        let is_new = mark == 0 && version == 0 && is_empty(&connection)?;
        if !is_new && mark != migrations::APPLICATION_ID {
            return Err(StoreError::NotAStore { path });
        }
        if version > migrations::VERSION {
            return Err(newer(version));
        }
        write_ahead(&connection)?;
        migrations::apply(&mut connection)?;
        Ok(Self { path })
    }

    /// A store that is there, whose schema is the one that this program needs.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        let store = Self { path: path.into() };
        store.connect(Role::Reader)?;
        Ok(store)
    }

    /// The statements that [`Store::create`] runs, for reading.
    pub const fn schema_sql() -> [&'static str; 3] {
        migrations::SQL
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Starts the one thread that writes for the registrar.
    pub fn group_writer(&self, options: GroupOptions) -> Result<GroupWriter, StoreError> {
        GroupWriter::start(&self.path, options)
    }

    /// The registrar's credential; its writes go through the group writer.
    pub fn registrar(&self, writer: &GroupWriter) -> Result<RegistrarConnection, StoreError> {
        Ok(RegistrarConnection::new(
            self.connect(Role::Reader)?,
            writer.clone(),
        ))
    }

    /// The authority writer's credential; `written_by` is recorded in every row that it writes.
    ///
    /// On an embedded store the operating system vouches for the user and not for the name: the
    /// name is what the person at the keyboard was resolved to, and only as good as that.
    pub fn authority(&self, written_by: Identifier) -> Result<AuthorityConnection, StoreError> {
        Ok(AuthorityConnection::new(
            self.connect(Role::Authority)?,
            written_by,
        ))
    }

    /// The observer's read side.
    pub fn observer_reader(&self) -> Result<ObserverReader, StoreError> {
        Ok(ObserverReader::new(self.connect(Role::Observer)?))
    }

    /// The observer's write side: snapshots and reports, insert-once.
    pub fn snapshot_writer(&self) -> Result<SnapshotWriter, StoreError> {
        Ok(SnapshotWriter::new(self.connect(Role::SnapshotWriter)?))
    }

    /// The failure-audit sink.
    pub fn audit_writer(&self) -> Result<AuditWriter, StoreError> {
        Ok(AuditWriter::new(self.connect(Role::AuditWriter)?))
    }

    /// The verifier's read side, on a connection that cannot write.
    pub fn verifier(&self) -> Result<VerifierConnection, StoreError> {
        Ok(VerifierConnection::new(self.connect(Role::Verifier)?))
    }

    /// A read side for blocks and people.
    pub fn reader(&self) -> Result<Reader, StoreError> {
        Ok(Reader::new(self.connect(Role::Reader)?))
    }

    /// A connection of one role, narrowed before anything else can be done with it.
    pub(crate) fn connect(&self, role: Role) -> Result<Connection, StoreError> {
        open_as(&self.path, role)
    }
}

/// Makes an absent file readable and writable by its owner alone; the engine gives its log the same
/// mode. A file that is there keeps the mode that somebody chose.
fn make_private(path: &Path) -> Result<(), StoreError> {
    let made = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error).during("make the store's file"),
    }
}

/// Opens an existing store as one role.
pub(crate) fn open_as(path: &Path, role: Role) -> Result<Connection, StoreError> {
    if !path.exists() {
        return Err(StoreError::Missing {
            path: path.to_owned(),
        });
    }
    let flags = if role.opens_read_only() {
        OpenFlags::SQLITE_OPEN_READ_ONLY
    } else {
        OpenFlags::SQLITE_OPEN_READ_WRITE
    };
    let connection = connect(path, flags)?;
    of_file(prepare(&connection), path)?;
    if of_file(migrations::application_id(&connection), path)? != migrations::APPLICATION_ID {
        return Err(StoreError::NotAStore {
            path: path.to_owned(),
        });
    }
    let version = migrations::version(&connection)?;
    if version > migrations::VERSION {
        return Err(newer(version));
    }
    if version < migrations::VERSION {
        return Err(StoreError::OlderSchema {
            found: version,
            known: migrations::VERSION,
        });
    }
    let journal: String = connection
        .query_row("PRAGMA journal_mode", [], |row| row.get(0))
        .during("read how the store journals")?;
    if journal != "wal" {
        return Err(StoreError::OtherJournal {
            path: path.to_owned(),
            journal,
        });
    }
    if role == Role::SnapshotWriter {
        connection
            .pragma_update(None, "synchronous", "NORMAL")
            .during("set up the connection")?;
    }
    connection
        .authorizer(Some(move |context: rusqlite::hooks::AuthContext<'_>| {
            authorize(role, &context)
        }))
        .during("narrow the connection to its role")?;
    Ok(connection)
}

fn connect(path: &Path, access: OpenFlags) -> Result<Connection, StoreError> {
    let access = if access == OpenFlags::SQLITE_OPEN_CREATE {
        OpenFlags::SQLITE_OPEN_READ_WRITE | access
    } else {
        access
    };
    // Plain paths only: a URI could ask the engine not to lock.
    Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)
        .during("open the store")
}

/// What every connection runs with, whatever the file or the build would say by itself.
fn prepare(connection: &Connection) -> Result<(), StoreError> {
    connection
        .busy_handler(Some(wait_a_little))
        .during("set up the connection")?;
    for (setting, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
    ] {
        connection
            .set_db_config(setting, on)
            .during("set up the connection")?;
    }
    for (pragma, value) in [("recursive_triggers", "ON"), ("synchronous", "FULL")] {
        connection
            .pragma_update(None, pragma, value)
            .during("set up the connection")?;
    }
    connection.set_prepared_statement_cache_capacity(96);
    Ok(())
}

/// Switches on the write-ahead log. The engine asks no busy handler here: it holds its lock for
/// reading while it asks for the one for writing, so that two who waited would wait for each other.
fn write_ahead(connection: &Connection) -> Result<(), StoreError> {
    let mut waited = 0_i32;
    loop {
        let switched = connection
            .pragma_update(None, "journal_mode", "WAL")
            .during("switch on the write-ahead log");
        match switched {
            Err(StoreError::Locked { .. }) if wait_a_little(waited) => {
                waited = waited.saturating_add(1);
            }
            done => return done,
        }
    }
}

/// Waits for a lock in short steps, ten seconds in all.
///
/// Short and even, so that a program that asks rarely still gets its turn beside one that writes
/// without pause; the engine's own steps grow to a tenth of a second and starve it.
fn wait_a_little(waited: i32) -> bool {
    const STEP: Duration = Duration::from_millis(1);
    const STEPS_MAX: i32 = 10_000;
    if waited >= STEPS_MAX {
        return false;
    }
    thread::sleep(STEP);
    true
}

/// What is no database at all is not a store either; the engine finds out at the first look.
fn of_file<T>(looked: Result<T, StoreError>, path: &Path) -> Result<T, StoreError> {
    match looked {
        Err(StoreError::Corrupt { source, .. })
            if source.sqlite_error_code() == Some(ErrorCode::NotADatabase) =>
        {
            Err(StoreError::NotAStore {
                path: path.to_owned(),
            })
        }
        other => other,
    }
}

fn is_empty(connection: &Connection) -> Result<bool, StoreError> {
    connection
        .query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| {
            row.get(0)
        })
        .during("read the schema")
}

const fn newer(found: i64) -> StoreError {
    StoreError::NewerSchema {
        found,
        known: migrations::VERSION,
    }
}
