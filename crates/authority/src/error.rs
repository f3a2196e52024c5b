//! Why nothing was written.

use canonical::{Timestamp, WriteError};

use crate::port::PortError;

/// Why a row, a policy or a whole file was not written. Nothing of it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthorityError {
    /// A rule of authority forbids it.
    #[error("cannot {tried} `{subject}`: {reason}; {}", reason.next())]
    Refused {
        /// What was tried, as a verb phrase.
        tried: &'static str,
        /// On what.
        subject: String,
        /// Which rule.
        reason: Box<Reason>,
    },
    /// The store could not answer.
    #[error(transparent)]
    Store(#[from] PortError),
    /// A policy, or a number in it, does not keep its schema.
    #[error("policy `{policy_id}` does not keep its schema at `{member}`")]
    Policy {
        /// The policy.
        policy_id: String,
        /// The member, or `/` for the whole.
        member: &'static str,
        /// What the schema says.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Content has no canonical form to hash or store.
    #[error("{what} has no canonical form")]
    Canonical {
        /// The content.
        what: &'static str,
        /// Why.
        source: WriteError,
    },
    /// An authority file cannot be read.
    #[error("authority file is not one: {detail}")]
    File {
        /// Where and why, from the parser.
        detail: String,
    },
    /// An artifact that an authority file names could not be measured.
    #[error("cannot measure artifact `{path}` of `{dot_code}`")]
    Measure {
        /// The DOT.
        dot_code: String,
        /// The path as written in the file.
        path: String,
        /// Why.
        source: crate::import::MeasureError,
    },
}

/// The rule of authority that forbids a row.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// The same fact already stands.
    #[error("row `{row_key}` already says so")]
    AlreadyOnRecord {
        /// The row.
        row_key: String,
    },
    /// An active row says something else of the same subject.
    #[error("row `{row_key}` is active and says otherwise")]
    Conflict {
        /// The row.
        row_key: String,
    },
    /// The same was withdrawn, and a file does not bring it back.
    #[error("row `{row_key}` withdrew it")]
    Withdrawn {
        /// The row.
        row_key: String,
    },
    /// Several active rows speak of the same subject.
    #[error("{count} active rows speak of it")]
    Ambiguous {
        /// How many.
        count: usize,
    },
    /// No such row.
    #[error("carrier `{carrier}` has no row `{row_key}`")]
    NoSuchRow {
        /// The carrier.
        carrier: String,
        /// The key.
        row_key: String,
    },
    /// The row no longer stands.
    #[error("row `{row_key}` is not active")]
    NotActive {
        /// The row.
        row_key: String,
    },
    /// The carrier has no such lifecycle, or is none.
    #[error("rows of `{carrier}` cannot be revoked")]
    NotRevocable {
        /// The carrier.
        carrier: String,
    },
    /// Nobody of that name is a principal.
    #[error("`{name}` is neither an active principal nor an alias of one")]
    UnknownPrincipal {
        /// The name.
        name: String,
    },
    /// The principal is of a kind that is never this.
    #[error("`{principal}` is a {kind}, which is never an owner")]
    NeverOwner {
        /// The principal.
        principal: String,
        /// Its kind.
        kind: String,
    },
    /// Only people stand on a side.
    #[error("only a human stands on the owner's or the council's side")]
    SideNeedsHuman,
    /// The name is already an alias of somebody.
    #[error("`{name}` is already a name of `{principal}`")]
    NameTaken {
        /// The name.
        name: String,
        /// Whose it is.
        principal: String,
    },
    /// An operating-system uid is a number.
    #[error("`{value}` is not a user id")]
    NotAUid {
        /// What was given.
        value: String,
    },
    /// A delegation without an end.
    #[error("a delegation needs an end date")]
    DelegationWithoutEnd,
    /// The end is not after the start, or already past.
    #[error("it would end at `{end}`, not after `{start}`")]
    PeriodReversed {
        /// Start, or now.
        start: Timestamp,
        /// End.
        end: Timestamp,
    },
    /// The time lies outside the calendar of the system.
    #[error("the time it asks for is beyond the year 9999")]
    BeyondCalendar,
    /// There already is an active accountable owner.
    #[error("row `{row_key}` already is the active accountable owner of it")]
    AccountableOwnerExists {
        /// The row.
        row_key: String,
    },
    /// The operation is not an active action type.
    #[error("operation `{operation}` is not an active action type")]
    NoActionType {
        /// The operation.
        operation: String,
    },
    /// The verifier is not on record.
    #[error("verifier `{verifier_ref}` is not on record")]
    NoVerifier {
        /// The verifier.
        verifier_ref: String,
    },
    /// An approval without an artifact hash, for a DOT that has no admission.
    #[error("no active admission of `{dot_code}` says which artifact is meant")]
    NoAdmission {
        /// The DOT.
        dot_code: String,
    },
    /// An approval has to end.
    #[error("it has no end: neither `expires_at` nor `valid_days`")]
    NoEnd,
    /// A vote through a credential that is somebody else's, or nobody's.
    #[error("`{channel}` is no credential of `{voter}`")]
    NotTheVoter {
        /// Who is said to vote.
        voter: String,
        /// The credential.
        channel: String,
    },
    /// A sign-off is bound to content, by checksum.
    #[error("a sign-off needs the checksum of the approved artifact")]
    SignoffChecksum,
    /// The approval does not authorise this.
    #[error("approval `{approval_ref}` does not authorise it: {lacking}")]
    NotApproved {
        /// The approval.
        approval_ref: String,
        /// What it lacks.
        lacking: String,
    },
    /// No policy is active, so no quorum is defined.
    #[error("no single policy is active, so no quorum is defined")]
    NoPolicy,
    /// A path that is not an absolute path in canonical form.
    #[error("path `{path}` is not absolute and canonical")]
    PathNotCanonical {
        /// The path.
        path: String,
    },
    /// The artifact lies outside its origin.
    #[error("path `{path}` is not under its origin `{origin}`")]
    OutsideOrigin {
        /// The path.
        path: String,
        /// The origin.
        origin: String,
    },
    /// A surface is listed twice.
    #[error("surface `{name}` is listed twice")]
    DuplicateSurface {
        /// The surface.
        name: String,
    },
    /// A manifest that protects nothing.
    #[error("the manifest lists no surface")]
    NoSurface,
    /// Nothing to release.
    #[error("no hold stands on it")]
    NoHold,
}

impl Reason {
    /// What to do about it, as a fragment that follows the reason.
    pub fn next(&self) -> &'static str {
        match self {
            Self::AlreadyOnRecord { .. } => "nothing needs to be done",
            Self::Conflict { .. } => "supersede or revoke that row first",
            Self::Withdrawn { .. } => "take it out of the file, or add it again on its own",
            Self::Ambiguous { .. } => "revoke all but one of them first",
            Self::NoSuchRow { .. } => "list the rows with `holdfast authority show`",
            Self::NotActive { .. } => "name the row that stands, see `holdfast authority show`",
            Self::NotRevocable { .. } => "write a row that says the new state instead",
            Self::UnknownPrincipal { .. } => {
                "add the principal first with `holdfast authority principal add`"
            }
            Self::NeverOwner { .. } => "name a human, team or service that answers for it",
            Self::SideNeedsHuman => "set the side to none or the kind to human",
            Self::NameTaken { .. } => "choose another name or revoke that binding first",
            Self::NotAUid { .. } => "give the number that `id -u` prints",
            Self::DelegationWithoutEnd => "give `effective_to`",
            Self::PeriodReversed { .. } => "give a later end",
            Self::BeyondCalendar => "give an earlier end",
            Self::AccountableOwnerExists { .. } => "supersede or revoke that row",
            Self::NoActionType { .. } => "record the action type first",
            Self::NoVerifier { .. } => "record it first with `holdfast authority verifier add`",
            Self::NoAdmission { .. } => {
                "admit the artifact first with `holdfast authority admit`, or give its hash"
            }
            Self::NoEnd => "give one of the two",
            Self::NotTheVoter { .. } => {
                "let the voter vote, as a user who is bound to that principal"
            }
            Self::SignoffChecksum => "give the artifact's hash as the checksum",
            Self::NotApproved { .. } => "get an approval for exactly this, then try again",
            Self::NoPolicy => "set one with `holdfast authority policy set`",
            Self::PathNotCanonical { .. } => "give the path that `realpath` prints",
            Self::OutsideOrigin { .. } => "choose a folder above the artifact as its origin",
            Self::DuplicateSurface { .. } => "list each surface once",
            Self::NoSurface => "list at least one, or use the default manifest",
            Self::NoHold => "see `holdfast history` for what happened to it",
        }
    }
}

/// What is being tried, for the errors of its checks.
#[derive(Clone, Debug)]
pub(crate) struct Tried {
    tried: &'static str,
    subject: String,
}

impl Tried {
    pub(crate) fn new(tried: &'static str, subject: impl Into<String>) -> Self {
        Self {
            tried,
            subject: subject.into(),
        }
    }

    pub(crate) fn refused(&self, reason: Reason) -> AuthorityError {
        AuthorityError::Refused {
            tried: self.tried,
            subject: self.subject.clone(),
            reason: Box::new(reason),
        }
    }
}
