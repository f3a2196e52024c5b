//! Block E, run again on the same bytes: a pure function gives the same bytes.

use validator_e::{Attempt, Input, VerdictStage, validate};

use super::{Judged, Material};
use crate::slot::Slot;

pub(super) fn before(material: &Material<'_>) -> Judged {
    let snapshots = [material.bundle.envelope(Slot::SnapshotBefore)?];
    Some(again(
        material,
        Slot::Verdict,
        VerdictStage::BeforeWrite,
        &snapshots,
    ))
}

pub(super) fn after(material: &Material<'_>) -> Judged {
    let snapshots = [
        material.bundle.envelope(Slot::SnapshotBefore)?,
        material.bundle.envelope(Slot::SnapshotAfter)?,
    ];
    Some(again(
        material,
        Slot::VerdictAfter,
        VerdictStage::AfterWrite,
        &snapshots,
    ))
}

fn again(
    material: &Material<'_>,
    slot: Slot,
    stage: VerdictStage,
    snapshots: &[&[u8]],
) -> Result<(), String> {
    let bundle = material.bundle;
    let correlation = material.text(Slot::RegistrationDecision, "/header/correlation_id");
    let now = material.text(slot, "/evaluated_at");
    let (Some(Ok(correlation_id)), Some(Ok(now))) =
        (correlation.map(str::parse), now.map(str::parse))
    else {
        return Err(format!("`{}` was not made for an attempt", slot.name()));
    };
    let verdict = validate(&Input {
        stage,
        registration_request: bundle
            .envelope(Slot::RegistrationRequest)
            .unwrap_or_default(),
        owner_attestation: bundle.envelope(Slot::OwnerAttestation),
        artifact_attestation: bundle.envelope(Slot::ArtifactAttestation),
        snapshots,
        authority_readback: bundle.envelope(Slot::AuthorityReadback),
        integration: bundle.envelope(Slot::Integration),
        verdict: bundle.envelope(Slot::Verdict),
        registration_decision: bundle.envelope(Slot::RegistrationDecision),
        policy: bundle.envelope(Slot::Policy),
        attempt: Attempt {
            attempt_id: bundle.attempt.attempt_id,
            correlation_id,
        },
        now,
    });
    let verdict = verdict.map_err(|error| format!("block E gave no verdict: {error}"))?;
    if Some(verdict.as_slice()) == bundle.envelope(slot) {
        return Ok(());
    }
    let found: serde_json::Value = serde_json::from_slice(&verdict).unwrap_or_default();
    let member = |value: &serde_json::Value, name: &str| value.get(name).map(ToString::to_string);
    for name in ["outcome", "reject_codes", "decision_ref", "checks"] {
        let stored = material.value(slot).and_then(|stored| member(stored, name));
        if stored != member(&found, name) {
            return Err(format!(
                "block E says another `{name}` than `{}`",
                slot.name()
            ));
        }
    }
    Err(format!("block E writes other bytes than `{}`", slot.name()))
}
