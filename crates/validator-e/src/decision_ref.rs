//! The decision reference: one digest over everything a verdict rests on.

use canonical::{Digest, Timestamp, WriteError, tags};
use serde_json::{Map, Value};

use crate::contract::{SnapshotPhase, VerdictStage};
use crate::open::{Envelopes, Slot};

/// One input by its slot, with its evidence hash where it opened.
pub(crate) struct InputRef {
    pub(crate) slot: String,
    pub(crate) evidence_hash: Option<Digest>,
}

/// The inputs of a run, the policy apart; snapshots by their place in the list.
pub(crate) fn inputs(envelopes: &Envelopes, stage: VerdictStage) -> Vec<InputRef> {
    let mut inputs = vec![
        input("registration_request", &envelopes.request),
        input("owner_attestation", &envelopes.owner),
        input("artifact_attestation", &envelopes.artifact),
        input("authority_readback", &envelopes.readback),
        input("integration", &envelopes.integration),
    ];
    let (verdict, decision) = match stage {
        VerdictStage::BeforeWrite => (None, None),
        VerdictStage::AfterWrite => (hash(&envelopes.verdict), hash(&envelopes.decision)),
    };
    for (slot, evidence_hash) in [("verdict", verdict), ("registration_decision", decision)] {
        let slot = slot.to_owned();
        inputs.push(InputRef {
            slot,
            evidence_hash,
        });
    }
    let snapshots = envelopes.snapshots.iter().filter(|slot| match stage {
        VerdictStage::BeforeWrite => !is_after(slot),
        VerdictStage::AfterWrite => true,
    });
    inputs.extend(snapshots.enumerate().map(|(place, slot)| InputRef {
        slot: format!("snapshots.{place}"),
        evidence_hash: hash(slot),
    }));
    inputs
}

/// `H("holdfast/decision-ref/v1", {"inputs","now","policy","stage"})`.
pub(crate) fn decision_ref(
    inputs: &[InputRef],
    policy: Option<Digest>,
    now: Timestamp,
    stage: VerdictStage,
) -> Result<Digest, WriteError> {
    let inputs: Map<String, Value> = inputs
        .iter()
        .map(|input| (input.slot.clone(), shown(input.evidence_hash)))
        .collect();
    let rests_on = [
        ("inputs", Value::Object(inputs)),
        ("now", Value::String(now.to_string())),
        ("policy", shown(policy)),
        ("stage", Value::String(stage.to_string())),
    ];
    let rests_on: Map<String, Value> = rests_on
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    canonical::hash(tags::DECISION_REF, &Value::Object(rests_on))
}

fn input<T>(slot: &str, envelope: &Slot<T>) -> InputRef {
    InputRef {
        slot: slot.to_owned(),
        evidence_hash: hash(envelope),
    }
}

pub(crate) fn hash<T>(slot: &Slot<T>) -> Option<Digest> {
    slot.opened().map(envelope::Opened::evidence_hash)
}

fn is_after(slot: &Slot<crate::contract::Snapshot>) -> bool {
    let capture = slot.opened().and_then(|snapshot| snapshot.capture.as_ref());
    capture.is_some_and(|capture| capture.phase == SnapshotPhase::After)
}

fn shown(digest: Option<Digest>) -> Value {
    digest.map_or(Value::Null, |digest| Value::String(digest.to_string()))
}
