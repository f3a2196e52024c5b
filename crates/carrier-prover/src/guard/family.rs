//! Whether a table, and everything that shares its rows, refuses an operation.

mod assess;
mod table;
#[cfg(test)]
mod tests;

use super::facts::{FamilyFacts, Operation, RelationFacts, RelationKind};
use super::reason::{Reason, ReasonCode};

/// What is known about a statement on a table, from the catalogs alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A guard refuses it, on every relation that holds rows.
    Proven,
    /// On some relation nothing refuses it.
    Refuted,
    /// Neither is shown.
    Unproven,
}

/// The answer for one operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FamilyVerdict {
    /// The operation asked about.
    pub operation: Operation,
    /// The answer.
    pub outcome: Outcome,
    /// What speaks against a proof, or what a proof rests on.
    pub reasons: Vec<Reason>,
    /// The relation on which nothing refuses, if one was found.
    pub exposed: Option<Exposed>,
}

/// Where an operation goes through, for whoever prints the statement that does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposed {
    /// The relation.
    pub relation: String,
    /// The column that an UPDATE must set to slip past an `UPDATE OF` list.
    pub column: Option<String>,
    /// Whether the session must be in replica mode.
    pub in_replica_mode: bool,
}

/// Says whether guards refuse `operation` on all members of a family.
///
/// It speaks of guards only: that nobody holds the privilege is for the caller to say. Superusers
/// and the table's owner are outside it, since both may drop any guard.
pub fn judge_family(family: &FamilyFacts, operation: Operation) -> FamilyVerdict {
    let mut verdict = FamilyVerdict {
        operation,
        outcome: Outcome::Proven,
        reasons: Vec::new(),
        exposed: None,
    };
    let mut holds_rows = false;
    let members = family.members.iter();
    for member in members.filter(|member| member.kind != RelationKind::Partitioned) {
        holds_rows = true;
        let (outcome, exposed) = judge_member(family, member, operation, &mut verdict.reasons);
        verdict.outcome = worse(verdict.outcome, outcome);
        verdict.exposed = verdict.exposed.or(exposed);
    }
    if !holds_rows {
        verdict.outcome = Outcome::Unproven;
        verdict.reasons.push(Reason::on(
            ReasonCode::NoMemberHoldsRows,
            "",
            "no relation holds rows yet, and truncate triggers are not cloned to one that will",
        ));
    }
    verdict
}

/// The reason to look twice at what BEFORE INSERT triggers seal, if more than one fires.
pub fn insert_order(relation: &RelationFacts) -> Option<Reason> {
    let mut names: Vec<&str> = table::before_row(relation, Operation::Insert)
        .map(|trigger| trigger.name.as_str())
        .collect();
    names.sort_unstable();
    (names.len() > 1).then(|| {
        Reason::on(
            ReasonCode::BeforeInsertOrder,
            &relation.name,
            format!("they fire in this order: {}", names.join(", ")),
        )
    })
}

fn worse(one: Outcome, other: Outcome) -> Outcome {
    match (one, other) {
        (Outcome::Refuted, _) | (_, Outcome::Refuted) => Outcome::Refuted,
        (Outcome::Unproven, _) | (_, Outcome::Unproven) => Outcome::Unproven,
        (Outcome::Proven, Outcome::Proven) => Outcome::Proven,
    }
}

fn judge_member(
    family: &FamilyFacts,
    member: &RelationFacts,
    operation: Operation,
    reasons: &mut Vec<Reason>,
) -> (Outcome, Option<Exposed>) {
    let (code, detail) = match member.kind {
        RelationKind::Ordinary => {
            let judged = table::judge_table(family, member, operation);
            reasons.extend(judged.reasons);
            if judged.outcome != Outcome::Proven && member.has_parent && !member.is_partition {
                reasons.push(Reason::on(
                    ReasonCode::PlainInheritanceChild,
                    &member.name,
                    "triggers of its parent do not fire for its rows",
                ));
            }
            return (judged.outcome, judged.exposed);
        }
        RelationKind::Foreign => (
            ReasonCode::ForeignMember,
            "its rows are kept on another server",
        ),
        RelationKind::Partitioned | RelationKind::Other => {
            (ReasonCode::UnknownRelationKind, "not a table")
        }
    };
    reasons.push(Reason::on(code, &member.name, detail));
    (Outcome::Unproven, None)
}
