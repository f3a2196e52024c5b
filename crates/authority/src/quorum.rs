//! How far an approval is: what its votes add up to under the active policy.
//!
//! The authority writer needs it for its inbox and for retirements. What a *registration* may rest
//! on is counted by block A, on its own.

use std::collections::BTreeSet;

use canonical::Timestamp;

use crate::approval::Decision;
use crate::carriers::{APPROVAL, APPROVAL_VOTE, POLICY};
use crate::contract::{Policy, QuorumRule, RiskTier, policy};
use crate::draft::{Draft, Known};
use crate::error::{AuthorityError, Reason, Tried};
use crate::port::{AuthorityWriter, PortError};

/// What the votes on an approval add up to.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    pub(crate) approval: Known,
    rule: QuorumRule,
    signoff_missing: bool,
    expired: bool,
    rejected: bool,
    approvals: u64,
    owner_humans: u64,
    council: u64,
}

impl Tally {
    /// What is missing before the approval authorises anything; `None` when nothing is.
    pub(crate) fn lacking(&self) -> Option<String> {
        if self.rejected {
            return Some("it was rejected".to_owned());
        }
        if self.expired {
            return Some("it has expired".to_owned());
        }
        if self.signoff_missing {
            return Some("it has no sign-off".to_owned());
        }
        let counted = [
            ("approvals", self.approvals, self.rule.approvals_min),
            (
                "owner-side humans",
                self.owner_humans,
                self.rule.owner_humans_min,
            ),
            ("council members", self.council, self.rule.council_min),
        ];
        let short = counted
            .into_iter()
            .find(|(_, have, need)| *have < need.get());
        short.map(|(what, have, need)| format!("it has {have} of {need} {what}"))
    }
}

/// An approval that does not authorise anything yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingApproval {
    /// Its row key, which a vote names.
    pub approval_ref: String,
    /// The operation.
    pub operation: String,
    /// The object.
    pub object_ref: String,
    /// The artifact's hash.
    pub artifact_hash: String,
    /// Who proposed it.
    pub proposer: String,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// What it lacks.
    pub lacking: String,
}

/// A policy's rule, where it asks for less than the system does for its tier raised to that.
// INVARIANT: spec §4; a policy can ask for more, never for less.
fn raised(rule: &QuorumRule) -> QuorumRule {
    let [approvals, owner_humans, council] = match rule.risk_tier {
        RiskTier::Low => [1_u32, 0, 0],
        RiskTier::Medium => [1, 1, 0],
        RiskTier::High => [3, 1, 2],
    };
    QuorumRule {
        risk_tier: rule.risk_tier,
        approvals_min: rule.approvals_min.max(approvals.into()),
        owner_humans_min: rule.owner_humans_min.max(owner_humans.into()),
        council_min: rule.council_min.max(council.into()),
    }
}

impl<W: AuthorityWriter> Draft<'_, W> {
    /// The approvals that wait for votes: the approvers' inbox.
    pub fn pending_approvals(&mut self) -> Result<Vec<PendingApproval>, AuthorityError> {
        let open: Vec<String> = self
            .active(APPROVAL)?
            .map(|row| row.row_key.clone())
            .collect();
        let mut pending = Vec::new();
        for approval_ref in open {
            let tally = self.tally(&Tried::new("count", approval_ref.as_str()), &approval_ref)?;
            let Some(lacking) = tally.lacking() else {
                continue;
            };
            if tally.rejected || tally.expired {
                continue;
            }
            let column = |name| tally.approval.text(name).to_owned();
            pending.push(PendingApproval {
                operation: column("operation"),
                object_ref: column("object_ref"),
                artifact_hash: column("artifact_hash"),
                proposer: column("proposer"),
                expires_at: tally.approval.timestamp("expires_at"),
                approval_ref,
                lacking,
            });
        }
        Ok(pending)
    }

    /// Counts the votes on an approval that stands.
    pub(crate) fn tally(
        &mut self,
        tried: &Tried,
        approval_ref: &str,
    ) -> Result<Tally, AuthorityError> {
        let approval = self.standing(tried, APPROVAL, approval_ref)?;
        let action = self.require_action_type(tried, approval.text("operation"))?;
        let rule = self.rule(tried, action.text("risk_tier"))?;
        let rejected = self.is_rejected(approval_ref)?;
        let votes: Vec<Known> = self
            .active(APPROVAL_VOTE)?
            .filter(|row| row.text("approval_ref") == approval_ref)
            .cloned()
            .collect();
        let end = approval.timestamp("expires_at");
        let mut tally = Tally {
            rule,
            signoff_missing: action.columns.get("signoff_required") != Some(&0.into()),
            expired: end.is_none_or(|end| end <= self.now()),
            rejected,
            approvals: 0,
            owner_humans: 0,
            council: 0,
            approval,
        };
        self.count(&mut tally, &votes)?;
        Ok(tally)
    }

    /// Whether anybody ever rejected an approval; to withdraw the vote does not undo that.
    pub(crate) fn is_rejected(&mut self, approval_ref: &str) -> Result<bool, PortError> {
        let mut votes = self.rows(APPROVAL_VOTE)?.iter();
        Ok(votes.any(|vote| {
            vote.text("approval_ref") == approval_ref
                && vote.text("decision") == Decision::Reject.name()
        }))
    }

    // INVARIANT: each canonical principal counts once, the proposer and who stands on no side never,
    // nor a vote through a credential that no longer is the voter's; a sign-off vouches for content
    // and is no approval. Block A counts a registration's the same way.
    fn count(&mut self, tally: &mut Tally, votes: &[Known]) -> Result<(), AuthorityError> {
        let proposer = tally.approval.text("proposer").to_owned();
        let mut counted = BTreeSet::new();
        for vote in votes
            .iter()
            .filter(|vote| vote.text("decision") == "approve")
        {
            let Some(principal) = self.resolve_principal(vote.text("voter"))? else {
                continue;
            };
            let name = principal.text("principal");
            let own = self.is_credential_of(vote.text("voter_channel"), name)?;
            if name == proposer || !own {
                continue;
            }
            let vouches = vote.columns.get("is_signoff") == Some(&1.into())
                && vote.text("checksum") == tally.approval.text("artifact_hash");
            if vouches {
                tally.signoff_missing = false;
            }
            let is_signoff = vote.columns.get("is_signoff") != Some(&0.into());
            let side = principal.text("side");
            if is_signoff || side == "none" || !counted.insert(name.to_owned()) {
                continue;
            }
            // Only people stand on a side.
            tally.approvals = tally.approvals.saturating_add(1);
            if side == "owner" {
                tally.owner_humans = tally.owner_humans.saturating_add(1);
            }
            if side == "council" {
                tally.council = tally.council.saturating_add(1);
            }
        }
        Ok(())
    }

    fn rule(&mut self, tried: &Tried, risk_tier: &str) -> Result<QuorumRule, AuthorityError> {
        let no_policy = || tried.refused(Reason::NoPolicy);
        let row = self.single_active(tried, POLICY)?.ok_or_else(no_policy)?;
        let opened: Policy = policy()
            .open(row.text("body").as_bytes())
            .map_err(|_| no_policy())?
            .into_value();
        opened
            .quorum
            .iter()
            .find(|rule| rule.risk_tier.to_string() == risk_tier)
            .map(raised)
            .ok_or_else(no_policy)
    }

    /// The one active row of a carrier that has at most one.
    pub(crate) fn single_active(
        &mut self,
        tried: &Tried,
        carrier: &'static str,
    ) -> Result<Option<Known>, AuthorityError> {
        let active: Vec<Known> = self.active(carrier)?.cloned().collect();
        match active.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(one.clone())),
            several => Err(tried.refused(Reason::Ambiguous {
                count: several.len(),
            })),
        }
    }
}
