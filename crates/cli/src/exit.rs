//! Exit codes, part of the contract (spec §8).

use std::process::ExitCode;

/// How a command ended, as a number that scripts can rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Registered, replayed, or the question answered with yes.
    Yes,
    /// The command line or a file it names cannot be used.
    Usage,
    /// Rejected, with every failed check.
    Rejected,
    /// HOLD, with every missing prerequisite.
    Hold,
    /// Written, but the verification failed.
    VerificationFailed,
    /// The store cannot be used, or the outcome is still unknown.
    Unavailable,
    /// A defect of this program.
    Internal,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Yes => 0,
            Exit::Usage => 2,
            Exit::Rejected => 3,
            Exit::Hold => 4,
            Exit::VerificationFailed => 5,
            Exit::Unavailable => 6,
            Exit::Internal => 70,
        })
    }
}
