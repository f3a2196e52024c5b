//! A private server of the version asked for.

use postgres_lab::{Binaries, Server, ServerOptions};

/// Runs `check` on a server of this version, where it is found; the server lives as long as the
/// check. Everybody may connect without a password: roles are what is tested, not how they log in.
///
/// Version 15 is what the project is built against, and is required.
pub(crate) fn on_version(major: u16, check: impl FnOnce(&Server)) {
    if let Err(missing) = Binaries::find(Some(major)) {
        assert_ne!(major, 15, "{missing}");
        eprintln!("not checked on {major}: {missing}");
        return;
    }
    let options = ServerOptions::new()
        .major(major)
        .access_line("local all all trust")
        .access_line("host all all 127.0.0.1/32 trust");
    let server = Server::start(options).unwrap();
    check(&server);
}
