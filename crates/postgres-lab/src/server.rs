use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use postgres::{Client, Config};

use crate::password::Password;
use crate::private::PrivateServer;
use crate::{Database, Error, ServerOptions, named, sql};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A running server and how its superuser reaches it. Clones are the same server.
#[derive(Debug, Clone)]
pub struct Server {
    at: Arc<Address>,
}

#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) socket_dir: Option<PathBuf>,
    pub(crate) superuser: String,
    pub(crate) password: Option<Password>,
    pub(crate) major: u16,
    pub(crate) version: String,
}

impl Server {
    /// The server for this process's tests: the one that `HOLDFAST_TEST_POSTGRES` names, or else a
    /// private one that is started at the first call and stopped when the process ends.
    ///
    /// Under a runner that gives each test a process, that is a start for each test; `cargo xtask
    /// postgres -- COMMAND` starts one for all of them.
    pub fn shared() -> Result<&'static Self, Error> {
        static SHARED: OnceLock<Shared> = OnceLock::new();
        static STARTING: Mutex<()> = Mutex::new(());
        let _one_at_a_time = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(shared) = SHARED.get() {
            return Ok(shared.server());
        }
        let shared = match named::from_environment()? {
            Some(server) => Shared::Named(server),
            None => Shared::Private(PrivateServer::start(ServerOptions::new())?),
        };
        Ok(SHARED.get_or_init(|| shared).server())
    }

    /// Starts a private server.
    pub fn start(options: ServerOptions) -> Result<PrivateServer, Error> {
        PrivateServer::start(options)
    }

    /// A new, empty database, named after the prefix: lower case, at most 40 characters.
    pub fn fresh_database(&self, prefix: &str) -> Result<Database, Error> {
        Database::create(self, prefix)
    }

    /// The host, for TCP.
    pub fn host(&self) -> &str {
        &self.at.host
    }

    /// The port, for TCP and in the socket's name.
    pub fn port(&self) -> u16 {
        self.at.port
    }

    /// The directory of the socket: of a private server, or of a named one on this machine.
    pub fn socket_dir(&self) -> Option<&Path> {
        self.at.socket_dir.as_deref()
    }

    /// The name of the superuser.
    pub fn superuser_name(&self) -> &str {
        &self.at.superuser
    }

    /// The password of the superuser, if the server wants one. Private servers do not.
    pub fn superuser_password(&self) -> Option<&str> {
        self.at.password.as_ref().map(Password::reveal)
    }

    /// How the superuser reaches a database, without a password.
    pub fn superuser_url(&self, database: &str) -> String {
        self.url(self.superuser_name(), database)
    }

    /// How a role reaches a database, without a password.
    pub fn url(&self, role: &str, database: &str) -> String {
        let (role, database) = (escaped(role), escaped(database));
        format!("postgres://{role}@{self}/{database}")
    }

    /// The same for the client that waits, with the password.
    pub fn config(&self, database: &str) -> Config {
        let mut config = Config::new();
        config
            .host(self.host())
            .port(self.port())
            .user(self.superuser_name())
            .dbname(database)
            .application_name("postgres-lab")
            .connect_timeout(CONNECT_TIMEOUT);
        if let Some(password) = self.superuser_password() {
            config.password(password);
        }
        config
    }

    /// A session of the superuser. It waits on this thread, and so must not be used on one that
    /// drives an asynchronous runtime.
    pub fn connect(&self, database: &str) -> Result<Client, Error> {
        sql::connect(self, database)
    }

    /// The major version, as in `16`.
    pub fn major_version(&self) -> u16 {
        self.at.major
    }

    /// The whole version, as in `16.4`.
    pub fn version(&self) -> &str {
        &self.at.version
    }

    pub(crate) fn at(address: Address) -> Self {
        Self {
            at: Arc::new(address),
        }
    }
}

/// Host and port.
impl fmt::Display for Server {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = self.host();
        // Colons in an address would read as the port's.
        if host.contains(':') {
            write!(formatter, "[{host}]:{}", self.port())
        } else {
            write!(formatter, "{host}:{}", self.port())
        }
    }
}

enum Shared {
    Named(Server),
    Private(PrivateServer),
}

impl Shared {
    fn server(&self) -> &Server {
        match self {
            Self::Named(server) => server,
            Self::Private(server) => server,
        }
    }
}

/// For a part of a URL: every byte but letters, digits, `-`, `_` and `.` as `%XX`.
fn escaped(part: &str) -> String {
    part.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_escapes_what_would_end_its_part() {
        assert_eq!(escaped("led_ger-1.x"), "led_ger-1.x");
        assert_eq!(escaped("a b/c@d:é"), "a%20b%2Fc%40d%3A%C3%A9");
    }
}
