//! Recovery: no reservation stays open past the horizon, and no committed one unverified.

use canonical::{Timestamp, Uuid};
use envelope::Frame;
use serde_json::Value;

use crate::attempt::{Arrival, Attempt};
use crate::contract::{self, PhaseName, RejectCode};
use crate::decision::{Basis, StatedKeys};
use crate::error::RegistrarError;
use crate::evidence::{Evidence, opened};
use crate::failure::{Ended, Failure, FailureInput};
use crate::header::{Domain, Stamp};
use crate::patience::patiently;
use crate::port::{FailureSink, Fence, RegistrarStore, StoredAttempt};
use crate::rejection::Rejection;

/// What recovery works with.
#[derive(Clone, Copy, Debug)]
pub struct RecoverInput<'a> {
    /// The policy in force; its recovery horizon decides which reservations are too old.
    pub policy: &'a [u8],
    /// The clock of this process, stated on the records; ages are judged by the store's clock.
    pub now: Timestamp,
    /// The most attempts of each kind that one call takes on.
    pub limit: u32,
}

/// What recovery did, and what it leaves to the caller.
#[derive(Debug, Default)]
pub struct Recovery {
    /// Open attempts that were settled.
    pub settled: Vec<Settled>,
    /// Open attempts that could not be settled; the others were.
    pub unsettled: Vec<Unsettled>,
    /// Consumed attempts whose Phase 4 is to be finished.
    pub unverified: Vec<Unverified>,
}

/// An attempt that recovery settled.
#[derive(Debug)]
pub struct Settled {
    /// The attempt.
    pub attempt_id: Uuid,
    /// Closed here, or ended by its owner meanwhile.
    pub ended: Ended,
}

/// An attempt that recovery could not settle.
#[derive(Debug)]
pub struct Unsettled {
    /// The attempt.
    pub attempt_id: Uuid,
    /// Why.
    pub error: RegistrarError,
}

/// A consumed attempt without a verification report.
#[derive(Debug)]
pub struct Unverified {
    /// The attempt; its answer is the committed decision.
    pub attempt: StoredAttempt,
    /// The frame of every envelope that led to its reservation.
    pub evidence: Vec<u8>,
}

/// Fences every reservation older than the horizon and lists what still lacks its Phase 4.
///
/// A fenced attempt is closed and recorded as `OUTCOME_ABANDONED` together; one that its owner
/// ended meanwhile keeps that end. Fails when the store does not answer at all.
pub fn recover(
    store: &mut impl RegistrarStore,
    sink: &mut impl FailureSink,
    input: &RecoverInput<'_>,
) -> Result<Recovery, RegistrarError> {
    let policy = opened(contract::policy(), "policy", Some(input.policy))?;
    let clock = patiently(|| store.clock())?;
    let horizon = clock
        .checked_sub_millis(policy.recovery_horizon_ms.get())
        .ok_or(RegistrarError::Time)?;
    let domain = Domain::of(&policy.header);
    let mut recovery = Recovery::default();
    for attempt in patiently(|| store.open_attempts(horizon, input.limit))? {
        let attempt_id = attempt.attempt_id;
        match settle(store, sink, input, &domain, &attempt) {
            Ok(ended) => recovery.settled.push(Settled { attempt_id, ended }),
            Err(error) => recovery.unsettled.push(Unsettled { attempt_id, error }),
        }
    }
    for attempt in patiently(|| store.unverified_attempts(input.limit))? {
        match evidence_of(store, attempt.attempt_id) {
            Ok(evidence) => recovery.unverified.push(Unverified { attempt, evidence }),
            Err(error) => recovery.unsettled.push(Unsettled {
                attempt_id: attempt.attempt_id,
                error,
            }),
        }
    }
    Ok(recovery)
}

fn evidence_of(
    store: &mut impl RegistrarStore,
    attempt_id: Uuid,
) -> Result<Vec<u8>, RegistrarError> {
    patiently(|| store.evidence(&attempt_id))?.ok_or_else(|| {
        RegistrarError::inconsistent(format!("attempt `{attempt_id}` has no evidence"))
    })
}

fn settle(
    store: &mut impl RegistrarStore,
    sink: &mut impl FailureSink,
    input: &RecoverInput<'_>,
    domain: &Domain,
    stored: &StoredAttempt,
) -> Result<Ended, RegistrarError> {
    let frame = evidence_of(store, stored.attempt_id)?;
    let unreadable = || {
        RegistrarError::inconsistent(format!("evidence of `{}` is unreadable", stored.attempt_id))
    };
    let frame = Frame::parse(&frame).map_err(|_| unreadable())?;
    let snapshots = frame.list("snapshots").map_err(|_| unreadable())?;
    let arrival = Arrival::open(&stored.request).map_err(|source| RegistrarError::Unopenable {
        slot: "registration_request",
        source,
    })?;
    let correlation_id = correlation(&frame);
    let attempt = Attempt {
        attempt_id: stored.attempt_id,
        correlation_id: correlation_id.unwrap_or(stored.attempt_id),
    };
    let rejection = Rejection::new(
        [RejectCode::OutcomeAbandoned],
        "the attempt stayed open past the recovery horizon and was fenced",
    );
    let basis = basis(stored, &arrival, domain, correlation_id, &frame)?;
    let failing = FailureInput {
        arrival: &arrival,
        evidence: evidence(&frame, &snapshots),
        attempt,
        phase: PhaseName::ConsumeAndWrite,
        rejection: &rejection,
        now: input.now,
    };
    let fence = Fence {
        owner_token: Some(stored.owner_token),
        epoch: Some(stored.epoch),
    };
    Failure::seal(&failing, Some(&basis), &[])?.close(store, sink, fence)
}

/// The correlation id that the reservation's evidence carries.
fn correlation(frame: &Frame<'_>) -> Option<Uuid> {
    let attempt: Value = serde_json::from_slice(frame.slot("attempt")?).ok()?;
    attempt.get("correlation_id")?.as_str()?.parse().ok()
}

fn evidence<'a>(frame: &Frame<'a>, snapshots: &'a [&'a [u8]]) -> Evidence<'a> {
    Evidence {
        owner_attestation: frame.slot("owner_attestation"),
        artifact_attestation: frame.slot("artifact_attestation"),
        snapshots,
        authority_readback: frame.slot("authority_readback"),
        integration: frame.slot("integration"),
        verdict: frame.slot("verdict"),
        gate_report: frame.slot("gate_report"),
        policy: frame.slot("policy"),
    }
}

fn basis(
    stored: &StoredAttempt,
    arrival: &Arrival,
    domain: &Domain,
    correlation_id: Option<Uuid>,
    frame: &Frame<'_>,
) -> Result<Basis, RegistrarError> {
    let verdict = opened(contract::verdict(), "verdict", frame.slot("verdict"))?;
    let gate = opened(
        contract::gate_report(),
        "gate_report",
        frame.slot("gate_report"),
    )?;
    Ok(Basis {
        stamp: Stamp {
            domain: domain.clone(),
            run_id: arrival.request().header.run_id.clone(),
            attempt_id: stored.attempt_id,
            correlation_id,
        },
        request_digest: Some(stored.request_digest),
        keys: Some(StatedKeys {
            replay_key: stored.replay_key,
            effect_identity: stored.effect_identity,
            authorization_binding_digest: stored.authorization_binding_digest,
        }),
        verdict_ref: Some(verdict.evidence_hash()),
        decision_ref: Some(verdict.decision_ref),
        gate_report_ref: Some(gate.evidence_hash()),
        assurance: gate.assurance,
    })
}
