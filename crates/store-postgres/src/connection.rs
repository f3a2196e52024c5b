//! Connections: one pool for each role, each session narrowed before its first statement.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use deadpool_postgres::{
    Client, Manager, ManagerConfig, Pool, PoolError, RecyclingMethod, TimeoutType, Timeouts,
};
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use tokio_postgres::NoTls;
use tokio_postgres::error::SqlState;

use crate::address::{Address, Credentials};
use crate::error::StoreError;
use crate::install;
use crate::reads::AllReads;
use crate::rights;
use crate::role::Role;

/// How many connections one role has at most in one process.
const CONNECTIONS_MAX: usize = 8;

/// How long a connection of the pool is waited for.
const WAIT_MAX: Duration = Duration::from_secs(10);

/// What every session is told before its first statement. The path names no schema that a caller
/// could put something into, and every name in a statement is written in full.
const SETTINGS: &str = "-c search_path=pg_catalog,pg_temp -c lock_timeout=2s \
    -c statement_timeout=30s -c idle_in_transaction_session_timeout=30s \
    -c default_transaction_isolation=read\\ committed -c synchronous_commit=on";

/// A store on PostgreSQL; clones share its pools.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
}

struct Shared {
    address: Address,
    credentials: Credentials,
    runtime: Runtime,
    pools: Mutex<BTreeMap<Role, Pool>>,
    /// What handles of this store read together, as long as there is one.
    reads: Mutex<Weak<AllReads>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Store")
            .field("address", &self.shared.address)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// A store that is there: its server is new enough and no standby, its schema the one that this
    /// program makes.
    pub fn open(address: Address, credentials: Credentials) -> Result<Self, StoreError> {
        let store = Self::new(address, credentials)?;
        install::check(&store.session(Role::Reader)?, store.address())?;
        Ok(store)
    }

    /// A store at this address; nothing is connected yet.
    pub fn new(address: Address, credentials: Credentials) -> Result<Self, StoreError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("holdfast-postgres")
            .enable_all()
            .build()
            .map_err(StoreError::Runtime)?;
        Ok(Self {
            shared: Arc::new(Shared {
                address,
                credentials,
                runtime,
                pools: Mutex::default(),
                reads: Mutex::default(),
            }),
        })
    }

    /// Where it is.
    pub fn address(&self) -> &Address {
        &self.shared.address
    }

    /// What handles of this store read together.
    pub(crate) fn reads(&self) -> Result<Arc<AllReads>, StoreError> {
        let mut reads = self
            .shared
            .reads
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(reads) = reads.upgrade() {
            return Ok(reads);
        }
        let started = Arc::new(AllReads::start(self)?);
        *reads = Arc::downgrade(&started);
        Ok(started)
    }

    /// Connections as this role.
    pub(crate) fn session(&self, role: Role) -> Result<Session, StoreError> {
        let mut pools = self
            .shared
            .pools
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let pool = if let Some(pool) = pools.get(&role) {
            pool.clone()
        } else {
            let pool = self.pool(role)?;
            pools.insert(role, pool.clone());
            pool
        };
        Ok(Session {
            store: self.clone(),
            role,
            pool,
        })
    }

    fn pool(&self, role: Role) -> Result<Pool, StoreError> {
        let login = role.login(self.shared.address.database());
        let password = self.shared.credentials.password(role)?;
        let mut config = self.shared.address.config(&login, password.as_deref());
        let mut settings = SETTINGS.to_owned();
        if role.is_read_only() {
            settings.push_str(" -c default_transaction_read_only=on");
        }
        config
            .options(settings)
            .application_name(format!("holdfast {role}"));
        let manager = Manager::from_config(
            config,
            NoTls,
            ManagerConfig {
                recycling_method: RecyclingMethod::Fast,
            },
        );
        Pool::builder(manager)
            .max_size(CONNECTIONS_MAX)
            .runtime(deadpool_postgres::Runtime::Tokio1)
            .timeouts(Timeouts {
                wait: Some(WAIT_MAX),
                create: Some(self.shared.address.connect_max()),
                recycle: Some(WAIT_MAX),
            })
            .build()
            .map_err(|error| StoreError::Unstorable {
                what: "make a pool of connections",
                reason: error.to_string(),
            })
    }
}

/// The connections of one role; clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    store: Store,
    role: Role,
    pool: Pool,
}

impl Session {
    /// Runs something on a connection of its own and waits for it.
    ///
    /// `what` is a verb phrase for errors. A connection that a failure left inside a transaction is
    /// closed and not given to anybody else.
    pub(crate) fn run<T>(
        &self,
        what: &'static str,
        work: impl AsyncFnOnce(&mut Client) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, StoreError> {
        self.try_run(what, async |client| {
            work(client).await.map_err(|error| self.failed(what, error))
        })
    }

    /// As [`Self::run`], for work that has errors of its own.
    pub(crate) fn try_run<T>(
        &self,
        what: &'static str,
        work: impl AsyncFnOnce(&mut Client) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.store.shared.runtime.block_on(async {
            let mut client = self.client(what).await?;
            let done = self.in_time(what, work(&mut client)).await;
            if done.is_err() {
                // What the transaction of a failed piece of work holds ends with its connection.
                drop(Client::take(client));
            }
            done
        })
    }

    /// Bounds how long the server is waited for.
    ///
    /// A link that swallows everything shows in nothing else: the server's own limits end what it
    /// still hears of, and nobody else tells this process. Whatever was being done has an unknown
    /// outcome then, as when the link breaks after a commit was sent.
    async fn in_time<T>(
        &self,
        what: &'static str,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let answer_max = self.store.address().answer_max();
        timeout(answer_max, work).await.unwrap_or_else(|_| {
            Err(StoreError::Silent {
                what,
                role: self.who(),
                seconds: answer_max.as_secs(),
            })
        })
    }

    /// A connection to keep, for work that spans calls.
    pub(crate) fn take(&self, what: &'static str) -> Result<Client, StoreError> {
        self.store.shared.runtime.block_on(self.client(what))
    }

    /// Waits for work on a connection that was taken; one that failed is for [`Self::discard`].
    pub(crate) fn wait<T>(
        &self,
        what: &'static str,
        work: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let runtime = &self.store.shared.runtime;
        runtime.block_on(self.in_time(what, work))
    }

    /// Closes a connection that nobody else may get.
    pub(crate) fn discard(client: Client) {
        drop(Client::take(client));
    }

    /// A driver's error, sorted; a right that is missing is named.
    pub(crate) fn failed(&self, what: &'static str, error: tokio_postgres::Error) -> StoreError {
        match StoreError::of(what, &self.who(), error) {
            StoreError::Privilege {
                what, role, source, ..
            } => match rights::hidden(source.as_db_error()) {
                Some(catalog) => StoreError::Hidden {
                    what,
                    role,
                    catalog,
                    source,
                },
                None => StoreError::Privilege {
                    what,
                    role,
                    lacking: rights::lacking(self.role, source.as_db_error()),
                    source,
                },
            },
            other => other,
        }
    }

    /// The role and where it connects to, for errors.
    pub(crate) fn who(&self) -> String {
        self.store.address().who(&self.login())
    }

    /// The role's name in the cluster.
    pub(crate) fn login(&self) -> String {
        self.role.login(self.store.address().database())
    }

    async fn client(&self, what: &'static str) -> Result<Client, StoreError> {
        let found = self.pool.get().await;
        found.map_err(|error| match error {
            PoolError::Backend(error) => self.not_connected(what, error),
            PoolError::Timeout(TimeoutType::Create) => StoreError::Silent {
                what,
                role: self.who(),
                seconds: self.store.address().connect_max().as_secs(),
            },
            PoolError::Timeout(_)
            | PoolError::Closed
            | PoolError::NoRuntimeSpecified
            | PoolError::PostCreateHook(_) => StoreError::Exhausted { role: self.who() },
        })
    }

    fn not_connected(&self, what: &'static str, error: tokio_postgres::Error) -> StoreError {
        let Shared {
            address,
            credentials,
            ..
        } = &*self.store.shared;
        let path = credentials.path(self.role.name());
        not_connected(what, address, &self.login(), path, error)
    }
}

/// Why there is no connection, sorted.
pub(crate) fn not_connected(
    what: &'static str,
    address: &Address,
    login: &str,
    secret: PathBuf,
    error: tokio_postgres::Error,
) -> StoreError {
    let role = address.who(login);
    match error.code() {
        // The driver has no word of its own for this.
        None if error.to_string() == "invalid configuration" => {
            StoreError::NoPassword { role, path: secret }
        }
        None => StoreError::Unreachable {
            role,
            source: Box::new(error),
        },
        Some(code) if *code == SqlState::INVALID_CATALOG_NAME => StoreError::MissingDatabase {
            what,
            role,
            database: address.database().to_owned(),
            source: Box::new(error),
        },
        Some(_) => StoreError::of(what, &role, error),
    }
}
