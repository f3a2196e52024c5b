//! What is said of a database, word for word.

use carrier_prover::{Report, render};

/// The version whose answers are kept word for word.
pub(crate) const TOLD: u16 = 15;

/// The whole answer, in a database of no particular name.
///
/// Left out are the head, which speaks of the server, and the fingerprint.
pub(crate) fn words(report: &Report, database: &str) -> String {
    let text = render(report).replace(database, "case");
    let lines: Vec<&str> = text.lines().skip(2).collect();
    lines.join("\n") + "\n"
}
