//! Where a fixture's store is, and how each way of using it finds it.

use std::path::{Path, PathBuf};
use std::process::Command;

use deployment::{Credentials, Store, StoreAddress};
use postgres_lab::{Database, Server};
use rusqlite::{Connection, OpenFlags};
use store_postgres::Role;

use crate::fixture::{Fixture, must};
use crate::kind::Kind;
use crate::raw::{Raw, reader};

/// A store that was made for one test.
#[derive(Debug)]
pub struct Place {
    address: StoreAddress,
    credentials: Credentials,
    database: Option<Database>,
}

impl Place {
    /// Makes a store of this kind; its files, if it has any, lie in the folder.
    pub fn make(kind: Kind, folder: &Path) -> Self {
        match kind {
            Kind::Sqlite => Self::in_file(must(folder.canonicalize()).join("holdfast.db"), folder),
            Kind::Postgres => Self::on(must(Server::shared()), folder),
        }
    }

    /// Makes a store in a database of its own on this server; the passwords lie in the folder.
    pub fn on(server: &Server, folder: &Path) -> Self {
        let database = must(server.fresh_database("holdfast"));
        let credentials = Credentials::new(folder.join("credentials"));
        let address = Box::new(must(database.superuser_url().parse()));
        must(store_postgres::install(&address, &credentials));
        Self {
            address: StoreAddress::Postgres(address),
            credentials,
            database: Some(database),
        }
    }

    fn in_file(path: PathBuf, folder: &Path) -> Self {
        must(store_sqlite::Store::create(&path));
        Self {
            address: StoreAddress::Sqlite(path),
            credentials: Credentials::new(folder.join("credentials")),
            database: None,
        }
    }

    /// A store of the same kind that has its past, up to here, in another folder: a copy of the file,
    /// or a database with the same schema. What a server's roles may do is bound to their database, so
    /// that one holds no rows.
    #[must_use]
    pub fn copy(&self, folder: &Path) -> Self {
        must(std::fs::create_dir_all(folder));
        match &self.address {
            StoreAddress::Sqlite(path) => {
                let copy = folder.join("holdfast.db");
                must(std::fs::copy(path, &copy));
                Self {
                    address: StoreAddress::Sqlite(copy),
                    credentials: Credentials::new(folder.join("credentials")),
                    database: None,
                }
            }
            StoreAddress::Postgres(_) => Self::on(self.database().server(), folder),
        }
    }

    /// The kind of the store.
    pub const fn kind(&self) -> Kind {
        match self.address {
            StoreAddress::Sqlite(_) => Kind::Sqlite,
            StoreAddress::Postgres(_) => Kind::Postgres,
        }
    }

    /// The store's address.
    pub const fn address(&self) -> &StoreAddress {
        &self.address
    }

    /// The passwords of its roles, if it has any.
    pub const fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// The database, where the store is in one.
    ///
    /// # Panics
    ///
    /// When it is in none.
    pub fn database(&self) -> &Database {
        must(self.database.as_ref().ok_or("the store is in no database"))
    }

    /// The roles that authenticate to it; none where there is a file.
    pub const fn roles(&self) -> &'static [Role] {
        match self.address {
            StoreAddress::Sqlite(_) => &[],
            StoreAddress::Postgres(_) => &Role::ALL,
        }
    }

    /// Whoever the proofs of the store's carriers take on trust, as its policy has to name them; none
    /// of it where there is a file.
    pub fn trust_base(&self) -> Option<Vec<String>> {
        let database = self.database.as_ref()?;
        let superusers = "SELECT 'superuser `' || rolname || '`' FROM pg_roles WHERE rolsuper";
        let found = must(must(database.connect()).query(superusers, &[]));
        let mut lines: Vec<String> = found.iter().map(|row| row.get(0)).collect();
        lines.push(format!("custodian `{}_owner`", database.name()));
        lines.push("whoever runs the server's machine".to_owned());
        Some(lines)
    }

    /// The store, as a process of its own would open it.
    pub fn open(&self) -> Store {
        must(Store::open(&self.address, &self.credentials))
    }

    /// Tells a program where the store is.
    pub fn name_to(&self, command: &mut Command) {
        command.arg("--store").arg(self.address.to_string());
        command.env("HOLDFAST_CREDENTIALS", self.credentials.directory());
    }

    /// How statements reach the store past its code.
    pub fn raw(&self) -> RawPlace {
        match (&self.address, &self.database) {
            (StoreAddress::Sqlite(path), _) => RawPlace::File(path.clone()),
            (StoreAddress::Postgres(_), database) => {
                let database = must(database.as_ref().ok_or("the store is in no database"));
                RawPlace::Server(database.server().clone(), database.name().to_owned())
            }
        }
    }
}

/// A store as somebody finds it who knows nothing of its code.
#[derive(Debug, Clone)]
pub enum RawPlace {
    /// A file.
    File(PathBuf),
    /// A server, and the database's name.
    Server(Server, String),
}

impl RawPlace {
    /// Runs statements as somebody would to whom no role and no narrowing applies: whoever has the
    /// file, or the server's superuser.
    pub fn tamper(&self, statements: &str) {
        match self {
            Self::File(path) => {
                let connection = must(Connection::open(path));
                must(connection.busy_timeout(std::time::Duration::from_secs(10)));
                must(connection.execute_batch(statements));
            }
            Self::Server(server, name) => {
                let mut session = must(server.connect(name));
                must(session.batch_execute("SET search_path = holdfast, pg_catalog"));
                must(session.batch_execute(statements));
            }
        }
    }
}

/// What can be read past the store's own code.
pub trait Readable {
    /// A session that reads it and cannot write it.
    fn read(&self) -> Raw;
}

impl Readable for Path {
    fn read(&self) -> Raw {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let file = must(Connection::open_with_flags(self, flags));
        must(file.busy_timeout(std::time::Duration::from_secs(10)));
        Raw::File(file)
    }
}

impl Readable for PathBuf {
    fn read(&self) -> Raw {
        self.as_path().read()
    }
}

impl Readable for RawPlace {
    fn read(&self) -> Raw {
        match self {
            Self::File(path) => path.read(),
            Self::Server(server, name) => Raw::Server(Box::new(reader(server, name))),
        }
    }
}

impl Readable for Fixture {
    fn read(&self) -> Raw {
        self.place.raw().read()
    }
}
