//! Owners of record.

use canonical::{Identifier, Timestamp};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::carriers::OWNERSHIP;
use crate::draft::{Draft, Meeting, columns, optional_text, text};
use crate::error::{AuthorityError, Reason, Tried};
use crate::port::AuthorityWriter;

/// In what way somebody owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnershipKind {
    /// Answers for it; exactly one for each object and scope.
    Accountable,
    /// Helps the accountable owner.
    Supporting,
    /// Acts for the accountable owner until a date.
    Delegated,
    /// Owns by a stated exception.
    Exception,
}

impl OwnershipKind {
    /// The name that the carrier stores.
    pub fn name(self) -> &'static str {
        match self {
            Self::Accountable => "accountable",
            Self::Supporting => "supporting",
            Self::Delegated => "delegated",
            Self::Exception => "exception",
        }
    }
}

/// An ownership to be recorded.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnerEntry {
    /// The type of object, for a DOT `dot`.
    pub object_type: Identifier,
    /// The object, for a DOT its code.
    pub object_ref: Identifier,
    /// What the ownership covers.
    pub scope: Identifier,
    /// The owner's canonical name.
    pub owner: Identifier,
    /// In what way.
    pub kind: OwnershipKind,
    /// From when; from now where none is given.
    #[serde(default)]
    pub effective_from: Option<Timestamp>,
    /// Until when, that instant excluded; a delegation needs one.
    #[serde(default)]
    pub effective_to: Option<Timestamp>,
}

const SUBJECT: &[&str] = &["object_type", "object_ref", "scope", "owner", "kind"];

impl<W: AuthorityWriter> Draft<'_, W> {
    /// Adds an owner; at most one accountable owner of an object and scope is active.
    pub fn add_owner(&mut self, entry: &OwnerEntry) -> Result<String, AuthorityError> {
        let tried = Tried::new("add owner of", entry.object_ref.as_str());
        let own = self.owner_columns(&tried, entry)?;
        let rival = self.accountable_owner(entry, None)?;
        if let Some((row_key, owner)) = rival
            && owner != entry.owner.as_str()
        {
            return Err(tried.refused(Reason::AccountableOwnerExists { row_key }));
        }
        let incidental: &[&str] = if entry.effective_from.is_none() {
            &["effective_from"]
        } else {
            &[]
        };
        let about = (SUBJECT, incidental);
        self.settle(&tried, OWNERSHIP, own, about, Meeting::Refuse)
    }

    /// Puts an ownership in the place of an active one of the same object.
    pub fn supersede_owner(
        &mut self,
        row_key: &str,
        entry: &OwnerEntry,
    ) -> Result<String, AuthorityError> {
        let tried = Tried::new("supersede owner", row_key);
        let older = self.standing(&tried, OWNERSHIP, row_key)?;
        let own = self.owner_columns(&tried, entry)?;
        if ["object_type", "object_ref"]
            .iter()
            .any(|name| older.columns.get(*name) != own.get(*name))
        {
            return Err(tried.refused(Reason::Conflict {
                row_key: row_key.to_owned(),
            }));
        }
        if let Some((row_key, _)) = self.accountable_owner(entry, Some(row_key))? {
            return Err(tried.refused(Reason::AccountableOwnerExists { row_key }));
        }
        self.push(OWNERSHIP, own, "active", Some(row_key))
    }

    /// Withdraws an active ownership; who owned once stays on record.
    pub fn revoke_owner(&mut self, row_key: &str) -> Result<String, AuthorityError> {
        self.revoke(OWNERSHIP, row_key)
    }

    fn owner_columns(
        &mut self,
        tried: &Tried,
        entry: &OwnerEntry,
    ) -> Result<Map<String, Value>, AuthorityError> {
        let owner = self.require_principal(tried, &entry.owner)?;
        let kind = owner.text("kind");
        if !matches!(kind, "human" | "team" | "service") {
            return Err(tried.refused(Reason::NeverOwner {
                principal: entry.owner.to_string(),
                kind: kind.to_owned(),
            }));
        }
        if entry.kind == OwnershipKind::Delegated && entry.effective_to.is_none() {
            return Err(tried.refused(Reason::DelegationWithoutEnd));
        }
        let start = entry.effective_from.unwrap_or(self.now());
        if let Some(end) = entry.effective_to
            && end <= start.max(self.now())
        {
            return Err(tried.refused(Reason::PeriodReversed { start, end }));
        }
        Ok(columns([
            ("object_type", text(&entry.object_type)),
            ("object_ref", text(&entry.object_ref)),
            ("scope", text(&entry.scope)),
            ("owner", text(&entry.owner)),
            ("kind", text(entry.kind.name())),
            ("effective_from", text(start)),
            ("effective_to", optional_text(entry.effective_to)),
        ]))
    }

    /// Key and owner of the active accountable row that an accountable `entry` would stand beside.
    fn accountable_owner(
        &mut self,
        entry: &OwnerEntry,
        besides: Option<&str>,
    ) -> Result<Option<(String, String)>, AuthorityError> {
        if entry.kind != OwnershipKind::Accountable {
            return Ok(None);
        }
        let found = self.active(OWNERSHIP)?.find(|row| {
            row.text("kind") == OwnershipKind::Accountable.name()
                && row.text("object_type") == entry.object_type.as_str()
                && row.text("object_ref") == entry.object_ref.as_str()
                && row.text("scope") == entry.scope.as_str()
                && Some(row.row_key.as_str()) != besides
        });
        Ok(found.map(|row| (row.row_key.clone(), row.text("owner").to_owned())))
    }
}
