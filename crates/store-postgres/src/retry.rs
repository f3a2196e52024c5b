//! Work that is done again when it lost a race and wrote nothing.

use crate::error::StoreError;

/// How often it is tried.
const TRIES_MAX: usize = 3;

/// Does something again that a deadlock or a full server ended before it wrote anything.
pub(crate) fn retried<T>(mut work: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
    let mut tries = 1;
    loop {
        match work() {
            Err(error) if error.is_transient() && tries < TRIES_MAX => tries += 1,
            done => return done,
        }
    }
}
