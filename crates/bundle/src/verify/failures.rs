//! Failure audits: each recomputes and names the envelopes that are here, and the answer names the
//! one it was given with.

use registrar::contract::FailureAudit;
use serde::Deserialize;
use serde_json::Value;

use super::{Judged, Material, alike};
use crate::slot::Slot;

pub(super) fn failures(material: &Material<'_>) -> Judged {
    if material.audits.is_empty() && material.is_registered() {
        return None;
    }
    let decision = Slot::RegistrationDecision;
    let judge = || {
        for audit in &material.audits {
            recompute(audit, &material.bundle.attempt.attempt_id.to_string())?;
            evidence(material, audit)?;
        }
        if material.is_registered() {
            // Only a verification that failed is recorded beside an effect.
            let outcome = material.text(Slot::VerificationReport, "/outcome");
            return alike(
                "the report's outcome",
                outcome,
                "what is audited",
                Some("failed"),
            );
        }
        let named = material.text(decision, "/failure_audit_envelope/evidence_hash");
        let mut audits = material.audits.iter();
        let answered = audits.find(|audit| text(audit, "/header/evidence_hash") == named);
        let answered = answered.ok_or("the decision names an audit that is not here")?;
        let attempt = "/failure_audit_envelope/attempt_id";
        let digest = "/failure_audit_envelope/failure_digest";
        for (name, pointer, own) in [
            ("attempt", attempt, "/header/attempt_id"),
            ("failure digest", digest, "/failure_digest"),
            ("request digest", "/request_digest", "/request_digest"),
            ("phase", "/phase", "/phase"),
        ] {
            let found = material.text(decision, pointer);
            alike(
                &format!("the answer's {name}"),
                found,
                "the audit's",
                text(answered, own),
            )?;
        }
        for name in ["reject_codes", "failed_checks"] {
            if material.at(decision, &format!("/{name}")) != answered.get(name) {
                return Err(format!("the answer has other `{name}` than the audit"));
            }
        }
        Ok(())
    };
    Some(judge())
}

/// The hash by which an audit names the envelope of a place; none where it names none.
pub(super) fn named(audit: &Value, slot: Slot) -> Option<&str> {
    let name = match slot {
        Slot::SnapshotBefore => "snapshots.0",
        other => other.name(),
    };
    let mut refs = audit.get("evidence")?.as_array()?.iter();
    let found = refs.find(|one| one.get("slot").and_then(Value::as_str) == Some(name))?;
    found.get("evidence_hash")?.as_str()
}

fn evidence(material: &Material<'_>, audit: &Value) -> Result<(), String> {
    let other = Slot::EVIDENCE
        .into_iter()
        .find(|slot| named(audit, *slot) != material.text(*slot, "/header/evidence_hash"));
    other.map_or(Ok(()), |slot| {
        let name = slot.name();
        Err(format!(
            "`{name}` is not the one that a failure audit names"
        ))
    })
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer).and_then(Value::as_str)
}

fn recompute(audit: &Value, attempt_id: &str) -> Result<(), String> {
    let found = text(audit, "/header/attempt_id");
    alike(
        "the attempt of a failure audit",
        found,
        "the bundle's",
        Some(attempt_id),
    )?;
    let opened = FailureAudit::deserialize(audit).map_err(|error| error.to_string())?;
    let due = registrar::digest_of(&opened).map_err(|error| error.to_string())?;
    let stated = text(audit, "/failure_digest");
    alike(
        "a failure digest",
        stated,
        "recomputed it",
        Some(&due.to_string()),
    )
}
