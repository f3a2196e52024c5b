//! Making a store in a database that is there: roles, rights, schema; and finding out whether one
//! was made.

mod migrations;
mod roles;
mod server;

use std::path::PathBuf;

use tokio::runtime::Builder;
use tokio_postgres::{Client, NoTls};

use crate::address::{Address, Credentials};
use crate::connection::{Session, not_connected};
use crate::error::StoreError;

/// Who makes a store where the address names nobody.
const ADMINISTRATOR: &str = "postgres";

/// The file in the credentials directory that holds the administrator's password.
pub(crate) const SECRET: &str = "administrator";

/// Makes two programs that make the same store do it one after the other.
const LOCK: i64 = 0x686f_6c64_6661_7374;

const SETTINGS: &str = "-c search_path=pg_catalog,pg_temp -c lock_timeout=60s";

/// What [`install`] did; nothing of it where the store was there to the last detail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installed {
    /// The login roles that were made.
    pub roles: Vec<String>,
    /// The files that new passwords were written to.
    pub secrets: Vec<PathBuf>,
    /// The roles that were there and have no file here, so that this program logs in as them only
    /// where the server wants no password.
    pub without_secret: Vec<String>,
    /// The names of the migrations that were applied.
    pub migrations: Vec<String>,
}

/// Makes a store in a database, or brings it up to date; what is there and right stays as it is.
///
/// A role that exists keeps its password. May run twice at once.
pub fn install(address: &Address, credentials: &Credentials) -> Result<Installed, StoreError> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(StoreError::Runtime)?;
    runtime.block_on(async {
        let mut administrator = Administrator::connect(address, credentials).await?;
        let installed = administrator.install(credentials).await;
        // Left to the server's notice, the session's locks could outlive this call.
        drop(administrator.client);
        let _ = administrator.connection.await;
        installed
    })
}

/// Every statement that makes a store in a database of this name, for reading. Passwords are not
/// among them.
pub fn schema_sql(database: &str) -> Vec<String> {
    let mut statements = roles::statements(database);
    statements.extend(migrations::texts(database).map(|(_, text)| text));
    statements
}

/// Whether the server can serve a store, and the database holds one of this program's version.
pub(crate) fn check(reader: &Session, address: &Address) -> Result<(), StoreError> {
    let who = reader.who();
    reader.try_run("open the store", async |client| {
        server::check("open the store", address, &who, client).await?;
        let applied = migrations::applied(client)
            .await
            .map_err(|error| StoreError::of("read which migrations were applied", &who, error))?;
        migrations::compare(address, &applied)
    })
}

/// The session of whoever makes the store.
struct Administrator<'a> {
    client: Client,
    connection: tokio::task::JoinHandle<()>,
    address: &'a Address,
    who: String,
}

impl<'a> Administrator<'a> {
    async fn connect(address: &'a Address, credentials: &Credentials) -> Result<Self, StoreError> {
        let user = address.administrator().unwrap_or(ADMINISTRATOR);
        let password = credentials.secret(SECRET)?;
        let mut config = address.config(user, password.as_deref());
        config.options(SETTINGS).application_name("holdfast init");
        let (client, connection) = config.connect(NoTls).await.map_err(|error| {
            let secret = credentials.path(SECRET);
            not_connected("make the store", address, user, secret, error)
        })?;
        let connection = tokio::spawn(async {
            // What ends the connection is told by the call that it ends.
            let _ = connection.await;
        });
        Ok(Self {
            client,
            connection,
            address,
            who: address.who(user),
        })
    }

    async fn install(&mut self, credentials: &Credentials) -> Result<Installed, StoreError> {
        server::check("make the store", self.address, &self.who, &self.client).await?;
        let locked = self.client.execute("SELECT pg_advisory_lock($1)", &[&LOCK]);
        locked
            .await
            .map_err(|error| self.failed("wait for another one that makes the store", error))?;
        let mut installed = Installed::default();
        roles::make(self, credentials, &mut installed).await?;
        let joined = roles::join_owner(self).await?;
        let made = self.make_schema(&mut installed).await;
        if joined {
            roles::leave_owner(self).await?;
        }
        made.map(|()| installed)
    }

    async fn make_schema(&mut self, installed: &mut Installed) -> Result<(), StoreError> {
        roles::make_schema(self).await?;
        installed.migrations = migrations::apply(self).await?;
        Ok(())
    }

    async fn run(&self, what: &'static str, statement: &str) -> Result<(), StoreError> {
        let done = self.client.batch_execute(statement).await;
        done.map_err(|error| self.failed(what, error))
    }

    fn failed(&self, what: &'static str, error: tokio_postgres::Error) -> StoreError {
        match StoreError::of(what, &self.who, error) {
            StoreError::Privilege {
                what, role, source, ..
            } => StoreError::Administrator { what, role, source },
            other => other,
        }
    }
}
