//! Failure audits: each recomputes, and the answer names the one it was given with.

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
        for (name, pointer) in [
            ("failure digest", "/failure_audit_envelope/failure_digest"),
            ("request digest", "/request_digest"),
            ("phase", "/phase"),
        ] {
            let own = pointer.replace("/failure_audit_envelope", "");
            let found = material.text(decision, pointer);
            alike(
                &format!("the answer's {name}"),
                found,
                "the audit's",
                text(answered, &own),
            )?;
        }
        let codes = material.at(decision, "/reject_codes");
        if codes != answered.get("reject_codes") {
            return Err("the answer names other codes than the audit".to_owned());
        }
        Ok(())
    };
    Some(judge())
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
