//! Where the database is, and the secrets that open it.

use std::error::Error as _;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use crate::error::StoreError;
use crate::role::Role;

/// The longest database name that leaves room for `_artifact_resolver` in 63 bytes.
const DATABASE_MAX: usize = 45;

/// How long an answer is waited for. The server ends its own statements before that.
const ANSWER_MAX: Duration = Duration::from_secs(45);

/// How long a new session is waited for, until it is ready.
const CONNECT_MAX: Duration = Duration::from_secs(10);

/// The parameter of an address that says how long an answer is waited for, in seconds; every other
/// one is the driver's.
const ANSWER_TIMEOUT: &str = "answer_timeout";

/// When a link on which nothing passes is first asked whether it is there.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const KEEPALIVE_RETRIES: u32 = 3;

/// How long what was sent may stay unacknowledged by the other machine.
const UNACKNOWLEDGED_MAX: Duration = Duration::from_secs(30);

/// `postgres://[user@]host[:port]/database[?parameter=value[&…]]`; a password in it is refused.
///
/// Parameters are the driver's, such as `connect_timeout`, `keepalives_idle`, `tcp_user_timeout`, in
/// seconds; and `answer_timeout`, how long an answer is waited for.
#[derive(Clone, Debug)]
pub struct Address {
    config: Config,
    database: String,
    text: String,
    answer_max: Duration,
}

impl Address {
    /// The database's name, which its roles start with.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// The connection settings for a user, with the secret where there is one.
    pub(crate) fn config(&self, user: &str, password: Option<&[u8]>) -> Config {
        let mut config = self.config.clone();
        config.user(user).connect_timeout(self.connect_max());
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(UNACKNOWLEDGED_MAX);
        }
        if config.get_keepalives_interval().is_none() {
            config.keepalives_interval(KEEPALIVE_INTERVAL);
        }
        if config.get_keepalives_retries().is_none() {
            config.keepalives_retries(KEEPALIVE_RETRIES);
        }
        // The driver has a default of its own for this one: two hours.
        if !parameters(&self.text).any(|(name, _)| name == "keepalives_idle") {
            config.keepalives_idle(KEEPALIVE_IDLE);
        }
        if let Some(password) = password {
            config.password(password);
        }
        config
    }

    /// A role and where it connects to, for errors.
    pub(crate) fn who(&self, login: &str) -> String {
        format!("role `{login}` at `{self}`")
    }

    /// An address of any database, whatever its name, for looking at and not for making a store in.
    pub fn of_any_database(text: &str) -> Result<Self, StoreError> {
        let (drivers, answer_max) = own_parameters(text)?;
        let config = Config::from_str(&drivers).map_err(|error| unreadable(&error))?;
        if config.get_password().is_some() {
            return Err(refused(
                "a password does not belong in an address, which other users of the machine can \
                 read: put it into the credentials directory",
            ));
        }
        if config.get_ssl_mode() == SslMode::Require {
            return Err(refused(
                "`sslmode=require` cannot be kept, since this program does not encrypt what it sends: \
                 use a local socket, a private network or a tunnel",
            ));
        }
        let database = config.get_dbname().unwrap_or_default().to_owned();
        if database.is_empty() {
            return Err(refused("it has to name a database"));
        }
        Ok(Self {
            config,
            database,
            text: text.to_owned(),
            answer_max,
        })
    }

    /// How long a new session is waited for, until it is ready.
    pub(crate) fn connect_max(&self) -> Duration {
        let connect_max = self.config.get_connect_timeout().copied();
        connect_max.unwrap_or(CONNECT_MAX).min(self.answer_max)
    }

    /// How long an answer of the server is waited for.
    pub(crate) const fn answer_max(&self) -> Duration {
        self.answer_max
    }

    /// The user that the address names: whoever makes the store, and nobody else.
    pub fn administrator(&self) -> Option<&str> {
        self.config.get_user()
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.text)
    }
}

impl FromStr for Address {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let address = Self::of_any_database(text)?;
        let is_plain =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if !address.database.bytes().all(is_plain) {
            return Err(refused(
                "it has to name a database of lower-case letters, digits and `_`",
            ));
        }
        if address.database.len() > DATABASE_MAX {
            return Err(refused(
                "the database's name is longer than 45 bytes, and its roles start with it",
            ));
        }
        Ok(address)
    }
}

/// What the driver gets of an address, and what is this program's own.
fn own_parameters(text: &str) -> Result<(String, Duration), StoreError> {
    let mut answer_max = ANSWER_MAX;
    let mut drivers = text.split('?').next().unwrap_or_default().to_owned();
    let mut separator = '?';
    for (name, value) in parameters(text) {
        if name == ANSWER_TIMEOUT {
            let seconds = value.parse().ok().filter(|seconds: &u64| *seconds > 0);
            answer_max = Duration::from_secs(seconds.ok_or_else(|| {
                refused("`answer_timeout` is a whole number of seconds, at least 1")
            })?);
        } else {
            drivers.push(separator);
            drivers.push_str(name);
            if !value.is_empty() {
                drivers.push('=');
                drivers.push_str(value);
            }
            separator = '&';
        }
    }
    Ok((drivers, answer_max))
}

/// The parameters of an address, in their order, as they are written.
fn parameters(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let list = text.split_once('?').map_or("", |(_, list)| list);
    let named = list.split('&').filter(|one| !one.is_empty());
    named.map(|one| one.split_once('=').unwrap_or((one, "")))
}

/// What the driver says of an address, with its cause: which parameter it is about.
fn unreadable(error: &tokio_postgres::Error) -> StoreError {
    let cause = error.source().map(|cause| format!(": {cause}"));
    refused(&format!("{error}{}", cause.unwrap_or_default()))
}

fn refused(reason: &str) -> StoreError {
    StoreError::Address {
        reason: reason.to_owned(),
    }
}

/// A directory with one file for each role that this process may log in as, readable by its owner
/// only. A role without a file logs in without a password, as far as the server lets it.
#[derive(Clone, Debug)]
pub struct Credentials {
    directory: PathBuf,
}

impl Credentials {
    /// The secrets in this directory.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self {
            directory: directory.into(),
        }
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The password of a role.
    pub(crate) fn password(&self, role: Role) -> Result<Option<Vec<u8>>, StoreError> {
        self.secret(role.name())
    }

    /// The file of a secret.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.join(name)
    }

    /// A secret by its file's name.
    pub(crate) fn secret(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.path(name);
        let refused = |reason: String| StoreError::Credentials {
            path: path.clone(),
            reason,
        };
        let metadata = match fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(refused(error.to_string())),
        };
        if metadata.mode() & 0o077 != 0 {
            return Err(refused(
                "others may read or write it: set its mode to 0600".to_owned(),
            ));
        }
        let mut secret = fs::read(&path).map_err(|error| refused(error.to_string()))?;
        while secret.last().is_some_and(u8::is_ascii_whitespace) {
            secret.pop();
        }
        Ok(Some(secret))
    }

    /// Keeps a new secret where only its owner reads it; one that is there stays.
    pub(crate) fn keep(&self, name: &str, secret: &[u8]) -> Result<(), StoreError> {
        let path = self.path(name);
        let written = DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.directory)
            .and_then(|()| {
                OpenOptions::new()
                    .write(true)
                    .create_new(true)
                    .mode(0o600)
                    .open(&path)
            })
            .and_then(|mut file| {
                file.write_all(secret)?;
                file.sync_all()
            });
        written.map_err(|error| StoreError::Credentials {
            path,
            reason: error.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(parameters: &str) -> Result<Address, StoreError> {
        format!("postgres://postgres@db.example/holdfast{parameters}").parse()
    }

    fn refusal(parameters: &str) -> String {
        address(parameters).unwrap_err().to_string()
    }

    #[test]
    fn waiting_is_bounded_by_default_and_as_the_address_says() {
        let plain = address("").unwrap();
        assert_eq!(plain.answer_max(), ANSWER_MAX);
        assert_eq!(plain.connect_max(), CONNECT_MAX);
        let config = plain.config("somebody", None);
        assert_eq!(config.get_keepalives_idle(), KEEPALIVE_IDLE);
        assert_eq!(config.get_tcp_user_timeout(), Some(&UNACKNOWLEDGED_MAX));

        let told = "?answer_timeout=7&connect_timeout=3&keepalives_idle=7200&tcp_user_timeout=5";
        let told = address(told).unwrap();
        assert!(told.to_string().ends_with("tcp_user_timeout=5"));
        assert_eq!(told.answer_max(), Duration::from_secs(7));
        assert_eq!(told.connect_max(), Duration::from_secs(3));
        let config = told.config("somebody", None);
        assert_eq!(config.get_keepalives_idle(), Duration::from_hours(2));
        assert_eq!(config.get_tcp_user_timeout(), Some(&Duration::from_secs(5)));
        let impatient = address("?answer_timeout=2").unwrap();
        assert_eq!(impatient.connect_max(), Duration::from_secs(2));
    }

    #[test]
    fn waiting_without_a_bound_is_refused() {
        for value in ["", "=", "=0", "=-1", "=soon", "=1.5"] {
            let said = refusal(&format!("?answer_timeout{value}"));
            assert!(said.contains("whole number of seconds"), "{value}: {said}");
        }
    }

    #[test]
    fn encryption_that_is_asked_for_is_refused_and_not_left_out() {
        assert!(refusal("?sslmode=require").contains("does not encrypt"));
        assert!(refusal("?sslmode=require&answer_timeout=5").contains("does not encrypt"));
        assert!(refusal("?sslmode=verify-full").contains("sslmode"));
        address("?sslmode=disable").unwrap();
    }
}
