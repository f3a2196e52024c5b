//! Who names whom: attempt, hashes, and what was carried on.

use serde_json::Value;

use super::{Judged, Material, alike};
use crate::slot::Slot;

/// Attempt, correlation and run stand in every envelope that was made for the attempt.
#[expect(
    clippy::unnecessary_wraps,
    reason = "all checks have the one signature of the table"
)]
pub(super) fn attempt(material: &Material<'_>) -> Judged {
    let due = material.bundle.attempt.attempt_id.to_string();
    let decision = Slot::RegistrationDecision;
    let correlation = material.text(decision, "/header/correlation_id");
    let run = material.text(decision, "/header/run_id");
    let judge = || {
        for slot in material.opened.keys().copied() {
            let name = slot.name();
            // A gate report and a policy belong to no attempt; a request is older than its own.
            if matches!(slot, Slot::GateReport | Slot::Policy) {
                continue;
            }
            let found = material.text(slot, "/header/run_id");
            alike(&format!("the run of {name}"), found, "the decision's", run)?;
            if slot == Slot::RegistrationRequest {
                continue;
            }
            let found = material.text(slot, "/header/attempt_id");
            alike(
                &format!("the attempt of {name}"),
                found,
                "the bundle's",
                Some(&due),
            )?;
            let found = material.text(slot, "/header/correlation_id");
            alike(
                &format!("the correlation of {name}"),
                found,
                "the decision's",
                correlation,
            )?;
        }
        Ok(())
    };
    Some(judge())
}

/// The hashes by which the envelopes hold on to each other.
pub(super) fn references(material: &Material<'_>) -> Judged {
    material.value(Slot::Verdict)?;
    let decision = Slot::RegistrationDecision;
    let hash = "/header/evidence_hash";
    let pairs = [
        ((decision, "/verdict_ref"), (Slot::Verdict, hash)),
        (
            (decision, "/decision_ref"),
            (Slot::Verdict, "/decision_ref"),
        ),
        ((decision, "/gate_report_ref"), (Slot::GateReport, hash)),
        ((decision, "/assurance"), (Slot::GateReport, "/assurance")),
        ((Slot::GateReport, "/policy_ref"), (Slot::Policy, hash)),
        ((Slot::Verdict, "/policy_ref"), (Slot::Policy, hash)),
        (
            (Slot::AuthorityReadback, "/carrier_report_hash"),
            (Slot::GateReport, "/carrier_report_hash"),
        ),
    ];
    let judge = || {
        for (one, other) in pairs {
            material.same(one, other)?;
        }
        let state = material.text(Slot::GateReport, "/state");
        alike("the gate", state, "what lets through", Some("OPEN"))?;
        if material.accepted().is_none() {
            return refusal(material);
        }
        if !material.is_registered() {
            return Ok(());
        }
        let started = material.text(decision, "/operation_start");
        let issued = material.text(decision, "/header/issued_at");
        alike("operation_start", started, "the decision's time", issued)?;
        let consumed = material.text(decision, "/consume/transaction_id");
        let recorded = material.bundle.attempt.transaction_id.as_deref();
        alike(
            "the decision's transaction",
            consumed,
            "the store's",
            recorded,
        )?;
        material.same((decision, "/consume/replay_key"), (decision, "/replay_key"))
    };
    Some(judge())
}

/// What a verdict refuses is refused for its reasons, and for no other.
fn refusal(material: &Material<'_>) -> Result<(), String> {
    let (decision, verdict) = (Slot::RegistrationDecision, Slot::Verdict);
    let list = |slot, pointer| material.at(slot, pointer).and_then(Value::as_array);
    let checks = list(verdict, "/checks").into_iter().flatten();
    let is_failed = |check: &&Value| check.get("outcome").is_some_and(|it| it == "failed");
    let shown = list(decision, "/failed_checks").into_iter().flatten();
    let codes = "/reject_codes";
    if list(decision, codes) == list(verdict, codes) && shown.eq(checks.filter(is_failed)) {
        return Ok(());
    }
    Err("the decision refuses for other reasons than the verdict".to_owned())
}
