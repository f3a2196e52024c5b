//! A database on a server, made by a script and read through the prover's port.

use carrier_prover::{CLOSING, Catalog, CatalogSource, OPENING, Prover, SourceError};
use postgres_lab::Server;
use postgres_lab::postgres::{Client, NoTls, SimpleQueryMessage};

/// The role that every proof is made from: it may connect, and nothing else.
pub(crate) const READER: &str = "lab_reader";

/// A session of a role in a database.
pub(crate) fn session(server: &Server, database: &str, role: &str) -> Client {
    let host = server.socket_dir().unwrap().display().to_string();
    let port = server.port();
    let config = format!("host={host} port={port} user={role} dbname={database}");
    Client::connect(&config, NoTls).unwrap()
}

/// Makes a database of the given name from these scripts, as the superuser.
pub(crate) fn database(server: &Server, name: &str, scripts: &[&str]) -> Client {
    let mut superuser = session(server, "postgres", "postgres");
    let reader = format!(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{READER}') THEN \
         CREATE ROLE {READER} LOGIN; END IF; END $$"
    );
    superuser.batch_execute(&reader).unwrap();
    superuser
        .batch_execute(&format!("CREATE DATABASE {name}"))
        .unwrap();
    let mut made = session(server, name, "postgres");
    for script in scripts {
        made.batch_execute(script).unwrap();
    }
    made
}

/// Reads a database's catalogs as the role that may do nothing.
pub(crate) fn prover(server: &Server, database: &str) -> Prover {
    prover_as(server, database, READER)
}

/// Reads a database's catalogs as a role.
pub(crate) fn prover_as(server: &Server, database: &str, role: &str) -> Prover {
    let mut client = session(server, database, role);
    client.batch_execute(OPENING).unwrap();
    let mut source = LiveSource { client };
    let prover = Prover::new(&mut source).unwrap();
    source.client.batch_execute(CLOSING).unwrap();
    prover
}

struct LiveSource {
    client: Client,
}

impl CatalogSource for LiveSource {
    fn read(&mut self, catalog: Catalog, row: &mut dyn FnMut(&str)) -> Result<(), SourceError> {
        let failed = |reason: String| SourceError {
            catalog: catalog.name(),
            reason,
        };
        self.client
            .batch_execute("SAVEPOINT statement")
            .map_err(|error| failed(error.to_string()))?;
        match self.client.simple_query(catalog.sql()) {
            Ok(messages) => {
                for message in messages {
                    if let SimpleQueryMessage::Row(found) = message {
                        row(found.get(0).unwrap_or_default());
                    }
                }
                Ok(())
            }
            Err(error) => {
                self.client
                    .batch_execute("ROLLBACK TO statement")
                    .map_err(|error| failed(error.to_string()))?;
                let said = error.as_db_error().map(|said| said.message().to_owned());
                Err(failed(said.unwrap_or_else(|| error.to_string())))
            }
        }
    }
}
