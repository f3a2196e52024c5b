//! Whether one trigger refuses one operation.

use crate::guard::body::{BodyOutcome, judge_body};
use crate::guard::facts::{
    Enabled, FamilyFacts, Level, Operation, RelationFacts, ReplicaMode, Timing, TriggerFacts,
};
use crate::guard::lexer::tokens;
use crate::guard::reason::{Reason, ReasonCode};

/// What a trigger does against the operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    /// It refuses, always.
    Holds,
    /// It certainly lets the operation through.
    Passes,
    /// It refuses, but only an UPDATE of its columns.
    PassesOtherColumns,
    /// It refuses, but not in replica mode, and somebody can be in it.
    PassesInReplicaMode,
    /// Not shown.
    Unsure,
}

pub(super) struct Assessment {
    pub(super) hold: Hold,
    pub(super) reasons: Vec<Reason>,
}

/// Judges a trigger that fires for `operation`.
pub(super) fn assess(
    family: &FamilyFacts,
    table: &RelationFacts,
    trigger: &TriggerFacts,
    operation: Operation,
) -> Assessment {
    let mut assessment = Assessment {
        hold: Hold::Holds,
        reasons: Vec::new(),
    };
    let on = format!("{} of {}", trigger.name, table.name);
    assessment.body(trigger, operation);
    assessment.shape(table, trigger, operation, &on);
    assessment.condition(trigger, &on);
    assessment.owner(family, trigger);
    assessment.columns(trigger, operation, &on);
    assessment.sessions(family, trigger, &on);
    assessment
}

impl Assessment {
    fn body(&mut self, trigger: &TriggerFacts, operation: Operation) {
        let verdict = judge_body(&trigger.function, trigger.timing, trigger.level, operation);
        if verdict.outcome != BodyOutcome::AlwaysRaises {
            self.lower(if verdict.lets_through {
                Hold::Passes
            } else {
                Hold::Unsure
            });
        }
        self.reasons.extend(verdict.reasons);
    }

    fn shape(
        &mut self,
        table: &RelationFacts,
        trigger: &TriggerFacts,
        operation: Operation,
        on: &str,
    ) {
        if trigger.timing == Timing::InsteadOf {
            self.doubt(
                ReasonCode::UnknownRelationKind,
                on,
                "INSTEAD OF, on a table",
            );
        }
        if trigger.level == Level::Statement && operation != Operation::Truncate {
            self.doubt(
                ReasonCode::StatementLevelGuard,
                on,
                "fires for statements that name this very table only",
            );
        }
        let moves = operation == Operation::Update && table.is_partition;
        if moves && trigger.timing == Timing::After && trigger.level == Level::Row {
            self.doubt(
                ReasonCode::AfterRowOnPartition,
                on,
                "an update that moves the row to another partition fires no AFTER UPDATE trigger",
            );
        }
    }

    fn condition(&mut self, trigger: &TriggerFacts, on: &str) {
        let Some(when) = &trigger.when else {
            return;
        };
        self.doubt(
            ReasonCode::TriggerConditional,
            on,
            format!("fires only when {when}"),
        );
        if reads_the_session(when) {
            self.doubt(
                ReasonCode::WhenReadsSettingOrIdentity,
                on,
                "the session decides whether it fires",
            );
        }
    }

    fn owner(&mut self, family: &FamilyFacts, trigger: &TriggerFacts) {
        let owner = &trigger.function.owner;
        if *owner != family.owner && !family.custodians.contains(owner) {
            let detail = format!("`{owner}` may replace or drop it");
            self.doubt(ReasonCode::FnOwnerDiffers, &trigger.function.name, detail);
        }
    }

    fn columns(&mut self, trigger: &TriggerFacts, operation: Operation, on: &str) {
        if operation != Operation::Update || trigger.update_columns.is_empty() {
            return;
        }
        let names: Vec<&str> = trigger.update_columns.iter().map(String::as_str).collect();
        let detail = format!("fires for an UPDATE of {} only", names.join(", "));
        self.reasons
            .push(Reason::on(ReasonCode::TriggerColumnList, on, detail));
        self.lower(Hold::PassesOtherColumns);
    }

    fn sessions(&mut self, family: &FamilyFacts, trigger: &TriggerFacts, on: &str) {
        let (hold, code, detail) = match (trigger.enabled, &family.replica_mode) {
            (Enabled::Always, _) => return,
            (Enabled::Disabled, _) => (
                Hold::Passes,
                ReasonCode::TriggerDisabled,
                "disabled".to_owned(),
            ),
            (Enabled::Replica, _) => (
                Hold::Passes,
                ReasonCode::TriggerReplicaOnly,
                "silent in ordinary sessions".to_owned(),
            ),
            (Enabled::Origin, ReplicaMode::Unreachable) => (
                Hold::Holds,
                ReasonCode::TriggerOriginOnly,
                "silent in replica mode, which nobody can enter".to_owned(),
            ),
            // Restores and repairs run so, by the very people who are trusted: a guard that is
            // enabled always costs nothing and needs no such trust.
            (Enabled::Origin, ReplicaMode::Trusted(superuser)) => (
                Hold::Unsure,
                ReasonCode::TriggerOriginOnly,
                format!("silent in replica mode, which superuser `{superuser}` can enter"),
            ),
            (Enabled::Origin, ReplicaMode::Reachable(how)) => (
                Hold::PassesInReplicaMode,
                ReasonCode::TriggerOriginOnly,
                format!("silent in replica mode: {how}"),
            ),
            (Enabled::Origin, ReplicaMode::Unknown) => (
                Hold::Unsure,
                ReasonCode::TriggerOriginOnly,
                "silent in replica mode, and who can enter it is not established".to_owned(),
            ),
        };
        self.reasons.push(Reason::on(code, on, detail));
        self.lower(hold);
    }

    fn doubt(&mut self, code: ReasonCode, on: &str, detail: impl Into<String>) {
        self.reasons.push(Reason::on(code, on, detail));
        self.lower(Hold::Unsure);
    }

    /// One certain hole is enough to pass; a second, partial one is then of no interest. Doubt wins
    /// over a partial hole, because the doubtful part may close it.
    fn lower(&mut self, to: Hold) {
        self.hold = match (self.hold, to) {
            (Hold::Passes, _) | (_, Hold::Passes) => Hold::Passes,
            (hold, Hold::Holds) => hold,
            (Hold::Holds, to) => to,
            _ => Hold::Unsure,
        };
    }
}

/// Whether a condition names something that a session chooses or carries.
fn reads_the_session(when: &str) -> bool {
    let Ok(found) = tokens(when) else {
        return true;
    };
    found.iter().any(|token| {
        matches!(
            token.word(),
            Some(
                "current_setting"
                    | "current_user"
                    | "session_user"
                    | "current_role"
                    | "user"
                    | "pg_has_role"
                    | "pg_trigger_depth"
                    | "inet_client_addr"
                    | "pg_backend_pid"
            )
        )
    })
}
