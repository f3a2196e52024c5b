//! What can happen next.

use crate::request::{Request, Target};
use crate::store::{AttemptId, Instant};

/// A process by its place; processes are kept in order, so the place of one may change.
pub type Who = usize;

/// One atomic step: a transaction, a read, an answer, a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Action {
    /// A caller asks an idle process.
    Ask(Who, Request),
    /// `registrar::intake`: looks the nonce up.
    Intake(Who),
    /// `Pipeline::gate`, then the authority heads.
    Gate(Who),
    /// The attestations, the readback and E's verdict.
    Gather(Who),
    /// `registrar::reserve`: one transaction.
    Reserve(Who),
    /// The same, committed, and the acknowledgement lost.
    ReserveUnacknowledged(Who),
    /// `registrar::consume`: the one transaction.
    Consume(Who),
    /// The same up to its commit, which is sent and not answered.
    ConsumeUnacknowledged(Who),
    /// The head, by itself; only a defect needs it.
    WriteHead(Who),
    /// `registrar::resolve_unknown`.
    ResolveUnknown(Who),
    /// `registrar::fail`: the failure transaction.
    Fail(Who),
    /// The audit, by itself; only a defect needs it.
    Record(Who),
    /// `registrar::refuse`: records a refusal.
    Refuse(Who),
    /// The capture after, E's second run, the verifier.
    Verify(Who),
    /// `registrar::verification_failed`: audit and hold, one transaction.
    RecordFailedVerification(Who),
    /// The observer stores the report.
    StoreReport(Who),
    /// The caller is told.
    Answer(Who),
    /// The process dies, and another one stands in its place.
    Crash(Who),
    /// `registrar::recover`: fences one open attempt.
    Recover(AttemptId),
    /// `Pipeline::recover`: takes on the phase 4 of a committed attempt.
    FinishUnverified(Who, AttemptId),
    /// The commit in doubt comes through.
    CommitLands,
    /// The commit in doubt does not.
    CommitIsUndone,
    /// An authority row that changes nothing for anybody's request.
    InsertAuthorityRow(Target),
    /// An authority row that revokes what an earlier one allowed.
    Revoke(Target),
    /// A hold on a target.
    PlaceHold(Target),
    /// The catalogue or the policy changes.
    CloseGate,
    /// The store's clock goes on, or is set back.
    MoveClock(Instant),
    /// Something outside the protocol touches what verification looks at.
    Disturb(Target),
    /// Every process dies, and what did not wait for the disk is gone.
    LosePower,
}
