//! Phase 3: one transaction consumes the key, writes the one inert head and stores the decision.

use crate::attempt::{Prior, PriorDecision};
use crate::contract::RejectCode;
use crate::error::RegistrarError;
use crate::patience::RETRIES_MAX;
use crate::port::{
    AttemptState, ConsumeAnswer, ConsumeError, LossReason, PortError, RegistrarStore, StoredAttempt,
};
use crate::prepare::Prepared;
use crate::rejection::Rejection;
use crate::reserve::{config_not_closed, duplicate, head_exists};

/// What became of one attempt in Phase 3.
#[derive(Clone, Debug, PartialEq)]
pub enum Consumed {
    /// Committed by this call.
    Registered {
        /// The decision, as stored.
        decision: Vec<u8>,
        /// The transaction that stored it.
        transaction_id: String,
    },
    /// This attempt has ended already, by recovery or by an earlier call: that answer.
    Prior(Prior),
    /// Rolled back, nothing written: record it with [`crate::fail`] and answer it.
    Lost(Box<Rejection>),
    /// The commit was sent and its outcome is not known: settle it with [`crate::resolve_unknown`].
    OutcomeUnknown,
}

/// Consumes attempts, each with an answer of its own, in the order given.
///
/// Transient trouble is tried again at most [`RETRIES_MAX`] times; what is rolled back for good is
/// `Lost`. Fails only when the store contradicts itself or cannot say why an attempt lost.
pub fn consume(
    store: &mut impl RegistrarStore,
    prepared: &[Prepared],
) -> Result<Vec<Consumed>, RegistrarError> {
    let answers = match attempt(store, prepared) {
        Ok(answers) => answers,
        Err(ConsumeError::OutcomeUnknown(_)) => {
            return Ok(vec![Consumed::OutcomeUnknown; prepared.len()]);
        }
        Err(ConsumeError::Port(error)) => {
            let lost = Consumed::Lost(Box::new(rolled_back(&error)));
            return Ok(vec![lost; prepared.len()]);
        }
    };
    if answers.len() != prepared.len() {
        return Err(RegistrarError::inconsistent("a consume left an item out"));
    }
    let pairs = prepared.iter().zip(answers);
    pairs
        .map(|(one, answer)| judge(store, one, answer))
        .collect()
}

fn attempt(
    store: &mut impl RegistrarStore,
    prepared: &[Prepared],
) -> Result<Vec<ConsumeAnswer>, ConsumeError> {
    let items = || prepared.iter().map(Prepared::item).collect();
    for _ in 0..RETRIES_MAX {
        match store.consume(items()) {
            Err(ConsumeError::Port(error)) if error.is_transient() => {}
            answer => return answer,
        }
    }
    store.consume(items())
}

fn rolled_back(error: &PortError) -> Rejection {
    Rejection::new(
        [RejectCode::OutcomeAbandoned],
        format!("the write was rolled back: {error}"),
    )
}

fn judge(
    store: &mut impl RegistrarStore,
    prepared: &Prepared,
    answer: ConsumeAnswer,
) -> Result<Consumed, RegistrarError> {
    match answer {
        ConsumeAnswer::Registered {
            decision,
            transaction_id,
        } => Ok(Consumed::Registered {
            decision,
            transaction_id,
        }),
        ConsumeAnswer::Lost(LossReason::NotReserved(stored)) => not_reserved(prepared, stored),
        ConsumeAnswer::Lost(reason) => {
            lost(store, prepared, reason).map(|rejection| Consumed::Lost(Box::new(rejection)))
        }
    }
}

/// The attempt is not open under this token: it has ended, or the token is an old one.
fn not_reserved(
    prepared: &Prepared,
    stored: Option<Box<StoredAttempt>>,
) -> Result<Consumed, RegistrarError> {
    let stored = stored.ok_or_else(|| {
        RegistrarError::inconsistent(format!("attempt `{}` is gone", prepared.attempt_id))
    })?;
    match stored.state {
        AttemptState::Consumed | AttemptState::Aborted => Ok(Consumed::Prior(Prior::of(*stored)?)),
        AttemptState::Reserved => Ok(Consumed::Lost(Box::new(Rejection::new(
            [RejectCode::ReplayStaleRow],
            "the reservation offered is not the one that is open",
        )))),
    }
}

fn lost(
    store: &mut impl RegistrarStore,
    prepared: &Prepared,
    reason: LossReason,
) -> Result<Rejection, RegistrarError> {
    use RejectCode as Code;
    Ok(match reason {
        LossReason::NotReserved(_) => {
            return Err(RegistrarError::inconsistent("an ended attempt was lost"));
        }
        LossReason::KeyConsumed(stored) => {
            Rejection::new([Code::ReplayNonceConsumed], "the key is consumed already")
                .with_prior(PriorDecision::of(&stored)?)
        }
        LossReason::EffectCommitted(stored) => duplicate(store, prepared, &stored)?,
        LossReason::HeadExists { head_key } => head_exists(&head_key),
        LossReason::Expired => Rejection::new(
            [Code::EnvelopeStale],
            "the attempt ended by the store's clock before it was consumed",
        ),
        LossReason::ClockWentBack => Rejection::new(
            [Code::ClockSkewExceeded],
            "the store's clock went back behind the reservation",
        ),
        LossReason::OtherOperation => Rejection::new(
            [Code::OperationMismatch],
            "the target's head was retired before the write: another operation registers it",
        ),
        LossReason::AuthorityChanged(codes) => {
            Rejection::named(&codes, "an authority row changed before the write")?
        }
        LossReason::HoldPlaced => Rejection::hold(
            Code::RegistrationHold,
            "a hold was placed on the target before the write",
        ),
        LossReason::GateChanged => Rejection::hold(
            Code::GateReportStale,
            "the gate report ended, or the catalogue or the policy changed, before the write",
        ),
        LossReason::ConfigNotClosed => config_not_closed(),
        LossReason::DecisionUnsealable(why) => Rejection::new(
            [Code::OutcomeAbandoned],
            format!("the decision could not be sealed: {why}"),
        ),
    })
}
