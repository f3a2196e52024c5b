//! Authority: judged from the rows as the consuming boundary reread them, never from a copy.

use canonical::{Digest, Identifier};

use crate::case::{Case, Cited, Kind};
use crate::contract::{
    AuthorityReadback, CountedVote, CriterionOutcome, LifecycleStatus, OwnerTrustedAttested,
    Policy, QuorumRule, ReadbackRow, RejectCode as Code, RiskTier, SourceRef, VoterSide,
};
use crate::finding::{Finding, Judged, StoppedBy};
use crate::steps;
use crate::table::Check;

/// The carrier of votes and sign-offs.
const VOTE: &str = "approval_vote";

pub(crate) const CHECKS: &[Check] = &[
    Check::new(
        "authority.carriers",
        "the carriers' writers, immutability and transitions are proven",
        &[
            Code::AuthorityWriterUnproven,
            Code::AuthorityRowMutable,
            Code::LifecycleTransitionAuthorityUnproven,
        ],
        carriers,
    )
    .taking(steps::known_carriers),
    Check::new(
        "authority.readback",
        "each row was reread and is the row attested",
        &[
            Code::AuthorityReadbackMissing,
            Code::AuthorityReadbackMismatch,
        ],
        readback,
    )
    .taking(steps::reread),
    Check::new(
        "authority.heads",
        "each row is the one active head, unchanged since it was attested",
        &[
            Code::AmbiguousAuthority,
            Code::LifecycleChangedPostIssuance,
            Code::LifecycleNotActive,
        ],
        heads,
    )
    .taking(steps::heads),
    Check::new(
        "authority.binding",
        "owner, approval and quorum are bound to this effect",
        &[
            Code::OwnerBindingAbsent,
            Code::ApprovalNotBoundToEffectIdentity,
            Code::QuorumNotReached,
            Code::ProposerCounted,
            Code::ApproverAliasDoubleCount,
        ],
        binding,
    )
    .taking(steps::binding),
];

fn carriers(case: &Case<'_>) -> Judged {
    let (policy, readback) = (case.policy()?, case.readback()?);
    let mut finding = Finding::default();
    // Criteria that come from no report were proven by nobody.
    finding.require(
        readback.carrier_report_hash.is_some(),
        Code::AuthorityWriterUnproven,
    );
    for cited in case.reread() {
        carrier(cited.source, policy, readback, &mut finding);
    }
    Ok(finding)
}

fn carrier(row: &SourceRef, policy: &Policy, readback: &AuthorityReadback, finding: &mut Finding) {
    let assessed = readback
        .carriers
        .iter()
        .find(|one| one.carrier == row.carrier);
    let Some(criteria) = assessed.map(|one| &one.criteria) else {
        finding.refuse(Code::AuthorityWriterUnproven);
        finding.cite([row]);
        return;
    };
    let mut demand = |outcome: CriterionOutcome, code| {
        if outcome != CriterionOutcome::Proven {
            finding.refuse_values(code, &row.carrier, &outcome, &CriterionOutcome::Proven);
            finding.cite([row]);
        }
    };
    demand(criteria.writer_authority, Code::AuthorityWriterUnproven);
    demand(criteria.immutability, Code::AuthorityRowMutable);
    if has_lifecycle(policy, row) {
        let code = Code::LifecycleTransitionAuthorityUnproven;
        demand(criteria.transition_writer, code);
    }
}

fn has_lifecycle(policy: &Policy, row: &SourceRef) -> bool {
    let mut governed = policy.carriers.iter();
    governed.any(|known| known.carrier == row.carrier && known.lifecycle)
}

fn reread<'a>(readback: &'a AuthorityReadback, row: &SourceRef) -> Option<&'a ReadbackRow> {
    let mut rows = readback.rows.iter();
    rows.find(|found| found.row_key == row.row_key && found.carrier == row.carrier)
}

fn readback(case: &Case<'_>) -> Judged {
    let readback = case.readback()?;
    let mut finding = Finding::default();
    for Cited { source, .. } in case.reread() {
        let Some(found) = reread(readback, source) else {
            finding.refuse(Code::AuthorityReadbackMissing);
            finding.cite([source]);
            continue;
        };
        if found.row_hash != Some(source.row_hash) {
            finding.refuse(Code::AuthorityReadbackMismatch);
            let (left, right) = (source.row_hash.to_string(), found.row_hash);
            let right = right.map(|hash| hash.to_string());
            finding.show(&source.row_key, Some(&left), right.as_deref());
            finding.cite([source]);
        }
    }
    Ok(finding)
}

fn heads(case: &Case<'_>) -> Judged {
    let (policy, readback) = (case.policy()?, case.readback()?);
    let mut finding = Finding::default();
    for cited in case.reread() {
        // A row that was not found has no lifecycle; that it is missing was refused above.
        let found = reread(readback, cited.source).filter(|found| found.row_hash.is_some());
        let code = found.and_then(|found| {
            let lifecycle = has_lifecycle(policy, cited.source);
            head(found, cited, lifecycle)
        });
        if let (Some(code), Some(found)) = (code, found) {
            finding.refuse(code);
            let status = found.lifecycle_status.map(|status| status.to_string());
            let heads = format!("{} active heads", found.active_heads);
            finding.show(&found.row_key, status.as_deref(), Some(&heads));
            finding.cite([cited.source]);
        }
    }
    Ok(finding)
}

/// What speaks against a row as it was reread, if anything.
fn head(found: &ReadbackRow, cited: Cited<'_>, lifecycle: bool) -> Option<Code> {
    if found.active_heads.get() > 1 {
        return Some(Code::AmbiguousAuthority);
    }
    let attested_at = cited.by.header.issued_at;
    if found
        .lifecycle_changed_at
        .is_some_and(|changed| changed > attested_at)
    {
        return Some(Code::LifecycleChangedPostIssuance);
    }
    let active = match found.lifecycle_status {
        Some(status) => status == LifecycleStatus::Active && found.active_heads.get() == 1,
        None => !lifecycle,
    };
    (!active).then_some(Code::LifecycleNotActive)
}

fn binding(case: &Case<'_>) -> Judged {
    let (owner, mut finding) = (case.owner()?, Finding::default());
    let rows = || {
        let cited = case.cited().filter(|cited| cited.by.kind == Kind::Owner);
        cited.map(|cited| cited.source)
    };
    if rows().next().is_none() {
        return Err(StoppedBy("provenance.source_refs"));
    }
    finding.require(is_backed(owner, rows), Code::OwnerBindingAbsent);
    super::identity::assembled(
        case,
        &mut finding,
        Code::OwnerBindingAbsent,
        &bound(owner),
        |all| &all.owner_or_approval_binding,
    );
    let (artifact, policy) = match (case.artifact(), case.policy()) {
        (Ok(artifact), Ok(policy)) => (artifact, policy),
        (Err(stop), _) | (_, Err(stop)) => return finding.unless_failed(stop),
    };
    finding.equal(
        "artifact approved / attested",
        &owner.artifact_hash.to_string(),
        &artifact.artifact_hash.to_string(),
        Code::ApprovalNotBoundToEffectIdentity,
    );
    quorum(owner, policy, &mut finding);
    finding.cite(case.rows_of(Kind::Owner, &["approval"]));
    Ok(finding)
}

fn bound(owner: &OwnerTrustedAttested) -> String {
    let binding = &owner.owner_or_approval_binding;
    format!("{} {}", binding.ownership_ref, binding.approval_ref)
}

/// Whether every row that the binding names is among the rows that were read for it, each of the
/// carrier that such a row comes from.
fn is_backed<'r, R: Iterator<Item = &'r SourceRef>>(
    owner: &OwnerTrustedAttested,
    rows: impl Fn() -> R,
) -> bool {
    let binding = &owner.owner_or_approval_binding;
    let read = |carrier: &str, (key, hash): (&Identifier, Option<&Digest>)| {
        rows().any(|row| {
            row.carrier == *carrier
                && row.row_key == *key
                && hash.is_none_or(|hash| row.row_hash == *hash)
        })
    };
    let mut votes = binding.quorum.counted.iter();
    let signoff = binding.signoff_ref.as_ref();
    let ownership = (&binding.ownership_ref, Some(&binding.ownership_row_hash));
    let approval = (&binding.approval_ref, Some(&binding.approval_row_hash));
    read("ownership", ownership)
        && read("approval", approval)
        && votes.all(|vote| read(VOTE, (&vote.vote_ref, Some(&vote.row_hash))))
        && signoff.is_none_or(|key| read(VOTE, (key, None)))
}

/// Counts again, under the policy and never below what each tier asks for at least.
fn quorum(owner: &OwnerTrustedAttested, policy: &Policy, finding: &mut Finding) {
    let quorum = &owner.owner_or_approval_binding.quorum;
    let (votes, tier) = (&*quorum.counted, quorum.risk_tier);
    let double = votes.iter().enumerate().any(|(place, vote)| {
        let mut earlier = votes.iter().take(place);
        earlier.any(|other| other.principal == vote.principal || other.vote_ref == vote.vote_ref)
    });
    finding.require(!double, Code::ApproverAliasDoubleCount);
    let asks = |vote: &CountedVote| vote.principal == owner.actor_principal;
    finding.require(!votes.iter().any(asks), Code::ProposerCounted);
    let mut rules = policy.quorum.iter().filter(|rule| rule.risk_tier == tier);
    let reached = rules.next().is_some_and(|rule| reaches(votes, rule, tier));
    finding.require(reached, Code::QuorumNotReached);
}

fn reaches(votes: &[CountedVote], rule: &QuorumRule, tier: RiskTier) -> bool {
    let (humans_least, council_least) = match tier {
        RiskTier::Low => (0, 0),
        RiskTier::Medium => (1, 0),
        RiskTier::High => (1, 2),
    };
    let count = |counts: fn(&CountedVote) -> bool| {
        let counted = votes.iter().filter(|vote| counts(vote)).count();
        u64::try_from(counted).unwrap_or(0)
    };
    count(|_| true) >= rule.approvals_min.get().max(1)
        && count(|vote| vote.side == VoterSide::Owner && vote.human)
            >= rule.owner_humans_min.get().max(humans_least)
        && count(|vote| vote.side == VoterSide::Council)
            >= rule.council_min.get().max(council_least)
}
