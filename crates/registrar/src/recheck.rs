//! The predicates that must still hold inside the transaction when an authority head has moved.

use crate::port::{ExpectedRow, RereadRow, RowStatus};

/// What no longer holds of the rows that the envelopes rest on; empty when all of it does.
///
/// `found` is what the transaction reread; an expected row that was not reread counts as missing.
/// The codes come in precedence, each once.
pub fn recheck(expected: &[ExpectedRow], found: &[RereadRow]) -> Vec<&'static str> {
    const PRECEDENCE: [&str; 4] = [
        "AUTHORITY_READBACK_MISSING",
        "AUTHORITY_READBACK_MISMATCH",
        "AMBIGUOUS_AUTHORITY",
        "LIFECYCLE_CHANGED_POST_ISSUANCE",
    ];
    let failed: Vec<&str> = expected
        .iter()
        .filter_map(|row| judge(row, found).err())
        .collect();
    PRECEDENCE
        .into_iter()
        .filter(|code| failed.contains(code))
        .collect()
}

fn judge(expected: &ExpectedRow, found: &[RereadRow]) -> Result<(), &'static str> {
    let row = found
        .iter()
        .find(|row| row.carrier == expected.carrier && row.row_key == expected.row_key)
        .ok_or("AUTHORITY_READBACK_MISSING")?;
    let status = row.status.ok_or("AUTHORITY_READBACK_MISSING")?;
    if row.row_hash != Some(expected.row_hash) {
        return Err("AUTHORITY_READBACK_MISMATCH");
    }
    if row.active_heads > 1 {
        return Err("AMBIGUOUS_AUTHORITY");
    }
    match status {
        // INVARIANT: the verdict accepted every expected row as active, so any other status is a change.
        RowStatus::Superseded | RowStatus::Revoked | RowStatus::Expired => {
            Err("LIFECYCLE_CHANGED_POST_ISSUANCE")
        }
        RowStatus::Active => Ok(()),
    }
}
