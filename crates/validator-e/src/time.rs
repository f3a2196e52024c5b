//! Comparing instants under a bound in milliseconds; exact to the microsecond.

use canonical::Timestamp;

/// Whether `instant` lies more than `millis` after `reference`.
pub(crate) fn after_by_more(instant: Timestamp, reference: Timestamp, millis: u64) -> bool {
    let micros = i64::try_from(millis)
        .unwrap_or(i64::MAX)
        .saturating_mul(1000);
    instant.micros().saturating_sub(reference.micros()) > micros
}

/// Whether two instants lie more than `millis` apart, whichever is the later.
pub(crate) fn apart_by_more(one: Timestamp, other: Timestamp, millis: u64) -> bool {
    after_by_more(one, other, millis) || after_by_more(other, one, millis)
}
