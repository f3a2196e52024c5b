//! Makes hashes fit again: an envelope's own, what a snapshot says of its content, and what later
//! envelopes say about earlier ones.

use std::sync::Arc;

use canonical::{hash, tags};
use serde_json::{Map, Value, json};

use crate::baseline::Slots;
use crate::error::SituationError;

/// The slots that later ones refer to, then those that refer: the order in which they are sealed.
const ORDER: [&str; 11] = [
    "now",
    "attempt",
    "policy",
    "registration_request",
    "owner_attestation",
    "artifact_attestation",
    "snapshots/0",
    "authority_readback",
    "integration",
    "verdict",
    "registration_decision",
];

/// Every slot that there is, in that order; further captures last.
pub(crate) fn order(slots: &Slots) -> Vec<String> {
    let known = ORDER.iter().map(|name| (*name).to_owned());
    let others = slots
        .keys()
        .filter(|name| !ORDER.contains(&name.as_str()))
        .cloned();
    known.chain(others).collect()
}

/// The evidence hash of one envelope, as its own bytes have it.
pub(crate) fn own(name: &str, slots: &mut Slots) -> Result<(), SituationError> {
    let Some(envelope) = slots.get_mut(name).map(Arc::make_mut) else {
        return Ok(());
    };
    let Some(kind) = text(envelope, "/envelope_type") else {
        return Ok(());
    };
    match envelope.pointer_mut("/header/evidence_hash") {
        Some(place) => *place = Value::Null,
        None => return Ok(()),
    }
    let found = hash(&tags::evidence(&kind), envelope)?;
    if let Some(place) = envelope.pointer_mut("/header/evidence_hash") {
        *place = json!(found);
    }
    Ok(())
}

/// What a snapshot states of its own content.
const CONTENT: [&str; 2] = ["/manifest/manifest_hash", "/capture/aggregate/hash"];

/// Whether a place of a snapshot holds such a hash.
pub(crate) fn is_content(pointer: &str) -> bool {
    CONTENT.contains(&pointer)
}

/// The hashes of a snapshot's manifest and of its surfaces; other envelopes have none.
pub(crate) fn content(name: &str, slots: &mut Slots) -> Result<(), SituationError> {
    let snapshot = slots.get_mut(name).map(Arc::make_mut);
    let Some(snapshot) = snapshot.filter(|one| one.get("capture").is_some()) else {
        return Ok(());
    };
    let mut manifest = snapshot.get("manifest").cloned().unwrap_or_default();
    if let Some(members) = manifest.as_object_mut() {
        members.remove("manifest_hash");
    }
    let mut entries = Vec::new();
    let surfaces = snapshot.pointer("/capture/surfaces");
    for surface in surfaces.and_then(Value::as_array).into_iter().flatten() {
        let write_set = surface.get("write_set").filter(|one| !one.is_null());
        let write_set_hash = write_set.map(|one| hash(tags::SURFACE, one)).transpose()?;
        entries.push(json!({
            "surface": surface.get("surface"),
            "content_hash": surface.get("content_hash"),
            "write_set_hash": write_set_hash,
        }));
    }
    let due = [
        hash(tags::MANIFEST, &manifest)?,
        hash(tags::SURFACE, &json!({"surfaces": entries}))?,
    ];
    for (pointer, due) in CONTENT.into_iter().zip(due) {
        if let Some(place) = snapshot.pointer_mut(pointer) {
            *place = json!(due);
        }
    }
    Ok(())
}

/// What this envelope says about those before it.
pub(crate) fn refer(name: &str, slots: &mut Slots) -> Result<(), SituationError> {
    match name {
        "integration" => assemble(slots),
        "verdict" => verdict(slots)?,
        "registration_decision" => decision(slots),
        _ => {}
    }
    Ok(())
}

/// Binds the request's nonce to what the request now names.
pub(crate) fn nonce(slots: &mut Slots) -> Result<(), SituationError> {
    let Some(request) = slots.get_mut("registration_request").map(Arc::make_mut) else {
        return Ok(());
    };
    let proposed = |name: &str| text(request, &format!("/request_proposed/{name}"));
    let (Some(nonce), Some(code)) = (proposed("nonce"), proposed("dot_code")) else {
        return Ok(());
    };
    let bound = json!({
        "canonical_operation": proposed("operation"),
        "canonical_target": format!("dot:{code}"),
        "artifact_hash": proposed("artifact_hash"),
    });
    let bound = hash(tags::NONCE_BINDING, &bound)?.to_hex();
    let Some((minted, _)) = nonce.rsplit_once('.') else {
        return Ok(());
    };
    if let Some(place) = request.pointer_mut("/request_proposed/nonce") {
        *place = json!(format!("{minted}.{bound}"));
    }
    Ok(())
}

fn evidence(slots: &Slots, name: &str) -> Value {
    let found = slots.get(name);
    let found = found.and_then(|envelope| envelope.pointer("/header/evidence_hash"));
    found.cloned().unwrap_or(Value::Null)
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(str::to_owned)
}

/// The integration holds the request as it is, and each envelope by its hash.
fn assemble(slots: &mut Slots) {
    let hashes = [
        ("registration_request", "registration_request"),
        ("owner_attestation", "owner_attestation"),
        ("artifact_attestation", "artifact_attestation"),
        ("snapshot_before", "snapshots/0"),
        ("authority_readback", "authority_readback"),
    ];
    let hashes = hashes.map(|(member, slot)| (member, evidence(slots, slot)));
    let proposed = slots
        .get("registration_request")
        .and_then(|request| request.get("request_proposed"))
        .cloned();
    let Some(integration) = slots.get_mut("integration").map(Arc::make_mut) else {
        return;
    };
    let of = |kind: &str| match kind {
        "owner-attestation" => hashes.get(1),
        "artifact-attestation" => hashes.get(2),
        _ => None,
    };
    if let Some(Value::Object(fields)) = integration.get_mut("trusted_attested") {
        for field in fields.values_mut() {
            let found = text(field, "/source/envelope_type").and_then(|kind| of(&kind).cloned());
            if let (Some((_, found)), Some(place)) =
                (found, field.pointer_mut("/source/evidence_hash"))
            {
                *place = found;
            }
        }
    }
    if let Some(Value::Object(members)) = integration.get_mut("envelope_hashes") {
        for (member, found) in hashes {
            members.insert(member.to_owned(), found);
        }
    }
    if let (Some(proposed), Some(place)) = (proposed, integration.get_mut("request_proposed")) {
        *place = proposed;
    }
}

/// The first verdict names the envelopes it was made on.
fn verdict(slots: &mut Slots) -> Result<(), SituationError> {
    let policy = evidence(slots, "policy");
    let Some(inputs) = slots.get("verdict").and_then(|one| one.get("inputs")) else {
        return Ok(());
    };
    let mut named = Map::new();
    for input in inputs.as_array().into_iter().flatten() {
        let slot = text(input, "/slot").unwrap_or_default();
        let found = match slot.as_str() {
            "verdict" | "registration_decision" => Value::Null,
            "snapshots.0" => evidence(slots, "snapshots/0"),
            other => evidence(slots, other),
        };
        named.insert(slot, found);
    }
    let Some(verdict) = slots.get_mut("verdict").map(Arc::make_mut) else {
        return Ok(());
    };
    let rests_on = json!({
        "inputs": named, "policy": policy,
        "now": verdict.get("evaluated_at"), "stage": verdict.get("stage"),
    });
    let reference = json!(hash(tags::DECISION_REF, &rests_on)?);
    if let Some(Value::Array(inputs)) = verdict.get_mut("inputs") {
        for input in inputs {
            let found = text(input, "/slot").and_then(|slot| named.get(&slot).cloned());
            if let (Some(found), Some(place)) = (found, input.get_mut("evidence_hash")) {
                *place = found;
            }
        }
    }
    for (member, value) in [("decision_ref", reference), ("policy_ref", policy)] {
        if let Some(place) = verdict.get_mut(member) {
            *place = value;
        }
    }
    Ok(())
}

/// The decision carries out that verdict.
fn decision(slots: &mut Slots) {
    let verdict = evidence(slots, "verdict");
    let reference = slots
        .get("verdict")
        .and_then(|one| one.get("decision_ref"))
        .cloned();
    let Some(decision) = slots.get_mut("registration_decision").map(Arc::make_mut) else {
        return;
    };
    if let Some(place) = decision.get_mut("verdict_ref") {
        *place = verdict;
    }
    if let (Some(reference), Some(place)) = (reference, decision.get_mut("decision_ref")) {
        *place = reference;
    }
}
