//! Room on the disk. A linker that runs out of it dies of a bus error, which says nothing of that.

use std::path::Path;

use anyhow::{Context, Result};

/// What a first run takes, in bytes.
const FIRST_RUN: u64 = 13_000_000_000;

/// Says how much is free where cargo builds, and warns where a first run might not fit.
pub(super) fn tell(target: &Path) -> Result<()> {
    // Before the first build the folder is not there.
    let there = target.ancestors().find(|folder| folder.exists());
    let folder = there.unwrap_or(target);
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
            "{there} GB are free where cargo builds, and a first run takes {due}: where a build dies \
             of a bus error, or of no space, that is why"
        )
    } else {
        format!("{there} GB are free where cargo builds; a first run takes {due}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_short_is_said_to_be() {
        assert_eq!(
            said(FIRST_RUN),
            "13 GB are free where cargo builds; a first run takes 13"
        );
        let short = said(FIRST_RUN - 1);
        assert!(
            short.starts_with("12 GB are free where cargo builds, and"),
            "{short}"
        );
    }
}
