//! The distribution's package of the server.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::command;

/// What Debian's package reads before it makes a server of its own.
const CLUSTERS: &str = "/etc/postgresql-common/createcluster.conf";
const MISSING: &str = "no whole PostgreSQL package";

/// Installs it, and does not let it start a server of its own that nobody asked for.
pub(super) fn install() -> Result<()> {
    command::install(MISSING, &["postgresql-common"])?;
    let clusters = Path::new(CLUSTERS);
    let before = fs::read_to_string(clusters).with_context(|| format!("reading `{CLUSTERS}`"))?;
    let write =
        |text: &str| fs::write(clusters, text).with_context(|| format!("writing `{CLUSTERS}`"));
    write(&format!("{before}\ncreate_main_cluster = false\n"))?;
    let installed = command::install(MISSING, &["postgresql"]);
    write(&before)?;
    installed
}
