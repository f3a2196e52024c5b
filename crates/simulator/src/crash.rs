//! The death of a simulated process.
//!
//! A process that is killed runs no more of its code. Here it is a thread, and a thread cannot be
//! killed, so the call in which it dies unwinds it instead, with a payload that nobody but the root
//! of the thread takes. That is the same for everything that can be observed: no code of a block or
//! of the pipeline catches a panic, but block E one of its own checks, which call no port; none of it
//! does anything in a destructor that leaves the process, and a call that a dead process made all
//! the same would be reported as a violation. An error would be no death: the code would handle it,
//! and go on.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// What a dying process unwinds with; private, so that only [`live`] can tell it from a panic.
struct Died;

/// How a stretch of a process's life ended.
#[derive(Debug)]
pub(crate) enum Life<T> {
    /// It came to its end.
    Ended(T),
    /// It was killed.
    Killed,
    /// Its code panicked, which it must never do.
    Panicked(String),
}

/// Dies here and now. Calls no panic hook, so nothing is printed.
pub(crate) fn die() -> ! {
    resume_unwind(Box::new(Died))
}

/// Lives until the end, death or panic of `life`.
pub(crate) fn live<T>(life: impl FnOnce() -> T) -> Life<T> {
    // Whatever a killed process leaves behind in its own memory is dropped unseen.
    match catch_unwind(AssertUnwindSafe(life)) {
        Ok(ended) => Life::Ended(ended),
        Err(payload) if payload.is::<Died>() => Life::Killed,
        Err(payload) => {
            let text = payload.downcast_ref::<&str>().map(ToString::to_string);
            let text = text.or_else(|| payload.downcast_ref::<String>().cloned());
            Life::Panicked(text.unwrap_or_else(|| "without words".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_death_is_told_from_an_end_and_from_a_panic() {
        assert!(matches!(live(|| 7), Life::Ended(7)));
        assert!(matches!(live(|| die()), Life::<()>::Killed));
        let panicked = live(|| resume_unwind(Box::new("oh")));
        assert!(matches!(panicked, Life::<()>::Panicked(text) if text == "oh"));
    }
}
