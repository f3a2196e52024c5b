//! A database on a server of its own, seen through the prover's port.

#[path = "database.rs"]
mod database;

pub(crate) use database::*;

use postgres_lab::{Binaries, Server, ServerOptions};

/// Every version that a proof is made for.
const VERSIONS: [u16; 4] = [15, 16, 17, 18];

/// Runs a check on a fresh server of every version that is there, one after the other.
pub(crate) fn on_every_version(check: impl Fn(&Server)) {
    let checked = VERSIONS.map(|major| on_version(major, &check));
    assert!(checked.contains(&true), "no server found");
}

/// Runs a check on a fresh server of one version; whether that version is there.
///
/// Roles belong to a whole cluster, so no two checks share one. Everybody may connect without a
/// password: what a role may do is tested, not how it logs in.
pub(crate) fn on_version(major: u16, check: impl Fn(&Server)) -> bool {
    if let Err(missing) = Binaries::find(Some(major)) {
        eprintln!("not checked on {major}: {missing}");
        return false;
    }
    let options = ServerOptions::new()
        .major(major)
        .access_line("local all all trust");
    let server = Server::start(options).unwrap();
    check(&server);
    true
}
