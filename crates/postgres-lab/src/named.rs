//! The server that the environment names.

use std::env;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use postgres::config::Host;
use postgres::{Client, Config};

use crate::password::Password;
use crate::server::Address;
use crate::{Error, Server, sql};

/// The variable that names the server for tests, as `postgres://superuser@host:port/postgres`. A
/// password comes from `PGPASSWORD` or the file of `PGPASSFILE`, never from the address.
pub const TEST_SERVER: &str = "HOLDFAST_TEST_POSTGRES";

const DEFAULT_PORT: u16 = 5432;

/// The named server, if one is named. It must answer, to a superuser: a name that leads nowhere is
/// an error, not a reason to start another.
pub(crate) fn from_environment() -> Result<Option<Server>, Error> {
    let Some(url) = env::var_os(TEST_SERVER).filter(|url| !url.is_empty()) else {
        return Ok(None);
    };
    let url = url.to_str().ok_or_else(|| refused("is not Unicode"))?;
    let address = address(url)?;
    let server = Server::at(address);
    sql::session(&server, "postgres", |client| ask(&server, client)).map(Some)
}

fn address(url: &str) -> Result<Address, Error> {
    let config =
        Config::from_str(url).map_err(|error| refused(&format!("is no address: {error}")))?;
    if config.get_password().is_some() {
        return Err(refused(
            "holds a password; it belongs in `PGPASSWORD` or the password file",
        ));
    }
    let [Host::Tcp(host)] = config.get_hosts() else {
        return Err(refused("does not name exactly one host"));
    };
    let port = config.get_ports().first().copied().unwrap_or(DEFAULT_PORT);
    let superuser = config
        .get_user()
        .ok_or_else(|| refused("names no superuser"))?;
    Ok(Address {
        host: host.clone(),
        port,
        socket_dir: None,
        superuser: superuser.to_owned(),
        password: Password::find(host, port, superuser),
        major: 0,
        version: String::new(),
    })
}

/// The same server with what it says of itself.
fn ask(server: &Server, client: &mut Client) -> Result<Server, Error> {
    let query = "SELECT current_setting('server_version'), \
         current_setting('server_version_num')::int / 10000, \
         current_setting('is_superuser') = 'on', \
         current_setting('unix_socket_directories')";
    let statement = |source| Error::Statement {
        action: "asking for its version".to_owned(),
        server: server.to_string(),
        source,
    };
    let row = client.query_one(query, &[]).map_err(statement)?;
    if !row.try_get::<_, bool>(2).map_err(statement)? {
        return Err(refused("names a role that is no superuser"));
    }
    let version: String = row.try_get(0).map_err(statement)?;
    let major: i32 = row.try_get(1).map_err(statement)?;
    let sockets: String = row.try_get(3).map_err(statement)?;
    let is_here = server.host() == "localhost"
        || IpAddr::from_str(server.host()).is_ok_and(|address| address.is_loopback());
    Ok(Server::at(Address {
        host: server.host().to_owned(),
        port: server.port(),
        socket_dir: is_here.then(|| socket(&sockets, server.port())).flatten(),
        superuser: server.superuser_name().to_owned(),
        password: Password::find(server.host(), server.port(), server.superuser_name()),
        major: u16::try_from(major).map_err(|_| refused("names a server of no known version"))?,
        version: version.split(' ').next().unwrap_or_default().to_owned(),
    }))
}

// A server elsewhere, behind a forwarded port, names directories of its own machine.
fn socket(directories: &str, port: u16) -> Option<PathBuf> {
    let name = format!(".s.PGSQL.{port}");
    let mut all = directories.split(',').map(|one| Path::new(one.trim()));
    all.find(|directory| directory.join(&name).exists())
        .map(Path::to_owned)
}

fn refused(reason: &str) -> Error {
    Error::Named {
        reason: reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_superuser_on_one_host() {
        let found = address("postgres://admin@127.0.0.1:5433/postgres").unwrap();
        assert_eq!((found.host.as_str(), found.port), ("127.0.0.1", 5433));
        assert_eq!(found.superuser, "admin");
    }

    #[test]
    fn an_address_with_a_password_or_without_a_superuser_is_refused() {
        let refusal = |url| address(url).unwrap_err().to_string();
        let with_password = refusal("postgres://admin:secret@127.0.0.1:5433/postgres");
        assert!(
            with_password.contains("holds a password"),
            "{with_password}"
        );
        assert!(!with_password.contains("secret"), "{with_password}");
        assert!(refusal("postgres://127.0.0.1/postgres").contains("no superuser"));
        assert!(refusal("postgres://admin@/postgres").contains("exactly one host"));
    }
}
