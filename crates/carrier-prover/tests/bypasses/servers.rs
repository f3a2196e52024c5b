//! One private server of each version that is there.

use postgres_lab::{Binaries, Server, ServerOptions};

/// The oldest version is required; the others are tried where they are found.
const VERSIONS: [u16; 4] = [15, 16, 17, 18];

/// Runs `check` on a server of every version found, one after the other; each lives as long as its
/// check. Everybody may connect without a password: roles are what is tested, not how they log in.
pub(crate) fn on_every_version(check: impl Fn(&Server)) {
    let mut checked = 0;
    for major in VERSIONS {
        if let Err(missing) = Binaries::find(Some(major)) {
            eprintln!("not checked on {major}: {missing}");
            continue;
        }
        let options = ServerOptions::new()
            .major(major)
            .access_line("local all all trust")
            .access_line("host all all 127.0.0.1/32 trust");
        let server = Server::start(options).unwrap();
        check(&server);
        checked += 1;
    }
    assert!(checked > 0, "no server found");
}
