//! What a process has in memory, and so what it loses when it dies.

use crate::request::Request;
use crate::store::{AttemptId, Report};

/// How far a process has come with what it was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Process {
    /// Asked for nothing.
    Idle,
    /// Has a request.
    Asked {
        /// The request.
        request: Request,
    },
    /// Intake found a nonce that nobody used.
    Fresh {
        /// The request.
        request: Request,
    },
    /// The gate was open, and the authority heads were read.
    Gathering {
        /// The request.
        request: Request,
        /// The version of the target's authority head then.
        head_version: u8,
    },
    /// The rows that were read give the authority, and E accepted.
    Judged {
        /// The request.
        request: Request,
        /// The version of the authority head.
        head_version: u8,
        /// Its own reservation, when the acknowledgement of it was lost.
        own: Option<AttemptId>,
    },
    /// Holds an open attempt.
    Reserved {
        /// The attempt.
        attempt: AttemptId,
        /// The version of the authority head.
        head_version: u8,
    },
    /// Has consumed the key, and the head is still to be written; only a defect leads here.
    WritingHead {
        /// The attempt.
        attempt: AttemptId,
    },
    /// Sent a commit and was not answered.
    OutcomeUnknown {
        /// The attempt.
        attempt: AttemptId,
    },
    /// Its transaction was rolled back.
    Lost {
        /// The attempt.
        attempt: AttemptId,
        /// Why.
        loss: Loss,
    },
    /// Has closed the attempt, and the failure is still to be recorded; only a defect leads here.
    Recording {
        /// The attempt.
        attempt: AttemptId,
    },
    /// Refuses a request that holds no reservation.
    Refusing {
        /// The request.
        request: Request,
        /// Why.
        refusal: Refusal,
    },
    /// Has a committed attempt to verify.
    Verifying {
        /// The attempt.
        attempt: AttemptId,
        /// Whether a caller waits; recovery has none.
        is_asked: bool,
    },
    /// The reread did not confirm the write, and no report stood.
    Doubting {
        /// The attempt.
        attempt: AttemptId,
        /// Whether a caller waits.
        is_asked: bool,
    },
    /// Has a report to store.
    Reporting {
        /// The attempt.
        attempt: AttemptId,
        /// Whether a caller waits.
        is_asked: bool,
        /// The report.
        report: Report,
    },
    /// Knows the answer.
    Answering {
        /// The request.
        request: Request,
        /// The answer.
        answer: Answer,
        /// Whether it is a prior decision.
        is_replayed: bool,
    },
}

/// Why the one transaction was rolled back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Loss {
    /// Past its end by the store's clock.
    Expired,
    /// The store's clock stands before the reservation.
    ClockWentBack,
    /// The gate is not the one of the report.
    GateChanged,
    /// The effect is committed.
    EffectCommitted,
    /// A hold was placed.
    HoldPlaced,
    /// The authority is not what it was.
    AuthorityChanged,
    /// The target has a head.
    HeadExists,
}

/// Why a request was refused, nothing burned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// Only the retry counter differs from a request that used the nonce.
    AttemptNoBypass,
    /// Another request used the nonce.
    NonceConsumed,
    /// The same request is open elsewhere.
    InFlight,
    /// E: not fresh, or ahead of the clock.
    NotFresh,
    /// A or E: no authority.
    NoAuthority,
    /// A hold stands on the target.
    Held,
    /// The effect is committed.
    Duplicate,
    /// The target has a head.
    HeadExists,
}

/// What a caller is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// The decision of a committed attempt, with a passing report.
    Registered(Decision),
    /// The decision of a committed attempt, with a failing report.
    VerificationFailed(Decision),
    /// The decision of an aborted attempt.
    Rejected(Decision),
    /// A refusal that burned nothing.
    Refused {
        /// Why.
        refusal: Refusal,
        /// Whether it is recorded. The log of refusals is not kept otherwise: they close nothing.
        is_recorded: bool,
    },
    /// The gate is closed; nothing was tried, so nothing is recorded.
    Hold,
}

/// The bytes of a decision, as far as two of them can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decision {
    /// The attempt that was decided.
    pub attempt: AttemptId,
    /// 0 for the bytes that were stored; only a defect makes others.
    pub edition: u8,
}
