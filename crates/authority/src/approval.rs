//! Approvals and the votes on them.

use canonical::{Digest, Identifier, ProposedText, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::carriers::{ADMISSION, APPROVAL, APPROVAL_VOTE, RETIREMENT};
use crate::draft::{Draft, Known, Meeting, columns, optional_text, text};
use crate::error::{AuthorityError, Reason, Tried};
use crate::port::{AuthorityWriter, PortError};

const DAY_MS: u64 = 86_400_000;

/// What an approval is bound to.
const EFFECT: [&str; 4] = ["operation", "object_type", "object_ref", "artifact_hash"];

/// An approval to be opened for votes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApprovalEntry {
    /// The operation that it would authorise.
    pub operation: Identifier,
    /// The type of object, for a DOT `dot`.
    pub object_type: Identifier,
    /// The object, for a DOT its code.
    pub object_ref: Identifier,
    /// The artifact that it would authorise; for a DOT without one here, its admitted artifact.
    #[serde(default)]
    pub artifact_hash: Option<Digest>,
    /// Who proposes it, by canonical name or alias.
    pub proposer: Identifier,
    /// Until when it authorises; this or `valid_days`.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
    /// For how many days from now it authorises; this or `expires_at`, which leads.
    #[serde(default)]
    pub valid_days: Option<u16>,
}

/// What a vote says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Yes.
    Approve,
    /// No; one is enough.
    Reject,
}

impl Decision {
    /// The name that the carrier stores.
    pub fn name(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Reject => "reject",
        }
    }
}

/// A vote to be recorded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoteEntry {
    /// The approval's row key.
    pub approval_ref: Identifier,
    /// Who votes, by canonical name or alias.
    pub voter: Identifier,
    /// The credential that records it, as `os_uid:1000`.
    pub voter_channel: ProposedText,
    /// Yes or no.
    pub decision: Decision,
    /// Whether the voter vouches for the content.
    #[serde(default)]
    pub is_signoff: bool,
    /// The hash of the content that a sign-off vouches for.
    #[serde(default)]
    pub checksum: Option<Digest>,
}

impl<W: AuthorityWriter> Draft<'_, W> {
    /// Opens an approval of an action on one object and one artifact.
    ///
    /// One of the same effect that can authorise nothing more is superseded.
    pub fn add_approval(&mut self, entry: &ApprovalEntry) -> Result<String, AuthorityError> {
        let tried = Tried::new("open approval for", entry.object_ref.as_str());
        let own = self.approval_columns(&tried, entry)?;
        if let Some(closed) = self.closed_approval(&own)? {
            return self.push(APPROVAL, own, "active", Some(&closed));
        }
        let about: (&[&str], &[&str]) = (&EFFECT, &["expires_at"]);
        self.settle(&tried, APPROVAL, own, about, Meeting::Refuse)
    }

    /// The key of the approval of the same effect that stands and can authorise nothing more.
    pub(crate) fn closed(
        &mut self,
        entry: &ApprovalEntry,
    ) -> Result<Option<String>, AuthorityError> {
        let tried = Tried::new("open approval for", entry.object_ref.as_str());
        let own = self.approval_columns(&tried, entry)?;
        Ok(self.closed_approval(&own)?)
    }

    fn approval_columns(
        &mut self,
        tried: &Tried,
        entry: &ApprovalEntry,
    ) -> Result<Map<String, Value>, AuthorityError> {
        self.require_action_type(tried, &entry.operation)?;
        let Some(proposer) = self.resolve_principal(&entry.proposer)? else {
            return Err(tried.refused(Reason::UnknownPrincipal {
                name: entry.proposer.to_string(),
            }));
        };
        let artifact_hash = match entry.artifact_hash {
            Some(given) => text(given),
            None => text(self.admitted_hash(tried, &entry.object_ref)?),
        };
        Ok(columns([
            ("operation", text(&entry.operation)),
            ("object_type", text(&entry.object_type)),
            ("object_ref", text(&entry.object_ref)),
            ("artifact_hash", artifact_hash),
            ("proposer", text(proposer.text("principal"))),
            ("expires_at", text(self.end(tried, entry)?)),
        ]))
    }

    /// Records a vote of a known principal on an approval that is open, through a credential of it.
    ///
    /// Whether the vote counts is block A's to say: the proposer's does not, an alias's only once.
    /// One that another's credential recorded never would, and would stand in the voter's own way.
    pub fn add_vote(&mut self, entry: &VoteEntry) -> Result<String, AuthorityError> {
        let tried = Tried::new("vote on", entry.approval_ref.as_str());
        let approval = self.standing(&tried, APPROVAL, &entry.approval_ref)?;
        let end = approval.timestamp("expires_at");
        if end.is_none_or(|end| end <= self.now()) {
            return Err(tried.refused(Reason::NotActive {
                row_key: approval.row_key,
            }));
        }
        let Some(voter) = self.resolve_principal(&entry.voter)? else {
            return Err(tried.refused(Reason::UnknownPrincipal {
                name: entry.voter.to_string(),
            }));
        };
        if !self.is_credential_of(&entry.voter_channel, voter.text("principal"))? {
            return Err(tried.refused(Reason::NotTheVoter {
                voter: voter.text("principal").to_owned(),
                channel: entry.voter_channel.to_string(),
            }));
        }
        let vouched = entry.checksum.map(|checksum| checksum.to_string());
        if entry.is_signoff && vouched.as_deref() != Some(approval.text("artifact_hash")) {
            return Err(tried.refused(Reason::SignoffChecksum));
        }
        let own = columns([
            ("approval_ref", text(&entry.approval_ref)),
            ("voter", text(&entry.voter)),
            ("voter_channel", text(&entry.voter_channel)),
            ("decision", text(entry.decision.name())),
            ("is_signoff", u8::from(entry.is_signoff).into()),
            ("checksum", optional_text(vouched)),
            ("decided_at", text(self.now())),
        ]);
        let subject: &[&str] = &["approval_ref", "voter", "decision", "is_signoff"];
        let about = (subject, &["decided_at"] as &[&str]);
        self.settle(&tried, APPROVAL_VOTE, own, about, Meeting::Refuse)
    }

    fn end(&self, tried: &Tried, entry: &ApprovalEntry) -> Result<Timestamp, AuthorityError> {
        let end = match (entry.expires_at, entry.valid_days) {
            (Some(end), _) => end,
            (None, Some(days)) => self
                .now()
                .checked_add_millis(u64::from(days).saturating_mul(DAY_MS))
                .ok_or_else(|| tried.refused(Reason::BeyondCalendar))?,
            (None, None) => return Err(tried.refused(Reason::NoEnd)),
        };
        if end <= self.now() {
            let start = self.now();
            return Err(tried.refused(Reason::PeriodReversed { start, end }));
        }
        Ok(end)
    }

    fn admitted_hash(&mut self, tried: &Tried, dot_code: &str) -> Result<String, AuthorityError> {
        let mut admitted = self
            .active(ADMISSION)?
            .filter(|row| row.text("dot_code") == dot_code);
        match (admitted.next(), admitted.next()) {
            (Some(row), None) => Ok(row.text("artifact_hash").to_owned()),
            _ => Err(tried.refused(Reason::NoAdmission {
                dot_code: dot_code.to_owned(),
            })),
        }
    }

    /// An approval of the same effect that can authorise nothing more, which a new one takes the
    /// place of: its time is over, it was rejected, or a retirement used it.
    fn closed_approval(&mut self, own: &Map<String, Value>) -> Result<Option<String>, PortError> {
        let now = self.now();
        let same = |row: &&Known| {
            let mut names = EFFECT.iter();
            names.all(|name| row.columns.get(*name) == own.get(*name))
        };
        let Some(row) = self.active(APPROVAL)?.find(same).cloned() else {
            return Ok(None);
        };
        let names = |one: &Known| one.text("approval_ref") == row.row_key;
        let ended = row.timestamp("expires_at").is_some_and(|end| end <= now);
        let rejected = self.is_rejected(&row.row_key)?;
        let used = self.rows(RETIREMENT)?.iter().any(names);
        Ok((ended || rejected || used).then_some(row.row_key))
    }
}
