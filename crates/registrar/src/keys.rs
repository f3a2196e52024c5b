//! The keys of an attempt: hashes over named members, all of them required.
//!
//! | key | tag | members |
//! |---|---|---|
//! | owner binding | [`OWNER_BINDING`] | the attested `owner_or_approval_binding`, whole |
//! | `replay_key` | `tags::REPLAY_KEY` | `protocol_version`, `nonce`, `canonical_operation`, `canonical_target`, `deployed_artifact_hash`, `owner_or_approval_binding` (the digest above), `run_id` |
//! | `effect_identity` | `tags::EFFECT_IDENTITY` | `protocol_version`, `canonical_operation`, `canonical_target`, `artifact_identity` (`canonical_path`, `origin`), `artifact_hash` |
//! | `authorization_binding_digest` | `tags::AUTHORIZATION_BINDING` | `effect_identity`, `ownership` and `approval` (`row_key`, `row_hash`), `quorum`, `scope`, `policy_ref`, `nonce` |
//!
//! The retry counter and the attempt's identity are in none of them.

use canonical::{Digest, hash, tags};
use serde_json::{Value, json};

use crate::contract::{ArtifactTrustedAttested, OwnerTrustedAttested};
use crate::error::RegistrarError;

/// The tag of the digest of an owner or approval binding.
pub const OWNER_BINDING: &str = "holdfast/owner-binding/v1";

/// The keys of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keys {
    /// The single-use key.
    pub replay_key: Digest,
    /// The effect, whoever allowed it.
    pub effect_identity: Digest,
    /// The authority, bound to the effect.
    pub authorization_binding_digest: Digest,
    /// The owner or approval binding by itself.
    pub owner_binding_digest: Digest,
}

/// What keys are made of: attested values, the nonce and the run, and the policy in force.
#[derive(Clone, Copy, Debug)]
pub struct KeyInput<'a> {
    /// What block A attested.
    pub owner: &'a OwnerTrustedAttested,
    /// What block F attested.
    pub artifact: &'a ArtifactTrustedAttested,
    /// The request's nonce.
    pub nonce: &'a str,
    /// The request's run.
    pub run_id: &'a str,
    /// The policy's protocol version.
    pub protocol_version: &'a str,
    /// The policy's evidence hash.
    pub policy_ref: Digest,
}

impl Keys {
    /// Computes all keys; once per attempt, never again for a retry.
    pub fn of(input: &KeyInput<'_>) -> Result<Self, RegistrarError> {
        let owner_binding_digest = owner_binding(input.owner)?;
        let effect_identity = hash(tags::EFFECT_IDENTITY, &effect(input))?;
        let replay_key = hash(tags::REPLAY_KEY, &replay(input, owner_binding_digest))?;
        let authorization = authorization(input, effect_identity)?;
        Ok(Self {
            replay_key,
            effect_identity,
            authorization_binding_digest: hash(tags::AUTHORIZATION_BINDING, &authorization)?,
            owner_binding_digest,
        })
    }
}

/// The digest of an attested owner or approval binding.
pub(crate) fn owner_binding(owner: &OwnerTrustedAttested) -> Result<Digest, RegistrarError> {
    let binding = plain(&owner.owner_or_approval_binding)?;
    Ok(hash(OWNER_BINDING, &binding)?)
}

fn replay(input: &KeyInput<'_>, owner_binding_digest: Digest) -> Value {
    json!({
        "protocol_version": input.protocol_version,
        "nonce": input.nonce,
        "canonical_operation": input.owner.canonical_operation,
        "canonical_target": input.owner.canonical_target,
        "deployed_artifact_hash": input.artifact.artifact_hash,
        "owner_or_approval_binding": owner_binding_digest,
        "run_id": input.run_id,
    })
}

fn effect(input: &KeyInput<'_>) -> Value {
    json!({
        "protocol_version": input.protocol_version,
        "canonical_operation": input.owner.canonical_operation,
        "canonical_target": input.owner.canonical_target,
        "artifact_identity": {
            "canonical_path": input.artifact.canonical_path,
            "origin": input.artifact.origin,
        },
        "artifact_hash": input.artifact.artifact_hash,
    })
}

fn authorization(input: &KeyInput<'_>, effect_identity: Digest) -> Result<Value, RegistrarError> {
    let binding = &input.owner.owner_or_approval_binding;
    Ok(json!({
        "effect_identity": effect_identity,
        "ownership": {
            "row_key": binding.ownership_ref,
            "row_hash": binding.ownership_row_hash,
        },
        "approval": {
            "row_key": binding.approval_ref,
            "row_hash": binding.approval_row_hash,
        },
        "quorum": plain(&binding.quorum)?,
        "scope": input.owner.scope,
        "policy_ref": input.policy_ref,
        "nonce": input.nonce,
    }))
}

fn plain(value: &impl serde::Serialize) -> Result<Value, RegistrarError> {
    serde_json::to_value(value)
        .map_err(|_| RegistrarError::inconsistent("an attested value is not writable"))
}
