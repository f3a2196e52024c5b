//! What two validators have to agree on.

use canonical::Digest;
use registrar::{KeyInput, Keys};
use serde::Deserialize;
use validator_e::contract::{self as contracts, VerdictStage};
use validator_e::{Attempt, Input, validate};

use crate::error::SituationError;
use crate::situation::Texts;

/// One judgement, without its words.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Answer {
    /// `accept` or `reject`.
    pub outcome: String,
    /// Every code, in precedence.
    pub reject_codes: Vec<String>,
    /// What the judgement rests on.
    pub decision_ref: String,
    /// Every check, in the order of the table.
    pub checks: Vec<CheckAnswer>,
    /// The single-use key, where everything that it is made of was attested.
    pub replay_key: Option<String>,
    /// The effect, likewise.
    pub effect_identity: Option<String>,
}

/// Outcome, what stopped it, its codes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CheckAnswer(pub String, pub Option<String>, pub Vec<String>);

#[derive(Deserialize)]
struct Verdict {
    outcome: String,
    reject_codes: Vec<String>,
    decision_ref: String,
    checks: Vec<Check>,
}

#[derive(Deserialize)]
struct Check {
    outcome: String,
    stopped_by: Option<String>,
    reject_codes: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttemptSlot {
    attempt_id: canonical::Uuid,
    correlation_id: canonical::Uuid,
}

impl Answer {
    /// Block E's answer; `None` where the frame itself cannot be used.
    pub fn of_block_e(texts: &Texts) -> Result<Option<Self>, SituationError> {
        let plain = |slot: &str| texts.slot(slot).unwrap_or("null");
        let (Ok(attempt), Ok(now), Ok(stage)) = (
            serde_json::from_str::<AttemptSlot>(plain("attempt")),
            serde_json::from_str(plain("now")),
            serde_json::from_str::<VerdictStage>(plain("stage")),
        ) else {
            return Ok(None);
        };
        let bytes = |slot: &str| texts.slot(slot).map(str::as_bytes);
        let envelope = |slot: &str| bytes(slot).filter(|bytes| *bytes != b"null");
        let snapshots = texts.snapshots();
        let snapshots: Vec<&[u8]> = snapshots.iter().map(|text| text.as_bytes()).collect();
        let verdict = validate(&Input {
            stage,
            registration_request: envelope("registration_request").unwrap_or_default(),
            owner_attestation: envelope("owner_attestation"),
            artifact_attestation: envelope("artifact_attestation"),
            snapshots: &snapshots,
            authority_readback: envelope("authority_readback"),
            integration: envelope("integration"),
            verdict: envelope("verdict"),
            registration_decision: envelope("registration_decision"),
            policy: envelope("policy"),
            attempt: Attempt {
                attempt_id: attempt.attempt_id,
                correlation_id: attempt.correlation_id,
            },
            now,
        })?;
        let verdict: Verdict =
            serde_json::from_slice(&verdict).map_err(|source| SituationError::Json {
                what: "a verdict of block E".to_owned(),
                source,
            })?;
        let keys = keys(texts)?;
        Ok(Some(Self {
            outcome: verdict.outcome,
            reject_codes: verdict.reject_codes,
            decision_ref: verdict.decision_ref,
            checks: verdict
                .checks
                .into_iter()
                .map(|check| CheckAnswer(check.outcome, check.stopped_by, check.reject_codes))
                .collect(),
            replay_key: keys.map(|keys| keys.0.to_string()),
            effect_identity: keys.map(|keys| keys.1.to_string()),
        }))
    }
}

/// The registrar's keys, where all that they are made of opens and is attested.
fn keys(texts: &Texts) -> Result<Option<(Digest, Digest)>, SituationError> {
    use registrar::contract as contracts_of_registrar;
    let bytes = |slot: &str| texts.slot(slot).unwrap_or_default().as_bytes();
    let policy = contracts::policy().open(bytes("policy"));
    let request = contracts::registration_request().open(bytes("registration_request"));
    let owner = contracts_of_registrar::owner_attestation().open(bytes("owner_attestation"));
    let artifact =
        contracts_of_registrar::artifact_attestation().open(bytes("artifact_attestation"));
    let (Ok(policy), Ok(request), Ok(owner), Ok(artifact)) = (policy, request, owner, artifact)
    else {
        return Ok(None);
    };
    if !owner.refusals.is_empty() || !artifact.refusals.is_empty() {
        return Ok(None);
    }
    let (Some(authority), Some(admitted)) = (&owner.trusted_attested, &artifact.trusted_attested)
    else {
        return Ok(None);
    };
    let keys = Keys::of(&KeyInput {
        owner: authority,
        artifact: admitted,
        nonce: &request.request_proposed.nonce,
        run_id: &request.request_proposed.run_id,
        protocol_version: &policy.protocol_version,
        policy_ref: policy.evidence_hash(),
    })
    .map_err(SituationError::Keys)?;
    Ok(Some((keys.replay_key, keys.effect_identity)))
}
