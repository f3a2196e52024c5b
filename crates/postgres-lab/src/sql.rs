//! Sessions of this crate's own.

use std::panic::resume_unwind;
use std::thread;

use postgres::{Client, NoTls};

use crate::{Error, Server};

/// Does a job in a session of its own.
///
/// On a thread of its own too: the client waits for its own reactor, which panics on a thread that
/// already drives another, as that of an asynchronous test does.
pub(crate) fn session<T: Send>(
    server: &Server,
    database: &str,
    job: impl FnOnce(&mut Client) -> Result<T, Error> + Send,
) -> Result<T, Error> {
    thread::scope(|scope| {
        let work = scope.spawn(|| job(&mut connect(server, database)?));
        match work.join() {
            Ok(outcome) => outcome,
            Err(panic) => resume_unwind(panic),
        }
    })
}

pub(crate) fn connect(server: &Server, database: &str) -> Result<Client, Error> {
    let config = server.config(database);
    config.connect(NoTls).map_err(|source| Error::Connect {
        database: database.to_owned(),
        server: server.to_string(),
        source,
    })
}

/// A name as SQL writes it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
