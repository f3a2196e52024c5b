//! How tasks speak: answers on standard output, findings on standard error.

use std::io::{ErrorKind, Write as _};

use anyhow::{Result, bail};

/// Names every finding and fails when there is one.
pub(crate) fn findings(task: &str, findings: &[String]) -> Result<()> {
    for finding in findings {
        eprintln!("{task}: {finding}");
    }
    match findings.len() {
        0 => Ok(()),
        count => bail!("{task}: {count} finding(s)"),
    }
}

/// Prints an answer. A reader that has seen enough and closed its end is no failure.
pub(crate) fn answer(text: &str) -> Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        written => Ok(written?),
    }
}
