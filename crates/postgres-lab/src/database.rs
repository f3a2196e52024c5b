use postgres::Client;
use uuid::Uuid;

use crate::sql::{self, quoted};
use crate::{Error, Server};

const PREFIX_MAX: usize = 20;
/// Where databases and roles are made and dropped from.
const MAINTENANCE: &str = "postgres";

/// A database of a test's own. When the value is dropped, so is the database, whoever is connected
/// to it, with every role of the server whose name begins with the database's and an underscore.
#[derive(Debug)]
pub struct Database {
    name: String,
    server: Server,
    is_there: bool,
}

impl Database {
    pub(crate) fn create(server: &Server, prefix: &str) -> Result<Self, Error> {
        let name = name(prefix)?;
        // From the template that nobody connects to: another session would make this fail.
        let statement = format!(
            "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'",
            quoted(&name)
        );
        let created = |client: &mut Client| {
            let done = client.batch_execute(&statement);
            done.map_err(|source| failed(server, format!("creating database `{name}`"), source))
        };
        sql::session(server, MAINTENANCE, created)?;
        Ok(Self {
            name,
            server: server.clone(),
            is_there: true,
        })
    }

    /// Its name, which also begins the names of its roles.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it is.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// How the superuser reaches it, without a password.
    pub fn superuser_url(&self) -> String {
        self.server.superuser_url(&self.name)
    }

    /// How a role reaches it, without a password.
    pub fn url(&self, role: &str) -> String {
        self.server.url(role, &self.name)
    }

    /// A session of the superuser; see [`Server::connect`].
    pub fn connect(&self) -> Result<Client, Error> {
        self.server.connect(&self.name)
    }

    /// Drops it now, and says when that fails.
    pub fn remove(mut self) -> Result<(), Error> {
        self.is_there = false;
        remove(&self.server, &self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if !self.is_there {
            return;
        }
        // A test may have stopped or lost the server on purpose; then nothing is left behind.
        match remove(&self.server, &self.name) {
            Ok(()) | Err(Error::Connect { .. }) => {}
            Err(error) => eprintln!("postgres-lab: {error}"),
        }
    }
}

fn remove(server: &Server, name: &str) -> Result<(), Error> {
    sql::session(server, MAINTENANCE, |client| {
        let dropped = client.batch_execute(&format!(
            "DROP DATABASE IF EXISTS {} WITH (FORCE)",
            quoted(name)
        ));
        dropped.map_err(|source| failed(server, format!("dropping database `{name}`"), source))?;
        let dropped = drop_roles(client, name);
        dropped.map_err(|source| failed(server, format!("dropping the roles of `{name}`"), source))
    })
}

fn drop_roles(client: &mut Client, database: &str) -> Result<(), postgres::Error> {
    let prefix = format!("{database}_");
    let query = "SELECT rolname::text FROM pg_roles WHERE starts_with(rolname::text, $1)";
    let mut roles = Vec::new();
    for row in client.query(query, &[&prefix])? {
        roles.push(quoted(&row.try_get::<_, String>(0)?));
    }
    if roles.is_empty() {
        return Ok(());
    }
    // What they were granted outside the database would hold them.
    let roles = roles.join(", ");
    client.batch_execute(&format!("DROP OWNED BY {roles} CASCADE; DROP ROLE {roles}"))
}

fn name(prefix: &str) -> Result<String, Error> {
    let starts_well = prefix.starts_with(|letter: char| letter.is_ascii_lowercase());
    let goes_well =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
    if !starts_well || !prefix.chars().all(goes_well) || prefix.len() > PREFIX_MAX {
        return Err(Error::Prefix {
            prefix: prefix.to_owned(),
            max: PREFIX_MAX,
        });
    }
    let mut random = Uuid::new_v4().simple().to_string();
    random.truncate(16);
    Ok(format!("{prefix}_{random}"))
}

fn failed(server: &Server, action: String, source: postgres::Error) -> Error {
    Error::Statement {
        action,
        server: server.to_string(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_new_each_time_and_short_enough_for_its_roles() {
        let prefix = "a".repeat(PREFIX_MAX);
        let (one, other) = (name(&prefix).unwrap(), name(&prefix).unwrap());
        assert_ne!(one, other);
        assert!(one.len() <= 40 && one.starts_with(&prefix), "{one}");
    }

    #[test]
    fn a_prefix_that_needs_quoting_is_refused() {
        for prefix in ["", "Ledger", "1st", "led-ger", "_x", &"a".repeat(21)] {
            assert!(
                matches!(name(prefix), Err(Error::Prefix { .. })),
                "{prefix}"
            );
        }
        assert!(name("led_ger1").is_ok());
    }
}
