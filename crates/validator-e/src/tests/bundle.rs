//! Bundles: the baseline, edited, sealed and judged.

use canonical::Timestamp;
use serde_json::{Value, json};

use super::baseline::{self, ATTEMPT, CORRELATION, NOW_AFTER, NOW_BEFORE, instant};
use crate::contract::{self, RejectCode, Verdict, VerdictOutcome, VerdictStage};
use crate::{Attempt, Input, validate};

/// Where an edit applies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Policy,
    Request,
    Owner,
    Artifact,
    Before,
    After,
    Readback,
    Integration,
    Verdict,
    Decision,
}

/// One change to a bundle.
#[derive(Clone, Debug)]
pub(super) enum Edit {
    /// Puts a value at a pointer; `/-` at the end appends to a list.
    Set(Slot, &'static str, Value),
    /// Leaves the envelope out.
    Drop(Slot),
    /// Offers one more snapshot.
    Extra(Value),
    /// Judges at another instant.
    Now(Timestamp),
    /// Gives these bytes in the place of the sealed envelope.
    Raw(Slot, Vec<u8>),
}

pub(super) use Edit::{Drop, Extra, Now, Raw, Set};

/// The bytes of every envelope of a run.
#[derive(Clone, Default)]
pub(super) struct Sealed {
    pub(super) stage: Option<VerdictStage>,
    pub(super) request: Vec<u8>,
    pub(super) owner: Option<Vec<u8>>,
    pub(super) artifact: Option<Vec<u8>>,
    pub(super) snapshots: Vec<Vec<u8>>,
    pub(super) readback: Option<Vec<u8>>,
    pub(super) integration: Option<Vec<u8>>,
    pub(super) verdict: Option<Vec<u8>>,
    pub(super) decision: Option<Vec<u8>>,
    pub(super) policy: Option<Vec<u8>>,
    pub(super) now: Option<Timestamp>,
}

pub(super) fn attempt() -> Attempt {
    Attempt {
        attempt_id: ATTEMPT.parse().unwrap(),
        correlation_id: CORRELATION.parse().unwrap(),
    }
}

impl Sealed {
    pub(super) fn judge(&self) -> Vec<u8> {
        self.with_input(|input| validate(input).unwrap())
    }

    pub(super) fn with_input<T>(&self, judge: impl FnOnce(&Input<'_>) -> T) -> T {
        let snapshots: Vec<&[u8]> = self.snapshots.iter().map(Vec::as_slice).collect();
        judge(&Input {
            stage: self.stage.unwrap(),
            registration_request: &self.request,
            owner_attestation: self.owner.as_deref(),
            artifact_attestation: self.artifact.as_deref(),
            snapshots: &snapshots,
            authority_readback: self.readback.as_deref(),
            integration: self.integration.as_deref(),
            verdict: self.verdict.as_deref(),
            registration_decision: self.decision.as_deref(),
            policy: self.policy.as_deref(),
            attempt: attempt(),
            now: self.now.unwrap(),
        })
    }

    pub(super) fn verdict(&self) -> Verdict {
        let bytes = self.judge();
        let verdict = contract::verdict().open(&bytes).unwrap().into_value();
        assert_eq!(
            verdict.outcome == VerdictOutcome::Accept,
            verdict.reject_codes.is_empty(),
            "an outcome without its codes"
        );
        verdict
    }
}

/// Canonical bytes with their own evidence hash, whatever the document is.
pub(super) fn seal(document: &Value) -> Vec<u8> {
    let mut document = document.clone();
    document["header"]["evidence_hash"] = Value::Null;
    let tag = canonical::tags::evidence(document["envelope_type"].as_str().unwrap_or("none"));
    let hash = canonical::hash(&tag, &document).unwrap();
    document["header"]["evidence_hash"] = json!(hash);
    canonical::write(&document).unwrap()
}

fn evidence(sealed: &[u8]) -> Value {
    serde_json::from_slice::<Value>(sealed).unwrap()["header"]["evidence_hash"].clone()
}

fn set(document: &mut Value, pointer: &str, value: &Value) {
    if let Some(list) = pointer.strip_suffix("/-") {
        let list = document
            .pointer_mut(list)
            .and_then(Value::as_array_mut)
            .unwrap();
        list.push(value.clone());
        return;
    }
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap() {
        Value::Array(items) => items[member.parse::<usize>().unwrap()] = value.clone(),
        parent => parent[member] = value.clone(),
    }
}

fn edited(mut document: Value, slot: Slot, edits: &[Edit]) -> Value {
    for edit in edits {
        if let Set(at, pointer, value) = edit
            && *at == slot
        {
            set(&mut document, pointer, value);
        }
    }
    document
}

/// A capture with its edits and the hashes over them, but for a hash that is itself edited.
fn captured(document: Value, slot: Slot, edits: &[Edit]) -> Value {
    let mut document = edited(document, slot, edits);
    baseline::fit(&mut document);
    let of_a_hash = |edit: &&Edit| matches!(edit, Set(_, pointer, _) if HASHES.contains(pointer));
    let own: Vec<Edit> = edits.iter().filter(of_a_hash).cloned().collect();
    edited(document, slot, &own)
}

/// What a snapshot states as hashes of its own content.
const HASHES: [&str; 2] = ["/manifest/manifest_hash", "/capture/aggregate/hash"];

/// What the pipeline assembles of the envelopes as they are.
fn assemble(request: &Value, owner: &Value, artifact: &Value, hashes: [&[u8]; 5]) -> Value {
    let field = |of: &Value, sealed: &[u8], value: Value| match &of["trusted_attested"] {
        Value::Null => json!({"value": null, "source": null}),
        _ => json!({"value": value, "source": {
            "envelope_type": of["envelope_type"], "evidence_hash": evidence(sealed)}}),
    };
    let (a, f) = (&owner["trusted_attested"], &artifact["trusted_attested"]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let binding = &a["owner_or_approval_binding"];
    let binding = format!(
        "{} {}",
        text(&binding["ownership_ref"]),
        text(&binding["approval_ref"])
    );
    let [request_bytes, owner_bytes, artifact_bytes, before, readback] = hashes;
    let of_owner = |value: Value| field(owner, owner_bytes, value);
    let of_artifact = |value: Value| field(artifact, artifact_bytes, value);
    let mut integration = baseline::integration();
    integration["request_proposed"] = request["request_proposed"].clone();
    integration["trusted_attested"] = json!({
        "canonical_operation": of_owner(a["canonical_operation"].clone()),
        "scope": of_owner(a["scope"].clone()),
        "owner_or_approval_binding": of_owner(json!(binding)),
        "actor_principal": of_owner(a["actor_principal"].clone()),
        "canonical_target": of_artifact(f["canonical_target"].clone()),
        "artifact_hash": of_artifact(f["artifact_hash"].clone()),
        "canonical_path": of_artifact(f["canonical_path"].clone()),
        "artifact_type": of_artifact(f["artifact_type"].clone()),
        "admission_ref": of_artifact(f["admission_ref"].clone()),
    });
    integration["envelope_hashes"] = json!({
        "registration_request": evidence(request_bytes),
        "owner_attestation": evidence(owner_bytes),
        "artifact_attestation": evidence(artifact_bytes),
        "snapshot_before": evidence(before),
        "authority_readback": evidence(readback),
    });
    integration
}

/// The baseline with the edits, as bytes: what is derived is derived from the edited envelopes.
pub(super) fn sealed(stage: VerdictStage, edits: &[Edit]) -> Sealed {
    let (request, owner, artifact, before, readback) = (
        edited(baseline::request(), Slot::Request, edits),
        edited(baseline::owner(), Slot::Owner, edits),
        edited(baseline::artifact(), Slot::Artifact, edits),
        captured(baseline::before(), Slot::Before, edits),
        edited(baseline::readback(), Slot::Readback, edits),
    );
    let bytes = [&request, &owner, &artifact, &before, &readback].map(seal);
    let integration = assemble(
        &request,
        &owner,
        &artifact,
        bytes.each_ref().map(Vec::as_slice),
    );
    let [request, owner, artifact, before, readback] = bytes;
    let mut first = Sealed {
        stage: Some(VerdictStage::BeforeWrite),
        request,
        owner: Some(owner),
        artifact: Some(artifact),
        snapshots: vec![before],
        readback: Some(readback),
        integration: Some(seal(&edited(integration, Slot::Integration, edits))),
        verdict: None,
        decision: None,
        policy: Some(seal(&edited(baseline::policy(), Slot::Policy, edits))),
        now: Some(instant(NOW_BEFORE)),
    };
    if stage == VerdictStage::AfterWrite {
        first = second_run(&first, edits);
    }
    for edit in edits {
        replace(&mut first, edit);
    }
    first
}

fn second_run(first: &Sealed, edits: &[Edit]) -> Sealed {
    let accepted = first.judge();
    let mut verdict: Value = serde_json::from_slice(&accepted).unwrap();
    verdict = edited(verdict, Slot::Verdict, edits);
    let verdict_bytes = seal(&verdict);
    let mut decision = baseline::decision();
    decision["decision_ref"] = verdict["decision_ref"].clone();
    decision["verdict_ref"] = evidence(&verdict_bytes);
    let mut second = first.clone();
    second.stage = Some(VerdictStage::AfterWrite);
    second
        .snapshots
        .push(seal(&captured(baseline::after(), Slot::After, edits)));
    second.verdict = Some(verdict_bytes);
    second.decision = Some(seal(&edited(decision, Slot::Decision, edits)));
    second.now = Some(instant(NOW_AFTER));
    second
}

fn replace(sealed: &mut Sealed, edit: &Edit) {
    let (slot, bytes) = match edit {
        Set(..) => return,
        Extra(snapshot) => return sealed.snapshots.push(seal(snapshot)),
        Now(now) => {
            sealed.now = Some(*now);
            return;
        }
        Drop(slot) => (slot, None),
        Raw(slot, bytes) => (slot, Some(bytes.clone())),
    };
    match slot {
        Slot::Policy => sealed.policy = bytes,
        Slot::Request => sealed.request = bytes.unwrap_or_default(),
        Slot::Owner => sealed.owner = bytes,
        Slot::Artifact => sealed.artifact = bytes,
        Slot::Before => replace_snapshot(&mut sealed.snapshots, 0, bytes),
        Slot::After => replace_snapshot(&mut sealed.snapshots, 1, bytes),
        Slot::Readback => sealed.readback = bytes,
        Slot::Integration => sealed.integration = bytes,
        Slot::Verdict => sealed.verdict = bytes,
        Slot::Decision => sealed.decision = bytes,
    }
}

fn replace_snapshot(snapshots: &mut Vec<Vec<u8>>, place: usize, bytes: Option<Vec<u8>>) {
    match bytes {
        Some(bytes) => snapshots[place] = bytes,
        None => drop(snapshots.remove(place)),
    }
}

/// Judges the edited baseline and compares the full list of codes, the primary one first.
#[track_caller]
pub(super) fn check(stage: VerdictStage, edits: &[Edit], expected: &[RejectCode]) -> Verdict {
    let verdict = sealed(stage, edits).verdict();
    assert_eq!(
        &*verdict.reject_codes,
        expected,
        "at {stage} after {edits:#?}: {:#?}",
        verdict
            .checks
            .iter()
            .filter(|one| !one.reject_codes.is_empty())
            .collect::<Vec<_>>()
    );
    verdict
}

#[track_caller]
pub(super) fn before(edits: &[Edit], expected: &[RejectCode]) -> Verdict {
    check(VerdictStage::BeforeWrite, edits, expected)
}

#[track_caller]
pub(super) fn after(edits: &[Edit], expected: &[RejectCode]) -> Verdict {
    check(VerdictStage::AfterWrite, edits, expected)
}
