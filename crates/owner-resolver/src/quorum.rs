//! The quorum of a risk tier, and whether the votes reach it.

use canonical::GovernedRow;

use crate::contract::{
    CountedVote, CountedVotes, Quorum, QuorumRules, RejectCode, RiskTier, VoterSide,
};
use crate::error::ResolveError;
use crate::port::AuthorityReader;
use crate::principals::{Kind, Principal};
use crate::reading::{Reading, identifier, overfull};
use crate::votes::{Ground, Vote, Votes};

/// The most votes that one attestation carries: each brings up to four rows that are reread.
const COUNTED_MAX: usize = 12;

/// How many of each kind of approval there are, or are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) approvals: u64,
    pub(crate) owner_humans: u64,
    pub(crate) council: u64,
}

impl Tally {
    fn with(self, voter: &Principal) -> Self {
        let (human, council) = (owner_human(voter), voter.side == Some(VoterSide::Council));
        Self {
            approvals: self.approvals.saturating_add(1),
            owner_humans: self.owner_humans.saturating_add(u64::from(human)),
            council: self.council.saturating_add(u64::from(council)),
        }
    }

    fn of<'a>(voters: impl Iterator<Item = &'a Principal>) -> Self {
        voters.fold(Self::default(), Self::with)
    }

    fn reaches(self, asked: Self) -> bool {
        self.approvals >= asked.approvals
            && self.owner_humans >= asked.owner_humans
            && self.council >= asked.council
    }
}

/// What a tier asks for: the policy's rule, and never less than the specification's floor.
///
/// `None` where the policy has no rule for the tier: such a tier reaches no quorum.
pub(crate) fn asked(rules: &QuorumRules, tier: RiskTier) -> Option<Tally> {
    let rule = rules.iter().find(|rule| rule.risk_tier == tier)?;
    let floor = floor(tier);
    Some(Tally {
        approvals: rule.approvals_min.get().max(floor.approvals),
        owner_humans: rule.owner_humans_min.get().max(floor.owner_humans),
        council: rule.council_min.get().max(floor.council),
    })
}

// INVARIANT: spec §4; a policy can ask for more, never for less.
fn floor(tier: RiskTier) -> Tally {
    let (approvals, owner_humans, council) = match tier {
        RiskTier::Low => (1, 0, 0),
        RiskTier::Medium => (1, 1, 0),
        RiskTier::High => (3, 1, 2),
    };
    Tally {
        approvals,
        owner_humans,
        council,
    }
}

/// The quorum that the votes reach, or the refusals that say what is missing.
pub(crate) fn judge<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    rules: &QuorumRules,
    tier: RiskTier,
    votes: &Votes,
) -> Result<Option<Quorum>, ResolveError> {
    let Some(asked) = asked(rules, tier) else {
        let detail = format!("the policy has no quorum rule for tier `{tier}`");
        reading.refuse(RejectCode::QuorumNotReached, &detail, &[])?;
        return Ok(None);
    };
    if !votes.rejections.is_empty() {
        let detail = "the approval was rejected";
        reading.refuse_rows(RejectCode::QuorumNotReached, detail, &votes.rejections)?;
        return Ok(None);
    }
    let carried = carried(&votes.counted, asked);
    let reached = Tally::of(carried.iter().map(|vote| &vote.voter));
    if !reached.reaches(asked) {
        refuse_short(reading, votes, asked, reached)?;
        return Ok(None);
    }
    let mut counted = Vec::with_capacity(carried.len());
    for vote in carried {
        reading.rely(&vote.row)?;
        reading.rely_on_all(&vote.voter.rows)?;
        counted.push(counted_vote(vote)?);
    }
    Ok(Some(Quorum {
        risk_tier: tier,
        counted: CountedVotes::try_from(counted).map_err(|_| overfull("counted"))?,
    }))
}

/// The votes to carry: all, or where those are too many the ones that the tier asks for first.
fn carried(counted: &[Vote], asked: Tally) -> Vec<&Vote> {
    let (mut needed, mut others) = (Vec::new(), Vec::new());
    let mut have = Tally::default();
    for vote in counted {
        let with = have.with(&vote.voter);
        let owner_needed =
            with.owner_humans > have.owner_humans && have.owner_humans < asked.owner_humans;
        let council_needed = with.council > have.council && have.council < asked.council;
        if owner_needed || council_needed {
            needed.push(vote);
        } else {
            others.push(vote);
        }
        have = with;
    }
    needed.into_iter().chain(others).take(COUNTED_MAX).collect()
}

fn refuse_short<R: AuthorityReader>(
    reading: &mut Reading<'_, R>,
    votes: &Votes,
    asked: Tally,
    reached: Tally,
) -> Result<(), ResolveError> {
    let detail = format!(
        "asked for `{}` approvals with `{}` owner-side humans and `{}` of the council, counted \
         `{}`, `{}` and `{}`; `{}` votes name nobody or were recorded through another's credential",
        asked.approvals,
        asked.owner_humans,
        asked.council,
        reached.approvals,
        reached.owner_humans,
        reached.council,
        votes.unattributed.len(),
    );
    reading.refuse_rows(RejectCode::QuorumNotReached, &detail, &votes.unattributed)?;
    for ground in decisive(votes, asked) {
        let rows: Vec<GovernedRow> = excluded_on(votes, ground).map(|v| v.row.clone()).collect();
        let detail = match ground {
            Ground::Proposer => "who asks for the registration is not counted",
            Ground::Alias => "a principal counts once, under whatever names it voted",
            Ground::Kind(_) => "a voter of this kind can approve nothing",
        };
        reading.refuse_rows(ground.code(), detail, &rows)?;
    }
    Ok(())
}

/// The grounds without which the quorum would have been reached: each alone, else all together.
fn decisive(votes: &Votes, asked: Tally) -> Vec<Ground> {
    let mut grounds: Vec<Ground> = Vec::new();
    for (_, ground) in &votes.excluded {
        if !grounds.contains(ground) {
            grounds.push(*ground);
        }
    }
    let reached_with = |admitted: &[Ground]| {
        let excluded = votes.excluded.iter();
        let admitted = excluded.filter(|(_, ground)| admitted.contains(ground));
        let together = votes.counted.iter().chain(admitted.map(|(vote, _)| vote));
        Tally::of(together.map(|vote| &vote.voter)).reaches(asked)
    };
    let alone: Vec<Ground> = grounds
        .iter()
        .copied()
        .filter(|ground| reached_with(&[*ground]))
        .collect();
    if !alone.is_empty() {
        return alone;
    }
    if reached_with(&grounds) {
        grounds
    } else {
        Vec::new()
    }
}

fn excluded_on(votes: &Votes, ground: Ground) -> impl Iterator<Item = &Vote> {
    let excluded = votes.excluded.iter();
    excluded.filter_map(move |(vote, why)| (*why == ground).then_some(vote))
}

fn counted_vote(vote: &Vote) -> Result<CountedVote, ResolveError> {
    Ok(CountedVote {
        human: vote.voter.kind == Kind::Human,
        principal: vote.voter.id.clone(),
        row_hash: vote.row.row_hash(),
        // INVARIANT: a vote without a side was never counted.
        side: vote.voter.side.ok_or_else(|| overfull("side"))?,
        vote_ref: identifier("vote_ref", vote.row.key())?,
    })
}

fn owner_human(voter: &Principal) -> bool {
    voter.kind == Kind::Human && voter.side == Some(VoterSide::Owner)
}
