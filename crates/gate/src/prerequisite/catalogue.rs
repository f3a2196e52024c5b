//! Head uniqueness, status domain, trigger inventory.

use canonical::GovernedRow;

use super::Finding;
use crate::contract::RejectCode;
use crate::facts::Facts;
use crate::port::{ObjectKind, SchemaObject};

pub(super) fn head_uniqueness(facts: &Facts, finding: &mut Finding) {
    let enforced = facts
        .schema
        .texts(ObjectKind::Index, "dot_catalogue")
        .any(|text| {
            text.starts_with("createuniqueindex")
                && text.ends_with("ondot_catalogue(dot_code)wherestatusin('draft','active')")
        });
    finding.require(
        enforced,
        RejectCode::HeadUniquenessAbsent,
        "a unique index on `dot_catalogue.dot_code` where status is draft or active",
    );
}

pub(super) fn status_domain(facts: &Facts, finding: &mut Finding) {
    let enforced = facts
        .schema
        .table_text("dot_catalogue")
        .contains("check(statusin('draft','active','deprecated','retired'))");
    finding.require(
        enforced,
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
