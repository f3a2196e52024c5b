//! Transient trouble is tried again inside the attempt, a bounded number of times.

use crate::port::PortError;

/// How often a call is tried again before its trouble is answered.
pub const RETRIES_MAX: u32 = 3;

/// Calls until it answers or fails for good, at most [`RETRIES_MAX`] times more.
///
/// It does not wait in between: a store that is busy has waited already.
pub(crate) fn patiently<T>(mut call: impl FnMut() -> Result<T, PortError>) -> Result<T, PortError> {
    for _ in 0..RETRIES_MAX {
        match call() {
            Err(error) if error.is_transient() => {}
            answer => return answer,
        }
    }
    call()
}
