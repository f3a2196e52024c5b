//! Defects that the simulated store can be given: each is one that the checker must find.

/// One defect of the store or of its fences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// A nonce may be reserved again under another replay key.
    NonceNotUnique,
    /// A target may have two heads.
    HeadNotUnique,
    /// Key and head are committed first, decision and attempt after them.
    ConsumeNotAtomic,
    /// An attempt is closed by what a plain read says, past a commit that is under way.
    FenceByPlainRead,
    /// Failure audits are answered before they are on the disk.
    AuditNotDurable,
    /// The one transaction is answered before it is on the disk.
    ConsumeNotDurable,
    /// A failure audit that is written again is appended again.
    AuditNotIdempotent,
    /// The attempt is closed, and the audit that belongs to it is left out.
    AbortWithoutAudit,
    /// The stored answer is sealed anew whenever it is asked for.
    ExactRetryRebuilt,
    /// Authority heads that moved are not looked at.
    AuthorityHeadsIgnored,
    /// Holds are not looked at.
    HoldIgnored,
    /// The attempt's end is not looked at.
    ExpiryIgnored,
    /// A later verification report replaces an earlier one.
    ReportReplaced,
}

impl Bug {
    /// Every defect.
    pub const ALL: [Self; 13] = [
        Self::NonceNotUnique,
        Self::HeadNotUnique,
        Self::ConsumeNotAtomic,
        Self::FenceByPlainRead,
        Self::AuditNotDurable,
        Self::ConsumeNotDurable,
        Self::AuditNotIdempotent,
        Self::AbortWithoutAudit,
        Self::ExactRetryRebuilt,
        Self::AuthorityHeadsIgnored,
        Self::HoldIgnored,
        Self::ExpiryIgnored,
        Self::ReportReplaced,
    ];
}
