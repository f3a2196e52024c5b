//! Why the parent got no answer from the observer process.

use std::io;

use crate::process::ProcessError;

/// The observer gave no answer; whoever waits for one holds.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ObserverError {
    /// The process did not start.
    #[error("cannot start the observer process")]
    Spawn(#[source] io::Error),
    /// The kernel's facts about it are not known, so nothing that it says counts.
    #[error("cannot establish who the observer process is")]
    Process(#[from] ProcessError),
    /// The request cannot be sent: it is not one line of JSON, or too long.
    #[error("cannot send the request: {0}")]
    Request(&'static str),
    /// As many requests wait as may.
    #[error("observer is busy: `{waiting}` requests wait")]
    Busy {
        /// How many wait.
        waiting: usize,
    },
    /// No answer in time; the observer may still do what it was asked.
    #[error("observer did not answer within `{millis}` ms")]
    Timeout {
        /// The time that was waited, in milliseconds.
        millis: u128,
    },
    /// The process ended or broke its protocol; no request will be answered any more.
    #[error("observer is gone: {reason}")]
    Gone {
        /// What was noticed first.
        reason: String,
    },
    /// The observer answered that it could not.
    #[error("observer could not: {reason}")]
    Refused {
        /// Its own words.
        reason: String,
    },
    /// The answer is of another kind than the question.
    #[error("observer answered something else")]
    Mismatched,
}
