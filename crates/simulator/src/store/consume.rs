//! One item of the one transaction: key, head and decision, or nothing.

use std::sync::Arc;

use canonical::{Digest, Timestamp, Uuid};
use registrar::port::{AttemptState, ConsumeItem, LossReason, TransactionFacts, policy_digest};

use super::authority::text;
use super::state::{AttemptRow, CatalogueRow, DecisionRow, LedgerRow};
use super::{Bug, State};

/// Everything that one item writes.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    attempt_id: Uuid,
    at: Timestamp,
    ledger: Arc<LedgerRow>,
    head: Arc<CatalogueRow>,
    pub(crate) decision: Arc<DecisionRow>,
}

/// Why an item was not written.
#[derive(Debug)]
pub(crate) enum Loss {
    /// Known here and now.
    Known(LossReason),
    /// A row of another attempt stands in the way; which one is read after the transaction.
    Unexplained(&'static str),
}

impl From<LossReason> for Loss {
    fn from(reason: LossReason) -> Self {
        Self::Known(reason)
    }
}

impl Written {
    /// Writes all of it.
    pub(crate) fn apply(&self, state: &mut State) {
        self.apply_key_and_head(state);
        self.apply_decision(state);
    }

    /// The first half of it; nobody but a defect writes it by itself.
    pub(crate) fn apply_key_and_head(&self, state: &mut State) {
        state.ledger.push(Arc::clone(&self.ledger));
        state.catalogue.push(Arc::clone(&self.head));
        state.transactions = self.ledger.ordinal;
    }

    /// The second half of it.
    pub(crate) fn apply_decision(&self, state: &mut State) {
        state.decisions.push(Arc::clone(&self.decision));
        let own = |row: &&mut Arc<AttemptRow>| row.attempt_id == self.attempt_id;
        if let Some(attempt) = state.attempts.iter_mut().find(own) {
            let attempt = Arc::make_mut(attempt);
            attempt.state = AttemptState::Consumed;
            attempt.closed_at = Some(self.at);
        }
    }

    /// The transaction's name.
    pub(crate) fn transaction_id(&self) -> String {
        transaction_id(self.ledger.ordinal)
    }
}

/// The name of a registering transaction.
pub(crate) fn transaction_id(ordinal: u64) -> String {
    format!("txn:{ordinal}")
}

/// What one item would write on this state.
pub(crate) fn consume(
    state: &State,
    item: &ConsumeItem,
    fingerprint: Digest,
    now: Timestamp,
    bug: Option<Bug>,
) -> Result<Written, Loss> {
    let attempt = take_attempt(state, item)?;
    time_and_gate(state, item, attempt.opened_at, fingerprint, now, bug)?;
    unique_key(state, item, bug)?;
    target(state, item, bug)?;
    authority(state, item, now, bug)?;
    let head_free = bug == Some(Bug::HeadNotUnique) || state.current_head(&item.dot_code).is_none();
    if !head_free {
        return Err(Loss::Unexplained("the target has a head"));
    }
    if !item.fits_past(state.has_retired_head(&item.dot_code)) {
        return Err(LossReason::OtherOperation.into());
    }
    write(state, item, now)
}

/// The conditional transition: only the token that reserved the attempt takes it, and only once.
fn take_attempt<'a>(state: &'a State, item: &ConsumeItem) -> Result<&'a AttemptRow, Loss> {
    let own = state.attempt(|row| {
        row.attempt_id == item.attempt_id
            && row.replay_key == item.replay_key
            && row.nonce == item.nonce
            && row.state == AttemptState::Reserved
            && row.owner_token == item.owner_token
            && row.epoch == item.epoch
    });
    own.ok_or(Loss::Unexplained(
        "the attempt is not reserved under this token",
    ))
}

fn time_and_gate(
    state: &State,
    item: &ConsumeItem,
    opened_at: Timestamp,
    fingerprint: Digest,
    now: Timestamp,
    bug: Option<Bug>,
) -> Result<(), Loss> {
    if now > item.expires_at && bug != Some(Bug::ExpiryIgnored) {
        return Err(LossReason::Expired.into());
    }
    if now < opened_at {
        return Err(LossReason::ClockWentBack.into());
    }
    let policies = state.authority.select("policy", &[]);
    let mut active = policies.iter().filter(|row| row.is_active());
    let policy = match (active.next(), active.next()) {
        (Some(one), None) => Some(policy_digest(text(one.row, "body").as_bytes())),
        _ => None,
    };
    let report_ended = now >= item.gate_expires_at && bug != Some(Bug::ExpiryIgnored);
    if report_ended || fingerprint != item.gate_fingerprint || policy != Some(item.policy_digest) {
        return Err(LossReason::GateChanged.into());
    }
    Ok(())
}

fn unique_key(state: &State, item: &ConsumeItem, bug: Option<Bug>) -> Result<(), Loss> {
    let by_nonce = bug != Some(Bug::NonceNotUnique);
    let taken = state.ledger.iter().any(|row| {
        row.replay_key == item.replay_key
            || (by_nonce && row.nonce == item.nonce)
            || row.effect_identity == item.effect_identity
    });
    if taken {
        return Err(Loss::Unexplained("the key or the effect is consumed"));
    }
    Ok(())
}

fn target(state: &State, item: &ConsumeItem, bug: Option<Bug>) -> Result<(), Loss> {
    let standing = state.standing(&item.target);
    if standing.is_held && bug != Some(Bug::HoldIgnored) {
        return Err(LossReason::HoldPlaced.into());
    }
    if standing.has_open_config {
        return Err(LossReason::ConfigNotClosed.into());
    }
    Ok(())
}

fn authority(
    state: &State,
    item: &ConsumeItem,
    now: Timestamp,
    bug: Option<Bug>,
) -> Result<(), Loss> {
    let mut then = item.head_versions.clone();
    let mut versions = state.authority.head_versions(&item.target);
    then.sort_unstable();
    versions.sort_unstable();
    if then == versions || bug == Some(Bug::AuthorityHeadsIgnored) {
        return Ok(());
    }
    let scope = Some(item.head.scope.as_str());
    let rows = item.expected.iter();
    let again = rows.map(|row| {
        let authority = &state.authority;
        authority.reread(&row.carrier, &row.row_key, scope, now)
    });
    let codes = registrar::recheck(&item.expected, &again.collect::<Vec<_>>());
    if codes.is_empty() {
        return Ok(());
    }
    Err(LossReason::AuthorityChanged(codes).into())
}

fn write(state: &State, item: &ConsumeItem, now: Timestamp) -> Result<Written, Loss> {
    let ordinal = state.transactions.saturating_add(1);
    let head_row_hash = item
        .head
        .row_hash()
        .map_err(|error| LossReason::DecisionUnsealable(error.to_string()))?;
    let facts = TransactionFacts {
        transaction_id: transaction_id(ordinal),
        operation_start: now,
        head_row_hash,
    };
    let decision = (item.decide)(&facts).map_err(LossReason::DecisionUnsealable)?;
    Ok(Written {
        attempt_id: item.attempt_id,
        at: now,
        ledger: Arc::new(LedgerRow {
            replay_key: item.replay_key,
            attempt_id: item.attempt_id,
            nonce: item.nonce.clone(),
            effect_identity: item.effect_identity,
            authorization_binding_digest: item.authorization_binding_digest,
            owner_binding_digest: item.owner_binding_digest,
            artifact_hash: item.artifact_hash,
            target: item.target.clone(),
            operation: item.operation.clone(),
            run_id: item.run_id.clone(),
            attempt_no: item.attempt_no,
            consumed_at: now,
            expires_at: item.expires_at,
            ordinal,
            head_key: item.head.row_key.clone(),
        }),
        head: Arc::new(CatalogueRow {
            head: item.head.clone(),
            status: registrar::port::DRAFT.to_owned(),
            ordinal,
            retirement_ref: None,
        }),
        decision: Arc::new(DecisionRow {
            replay_key: item.replay_key,
            attempt_id: item.attempt_id,
            bytes: decision.bytes,
            evidence_hash: decision.evidence_hash,
            ordinal,
        }),
    })
}

/// Why an item lost, read after its transaction.
pub(crate) fn explain(
    state: &State,
    item: &ConsumeItem,
    loss: Loss,
    bug: Option<Bug>,
) -> LossReason {
    let seen = match loss {
        Loss::Known(reason) => return reason,
        Loss::Unexplained(seen) => seen,
    };
    let stored = |row: &AttemptRow| Box::new(state.stored(row, bug));
    let own = state.attempt(|row| row.attempt_id == item.attempt_id);
    let may_consume = own.is_some_and(|row| {
        row.state == AttemptState::Reserved
            && row.owner_token == item.owner_token
            && row.epoch == item.epoch
            && row.replay_key == item.replay_key
            && row.nonce == item.nonce
    });
    let by_key = state.attempt(|row| row.replay_key == item.replay_key);
    if let Some(other) = by_key
        && other.state == AttemptState::Consumed
        && other.attempt_id != item.attempt_id
    {
        return LossReason::KeyConsumed(stored(other));
    }
    if !may_consume {
        return LossReason::NotReserved(own.map(stored));
    }
    if let Some(other) = state.by_effect(&item.effect_identity) {
        return LossReason::EffectCommitted(stored(other));
    }
    match state.current_head(&item.dot_code) {
        Some(head_key) => LossReason::HeadExists { head_key },
        None => LossReason::DecisionUnsealable(seen.to_owned()),
    }
}
