//! The keys of the attempt, computed again from what was attested.

use canonical::{hash_bytes, tags};
use registrar::{KeyInput, Keys, contract};

use super::{Judged, Material, alike};
use crate::slot::Slot;

/// The digest by which an exact retry is recognised.
pub(super) fn request(material: &Material<'_>) -> Judged {
    let bytes = material.bundle.envelope(Slot::RegistrationRequest)?;
    let due = hash_bytes(tags::REQUEST, bytes).to_string();
    let found = material.text(Slot::RegistrationDecision, "/request_digest");
    Some(alike(
        "the decision's request digest",
        found,
        "the request's",
        Some(&due),
    ))
}

const KEYS: [&str; 3] = [
    "/replay_key",
    "/effect_identity",
    "/authorization_binding_digest",
];

pub(super) fn keys(material: &Material<'_>) -> Judged {
    if material.bundle.attempt.state.is_none() {
        let decision = Slot::RegistrationDecision;
        let stated = KEYS
            .iter()
            .find(|name| material.at(decision, name).is_some())?;
        return Some(Err(format!(
            "nothing was reserved, and there is a `{stated}`"
        )));
    }
    let owner = material.bundle.envelope(Slot::OwnerAttestation)?;
    let artifact = material.bundle.envelope(Slot::ArtifactAttestation)?;
    let judge = || {
        let owner = contract::owner_attestation().open(owner);
        let artifact = contract::artifact_attestation().open(artifact);
        let (Ok(owner), Ok(artifact)) = (owner, artifact) else {
            return Err("an attestation does not open".to_owned());
        };
        let (Some(authority), Some(admitted)) =
            (&owner.trusted_attested, &artifact.trusted_attested)
        else {
            return Err("nothing was attested".to_owned());
        };
        let text = |slot: Slot, pointer: &str| material.text(slot, pointer).unwrap_or_default();
        let policy_ref = text(Slot::Policy, "/header/evidence_hash").parse();
        let keys = Keys::of(&KeyInput {
            owner: authority,
            artifact: admitted,
            nonce: text(Slot::RegistrationRequest, "/request_proposed/nonce"),
            run_id: text(Slot::RegistrationRequest, "/request_proposed/run_id"),
            protocol_version: text(Slot::Policy, "/protocol_version"),
            policy_ref: policy_ref.map_err(|_| "the policy has no hash".to_owned())?,
        })
        .map_err(|error| format!("the keys cannot be computed: {error}"))?;
        let due = [
            keys.replay_key,
            keys.effect_identity,
            keys.authorization_binding_digest,
        ];
        for (name, due) in KEYS.into_iter().zip(due) {
            let found = material.text(Slot::RegistrationDecision, name);
            let due = due.to_string();
            alike(
                &format!("the decision's {name}"),
                found,
                "recomputed it",
                Some(&due),
            )?;
        }
        Ok(())
    };
    Some(judge())
}
