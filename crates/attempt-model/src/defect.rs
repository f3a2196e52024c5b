//! Mistakes that the protocol could have been built with, each seeded to see it caught.

/// One mistake of design; a protocol has at most one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Defect {
    /// The retry counter is part of the keys that nonce and attempt are looked up by.
    AttemptNoInKey,
    /// Only the replay key is unique, the nonce by itself is not.
    NonceNotUnique,
    /// Nothing is unique in the store: what was looked up before the insert is believed.
    CheckThenInsert,
    /// The store does not refuse a second head where the write is made.
    NoUniqueHead,
    /// An unknown outcome is settled by reading the attempt, not through its row lock.
    PlainReadResolve,
    /// Recovery records the failure and leaves the attempt as it is.
    AuditOnlySweep,
    /// Nothing recovers open attempts.
    NoSweep,
    /// Whoever reserved consumes, open or not: it relies on its lease and is not fenced.
    LeaseWithoutFence,
    /// Gate and holds are judged before the transaction only.
    GateOutsideTransaction,
    /// Freshness is judged at entry only.
    FreshnessAtEntryOnly,
    /// The transaction rereads the old rows, which a new row does not change, and no head.
    OldRowsOnly,
    /// The authority heads are read after the rows that they vouch for.
    HeadsAfterRows,
    /// The key is consumed in one transaction and the head written in another.
    TwoTransactions,
    /// The attempt is closed in one transaction and its failure recorded in another.
    AuditApart,
    /// A failure is answered before it is recorded.
    AnswerBeforeAudit,
    /// A commit is answered as registered before it is verified.
    AnswerBeforeVerification,
    /// The commit of the one transaction does not wait for the disk.
    CommitNotFlushed,
    /// An exact retry is answered with a decision made anew.
    RetryDecidesAnew,
}

impl Defect {
    /// Every defect.
    pub const ALL: [Self; 18] = [
        Self::AttemptNoInKey,
        Self::NonceNotUnique,
        Self::CheckThenInsert,
        Self::NoUniqueHead,
        Self::PlainReadResolve,
        Self::AuditOnlySweep,
        Self::NoSweep,
        Self::LeaseWithoutFence,
        Self::GateOutsideTransaction,
        Self::FreshnessAtEntryOnly,
        Self::OldRowsOnly,
        Self::HeadsAfterRows,
        Self::TwoTransactions,
        Self::AuditApart,
        Self::AnswerBeforeAudit,
        Self::AnswerBeforeVerification,
        Self::CommitNotFlushed,
        Self::RetryDecidesAnew,
    ];
}
