//! Action type, owner of record, quorum.

use canonical::GovernedRow;

use super::Finding;
use crate::contract::{QuorumRule, RejectCode, RiskTier};
use crate::facts::Facts;

pub(super) fn action_type(facts: &Facts, operation: &str, finding: &mut Finding) {
    let rows = facts.action_types_of(operation);
    let [row] = rows.as_slice() else {
        finding.fault(
            RejectCode::ActionTypeUngoverned,
            format!(
                "{} active action types are on record for `{operation}`, one is due",
                rows.len()
            ),
        );
        return;
    };
    finding.require(
        row.boolean("implemented").unwrap_or(false),
        RejectCode::ActionTypeUngoverned,
        format!(
            "action type `{}` of `{operation}` is implemented",
            row.key()
        ),
    );
}

pub(super) fn owner(facts: &Facts, finding: &mut Finding) {
    let owners: Vec<&GovernedRow> = facts
        .owners
        .iter()
        .filter(|row| is_accountable_now(facts, row))
        .collect();
    finding.require(
        !owners.is_empty(),
        RejectCode::OwnerOfRecordAbsent,
        format!(
            "accountable owners in their time, known as principals: {}",
            owners.len()
        ),
    );
}

fn is_accountable_now(facts: &Facts, row: &GovernedRow) -> bool {
    let (Ok(kind), Ok(owner)) = (row.text("kind"), row.text("owner")) else {
        return false;
    };
    let (Ok(from), Ok(to)) = (
        row.timestamp("effective_from"),
        row.optional_timestamp("effective_to"),
    ) else {
        return false;
    };
    kind == "accountable"
        && facts.is_authority(owner)
        && from <= facts.checked_at
        && to.is_none_or(|to| facts.checked_at < to)
}

pub(super) fn quorum(facts: &Facts, operation: &str, finding: &mut Finding) {
    if !facts
        .schema
        .table_names("approval", &["operation", "artifact_hash"])
    {
        finding.fault(
            RejectCode::OwnerBindingFailClosedUntilAprPayloadSupport,
            "table `approval` binds an approval to an operation and an artifact hash",
        );
    }
    let unproven = RejectCode::ApprovalQuorumUnproven;
    let policy = match &facts.policy {
        Ok(policy) => policy,
        Err(why) => {
            return finding.fault(unproven, format!("a policy says what a quorum is: {why}"));
        }
    };
    for rule in &policy.quorum {
        finding.require(
            !is_below_floor(rule),
            unproven,
            format!(
                "risk tier {}: {} approvals, {} owner-side humans, {} council members, not below the floor",
                rule.risk_tier, rule.approvals_min, rule.owner_humans_min, rule.council_min
            ),
        );
    }
    // Without an action type there is no tier; its own prerequisite says so.
    let tiers = facts.action_types_of(operation);
    for tier in tiers.iter().filter_map(|row| row.text("risk_tier").ok()) {
        let rules: Vec<&QuorumRule> = policy
            .quorum
            .iter()
            .filter(|rule| rule.risk_tier.to_string() == tier)
            .collect();
        finding.require(
            rules.len() == 1,
            unproven,
            format!(
                "rules for risk tier {tier} of `{operation}`: {}",
                rules.len()
            ),
        );
        for rule in rules {
            approvers(facts, rule, finding);
        }
    }
}

/// Whether the principals on record could reach a quorum at all.
fn approvers(facts: &Facts, rule: &QuorumRule, finding: &mut Finding) {
    let (owners, owner_humans) = facts.approvers("owner");
    let (council, _) = facts.approvers("council");
    finding.require(
        owners.saturating_add(council) >= rule.approvals_min.get()
            && owner_humans >= rule.owner_humans_min.get()
            && council >= rule.council_min.get(),
        RejectCode::ApprovalQuorumUnproven,
        format!(
            "principals who could approve: {owners} on the owner's side, {owner_humans} of them people, {council} of the council"
        ),
    );
}

/// Whether a rule asks for less than the system does for its tier: a policy tightens, never loosens.
fn is_below_floor(rule: &QuorumRule) -> bool {
    let (approvals, owner_humans, council) = match rule.risk_tier {
        RiskTier::Low => (1, 0, 0),
        RiskTier::Medium => (1, 1, 0),
        RiskTier::High => (3, 1, 2),
    };
    rule.approvals_min.get() < approvals
        || rule.owner_humans_min.get() < owner_humans
        || rule.council_min.get() < council
}
