//! The whole log of a store.

use records::Records;

use crate::{Inconsistency, Log, TreeHead};

/// How many records are read at a time.
const PAGE: u32 = 256;

/// Recomputes a store's log, and holds it to a head that was exported before.
///
/// What is appended meanwhile may or may not be covered. `seen` is told how many records are over,
/// of how many. The outer error is the store's, and says nothing of the log.
pub fn verify<R: Records>(
    records: &R,
    earlier: Option<TreeHead>,
    mut seen: impl FnMut(u64, u64),
) -> Result<Result<TreeHead, Inconsistency>, R::Error> {
    let due = records.audit_count()?;
    let mut log = Log::held_to(earlier);
    loop {
        let page = records.audits(log.size(), PAGE)?;
        if page.is_empty() {
            return Ok(log.end(due));
        }
        for record in &page {
            if let Err(found) = log.append(record) {
                return Ok(Err(found));
            }
        }
        seen(log.size(), due.max(log.size()));
    }
}
