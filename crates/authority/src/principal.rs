//! Who exists: principals, their aliases, and the credentials that are them.

use canonical::{Identifier, ProposedText, Text};
use serde::Deserialize;

use crate::carriers::{PRINCIPAL, PRINCIPAL_BINDING};
use crate::draft::{Draft, Known, Meeting, columns, text};
use crate::error::{AuthorityError, Reason, Tried};
use crate::port::{AuthorityWriter, PortError};

/// What a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PrincipalKind {
    /// A person.
    Human,
    /// A program that acts for people.
    Service,
    /// A group that answers as one.
    Team,
    /// Whoever runs things; never an owner.
    Operator,
    /// Whoever asks for things; never an owner.
    Requester,
    /// Whoever judges; never an authority.
    Validator,
    /// Whoever writes registrations; never an authority.
    Registrar,
    /// A login of a database; never an owner.
    DatabaseRole,
}

impl PrincipalKind {
    /// The name that the carrier stores.
    pub fn name(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Service => "service",
            Self::Team => "team",
            Self::Operator => "operator",
            Self::Requester => "requester",
            Self::Validator => "validator",
            Self::Registrar => "registrar",
            Self::DatabaseRole => "database_role",
        }
    }
}

/// On which side a principal approves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The owner's.
    Owner,
    /// The council's.
    Council,
    /// Neither.
    #[default]
    None,
}

impl Side {
    /// The name that the carrier stores.
    pub fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Council => "council",
            Self::None => "none",
        }
    }
}

/// By what a principal is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Another name.
    Alias,
    /// A user of the operating system, by number.
    OsUid,
    /// A login of a database.
    DbRole,
    /// The subject of a token.
    TokenSubject,
}

impl Channel {
    /// The name that the carrier stores.
    pub fn name(self) -> &'static str {
        match self {
            Self::Alias => "alias",
            Self::OsUid => "os_uid",
            Self::DbRole => "db_role",
            Self::TokenSubject => "token_subject",
        }
    }
}

/// A principal to be added.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrincipalEntry {
    /// Its canonical name.
    pub principal: Identifier,
    /// What it is.
    pub kind: PrincipalKind,
    /// On which side it approves.
    #[serde(default)]
    pub side: Side,
    /// Its name for people.
    pub display_name: Text,
}

/// A name or credential to be bound to a principal.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BindingEntry {
    /// What kind of name or credential it is.
    pub channel: Channel,
    /// The name, number or subject.
    pub value: ProposedText,
    /// Whose it is.
    pub principal: Identifier,
}

impl<W: AuthorityWriter> Draft<'_, W> {
    /// Adds a principal; its name must not be anybody's alias, and only humans stand on a side.
    pub fn add_principal(&mut self, entry: &PrincipalEntry) -> Result<String, AuthorityError> {
        let tried = Tried::new("add principal", entry.principal.as_str());
        if entry.side != Side::None && entry.kind != PrincipalKind::Human {
            return Err(tried.refused(Reason::SideNeedsHuman));
        }
        if let Some(principal) = self.alias_owner(&entry.principal)? {
            return Err(tried.refused(Reason::NameTaken {
                name: entry.principal.to_string(),
                principal,
            }));
        }
        let own = columns([
            ("principal", text(&entry.principal)),
            ("kind", text(entry.kind.name())),
            ("side", text(entry.side.name())),
            ("display_name", text(&entry.display_name)),
        ]);
        self.settle(
            &tried,
            PRINCIPAL,
            own,
            (&["principal"], &[]),
            Meeting::Refuse,
        )
    }

    /// Binds a name or credential to an active principal; it must be nobody else's.
    pub fn add_binding(&mut self, entry: &BindingEntry) -> Result<String, AuthorityError> {
        let tried = Tried::new(
            "bind",
            format!("{}:{}", entry.channel.name(), entry.value.as_str()),
        );
        self.require_principal(&tried, &entry.principal)?;
        if entry.channel == Channel::OsUid && entry.value.parse::<u32>().is_err() {
            return Err(tried.refused(Reason::NotAUid {
                value: entry.value.to_string(),
            }));
        }
        // INVARIANT: an alias is never another principal's own name, so a name resolves to one.
        if entry.channel == Channel::Alias && self.principal_row(&entry.value)?.is_some() {
            return Err(tried.refused(Reason::NameTaken {
                name: entry.value.to_string(),
                principal: entry.value.to_string(),
            }));
        }
        let own = columns([
            ("channel", text(entry.channel.name())),
            ("value", text(&entry.value)),
            ("principal", text(&entry.principal)),
        ]);
        let subject: &[&str] = &["channel", "value"];
        self.settle(
            &tried,
            PRINCIPAL_BINDING,
            own,
            (subject, &[]),
            Meeting::Refuse,
        )
    }

    /// The active row of a principal, by its canonical name only.
    pub(crate) fn principal_row(&mut self, name: &str) -> Result<Option<Known>, PortError> {
        let found = self
            .active(PRINCIPAL)?
            .find(|row| row.text("principal") == name);
        Ok(found.cloned())
    }

    /// The active row of a principal, by its canonical name or an alias.
    pub(crate) fn resolve_principal(&mut self, name: &str) -> Result<Option<Known>, PortError> {
        if let Some(row) = self.principal_row(name)? {
            return Ok(Some(row));
        }
        match self.alias_owner(name)? {
            Some(principal) => self.principal_row(&principal),
            None => Ok(None),
        }
    }

    /// The active row of a principal that a new row names by its canonical name.
    pub(crate) fn require_principal(
        &mut self,
        tried: &Tried,
        name: &str,
    ) -> Result<Known, AuthorityError> {
        self.principal_row(name)?.ok_or_else(|| {
            tried.refused(Reason::UnknownPrincipal {
                name: name.to_owned(),
            })
        })
    }

    /// Whether `channel:value` is a credential that is bound to a principal; an alias is none.
    pub(crate) fn is_credential_of(
        &mut self,
        credential: &str,
        principal: &str,
    ) -> Result<bool, PortError> {
        let Some((channel, value)) = credential.split_once(':') else {
            return Ok(false);
        };
        let bound = self.active(PRINCIPAL_BINDING)?.any(|row| {
            row.text("channel") == channel
                && row.text("value") == value
                && row.text("principal") == principal
        });
        Ok(bound && channel != Channel::Alias.name())
    }

    fn alias_owner(&mut self, name: &str) -> Result<Option<String>, PortError> {
        let found = self
            .active(PRINCIPAL_BINDING)?
            .find(|row| row.text("channel") == Channel::Alias.name() && row.text("value") == name);
        Ok(found.map(|row| row.text("principal").to_owned()))
    }
}
