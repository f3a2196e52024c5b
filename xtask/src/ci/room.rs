//! Room on the disk. A linker that runs out of it dies of a bus error, which says nothing of that.

use std::path::Path;

use anyhow::{Context, Result};

/// What a first run takes, in bytes.
const FIRST_RUN: u64 = 13_000_000_000;

/// Says how much is free on the disk that holds this folder, and warns where a first run might not fit.
pub(super) fn tell(folder: &Path) -> Result<()> {
    let asked = rustix::fs::statvfs(folder);
    let asked =
        asked.with_context(|| format!("asking how much is free at `{}`", folder.display()))?;
    let free = asked.f_bavail.saturating_mul(asked.f_frsize);
    eprintln!("ci: {}", said(free));
    Ok(())
}

fn said(free: u64) -> String {
    let gigabytes = |bytes: u64| bytes.div_euclid(1_000_000_000);
    let (there, due) = (gigabytes(free), gigabytes(FIRST_RUN));
    if free < FIRST_RUN {
        format!(
            "{there} GB are free on this disk, and a first run takes {due}: where a build dies of a \
             bus error, or of no space, that is why"
        )
    } else {
        format!("{there} GB are free on this disk; a first run takes {due}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_short_is_said_to_be() {
        assert_eq!(
            said(FIRST_RUN),
            "13 GB are free on this disk; a first run takes 13"
        );
        let short = said(FIRST_RUN - 1);
        assert!(
            short.starts_with("12 GB are free on this disk, and"),
            "{short}"
        );
    }
}
