//! Who somebody is: one canonical principal behind its names and credentials.

use canonical::{GovernedRow, Identifier};

use crate::contract::{RejectCode, VoterSide};
use crate::error::ResolveError;
use crate::port::{AuthorityQuery, AuthorityReader};
use crate::reading::{Head, Reading, column, identifier, unknown_word};

/// The channels that authenticate; an alias is only another name.
const CREDENTIAL_CHANNELS: [&str; 3] = ["os_uid", "db_role", "token_subject"];

/// What kind of principal it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Human,
    Service,
    Team,
    Operator,
    Requester,
    Validator,
    Registrar,
    DatabaseRole,
}

impl Kind {
    fn of(row: &GovernedRow) -> Result<Self, ResolveError> {
        match column(row, row.text("kind"))? {
            "human" => Ok(Self::Human),
            "service" => Ok(Self::Service),
            "team" => Ok(Self::Team),
            "operator" => Ok(Self::Operator),
            "requester" => Ok(Self::Requester),
            "validator" => Ok(Self::Validator),
            "registrar" => Ok(Self::Registrar),
            "database_role" => Ok(Self::DatabaseRole),
            _ => Err(unknown_word(row, "kind")),
        }
    }

    /// Why this kind is no authority, where it is none (spec §4).
    pub(crate) fn not_authority(self) -> Option<RejectCode> {
        match self {
            Self::Human | Self::Service | Self::Team => None,
            Self::Operator => Some(RejectCode::OperatorNotOwner),
            Self::Requester => Some(RejectCode::RequesterNotOwner),
            Self::Validator => Some(RejectCode::ValidatorNotAuthority),
            Self::Registrar => Some(RejectCode::RegistrarNotAuthority),
            Self::DatabaseRole => Some(RejectCode::DatabaseRoleNotOwner),
        }
    }
}

/// One canonical principal, with the rows that say who it is.
#[derive(Clone, Debug)]
pub(crate) struct Principal {
    pub(crate) id: Identifier,
    pub(crate) kind: Kind,
    /// On which side its vote counts; `None` where on neither.
    pub(crate) side: Option<VoterSide>,
    pub(crate) rows: Vec<GovernedRow>,
}

impl Principal {
    fn of(row: GovernedRow, mut through: Vec<GovernedRow>) -> Result<Self, ResolveError> {
        let side = match column(&row, row.text("side"))? {
            "owner" => Some(VoterSide::Owner),
            "council" => Some(VoterSide::Council),
            "none" => None,
            _ => return Err(unknown_word(&row, "side")),
        };
        let id = identifier("principal", column(&row, row.text("principal"))?)?;
        let kind = Kind::of(&row)?;
        through.push(row);
        Ok(Self {
            id,
            kind,
            side,
            rows: through,
        })
    }
}

/// What is known of a name or a credential.
pub(crate) enum Known {
    /// Exactly one principal.
    Principal(Principal),
    /// None: free text, or a credential bound to nobody.
    Unknown,
    /// One whose rows are no longer active.
    Inactive(Vec<GovernedRow>),
    /// More than one.
    Several(Vec<GovernedRow>),
}

impl<R: AuthorityReader> Reading<'_, R> {
    /// Who a name is: a canonical principal, else the principal that it is an alias of.
    pub(crate) fn principal_named(&mut self, name: &str) -> Result<Known, ResolveError> {
        match self.head(AuthorityQuery::Principal { principal: name })? {
            Head::One(row) => Ok(Known::Principal(Principal::of(row, Vec::new())?)),
            Head::Absent => self.principal_bound_to("alias", name),
            Head::Inactive(rows) => Ok(Known::Inactive(rows)),
            Head::Several(rows) => Ok(Known::Several(rows)),
        }
    }

    /// Whom a channel authenticates; nobody where the channel authenticates nothing.
    pub(crate) fn principal_authenticated(
        &mut self,
        channel: &str,
        value: &str,
    ) -> Result<Known, ResolveError> {
        if !CREDENTIAL_CHANNELS.contains(&channel) {
            return Ok(Known::Unknown);
        }
        self.principal_bound_to(channel, value)
    }

    fn principal_bound_to(&mut self, channel: &str, value: &str) -> Result<Known, ResolveError> {
        let binding = match self.head(AuthorityQuery::Binding { channel, value })? {
            Head::One(binding) => binding,
            Head::Absent => return Ok(Known::Unknown),
            Head::Inactive(rows) => return Ok(Known::Inactive(rows)),
            Head::Several(rows) => return Ok(Known::Several(rows)),
        };
        let name = column(&binding, binding.text("principal"))?.to_owned();
        match self.head(AuthorityQuery::Principal { principal: &name })? {
            Head::One(row) => Ok(Known::Principal(Principal::of(row, vec![binding])?)),
            Head::Absent => Ok(Known::Unknown),
            Head::Inactive(rows) => Ok(Known::Inactive(rows)),
            Head::Several(rows) => Ok(Known::Several(rows)),
        }
    }

    /// The principal, or the refusal that says why there is none; `unknown` where nobody is meant.
    pub(crate) fn known_principal(
        &mut self,
        known: Known,
        what: &str,
        unknown: RejectCode,
        named_in: &[&GovernedRow],
    ) -> Result<Option<Principal>, ResolveError> {
        match known {
            Known::Principal(principal) => return Ok(Some(principal)),
            Known::Unknown => {
                self.refuse(
                    unknown,
                    &format!("{what} is no governed principal"),
                    named_in,
                )?;
            }
            Known::Inactive(rows) => self.refuse_inactive(what, &rows)?,
            Known::Several(rows) => self.refuse_several(what, &rows)?,
        }
        Ok(None)
    }
}
