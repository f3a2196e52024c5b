//! The identity of an attempt, the request that arrived, and what an earlier attempt answered.

use canonical::{Digest, Form, Uuid, hash_bytes, parse, tags};
use envelope::{Opened, Refusal, Stage, brings_attestation};

use crate::contract::{
    self, DecisionOutcome, PriorDecisionRef, RegistrationDecision, RegistrationRequest,
};
use crate::error::RegistrarError;
use crate::port::{AttemptState, StoredAttempt};

/// The identity that intake minted; it keys nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Names the attempt.
    pub attempt_id: Uuid,
    /// Joins what was made for it.
    pub correlation_id: Uuid,
}

/// A request that opened, in the canonical bytes and with the digest it is recognised by.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrival {
    request: Opened<RegistrationRequest>,
    digest: Digest,
}

impl Arrival {
    /// Opens a caller's bytes, in any JSON spelling, made canonical once.
    ///
    /// Refuses a retry counter of 0 with `SCHEMA_VIOLATION`, as the contract counts from 1, and a
    /// request that brings what only a producer may state with `CALLER_SUPPLIED_ATTESTATION`.
    pub fn open(bytes: &[u8]) -> Result<Self, Refusal> {
        let request = contract::registration_request()
            .open_request(bytes)
            .map_err(|refusal| attesting(bytes, refusal))?;
        if request.attempt_no.get() == 0 {
            return Err(Refusal {
                code: "SCHEMA_VIOLATION",
                stage: Stage::Schema,
                detail: "`/attempt_no` counts from 1".to_owned(),
            });
        }
        let digest = hash_bytes(tags::REQUEST, request.bytes());
        Ok(Self { request, digest })
    }

    /// The canonical bytes.
    pub fn bytes(&self) -> &[u8] {
        self.request.bytes()
    }

    /// What an exact retry is recognised by.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// The opened request.
    pub fn request(&self) -> &Opened<RegistrationRequest> {
        &self.request
    }

    /// The nonce as proposed.
    pub fn nonce(&self) -> &str {
        &self.request.request_proposed.nonce
    }

    /// The code as proposed.
    pub fn dot_code(&self) -> &str {
        &self.request.request_proposed.dot_code
    }
}

/// What an attempt that ended has answered, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prior {
    /// The attempt.
    pub attempt_id: Uuid,
    /// How it ended; a consumed one may still lack its verification report.
    pub state: AttemptState,
    /// Its single-use key.
    pub replay_key: Digest,
    /// The answer, as it was stored.
    pub bytes: Vec<u8>,
}

impl Prior {
    /// Takes the stored answer of an attempt that ended.
    ///
    // INVARIANT: only what opens is given out again. A row that was damaged is no answer.
    pub(crate) fn of(stored: StoredAttempt) -> Result<Self, RegistrarError> {
        Self::opened(stored).map(|(prior, _)| prior)
    }

    fn opened(
        stored: StoredAttempt,
    ) -> Result<(Self, Opened<RegistrationDecision>), RegistrarError> {
        let StoredAttempt {
            attempt_id,
            state,
            replay_key,
            answer,
            ..
        } = stored;
        let bytes = answer.ok_or_else(|| {
            RegistrarError::inconsistent(format!("attempt `{attempt_id}` ended without an answer"))
        })?;
        let decision = open_decision(&bytes)?;
        let prior = Self {
            attempt_id,
            state,
            replay_key,
            bytes,
        };
        Ok((prior, decision))
    }
}

/// An earlier decision that stands in the way: its bytes, and the reference that a reject carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriorDecision {
    /// The answer of the earlier attempt.
    pub prior: Prior,
    /// How a decision refers to it.
    pub reference: PriorDecisionRef,
}

impl PriorDecision {
    /// The decision of a stored attempt; `None` while it is still open.
    pub(crate) fn of(stored: &StoredAttempt) -> Result<Option<Self>, RegistrarError> {
        match stored.state {
            AttemptState::Reserved => return Ok(None),
            AttemptState::Consumed | AttemptState::Aborted => {}
        }
        let (prior, decision) = Prior::opened(stored.clone())?;
        let reference = PriorDecisionRef {
            replay_key: Some(prior.replay_key),
            evidence_hash: decision.evidence_hash(),
            outcome: decision.outcome,
        };
        Ok(Some(Self { prior, reference }))
    }

    /// Whether something was registered.
    pub fn registered(&self) -> bool {
        self.reference.outcome == DecisionOutcome::Registered
    }
}

/// The refusal of a request that is outside its schema, by its own code where it attests.
fn attesting(bytes: &[u8], refusal: Refusal) -> Refusal {
    let attests = refusal.stage == Stage::Schema
        && parse(bytes, Form::Any).is_ok_and(|request| brings_attestation(&request));
    if !attests {
        return refusal;
    }
    Refusal {
        code: "CALLER_SUPPLIED_ATTESTATION",
        ..refusal
    }
}

fn open_decision(bytes: &[u8]) -> Result<Opened<RegistrationDecision>, RegistrarError> {
    contract::registration_decision()
        .open(bytes)
        .map_err(|source| RegistrarError::Unopenable {
            slot: "registration_decision",
            source,
        })
}
