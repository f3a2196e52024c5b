//! One relation that holds rows.

use std::collections::BTreeSet;

use super::assess::{Assessment, Hold, assess};
use super::{Exposed, Outcome};
use crate::guard::body::{BodyOutcome, judge_body};
use crate::guard::facts::{
    Enabled, FamilyFacts, Level, Operation, RelationFacts, Timing, TriggerFacts,
};
use crate::guard::reason::{Reason, ReasonCode};

pub(super) struct TableVerdict {
    pub(super) outcome: Outcome,
    pub(super) reasons: Vec<Reason>,
    pub(super) exposed: Option<Exposed>,
}

pub(super) fn judge_table(
    family: &FamilyFacts,
    table: &RelationFacts,
    operation: Operation,
) -> TableVerdict {
    let triggers = table.triggers.iter();
    let guards: Vec<Guard<'_>> = triggers
        .filter(|trigger| trigger.events.contains(&operation))
        .map(|trigger| Guard {
            trigger,
            assessment: assess(family, table, trigger, operation),
            skipped_by: skipped_by(table, trigger, operation),
        })
        .collect();
    if let Some(guard) = guards.iter().find(|guard| guard.is_proof()) {
        return TableVerdict {
            outcome: Outcome::Proven,
            reasons: guard.assessment.reasons.clone(),
            exposed: None,
        };
    }
    let mut reasons: Vec<Reason> = guards.iter().flat_map(Guard::reasons).collect();
    let exposed = exposed(table, &guards);
    if exposed.is_some() {
        reasons.push(no_guard(table, operation));
    }
    if exposed.is_some() && lost_its_truncate_guard(table, &guards, operation) {
        let detail = "truncate triggers of a partitioned table are not cloned to its partitions";
        let code = ReasonCode::TruncateNotCloned;
        reasons.push(Reason::on(code, &table.name, detail));
    }
    let ruled = table.rules.contains(&operation);
    if ruled {
        let detail = "a rewrite rule stands where a guard is missing";
        reasons.push(Reason::on(ReasonCode::RuleOnTable, &table.name, detail));
    }
    let exposed = exposed.filter(|_| !ruled);
    TableVerdict {
        outcome: if exposed.is_some() {
            Outcome::Refuted
        } else {
            Outcome::Unproven
        },
        reasons,
        exposed,
    }
}

/// A trigger that fires for the operation.
struct Guard<'a> {
    trigger: &'a TriggerFacts,
    assessment: Assessment,
    /// Reasons why it may not be reached.
    skipped_by: Vec<Reason>,
}

impl Guard<'_> {
    fn is_proof(&self) -> bool {
        self.assessment.hold == Hold::Holds && self.skipped_by.is_empty()
    }

    fn reasons(&self) -> Vec<Reason> {
        let mut reasons = self.assessment.reasons.clone();
        if self.assessment.hold == Hold::Holds {
            reasons.extend(self.skipped_by.iter().cloned());
        }
        reasons
    }
}

/// The hole that every trigger leaves, if there certainly is one.
fn exposed(table: &RelationFacts, guards: &[Guard<'_>]) -> Option<Exposed> {
    let mut listed: BTreeSet<&String> = BTreeSet::new();
    let mut has_list = false;
    let mut in_replica_mode = false;
    for guard in guards {
        match guard.assessment.hold {
            Hold::Passes => {}
            Hold::PassesOtherColumns => {
                has_list = true;
                listed.extend(&guard.trigger.update_columns);
            }
            Hold::PassesInReplicaMode => in_replica_mode = true,
            Hold::Holds | Hold::Unsure => return None,
        }
    }
    // A trigger of replica sessions may hold exactly where the other one is silent.
    let mut replicas = guards.iter().map(|guard| guard.trigger.enabled);
    if in_replica_mode && replicas.any(|enabled| enabled == Enabled::Replica) {
        return None;
    }
    let column = table.columns.iter().find(|name| !listed.contains(name));
    if has_list && column.is_none() {
        return None;
    }
    Some(Exposed {
        relation: table.name.clone(),
        column: column.filter(|_| has_list).cloned(),
        in_replica_mode,
    })
}

fn no_guard(table: &RelationFacts, operation: Operation) -> Reason {
    let code = match operation {
        Operation::Delete => ReasonCode::NoGuardDelete,
        Operation::Truncate => ReasonCode::NoGuardTruncate,
        Operation::Update | Operation::Insert => ReasonCode::NoGuardUpdate,
    };
    let detail = format!("no trigger refuses every {}", operation.as_str());
    Reason::on(code, &table.name, detail)
}

fn lost_its_truncate_guard(
    table: &RelationFacts,
    guards: &[Guard<'_>],
    operation: Operation,
) -> bool {
    table.is_partition && operation == Operation::Truncate && guards.is_empty()
}

/// BEFORE ROW triggers of the relation that may fire for the operation.
pub(super) fn before_row(
    table: &RelationFacts,
    operation: Operation,
) -> impl Iterator<Item = &TriggerFacts> {
    table.triggers.iter().filter(move |trigger| {
        trigger.events.contains(&operation)
            && trigger.timing == Timing::Before
            && trigger.level == Level::Row
            && trigger.enabled != Enabled::Disabled
    })
}

/// Row triggers that fire before `guard` and may end the operation without a word, so that the
/// guard never speaks: the row is safe, but whoever wrote believes otherwise.
fn skipped_by(table: &RelationFacts, guard: &TriggerFacts, operation: Operation) -> Vec<Reason> {
    if guard.level != Level::Row {
        return Vec::new();
    }
    before_row(table, operation)
        .filter(|other| guard.timing != Timing::Before || other.name < guard.name)
        .filter(|other| {
            let judged = judge_body(&other.function, other.timing, other.level, operation);
            !matches!(
                judged.outcome,
                BodyOutcome::AlwaysRaises | BodyOutcome::NeverRaises
            )
        })
        .map(|other| {
            let detail = format!("`{}` fires first and may skip the row", other.name);
            Reason::on(ReasonCode::OtherBeforeRowTrigger, &table.name, detail)
        })
        .collect()
}
