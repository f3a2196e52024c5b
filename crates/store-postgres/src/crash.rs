//! Places where a crash test ends the process, in a build with the feature `crash-points` only.

/// Ends the process here when `HOLDFAST_CRASH_AT` names this place.
#[cfg(feature = "crash-points")]
pub(crate) fn crash_point(name: &str) {
    if std::env::var_os("HOLDFAST_CRASH_AT").is_some_and(|wanted| wanted == name) {
        std::process::abort();
    }
}

/// Nothing: this build has no crash points.
#[cfg(not(feature = "crash-points"))]
pub(crate) const fn crash_point(_name: &str) {}
