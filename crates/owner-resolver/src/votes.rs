//! The votes on an approval: who really cast each, and whether it can count.

use canonical::{GovernedRow, Timestamp};

use crate::contract::RejectCode;
use crate::error::ResolveError;
use crate::port::{AuthorityQuery, AuthorityReader, RowStatus};
use crate::principals::{Known, Principal};
use crate::reading::{Reading, column, unknown_word};

/// Who may not approve, because it is they who ask.
pub(crate) struct Askers<'a> {
    /// The approval's proposer.
    pub(crate) proposer: &'a Principal,
    /// The authenticated caller, where it is known.
    pub(crate) caller: Option<&'a Principal>,
}

impl Askers<'_> {
    pub(crate) fn include(&self, principal: &Principal) -> bool {
        let caller = self.caller.is_some_and(|caller| caller.id == principal.id);
        caller || self.proposer.id == principal.id
    }
}

/// The votes on one approval, sorted into what each can do.
#[derive(Default)]
pub(crate) struct Votes {
    /// Approvals by principals who may approve; each principal once.
    pub(crate) counted: Vec<Vote>,
    /// Approvals that do not count, and why.
    pub(crate) excluded: Vec<(Vote, Ground)>,
    /// Votes recorded for nobody known, or through somebody else's credential.
    pub(crate) unattributed: Vec<GovernedRow>,
    /// Sign-offs by known reviewers.
    pub(crate) signoffs: Vec<Vote>,
    /// Rejections, whoever cast them.
    pub(crate) rejections: Vec<GovernedRow>,
}

/// A vote whose voter is established.
pub(crate) struct Vote {
    pub(crate) row: GovernedRow,
    pub(crate) voter: Principal,
    /// Who the credential that recorded it belongs to.
    pub(crate) recorded_by_voter: bool,
}

/// Why a vote of a known principal does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ground {
    /// The voter asks for the registration.
    Proposer,
    /// The voter was counted already, under this or another name.
    Alias,
    /// The voter's kind is no authority.
    Kind(RejectCode),
}

impl Ground {
    pub(crate) fn code(self) -> RejectCode {
        match self {
            Self::Proposer => RejectCode::ProposerCounted,
            Self::Alias => RejectCode::ApproverAliasDoubleCount,
            Self::Kind(code) => code,
        }
    }
}

/// Reads and sorts the votes on an approval.
pub(crate) fn read<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    approval_ref: &str,
    askers: &Askers<'_>,
    now: Timestamp,
) -> Result<Votes, ResolveError> {
    let mut votes = Votes::default();
    for found in reading.rows(AuthorityQuery::Votes { approval_ref })? {
        if !approves(&found.row)? {
            votes.rejections.push(found.row);
            continue;
        }
        if found.status != RowStatus::Active || decided_at(&found.row)? > now {
            continue;
        }
        sort(reading, &mut votes, found.row, askers)?;
    }
    Ok(votes)
}

fn sort<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    votes: &mut Votes,
    row: GovernedRow,
    askers: &Askers<'_>,
) -> Result<(), ResolveError> {
    let is_signoff = column(&row, row.boolean("is_signoff"))?;
    let Some(vote) = attribute(reading, &row)? else {
        votes.unattributed.push(row);
        return Ok(());
    };
    if is_signoff {
        votes.signoffs.push(vote);
        return Ok(());
    }
    if !vote.recorded_by_voter || vote.voter.side.is_none() {
        votes.unattributed.push(row);
        return Ok(());
    }
    let counted_already = votes
        .counted
        .iter()
        .any(|one| one.voter.id == vote.voter.id);
    let ground = if let Some(code) = vote.voter.kind.not_authority() {
        Some(Ground::Kind(code))
    } else if askers.include(&vote.voter) {
        Some(Ground::Proposer)
    } else {
        counted_already.then_some(Ground::Alias)
    };
    match ground {
        Some(ground) => votes.excluded.push((vote, ground)),
        None => votes.counted.push(vote),
    }
    Ok(())
}

/// Whose vote it is, and whether it was recorded through a credential of theirs.
fn attribute<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    row: &GovernedRow,
) -> Result<Option<Vote>, ResolveError> {
    let name = column(row, row.text("voter"))?;
    let Known::Principal(mut voter) = reading.principal_named(name)? else {
        return Ok(None);
    };
    let credential = column(row, row.text("voter_channel"))?;
    let recorder = match credential.split_once(':') {
        Some((channel, value)) => reading.principal_authenticated(channel, value)?,
        None => Known::Unknown,
    };
    let mut recorded_by_voter = false;
    if let Known::Principal(recorder) = recorder
        && recorder.id == voter.id
    {
        recorded_by_voter = true;
        let own = |row: &GovernedRow| voter.rows.iter().any(|known| known == row);
        let bindings: Vec<_> = recorder.rows.into_iter().filter(|row| !own(row)).collect();
        voter.rows.extend(bindings);
    }
    Ok(Some(Vote {
        row: row.clone(),
        voter,
        recorded_by_voter,
    }))
}

fn approves(row: &GovernedRow) -> Result<bool, ResolveError> {
    match column(row, row.text("decision"))? {
        "approve" => Ok(true),
        "reject" => Ok(false),
        _ => Err(unknown_word(row, "decision")),
    }
}

fn decided_at(row: &GovernedRow) -> Result<Timestamp, ResolveError> {
    column(row, row.timestamp("decided_at"))
}
