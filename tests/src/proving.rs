//! `holdfast prove` on private servers of any version, and what its reports say.

use std::path::{Path, PathBuf};
use std::process::Command;

use postgres_lab::{Binaries, Server, ServerOptions};
use serde_json::Value;

use crate::fixture::must;
use crate::shell::holdfast;

/// A file of the folder `fixtures`.
pub fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures")
        .join(name)
}

/// Checks on a server of this version that lets everybody in: what a role may do is tested, not how
/// it logs in. Only version 15 has to be there.
///
/// # Panics
///
/// When there is no server of version 15.
pub fn on_version(major: u16, check: impl FnOnce(&Server)) {
    if let Err(missing) = Binaries::find(Some(major)) {
        assert_ne!(major, 15, "{missing}");
        return println!("not checked on {major}: {missing}");
    }
    let options = ServerOptions::new()
        .major(major)
        .access_line("host all all 127.0.0.1/32 trust");
    let server = must(Server::start(options));
    check(&server);
}

/// Makes a database by a script.
pub fn made(server: &Server, name: &str, script: &str) {
    let mut superuser = must(server.connect("postgres"));
    must(superuser.batch_execute(&format!("CREATE DATABASE {name}")));
    let mut made = must(server.connect(name));
    must(made.batch_execute(script));
}

/// The command on a database.
pub fn prove(folder: &Path, store: &str, arguments: &[&str]) -> Command {
    let mut command = holdfast(folder, &["prove", "--store", store]);
    command
        .args(arguments)
        .env("HOLDFAST_CREDENTIALS", folder.join("credentials"));
    command
}

/// A carrier of a report, in one of its uses.
pub fn of<'a>(report: &'a Value, carrier: &str, used_as: &str) -> &'a Value {
    let mut carriers = listed(report, "carriers").iter();
    let found = carriers.find(|one| one["carrier"] == carrier && one["declared_use"] == used_as);
    must(found.ok_or_else(|| format!("no `{carrier}` as {used_as}")))
}

/// What a criterion came to.
pub fn fitness<'a>(carrier: &'a Value, id: &str) -> &'a str {
    let mut found = listed(carrier, "fitness").iter();
    let outcome = found.find(|one| one["id"] == id).map(|one| &one["outcome"]);
    must(
        outcome
            .and_then(Value::as_str)
            .ok_or_else(|| format!("no `{id}`")),
    )
}

/// The codes of a carrier.
pub fn codes(carrier: &Value) -> Vec<&str> {
    let codes = listed(carrier, "reject_codes").iter();
    codes.filter_map(Value::as_str).collect()
}

fn listed<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    let list = value.get(name).and_then(Value::as_array).map(Vec::as_slice);
    must(list.ok_or_else(|| format!("no list `{name}`")))
}
