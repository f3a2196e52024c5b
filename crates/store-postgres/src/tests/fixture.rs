//! A fresh database with a store in it.

use postgres_lab::postgres::{Client, NoTls};
use postgres_lab::{Database, Server};
use tempfile::TempDir;

use crate::{Address, Credentials, Installed, Role, Store, install};

/// A store of a test's own; dropped, it takes its database and roles with it.
pub(crate) struct Fixture {
    pub(crate) store: Store,
    pub(crate) database: Database,
    pub(crate) directory: TempDir,
}

impl Fixture {
    /// A store as `holdfast init` makes it.
    pub(crate) fn fresh() -> Self {
        let place = Place::fresh();
        place.install();
        let store = Store::open(place.address(), place.credentials()).unwrap();
        let Place {
            database,
            directory,
        } = place;
        Self {
            store,
            database,
            directory,
        }
    }

    /// The same store, opened again: it shares no connection with the first.
    pub(crate) fn reopened(&self) -> Store {
        let address = self.store.address().clone();
        Store::open(address, Credentials::new(self.directory.path())).unwrap()
    }

    /// A session of a role outside of the store's own.
    pub(crate) fn connect(&self, role: Role) -> Client {
        let login = role.login(self.database.name());
        let secret = std::fs::read(self.directory.path().join(role.name())).unwrap();
        let mut config = self.database.server().config(self.database.name());
        config.user(&login).password(secret);
        config.connect(NoTls).unwrap()
    }

    /// A session of the superuser.
    pub(crate) fn superuser(&self) -> Client {
        self.database.connect().unwrap()
    }
}

/// A database without a store, and a directory for its secrets.
pub(crate) struct Place {
    pub(crate) database: Database,
    pub(crate) directory: TempDir,
}

impl Place {
    pub(crate) fn fresh() -> Self {
        Self::on(Server::shared().unwrap())
    }

    /// On a server of its own, for what changes who may do what in all of it.
    pub(crate) fn on(server: &Server) -> Self {
        let place = Self {
            database: server.fresh_database("store").unwrap(),
            directory: tempfile::tempdir().unwrap(),
        };
        if let Some(password) = server.superuser_password() {
            place.keep("administrator", password);
        }
        place
    }

    pub(crate) fn install(&self) -> Installed {
        install(&self.address(), &self.credentials()).unwrap()
    }

    pub(crate) fn address(&self) -> Address {
        self.database.superuser_url().parse().unwrap()
    }

    pub(crate) fn credentials(&self) -> Credentials {
        Credentials::new(self.directory.path())
    }

    /// Writes a secret as an operator does.
    pub(crate) fn keep(&self, name: &str, secret: &str) {
        use std::os::unix::fs::PermissionsExt;

        let path = self.directory.path().join(name);
        std::fs::write(&path, secret).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}
