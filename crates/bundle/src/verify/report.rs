//! The verification report: about this decision and this verdict, and saying one thing.

use serde_json::Value;

use super::{Judged, Material, alike};
use crate::slot::Slot;

pub(super) fn report(material: &Material<'_>) -> Judged {
    let report = material.value(Slot::VerificationReport)?;
    let of = Slot::VerificationReport;
    let hash = "/header/evidence_hash";
    let judge = || {
        let decision = Slot::RegistrationDecision;
        material.same((of, "/decision_evidence_hash"), (decision, hash))?;
        material.same((of, "/verdict_after_ref"), (Slot::VerdictAfter, hash))?;
        material.same(
            (of, "/postcondition_verifier_ref"),
            (
                Slot::OwnerAttestation,
                "/trusted_attested/postcondition_verifier_ref",
            ),
        )?;
        let list = |name: &str| report.get(name).and_then(Value::as_array);
        let conditions = list("conditions").map_or(&[][..], Vec::as_slice);
        let failed = conditions
            .iter()
            .any(|one| one.get("outcome").and_then(Value::as_str) != Some("held"));
        let codes = list("reject_codes").is_some_and(|codes| !codes.is_empty());
        let due = if failed || codes || conditions.is_empty() {
            "failed"
        } else {
            "passed"
        };
        let outcome = material.text(of, "/outcome");
        alike(
            "the report's outcome",
            outcome,
            "its conditions'",
            Some(due),
        )?;
        if due == "passed" {
            for name in ["row_key", "row_hash", "status", "carrier"] {
                let pointer = format!("/head/{name}");
                material.same((of, &pointer), (decision, &pointer))?;
            }
            let verdict = material.text(Slot::VerdictAfter, "/outcome");
            return alike("the second verdict", verdict, "what passes", Some("accept"));
        }
        Ok(())
    };
    Some(judge())
}
