//! What follows from a changed envelope: the integration of the envelopes as they are, block E's
//! first verdict on them, and the references of the decision.
//!
//! The pipeline would have assembled and judged the changed envelopes; so a case that changes one
//! envelope is about that envelope and not about those that no longer fit it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::block::Block;
use crate::change::Change;
use crate::frame::Unmade;
use crate::seal::{seal, stated};

/// The slots that are derived, in the order in which they are.
pub(crate) const DERIVED: [&str; 3] = ["integration", "verdict", "registration_decision"];

/// What an integration is assembled from.
const ASSEMBLED: [&str; 5] = [
    "registration_request",
    "owner_attestation",
    "artifact_attestation",
    "snapshots",
    "authority_readback",
];

/// The values of an integration, each with the envelope that it is taken from.
const ATTESTED: [(&str, &str); 8] = [
    ("canonical_operation", "owner_attestation"),
    ("scope", "owner_attestation"),
    ("actor_principal", "owner_attestation"),
    ("canonical_target", "artifact_attestation"),
    ("artifact_hash", "artifact_attestation"),
    ("canonical_path", "artifact_attestation"),
    ("artifact_type", "artifact_attestation"),
    ("admission_ref", "artifact_attestation"),
];

/// Derives each derived slot that is there from what was changed, then makes the changes to it.
pub(crate) fn derive(
    slots: &mut Value,
    touched: &mut BTreeSet<String>,
    changes: &[&Change],
    first_run_at: &str,
) -> Result<(), Unmade> {
    for slot in DERIVED {
        let of_slot = |change: &&&Change| change.slot() == Some(slot);
        let kept = |change: &&Change| matches!(change, Change::Keep { .. });
        let is_kept = changes.iter().filter(of_slot).any(kept);
        let is_there = slots.get(slot).is_some_and(Value::is_object);
        let follows = match slot {
            "integration" => ASSEMBLED.iter().any(|name| touched.contains(*name)),
            "verdict" => touched.iter().any(|name| judged(name)),
            _ => touched.contains("verdict"),
        };
        if is_there && follows && !is_kept {
            match slot {
                "integration" => assemble(slots),
                "verdict" => judge(slots, first_run_at)?,
                _ => refer(slots),
            }
            touched.insert(slot.to_owned());
        }
        for change in changes.iter().filter(of_slot) {
            change.make(slots).map_err(Unmade::Nowhere)?;
            touched.insert(slot.to_owned());
        }
        seal(slots, &BTreeSet::from([slot.to_owned()]))?;
    }
    Ok(())
}

/// Whether block E's first run reads a slot.
fn judged(name: &str) -> bool {
    ASSEMBLED.contains(&name) || ["policy", "attempt", "integration"].contains(&name)
}

fn assemble(slots: &mut Value) {
    let hash = |name: &str| stated(slots.get(name));
    let mut attested = Map::new();
    for (field, of) in ATTESTED {
        let value = slots.pointer(&format!("/{of}/trusted_attested/{field}"));
        attested.insert(field.to_owned(), taken(slots, of, value.cloned()));
    }
    let binding = "/owner_attestation/trusted_attested/owner_or_approval_binding";
    let row = |member: &str| {
        let row = slots.pointer(&format!("{binding}/{member}"));
        row.and_then(Value::as_str).map(str::to_owned)
    };
    let rows = row("ownership_ref").zip(row("approval_ref"));
    let rows = rows.map(|(ownership, approval)| json!(format!("{ownership} {approval}")));
    let field = "owner_or_approval_binding".to_owned();
    attested.insert(field, taken(slots, "owner_attestation", rows));
    let hashes = json!({
        "registration_request": hash("registration_request"),
        "owner_attestation": hash("owner_attestation"),
        "artifact_attestation": hash("artifact_attestation"),
        "snapshot_before": stated(slots.pointer("/snapshots/0")),
        "authority_readback": hash("authority_readback"),
    });
    let proposed = slots
        .pointer("/registration_request/request_proposed")
        .cloned();
    if let Some(integration) = slots.get_mut("integration").and_then(Value::as_object_mut) {
        if let Some(proposed) = proposed {
            integration.insert("request_proposed".to_owned(), proposed);
        }
        integration.insert("trusted_attested".to_owned(), Value::Object(attested));
        integration.insert("envelope_hashes".to_owned(), hashes);
    }
}

/// An attested value with its source; nothing where the block attests nothing.
fn taken(slots: &Value, of: &str, value: Option<Value>) -> Value {
    match value.filter(|value| !value.is_null()) {
        None => json!({"value": null, "source": null}),
        Some(value) => json!({"value": value, "source": {
            "envelope_type": of.replace('_', "-"), "evidence_hash": stated(slots.get(of))}}),
    }
}

/// The first verdict, by the built-in block E.
fn judge(slots: &mut Value, first_run_at: &str) -> Result<(), Unmade> {
    let before = slots.pointer("/snapshots/0").cloned();
    let mut frame = Map::new();
    for (name, slot) in slots.as_object().into_iter().flatten() {
        if judged(name) {
            frame.insert(name.clone(), slot.clone());
        }
    }
    frame.insert("snapshots".to_owned(), before.into_iter().collect());
    frame.insert("stage".to_owned(), json!("before_write"));
    frame.insert("now".to_owned(), json!(first_run_at));
    let frame = canonical::write(&Value::Object(frame))?;
    let verdict = Block::ValidatorE.answer(&frame);
    let verdict = verdict.map_err(|error| Unmade::Verdict(error.to_string()))?;
    let verdict = serde_json::from_slice(&verdict);
    let verdict: Value = verdict.map_err(|error| Unmade::Verdict(error.to_string()))?;
    if let Some(slot) = slots.get_mut("verdict") {
        *slot = verdict;
    }
    Ok(())
}

fn refer(slots: &mut Value) {
    let decision_ref = slots.pointer("/verdict/decision_ref").cloned();
    let verdict_ref = stated(slots.get("verdict"));
    let decision = slots.get_mut("registration_decision");
    if let Some(decision) = decision.and_then(Value::as_object_mut) {
        decision.insert("decision_ref".to_owned(), decision_ref.unwrap_or_default());
        decision.insert("verdict_ref".to_owned(), verdict_ref);
    }
}
