//! Admission and hash carrier.

use super::Finding;
use crate::contract::RejectCode;
use crate::facts::Facts;
use crate::port::ObjectKind;
use crate::rights::may_insert;

pub(super) fn admission(facts: &Facts, finding: &mut Finding) {
    let unproven = RejectCode::AdmissionCarrierUnproven;
    for against in ["update", "delete"] {
        finding.require(
            facts.schema.is_guarded("admission", against),
            unproven,
            format!("a trigger refuses every {against} of `admission`"),
        );
    }
    finding.require(
        may_insert(facts, "authority", "admission"),
        unproven,
        "`authority` has a credential that inserts into `admission`",
    );
}

pub(super) fn hash_carrier(facts: &Facts, finding: &mut Finding) {
    const COLUMNS: [&str; 4] = [
        "artifact_hash",
        "hash_algorithm",
        "canonicalization_version",
        "row_hash",
    ];
    finding.require(
        facts
            .schema
            .object(ObjectKind::Table, "admission")
            .is_some()
            && facts.schema.table_names("admission", &COLUMNS),
        RejectCode::HashCarrierUnproven,
        format!("base table `admission` has {}", COLUMNS.join(", ")),
    );
    finding.require(
        facts.schema.is_never_null("admission", "artifact_hash"),
        RejectCode::HashCarrierUnproven,
        "`admission.artifact_hash` is never null",
    );
}
