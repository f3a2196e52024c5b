//! A database that holds nothing, in which the prover tries what it says of guards.

use carrier_prover::{Attempt, Attempted, Scratch};
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, SimpleQueryMessage};

use super::{is_file_name, said, session};
use crate::address::{Address, Credentials};
use crate::error::StoreError;
use crate::install;

/// A copy is small: what takes longer hangs.
const SETTINGS: &str = "-c lock_timeout=2s -c statement_timeout=10s \
    -c idle_in_transaction_session_timeout=120s";

/// Who connects, and what is there that this program did not make.
const STATE: &str = "SELECT (SELECT rolsuper::text FROM pg_roles WHERE rolname = current_user), \
    (SELECT count(*) FROM pg_class WHERE oid >= 16384 AND relnamespace::regnamespace::text !~ '^pg_') \
    + (SELECT count(*) FROM pg_proc WHERE oid >= 16384) \
    + (SELECT count(*) FROM pg_namespace WHERE oid >= 16384 AND nspname !~ '^pg_')";

/// A database cannot be used to try things in.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScratchError {
    /// It is the database that is proven.
    #[error("`{0}` is the database that is proven, and nothing is ever tried on that")]
    Same(String),
    /// Somebody keeps something in it.
    #[error("`{database}` is not empty: {objects} relations, functions and schemas are in it")]
    NotEmpty {
        /// The database.
        database: String,
        /// How many.
        objects: String,
    },
    /// Roles and privileges cannot be rebuilt.
    #[error("`{0}` is no superuser of it: trying what others may do needs to act as them")]
    NoSuperuser(String),
    /// It cannot be reached.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// An empty database, used in one transaction at a time that is never committed.
#[derive(Debug)]
pub struct ScratchDatabase {
    runtime: Runtime,
    client: Client,
}

impl ScratchDatabase {
    /// Connects as the user that the address names, who has to be a superuser, and looks whether
    /// the database is empty and another one than `proven`.
    pub fn connect(
        address: &Address,
        proven: &Address,
        credentials: &Credentials,
    ) -> Result<Self, ScratchError> {
        if place(address) == place(proven) {
            return Err(ScratchError::Same(address.to_string()));
        }
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(StoreError::Runtime)?;
        let login = address.administrator().unwrap_or("postgres");
        let own = is_file_name(login) && credentials.secret(login)?.is_some();
        let secret = if own { login } else { install::SECRET };
        let client = session(&runtime, address, credentials, (login, secret), SETTINGS)?;
        let scratch = Self { runtime, client };
        scratch.is_usable(address, login)?;
        Ok(scratch)
    }

    fn is_usable(&self, address: &Address, login: &str) -> Result<(), ScratchError> {
        let failed =
            |error| StoreError::of("look at a scratch database", &address.who(login), error);
        let rows = self.rows(STATE).map_err(failed)?;
        let state = rows.first().map(Vec::as_slice).unwrap_or_default();
        match state {
            [superuser, objects] if superuser == "true" && objects == "0" => Ok(()),
            [superuser, objects] if superuser == "true" => Err(ScratchError::NotEmpty {
                database: address.to_string(),
                objects: objects.clone(),
            }),
            _ => Err(ScratchError::NoSuperuser(login.to_owned())),
        }
    }

    fn rows(&self, sql: &str) -> Result<Vec<Vec<String>>, tokio_postgres::Error> {
        let messages = self.runtime.block_on(self.client.simple_query(sql))?;
        let rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let cells = |row: &tokio_postgres::SimpleQueryRow| {
            let cells = 0..row.len();
            cells
                .map(|at| row.get(at).unwrap_or_default().to_owned())
                .collect()
        };
        Ok(rows.map(cells).collect())
    }

    fn run(&self, sql: &str) -> Result<(), String> {
        self.runtime
            .block_on(self.client.batch_execute(sql))
            .map_err(|error| said(&error))
    }

    /// Every version of every row: what an update, a removal or an emptying changes.
    fn versions(&self, relation: &str) -> Result<Vec<Vec<String>>, String> {
        let sql = format!(
            "SELECT tableoid::text, ctid::text, xmin::text FROM {relation} ORDER BY 1, 2, 3"
        );
        self.rows(&sql).map_err(|error| said(&error))
    }

    /// The statements, as whoever logs in; what is put off until the commit is asked for at once.
    fn acted(&self, attempt: &Attempt) -> Result<(), tokio_postgres::Error> {
        let run = |sql: &str| self.runtime.block_on(self.client.batch_execute(sql));
        let user = attempt.role.replace('\'', "''");
        run(&format!("SET LOCAL SESSION AUTHORIZATION '{user}'"))?;
        for statement in &attempt.statements {
            run(statement)?;
        }
        run("SET CONSTRAINTS ALL IMMEDIATE")
    }
}

impl Scratch for ScratchDatabase {
    fn rebuild(&mut self, statements: &[String]) -> Result<(), String> {
        self.run("BEGIN; SET LOCAL search_path = pg_catalog, pg_temp")?;
        for statement in statements {
            self.run(statement)
                .map_err(|why| format!("{why}, at: {statement}"))?;
        }
        // The copy is whole; what is tried starts from the path of any session.
        self.run("SET LOCAL search_path TO DEFAULT")
    }

    fn attempt(&mut self, attempt: &Attempt) -> Result<Attempted, String> {
        self.run("SAVEPOINT attempt")?;
        let before = self.versions(&attempt.relation)?;
        if attempt.in_replica_mode {
            self.run("SET LOCAL session_replication_role = replica")?;
        }
        let acted = self.acted(attempt);
        let attempted = if let Err(error) = acted {
            if is_of_the_copy(&error) {
                Attempted::Unable(said(&error))
            } else {
                Attempted::Refused(said(&error))
            }
        } else {
            self.run("RESET SESSION AUTHORIZATION")?;
            if self.versions(&attempt.relation)? == before {
                Attempted::Unchanged
            } else {
                Attempted::Changed
            }
        };
        self.run("ROLLBACK TO SAVEPOINT attempt; RELEASE SAVEPOINT attempt")?;
        Ok(attempted)
    }

    fn discard(&mut self) -> Result<(), String> {
        self.run("ROLLBACK")
    }
}

/// Whether an error comes of what was not rebuilt, or of values that were made up.
fn is_of_the_copy(error: &tokio_postgres::Error) -> bool {
    let absent = [
        SqlState::UNDEFINED_TABLE,
        SqlState::UNDEFINED_COLUMN,
        SqlState::UNDEFINED_FUNCTION,
        SqlState::UNDEFINED_OBJECT,
        SqlState::INVALID_SCHEMA_NAME,
    ];
    // A guard may raise what it likes; a rule of values is broken outside any body.
    let raised = error
        .as_db_error()
        .is_some_and(|said| said.routine() == Some("exec_stmt_raise"));
    let code = error.code().filter(|_| !raised);
    code.is_some_and(|code| absent.contains(code) || code.code().starts_with("23"))
}

/// Where a database is, whoever connects.
fn place(address: &Address) -> String {
    let text = address.to_string();
    let rest = text
        .split_once("://")
        .map_or(text.as_str(), |(_, rest)| rest);
    rest.split_once('@')
        .map_or(rest, |(_, place)| place)
        .to_owned()
}
