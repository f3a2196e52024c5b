//! A private server of the version asked for.

use std::cell::OnceCell;

use postgres_lab::{Binaries, PrivateServer, Server, ServerOptions};

/// A version that a test is for. Its server lives as long, once it was asked for.
#[derive(Debug)]
pub(crate) struct Version {
    pub(crate) major: u16,
    server: OnceCell<PrivateServer>,
}

impl Version {
    /// A server where everybody may connect without a password: roles are what is tested, not how
    /// they log in.
    pub(crate) fn server(&self) -> &Server {
        self.server.get_or_init(|| {
            let options = ServerOptions::new()
                .major(self.major)
                .access_line("local all all trust")
                .access_line("host all all 127.0.0.1/32 trust");
            Server::start(options).unwrap()
        })
    }
}

/// Runs `check` for this version, where it is found.
///
/// Version 15 is what the project is built against, and is required.
pub(crate) fn on_version(major: u16, check: impl FnOnce(&Version)) {
    if let Err(missing) = Binaries::find(Some(major)) {
        assert_ne!(major, 15, "{missing}");
        eprintln!("not checked on {major}: {missing}");
        return;
    }
    check(&Version {
        major,
        server: OnceCell::new(),
    });
}
