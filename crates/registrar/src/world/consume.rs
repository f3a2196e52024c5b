//! The one transaction of a world: everything of an item, or nothing.

use super::{State, WorldHead};
use crate::port::{
    AttemptState, ConsumeAnswer, ConsumeItem, DRAFT, LossReason, RowRef, TransactionFacts,
};
use crate::recheck::recheck;

impl State {
    pub(super) fn consume(&mut self, item: &ConsumeItem) -> ConsumeAnswer {
        match self.write(item) {
            Ok((decision, transaction_id)) => ConsumeAnswer::Registered {
                decision,
                transaction_id,
            },
            Err(reason) => ConsumeAnswer::Lost(reason),
        }
    }

    /// Judges first and changes the state last, so that a loss leaves nothing behind.
    fn write(&mut self, item: &ConsumeItem) -> Result<(Vec<u8>, String), LossReason> {
        let index = self.reserved(item)?;
        self.unique(item)?;
        self.permitted(item)?;
        let row_hash = item.head.row_hash();
        let row_hash = row_hash.map_err(unsealable)?;
        let ordinal = self.transactions.saturating_add(1);
        let facts = TransactionFacts {
            transaction_id: format!("txn:{ordinal}"),
            operation_start: self.clock,
            head_row_hash: row_hash,
        };
        let decision = (item.decide)(&facts).map_err(LossReason::DecisionUnsealable)?;
        let attempt = self.attempts.get_mut(index);
        let attempt = attempt.ok_or(LossReason::NotReserved(None))?;
        attempt.state = AttemptState::Consumed;
        attempt.answer = Some(decision.bytes.clone());
        self.transactions = ordinal;
        self.written.push(item.head.clone());
        self.heads.push(WorldHead {
            dot_code: item.dot_code.clone(),
            row_key: item.head.row_key.clone(),
            status: DRAFT.to_owned(),
        });
        Ok((decision.bytes, facts.transaction_id))
    }

    /// The conditional step RESERVED → CONSUMED: own token, own epoch.
    fn reserved(&self, item: &ConsumeItem) -> Result<usize, LossReason> {
        let mut attempts = self.attempts.iter();
        let Some(index) = attempts.position(|it| it.attempt_id == item.attempt_id) else {
            return Err(LossReason::NotReserved(None));
        };
        let attempt = self.attempts.get(index);
        let own = attempt.is_some_and(|it| {
            it.state == AttemptState::Reserved
                && it.owner_token == item.owner_token
                && it.epoch == item.epoch
                && it.replay_key == item.replay_key
        });
        if !own {
            return Err(LossReason::NotReserved(attempt.cloned().map(Box::new)));
        }
        Ok(index)
    }

    fn unique(&self, item: &ConsumeItem) -> Result<(), LossReason> {
        let consumed = |key: bool, state| key && state == AttemptState::Consumed;
        let by_key = self.find(|it| {
            let same = it.replay_key == item.replay_key || it.nonce == item.nonce;
            consumed(same, it.state)
        });
        if let Some(stored) = by_key {
            return Err(LossReason::KeyConsumed(Box::new(stored)));
        }
        if let Some(stored) = self.committed_effect(&item.effect_identity) {
            return Err(LossReason::EffectCommitted(Box::new(stored)));
        }
        match self.current_head(&item.dot_code) {
            Some(head_key) => Err(LossReason::HeadExists { head_key }),
            None => Ok(()),
        }
    }

    fn permitted(&self, item: &ConsumeItem) -> Result<(), LossReason> {
        if self.clock > item.expires_at {
            return Err(LossReason::Expired);
        }
        let own = self.find(|it| it.attempt_id == item.attempt_id);
        if own.is_some_and(|it| self.clock < it.opened_at) {
            return Err(LossReason::ClockWentBack);
        }
        if !item.fits_past(self.has_retired_head(&item.dot_code)) {
            return Err(LossReason::OtherOperation);
        }
        if self
            .policy
            .is_some_and(|policy| policy != item.policy_digest)
        {
            return Err(LossReason::GateChanged);
        }
        if self.is_held(&item.target) {
            return Err(LossReason::HoldPlaced);
        }
        if self.fingerprint != item.gate_fingerprint || self.clock >= item.gate_expires_at {
            return Err(LossReason::GateChanged);
        }
        // INVARIANT: versions that did not move mean that no authority row was inserted since the
        // readback, and rows are never changed in place, so every predicate still holds.
        if self.head_versions(&item.target) != item.head_versions {
            let refs = item.expected.iter().map(|row| RowRef {
                carrier: row.carrier.clone(),
                row_key: row.row_key.clone(),
            });
            let found: Vec<_> = refs.map(|row| self.reread(&row)).collect();
            let codes = recheck(&item.expected, &found);
            if !codes.is_empty() {
                return Err(LossReason::AuthorityChanged(codes));
            }
        }
        if self.open_config.contains(&item.dot_code) {
            return Err(LossReason::ConfigNotClosed);
        }
        Ok(())
    }
}

fn unsealable(error: canonical::WriteError) -> LossReason {
    LossReason::DecisionUnsealable(error.to_string())
}
