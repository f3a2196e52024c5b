//! How the data directory of a private server is made.

use crate::home::Home;
use crate::options::ServerOptions;
use crate::tools::Tools;
use crate::{Error, Server};

/// The superuser of every private server.
pub(crate) const SUPERUSER: &str = "postgres";

/// Who may connect: see the crate's own words.
const ACCESS: &str = "\
local all postgres trust
host all postgres 127.0.0.1/32 trust
local replication postgres trust
host replication postgres 127.0.0.1/32 trust
local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
local replication all scram-sha-256
host replication all 127.0.0.1/32 scram-sha-256
";

/// `synchronous_commit` and full-page writes stay as they are: commits mean what they mean in
/// production as long as the machine lives.
const SETTINGS: [(&str, &str); 11] = [
    ("listen_addresses", "127.0.0.1"),
    ("unix_socket_permissions", "0777"),
    ("max_connections", "400"),
    ("shared_buffers", "64MB"),
    // Segments in files of the data directory: a killed server leaves nothing outside.
    ("dynamic_shared_memory_type", "mmap"),
    ("fsync", "off"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("log_destination", "stderr"),
    ("logging_collector", "off"),
    ("log_line_prefix", "%m [%p] %q%u@%d %a: "),
];

/// Fills the data directory and writes its configuration.
pub(crate) fn create(home: &Home, options: &ServerOptions, tools: &Tools) -> Result<(), Error> {
    match &options.primary {
        None => initialise(home, tools)?,
        Some(primary) => copy(home, tools, primary)?,
    }
    home.append("postgresql.conf", &configuration(&options.settings))?;
    home.rewrite("pg_hba.conf", &access(&options.access_lines))
}

fn initialise(home: &Home, tools: &Tools) -> Result<(), Error> {
    tools.run(home, "initdb", |command| {
        command
            .args(["--username", SUPERUSER, "--auth", "trust", "--no-sync"])
            .args(["--encoding", "UTF8", "--locale", "C"])
            .arg("--pgdata")
            .arg(home.data());
    })
}

fn copy(home: &Home, tools: &Tools, primary: &Server) -> Result<(), Error> {
    tools.run(home, "pg_basebackup", |command| {
        if let Some(password) = primary.superuser_password() {
            command.env("PGPASSWORD", password);
        }
        command
            .args(["--host", primary.host(), "--port"])
            .arg(primary.port().to_string())
            .args(["--username", primary.superuser_name(), "--no-password"])
            .args(["--checkpoint", "fast", "--wal-method", "stream"])
            .args(["--write-recovery-conf", "--no-sync", "--pgdata"])
            .arg(home.data());
    })
}

fn configuration(settings: &[(String, String)]) -> String {
    let own = SETTINGS.iter().copied();
    let asked = settings
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let line = |(name, value): (&str, &str)| format!("{name} = '{}'\n", value.replace('\'', "''"));
    let lines: String = own.chain(asked).map(line).collect();
    format!("\n# of the private server\n{lines}")
}

fn access(lines: &[String]) -> String {
    let mut asked: Vec<&str> = lines.iter().map(String::as_str).collect();
    asked.push(ACCESS);
    asked.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_comes_after_the_defaults_and_is_quoted() {
        let asked = [
            ("fsync".to_owned(), "on".to_owned()),
            ("x".to_owned(), "it's".to_owned()),
        ];
        let text = configuration(&asked);
        assert!(text.ends_with("fsync = 'on'\nx = 'it''s'\n"), "{text}");
        assert!(text.contains("fsync = 'off'\n"), "{text}");
    }

    #[test]
    fn access_lines_that_were_asked_for_decide_first() {
        let text = access(&["local all all reject".to_owned()]);
        assert!(
            text.starts_with("local all all reject\nlocal all postgres trust\n"),
            "{text}"
        );
    }
}
