//! Work that is done again: when it lost a race and wrote nothing, or when it can tell by itself
//! whether it has been done.

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

/// Does something once more whose connection ended, or fell silent, before its answer came.
///
/// Only for work that is done once however often it is asked for, and whose second answer says that
/// it had been done: what was lost may have been the acknowledgement and not the work.
pub(crate) fn asked_again<T>(
    mut work: impl FnMut() -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    match work() {
        Err(StoreError::Lost { .. } | StoreError::Silent { .. }) => work(),
        done => done,
    }
}
