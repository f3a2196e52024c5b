//! The store's clock: the host's, because an embedded store has no other.

use std::time::{SystemTime, UNIX_EPOCH};

use canonical::Timestamp;

use crate::error::StoreError;

/// Now, in whole microseconds.
///
/// Fails on a host whose clock stands outside the years 1970 to 9999: nothing dated by it could be
/// judged, so nothing is written.
pub(crate) fn now() -> Result<Timestamp, StoreError> {
    let refused = |reason: String| StoreError::Unstorable {
        what: "read the clock",
        reason,
    };
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_err(|error| refused(error.to_string()))?;
    let micros = i64::try_from(since.as_micros()).map_err(|error| refused(error.to_string()))?;
    Timestamp::from_micros(micros).map_err(|error| refused(error.to_string()))
}
