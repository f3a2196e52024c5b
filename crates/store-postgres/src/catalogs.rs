//! A database's system catalogs for the carrier prover, and what this store's own carriers are for.

use std::time::Duration;

use carrier_prover::{
    CLOSING, Catalog, CatalogSource, Declarations, OPENING, ProverError, SourceError,
};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, NoTls, Row, SimpleQueryMessage};

use crate::address::{Address, Credentials};
use crate::connection::not_connected;
use crate::error::StoreError;
use crate::install;
use crate::role::{OWNER, Role};

mod scratch;

pub use scratch::{ScratchDatabase, ScratchError};

/// The declared uses of what `holdfast init` makes; `{role}` stands for `<database>_role`.
const OWN: &str = include_str!("../carriers.toml");

/// One statement reads a whole catalog; on the largest databases that takes seconds.
const SETTINGS: &str = "-c search_path=pg_catalog,pg_temp -c lock_timeout=2s \
    -c statement_timeout=120s -c idle_in_transaction_session_timeout=120s \
    -c default_transaction_read_only=on";

const CONNECT_MAX: Duration = Duration::from_secs(10);

/// What a connection is for, in errors.
const WHAT: &str = "read the system catalogs";

/// The declared uses of every carrier of a store in the database of this name.
pub fn own_carriers(database: &str) -> Result<Declarations, ProverError> {
    let mut text = OWN.replace(&format!("{{{OWNER}}}"), &format!("{database}_{OWNER}"));
    for role in Role::ALL {
        text = text.replace(&format!("{{{role}}}"), &role.login(database));
    }
    Declarations::from_toml(&text)
}

/// One read-only transaction in which every catalog is seen as of one instant.
///
/// Whoever reads needs CONNECT and nothing else: the catalogs are open to everybody.
#[derive(Debug)]
pub struct Catalogs {
    runtime: Runtime,
    client: Client,
    login: String,
}

impl Catalogs {
    /// Opens the transaction.
    ///
    /// Where the address names nobody, as the store's reader. Where it names a user, as that user,
    /// with the secret in the file of that name; without such a file as the reader where its secret
    /// is there and the server lets it in, and else with the secret of the administrator.
    pub fn connect(address: &Address, credentials: &Credentials) -> Result<Self, StoreError> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(StoreError::Runtime)?;
        let reader = Role::Reader.login(address.database());
        let Some(user) = address.administrator() else {
            return Self::open(runtime, address, credentials, &reader, Role::Reader.name());
        };
        if is_file_name(user) && credentials.secret(user)?.is_some() {
            return Self::open(runtime, address, credentials, user, user);
        }
        if credentials.password(Role::Reader)?.is_some() {
            match session(
                &runtime,
                address,
                credentials,
                (&reader, Role::Reader.name()),
                SETTINGS,
            ) {
                Ok(client) => return Self::begun(runtime, client, address, reader),
                // Another database than the one that the secret is for.
                Err(
                    StoreError::Refused { .. }
                    | StoreError::MissingRole { .. }
                    | StoreError::NotAdmitted { .. }
                    | StoreError::Privilege { .. },
                ) => {}
                Err(error) => return Err(error),
            }
        }
        Self::open(runtime, address, credentials, user, install::SECRET)
    }

    /// Who reads.
    pub fn login(&self) -> &str {
        &self.login
    }

    fn open(
        runtime: Runtime,
        address: &Address,
        credentials: &Credentials,
        login: &str,
        secret: &str,
    ) -> Result<Self, StoreError> {
        let client = session(&runtime, address, credentials, (login, secret), SETTINGS)?;
        Self::begun(runtime, client, address, login.to_owned())
    }

    fn begun(
        runtime: Runtime,
        client: Client,
        address: &Address,
        login: String,
    ) -> Result<Self, StoreError> {
        runtime
            .block_on(client.batch_execute(OPENING))
            .map_err(|error| StoreError::of(WHAT, &address.who(&login), error))?;
        Ok(Self {
            runtime,
            client,
            login,
        })
    }

    /// Asks something else in the transaction, which reads only.
    pub(crate) fn ask(&self, statement: &str) -> Result<Row, StoreError> {
        let found = self.runtime.block_on(self.client.query_one(statement, &[]));
        found.map_err(|error| StoreError::of(WHAT, &self.login, error))
    }
}

impl CatalogSource for Catalogs {
    fn read(&mut self, catalog: Catalog, row: &mut dyn FnMut(&str)) -> Result<(), SourceError> {
        self.runtime.block_on(read(&self.client, catalog, row))
    }
}

/// Reads one catalog in the transaction that a client has open; a refusal spoils nothing after it.
pub(crate) async fn read(
    client: &Client,
    catalog: Catalog,
    row: &mut dyn FnMut(&str),
) -> Result<(), SourceError> {
    let failed = |error: &tokio_postgres::Error| SourceError {
        catalog: catalog.name(),
        reason: said(error),
    };
    let batch = async |statement: &str| {
        let done = client.batch_execute(statement).await;
        done.map_err(|error| failed(&error))
    };
    batch("SAVEPOINT statement").await?;
    match client.simple_query(catalog.sql()).await {
        Ok(messages) => {
            for message in &messages {
                if let SimpleQueryMessage::Row(found) = message {
                    row(found.get(0).unwrap_or_default());
                }
            }
            batch("RELEASE statement").await
        }
        Err(error) => {
            let refused = failed(&error);
            batch("ROLLBACK TO statement").await?;
            Err(refused)
        }
    }
}

impl Drop for Catalogs {
    fn drop(&mut self) {
        // A transaction that only read holds nothing that the end of its connection does not free.
        let _ = self.runtime.block_on(self.client.batch_execute(CLOSING));
    }
}

fn session(
    runtime: &Runtime,
    address: &Address,
    credentials: &Credentials,
    (login, secret): (&str, &str),
    settings: &str,
) -> Result<Client, StoreError> {
    let password = credentials.secret(secret)?;
    let mut config = address.config(login, password.as_deref());
    config
        .options(settings)
        .application_name("holdfast prove")
        .connect_timeout(CONNECT_MAX);
    runtime.block_on(async {
        let (client, connection) = config.connect(NoTls).await.map_err(|error| {
            let path = credentials.path(secret);
            not_connected(WHAT, address, login, path, error)
        })?;
        tokio::spawn(async {
            // What ends the connection is told by the call that it ends.
            let _ = connection.await;
        });
        Ok(client)
    })
}

/// A user's name may be anything; only a plain one names a file.
fn is_file_name(user: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !user.is_empty() && user.bytes().all(plain)
}

/// What the server said, without the driver's words around it.
fn said(error: &tokio_postgres::Error) -> String {
    let server = error.as_db_error();
    server.map_or_else(|| error.to_string(), |said| said.message().to_owned())
}
