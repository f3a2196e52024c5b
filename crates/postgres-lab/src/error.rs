use std::io;
use std::path::{Path, PathBuf};

/// Why there is no server, no database, or no answer from one.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No directory has the server binaries that were asked for.
    #[error(
        "no PostgreSQL {wanted} found; looked for `postgres` and `initdb` in:{looked}\n\
         install the package `postgresql`, name a directory in `HOLDFAST_POSTGRES_BIN` or \
         `HOLDFAST_POSTGRES_VERSIONS`, or run `cargo xtask postgres fetch`"
    )]
    NotFound {
        /// The major version as in `16 server`, or `server of any version`.
        wanted: String,
        /// Each directory on a line of its own, with what it lacks.
        looked: String,
    },
    /// The server is there, a program beside it is not.
    #[error(
        "`{program}` is not in `{}`: only the full package of PostgreSQL has it",
        directory.display()
    )]
    MissingProgram {
        /// The program's name.
        program: String,
        /// Where the server's own binaries are.
        directory: PathBuf,
    },
    /// The server refuses to run as root, and nobody else is there to run it.
    #[error(
        "root may not run a PostgreSQL server, and `/etc/passwd` has neither `postgres` nor `nobody`"
    )]
    NoAccount,
    /// The file system refused.
    #[error("{action} `{}`", path.display())]
    File {
        /// What was tried, as in `creating`.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A program could not be started at all.
    #[error("starting `{program}`")]
    Spawn {
        /// The program.
        program: String,
        /// What the system said.
        source: io::Error,
    },
    /// A program ended otherwise than with success.
    #[error("`{command}` failed ({status}):\n{output}")]
    Failed {
        /// The program and its arguments.
        command: String,
        /// How it ended.
        status: String,
        /// The end of what it printed.
        output: String,
    },
    /// A server did not come up, or not down.
    #[error("`{command}` {event}; its log ends:\n{log}")]
    Server {
        /// The program and its arguments.
        command: String,
        /// What happened instead of what was asked for, with the exit status if it ended.
        event: String,
        /// The last lines of the server's log.
        log: String,
    },
    /// A server that is down was asked for something that needs it up, or the other way round.
    #[error("the private server on port {port} is {state}")]
    State {
        /// Its port.
        port: u16,
        /// What it is, as in `already running`.
        state: &'static str,
    },
    /// No session on a server.
    #[error("connecting to database `{database}` on {server}")]
    Connect {
        /// The database.
        database: String,
        /// Host and port.
        server: String,
        /// What the server or the system said.
        source: postgres::Error,
    },
    /// A statement of this crate's own failed.
    #[error("{action} on {server}")]
    Statement {
        /// What was tried, with its object.
        action: String,
        /// Host and port.
        server: String,
        /// What the server said.
        source: postgres::Error,
    },
    /// The environment names a server in a form that cannot be used.
    #[error(
        "`HOLDFAST_TEST_POSTGRES` {reason}; it reads `postgres://superuser@host:port/postgres`"
    )]
    Named {
        /// What is wrong with it.
        reason: String,
    },
    /// A database prefix that cannot begin a name.
    #[error(
        "`{prefix}` cannot begin a database name: up to {max} lower-case letters, digits and \
         underscores, beginning with a letter"
    )]
    Prefix {
        /// What was asked for.
        prefix: String,
        /// The longest prefix, in characters.
        max: usize,
    },
}

impl Error {
    pub(crate) fn file(action: &'static str, path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        Self::File {
            action,
            path,
            source,
        }
    }
}
