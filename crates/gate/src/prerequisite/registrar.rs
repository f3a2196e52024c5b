//! The registrar's contract, the replay surface, the audit sink.

use super::Finding;
use crate::contract::RejectCode;
use crate::facts::Facts;
use crate::port::Checkpoint;
use crate::rights::may_insert;

pub(super) fn contract(facts: &Facts, finding: &mut Finding) {
    let unproven = RejectCode::RegistrarContractUnproven;
    for table in ["attempt", "ledger", "dot_catalogue", "decision"] {
        finding.require(
            may_insert(facts, "registrar", table),
            unproven,
            format!("`registrar` has a credential that inserts into `{table}`"),
        );
    }
    finding.require(
        facts.schema.decision_follows_key(),
        unproven,
        "a decision references the key that it was consumed with",
    );
    finding.require(
        facts.schema.key_needs_head_and_decision(),
        unproven,
        "a consumed key without its head and its decision does not commit",
    );
    let verifier_cannot_write = facts.credentials.iter().any(|credential| {
        credential.role == "verifier"
            && credential.read_only
            && credential.may_insert.is_empty()
            && credential.may_update.is_empty()
    });
    finding.require(
        verifier_cannot_write,
        unproven,
        "`verifier` has a credential of its own, opened so that it cannot write",
    );
}

pub(super) fn replay_surface(facts: &Facts, finding: &mut Finding) {
    const BOUND: [&str; 7] = [
        "operation",
        "target",
        "run_id",
        "artifact_hash",
        "owner_binding_digest",
        "effect_identity",
        "nonce",
    ];
    let unfit = RejectCode::ReplaySurfaceNotFit;
    let schema = &facts.schema;
    finding.require(
        schema.has_single_key(),
        unfit,
        "(a) one row for each replay key, and no unique index has attempt_no",
    );
    finding.require(
        schema.table_names("ledger", &BOUND),
        unfit,
        format!("(b) `ledger` binds {}", BOUND.join(", ")),
    );
    finding.require(
        may_insert(facts, "registrar", "ledger"),
        unfit,
        "(c) `ledger` is registration's own, and `registrar` inserts into it",
    );
    finding.require(
        schema.second_use_conflicts(),
        unfit,
        "(d) a second use of key, nonce or effect conflicts in the write transaction itself",
    );
    for against in ["update", "delete"] {
        finding.require(
            schema.is_guarded("ledger", against),
            unfit,
            format!("(e) a trigger refuses every {against} of `ledger`"),
        );
    }
    finding.require(
        !may_insert(facts, "registrar", "failure_audit"),
        unfit,
        "(f) failures are recorded by another credential, outside the rolled-back transaction",
    );
    finding.require(
        schema.is_guarded("decision", "update") && schema.is_guarded("decision", "delete"),
        unfit,
        "(g) the decision that an exact retry gets is never changed",
    );
    checkpoint(facts, finding);
}

fn checkpoint(facts: &Facts, finding: &mut Finding) {
    match &facts.checkpoint {
        Checkpoint::Absent => {
            finding.note("no checkpoint outside the store: a restored backup would not show");
        }
        Checkpoint::Held { evidence } => finding.note(evidence.as_str()),
        Checkpoint::Behind { evidence } => {
            finding.fault(RejectCode::RestoredStoreBehindCheckpoint, evidence.as_str());
        }
    }
}

pub(super) fn audit_sink(facts: &Facts, finding: &mut Finding) {
    let unavailable = RejectCode::AuditSinkUnavailable;
    finding.require(
        facts.audit_sink_writable,
        unavailable,
        "the audit writer's own connection can append now",
    );
    finding.require(
        may_insert(facts, "audit-writer", "failure_audit"),
        unavailable,
        "`audit-writer` has a credential that inserts into `failure_audit`",
    );
    for against in ["update", "delete"] {
        finding.require(
            facts.schema.is_guarded("failure_audit", against),
            unavailable,
            format!("a trigger refuses every {against} of `failure_audit`"),
        );
    }
}
