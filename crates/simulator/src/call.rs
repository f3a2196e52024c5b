//! Every place where a process meets the world outside it, and what may go wrong there.

/// A call of a port: a step of the schedule, and a place for a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "each is named after the method of the port")]
pub enum Call {
    // block A
    AuthorityRows,
    // block F
    Admissions,
    ArtifactResolve,
    ArtifactOpen,
    ArtifactRead,
    ArtifactStamp,
    // the registrar
    RegistrarClock,
    AttemptByNonce,
    AttemptById,
    AttemptByEffect,
    CurrentHead,
    RetiredHead,
    Standing,
    Reread,
    HeadVersions,
    Reserve,
    Consume,
    ExplainLoss,
    Evidence,
    OpenAttempts,
    UnverifiedAttempts,
    // the audit writer
    Record,
    // the verifier
    CommittedClock,
    CurrentHeads,
    RowByKey,
    LedgerRow,
    Decision,
    OpenConfig,
    VerifierRows,
    ActivationTriggers,
    // the gate
    GateClock,
    SchemaObjects,
    ExpectedObjects,
    Fingerprint,
    ActiveRows,
    SinkProbe,
    GatePlace,
    // the observer, asked
    ObserverProcess,
    ObserverCapture,
    ObserverRecord,
    // the observer, asking
    SurfaceBegin,
    SurfaceClock,
    Manifests,
    Surface,
    Issuer,
    SurfaceEnd,
    SnapshotInsert,
    // the rest
    Report,
    Pause,
    Answer,
}

/// What kind of step a call is, and so which faults fit it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Reads through a port that tells transient trouble from final trouble.
    PatientRead,
    /// Reads.
    Read,
    /// A transaction whose trouble can be transient.
    PatientWrite,
    /// The one transaction: its outcome can be unknown.
    Commit,
    /// A transaction.
    Write,
    /// A line to the observer, and one back.
    Ask,
    /// Cannot fail, only be the last thing that happens.
    Step,
}

impl Call {
    /// Every call.
    pub const ALL: [Self; 50] = [
        Self::AuthorityRows,
        Self::Admissions,
        Self::ArtifactResolve,
        Self::ArtifactOpen,
        Self::ArtifactRead,
        Self::ArtifactStamp,
        Self::RegistrarClock,
        Self::AttemptByNonce,
        Self::AttemptById,
        Self::AttemptByEffect,
        Self::CurrentHead,
        Self::RetiredHead,
        Self::Standing,
        Self::Reread,
        Self::HeadVersions,
        Self::Reserve,
        Self::Consume,
        Self::ExplainLoss,
        Self::Evidence,
        Self::OpenAttempts,
        Self::UnverifiedAttempts,
        Self::Record,
        Self::CommittedClock,
        Self::CurrentHeads,
        Self::RowByKey,
        Self::LedgerRow,
        Self::Decision,
        Self::OpenConfig,
        Self::VerifierRows,
        Self::ActivationTriggers,
        Self::GateClock,
        Self::SchemaObjects,
        Self::ExpectedObjects,
        Self::Fingerprint,
        Self::ActiveRows,
        Self::SinkProbe,
        Self::GatePlace,
        Self::ObserverProcess,
        Self::ObserverCapture,
        Self::ObserverRecord,
        Self::SurfaceBegin,
        Self::SurfaceClock,
        Self::Manifests,
        Self::Surface,
        Self::Issuer,
        Self::SurfaceEnd,
        Self::SnapshotInsert,
        Self::Report,
        Self::Pause,
        Self::Answer,
    ];

    /// What kind of step it is.
    pub const fn kind(self) -> Kind {
        match self {
            Self::RegistrarClock
            | Self::AttemptByNonce
            | Self::AttemptById
            | Self::AttemptByEffect
            | Self::CurrentHead
            | Self::RetiredHead
            | Self::Standing
            | Self::Reread
            | Self::HeadVersions
            | Self::Evidence
            | Self::OpenAttempts
            | Self::UnverifiedAttempts => Kind::PatientRead,
            Self::Reserve | Self::Record => Kind::PatientWrite,
            Self::Consume => Kind::Commit,
            Self::SnapshotInsert => Kind::Write,
            Self::ObserverCapture | Self::ObserverRecord => Kind::Ask,
            Self::ObserverProcess | Self::Pause | Self::Answer => Kind::Step,
            _ => Kind::Read,
        }
    }
}

/// What happens to one call beside, or instead of, what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// Nothing: the call is made once and answered.
    None,
    /// Transient trouble before anything was done.
    Busy,
    /// Final trouble before anything was done.
    Refused,
    /// Done, and the answer lost on the way back.
    AckLost,
    /// Trouble now; the commit is under way and ends later, this way or that.
    EndsLater,
    /// The commit failed on the disk: nothing was done, and nobody can tell.
    DiskFull,
    /// Delivered twice; the second answer is the one that arrives.
    Twice,
    /// Much later.
    Delay,
    /// The process dies before the call.
    CrashBefore,
    /// The process dies when the call is done.
    CrashAfter,
    /// The process dies while the commit is under way; it ends later, this way or that.
    CrashDuring,
}

impl Fault {
    /// The faults that fit a kind of step.
    pub const fn of(kind: Kind) -> &'static [Self] {
        match kind {
            Kind::PatientRead => &[Self::Busy, Self::Refused, Self::Delay, Self::CrashBefore],
            Kind::Read => &[Self::Refused, Self::Delay, Self::CrashBefore],
            Kind::PatientWrite => &[
                Self::Busy,
                Self::Refused,
                Self::AckLost,
                Self::EndsLater,
                Self::Twice,
                Self::Delay,
                Self::CrashBefore,
                Self::CrashAfter,
                Self::CrashDuring,
            ],
            Kind::Commit => &[
                Self::Busy,
                Self::Refused,
                Self::AckLost,
                Self::EndsLater,
                Self::DiskFull,
                Self::Twice,
                Self::Delay,
                Self::CrashBefore,
                Self::CrashAfter,
                Self::CrashDuring,
            ],
            Kind::Write => &[
                Self::Refused,
                Self::AckLost,
                Self::EndsLater,
                Self::Twice,
                Self::Delay,
                Self::CrashBefore,
                Self::CrashAfter,
                Self::CrashDuring,
            ],
            Kind::Ask => &[
                Self::Refused,
                Self::AckLost,
                Self::Twice,
                Self::Delay,
                Self::CrashBefore,
            ],
            Kind::Step => &[Self::Delay, Self::CrashBefore],
        }
    }
}
