//! Head uniqueness, status domain, trigger inventory.

use canonical::GovernedRow;

use super::Finding;
use crate::contract::RejectCode;
use crate::facts::Facts;
use crate::port::SchemaObject;

pub(super) fn head_uniqueness(facts: &Facts, finding: &mut Finding) {
    finding.require(
        facts.schema.has_one_head(),
        RejectCode::HeadUniquenessAbsent,
        "a unique index leaves `dot_catalogue` one draft or active row for each `dot_code`",
    );
}

pub(super) fn status_domain(facts: &Facts, finding: &mut Finding) {
    finding.require(
        facts.schema.has_status_domain(),
        RejectCode::StatusDomainUnenforced,
        "a check on `dot_catalogue.status` that knows four values",
    );
}

pub(super) fn triggers(facts: &Facts, finding: &mut Finding) {
    let foreign = facts.schema.foreign_triggers();
    finding.note(format!(
        "triggers that the migrations do not make: {}",
        foreign.len()
    ));
    for trigger in foreign {
        let accepted = facts
            .accepted_triggers
            .iter()
            .any(|row| accepts(row, trigger));
        finding.require(
            accepted,
            RejectCode::TriggerUnaccounted,
            format!(
                "trigger `{}` on `{}` is accepted with body {}",
                trigger.name, trigger.table, trigger.sql_hash
            ),
        );
    }
}

pub(crate) fn accepts(row: &GovernedRow, trigger: &SchemaObject) -> bool {
    row.text("trigger_name")
        .is_ok_and(|name| name == trigger.name)
        && row
            .text("table_name")
            .is_ok_and(|table| table == trigger.table)
        && row
            .digest("body_hash")
            .is_ok_and(|hash| hash == trigger.sql_hash)
}
