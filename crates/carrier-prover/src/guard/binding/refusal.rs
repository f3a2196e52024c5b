//! Why a constraint binds nothing.

/// A code with what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BindingRefusal {
    /// What kind of gap.
    pub code: BindingCode,
    /// What exactly, for people.
    pub detail: String,
}

/// The kinds of gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum BindingCode {
    /// NOT VALID: rows from before were never checked.
    NotValidated,
    /// NOT ENFORCED: nothing is checked.
    NotEnforced,
    /// The text has no certain tokens.
    Unreadable,
    /// Not `checksum = digest(payload)`.
    NotTheShape,
    /// Both sides are the same, or an alternative makes it true.
    Tautology,
    /// A digest that is broken, or none of the server's.
    WeakDigest,
    /// A function or operator that is not the built-in one.
    ForeignFunction,
    /// A name that is no column of the table.
    UnknownColumn,
    /// The checksum may be NULL, and then the check passes.
    NullableChecksum,
    /// A part of the payload may be NULL, and then the check passes.
    NullablePart,
    /// The checksum is part of its own payload.
    SelfReference,
    /// Text that depends on a setting of the session.
    UnstablePart,
    /// No column in the payload.
    NothingBound,
}

impl BindingCode {
    /// The name in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotValidated => "CHECK_NOT_VALIDATED",
            Self::NotEnforced => "CHECK_NOT_ENFORCED",
            Self::Unreadable => "CHECK_UNREADABLE",
            Self::NotTheShape => "CHECK_NOT_THE_SHAPE",
            Self::Tautology => "CHECK_TAUTOLOGY",
            Self::WeakDigest => "CHECK_WEAK_DIGEST",
            Self::ForeignFunction => "CHECK_FOREIGN_FUNCTION",
            Self::UnknownColumn => "CHECK_UNKNOWN_COLUMN",
            Self::NullableChecksum => "CHECK_NULLABLE_CHECKSUM",
            Self::NullablePart => "CHECK_NULLABLE_PART",
            Self::SelfReference => "CHECK_SELF_REFERENCE",
            Self::UnstablePart => "CHECK_UNSTABLE_PART",
            Self::NothingBound => "CHECK_NOTHING_BOUND",
        }
    }
}

impl BindingRefusal {
    pub(super) fn new(code: BindingCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}
