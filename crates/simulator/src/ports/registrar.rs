//! The registrar's credential.

use canonical::{Digest, Timestamp, Uuid};
use registrar::port::{
    ConsumeAnswer, ConsumeError, ConsumeItem, HeadVersion, LossReason, PortError, RegistrarStore,
    RereadRow, Reservation, ReserveAnswer, RowRef, Standing, StoredAttempt,
};

use super::{Committing, Trouble, whole};
use crate::call::Call;
use crate::coverage::CrashPoint;
use crate::kernel::{Handle, Inner, Stage};
use crate::store::consume::{Loss, Written, consume, explain};
use crate::store::state::AttemptRow;
use crate::store::{Bug, Pending, State, reserve, schema};

/// The reservation's commit does not wait for the disk by itself.
const RESERVING: Committing = Committing {
    durable: false,
    waits: true,
};

/// The port's word for trouble; a transient one says that nothing was written.
pub(super) fn failed(trouble: Trouble) -> PortError {
    match trouble {
        Trouble::Busy => PortError::transient("store did not answer", trouble),
        _ => PortError::new("store did not answer", trouble),
    }
}

impl Handle {
    fn look<T>(&self, call: Call, look: impl FnOnce(&State) -> T) -> Result<T, PortError> {
        self.read(call, |inner| look(&inner.store.current()))
            .map_err(failed)
    }

    fn find(
        &self,
        call: Call,
        wanted: impl Fn(&AttemptRow) -> bool,
    ) -> Result<Option<StoredAttempt>, PortError> {
        let found = self.read(call, |inner| {
            let state = inner.store.current();
            state
                .attempt(wanted)
                .map(|row| state.stored(row, inner.store.bug))
        });
        found.map_err(failed)
    }

    fn all(
        &self,
        call: Call,
        choose: impl FnOnce(&State) -> Vec<&AttemptRow>,
    ) -> Result<Vec<StoredAttempt>, PortError> {
        let found = self.read(call, |inner| {
            let state = inner.store.current();
            let rows = choose(&state).into_iter();
            rows.map(|row| state.stored(row, inner.store.bug)).collect()
        });
        found.map_err(failed)
    }

    /// Consumes; what lost and could not say why is explained by what is read afterwards.
    fn consume_all(&self, items: &[ConsumeItem]) -> Result<Vec<ConsumeAnswer>, ConsumeError> {
        let not_durable = self.has(Bug::ConsumeNotDurable);
        let committing = Committing {
            durable: !not_durable,
            waits: true,
        };
        let bug = self.kernel.lock().store.bug;
        let outcomes = self.write(Call::Consume, committing, |state, now| {
            let fingerprint = schema::fingerprint(state.foreign_triggers);
            let mut next = state.clone();
            let mut all = Vec::new();
            let outcomes: Vec<_> = items
                .iter()
                .map(|item| {
                    let written = consume(&next, item, fingerprint, now, bug)?;
                    written.apply(&mut next);
                    all.push(written.clone());
                    Ok::<Written, Loss>(written)
                })
                .collect();
            let pending = (!all.is_empty()).then_some(Pending::Consume(all));
            Ok((outcomes, pending))
        });
        let outcomes = outcomes.map_err(|trouble| self.consume_failed(trouble))?;
        let answers = items.iter().zip(outcomes);
        answers
            .map(|(item, outcome)| self.answer(item, outcome))
            .collect()
    }

    fn consume_failed(&self, trouble: Trouble) -> ConsumeError {
        if trouble == Trouble::Unknown {
            let mut inner = self.kernel.lock();
            inner.coverage.point(CrashPoint::CommitUnknown);
            return ConsumeError::OutcomeUnknown(failed(trouble));
        }
        self.stage(Stage::RolledBack);
        ConsumeError::Port(failed(trouble))
    }

    fn answer(
        &self,
        item: &ConsumeItem,
        outcome: Result<Written, Loss>,
    ) -> Result<ConsumeAnswer, ConsumeError> {
        let loss = match outcome {
            Ok(written) => {
                self.stage(Stage::Committed);
                return Ok(ConsumeAnswer::Registered {
                    decision: written.decision.bytes.clone(),
                    transaction_id: written.transaction_id(),
                });
            }
            Err(loss) => loss,
        };
        self.stage(Stage::RolledBack);
        let why = self.read(Call::ExplainLoss, |inner| {
            explain(&inner.store.current(), item, loss, inner.store.bug)
        });
        let reason = why.map_err(|trouble| ConsumeError::Port(failed(trouble)))?;
        let mut inner = self.kernel.lock();
        match &reason {
            LossReason::HoldPlaced | LossReason::GateChanged => {
                inner.coverage.point(CrashPoint::GateFlips);
            }
            LossReason::KeyConsumed(_)
            | LossReason::EffectCommitted(_)
            | LossReason::HeadExists { .. } => inner.coverage.point(CrashPoint::HeadTaken),
            _ => {}
        }
        Ok(ConsumeAnswer::Lost(reason))
    }

    /// The defect of two commits where there should be one.
    fn consume_in_halves(&self, items: &[ConsumeItem]) -> Result<Vec<ConsumeAnswer>, ConsumeError> {
        let committing = Committing {
            durable: true,
            waits: true,
        };
        let first = self.write(Call::Consume, committing, |state, now| {
            let fingerprint = schema::fingerprint(state.foreign_triggers);
            let mut next = state.clone();
            let outcomes: Vec<_> = items
                .iter()
                .map(|item| {
                    let written = consume(&next, item, fingerprint, now, None)?;
                    written.apply_key_and_head(&mut next);
                    Ok::<Written, Loss>(written)
                })
                .collect();
            Ok((outcomes, whole(state, next)))
        });
        let outcomes = first.map_err(|trouble| self.consume_failed(trouble))?;
        let second = self.write(Call::Consume, committing, |state, _| {
            let mut next = state.clone();
            let written = outcomes.iter().flatten();
            written.for_each(|one| one.apply_decision(&mut next));
            Ok(((), whole(state, next)))
        });
        second.map_err(|trouble| self.consume_failed(trouble))?;
        let answers = items.iter().zip(outcomes);
        answers
            .map(|(item, outcome)| self.answer(item, outcome))
            .collect()
    }

    pub(super) fn has(&self, bug: Bug) -> bool {
        self.kernel.lock().store.has(bug)
    }
}

impl RegistrarStore for Handle {
    fn clock(&mut self) -> Result<Timestamp, PortError> {
        self.read(Call::RegistrarClock, Inner::clock)
            .map_err(failed)
    }

    fn attempt_by_nonce(&mut self, nonce: &str) -> Result<Option<StoredAttempt>, PortError> {
        self.find(Call::AttemptByNonce, |row| row.nonce == nonce)
    }

    fn attempt_by_replay_key(&mut self, key: &Digest) -> Result<Option<StoredAttempt>, PortError> {
        // The pipeline never asks for it; it is a look-up as any other.
        self.find(Call::AttemptById, |row| row.replay_key == *key)
    }

    fn attempt_by_id(&mut self, id: &Uuid) -> Result<Option<StoredAttempt>, PortError> {
        self.find(Call::AttemptById, |row| row.attempt_id == *id)
    }

    fn attempt_by_effect(&mut self, effect: &Digest) -> Result<Option<StoredAttempt>, PortError> {
        let found = self.read(Call::AttemptByEffect, |inner| {
            let state = inner.store.current();
            state
                .by_effect(effect)
                .map(|row| state.stored(row, inner.store.bug))
        });
        found.map_err(failed)
    }

    fn current_head(&mut self, dot_code: &str) -> Result<Option<String>, PortError> {
        self.look(Call::CurrentHead, |state| state.current_head(dot_code))
    }

    fn retired_head(&mut self, dot_code: &str) -> Result<bool, PortError> {
        self.look(Call::RetiredHead, |state| state.has_retired_head(dot_code))
    }

    fn standing(&mut self, target: &str) -> Result<Standing, PortError> {
        self.look(Call::Standing, |state| state.standing(target))
    }

    fn reread(&mut self, refs: &[RowRef]) -> Result<Vec<RereadRow>, PortError> {
        // One statement for each row: others may write in between.
        let rows = refs.iter().map(|row| {
            self.read(Call::Reread, |inner| {
                let (state, now) = (inner.store.current(), inner.clock());
                state
                    .authority
                    .reread(&row.carrier, &row.row_key, None, now)
            })
        });
        rows.collect::<Result<_, _>>().map_err(failed)
    }

    fn head_versions(&mut self, target: &str) -> Result<Vec<HeadVersion>, PortError> {
        self.look(Call::HeadVersions, |state| {
            state.authority.head_versions(target)
        })
    }

    fn reserve(&mut self, reservations: Vec<Reservation>) -> Result<Vec<ReserveAnswer>, PortError> {
        let bug = self.kernel.lock().store.bug;
        let answers = self.write(Call::Reserve, RESERVING, |state, now| {
            let mut next = state.clone();
            let answers: Vec<_> = reservations
                .iter()
                .map(|one| reserve::reserve(&mut next, one, now, bug))
                .collect();
            Ok((answers, whole(state, next)))
        });
        self.reserved(answers)
    }

    fn consume(&mut self, items: Vec<ConsumeItem>) -> Result<Vec<ConsumeAnswer>, ConsumeError> {
        if self.has(Bug::ConsumeNotAtomic) {
            return self.consume_in_halves(&items);
        }
        self.consume_all(&items)
    }

    fn evidence(&mut self, attempt_id: &Uuid) -> Result<Option<Vec<u8>>, PortError> {
        self.look(Call::Evidence, |state| {
            let own = state.attempt(|row| row.attempt_id == *attempt_id);
            own.map(|row| row.evidence.to_vec())
        })
    }

    fn open_attempts(
        &mut self,
        opened_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredAttempt>, PortError> {
        self.all(Call::OpenAttempts, |state| {
            state.open_attempts(opened_before, limit)
        })
    }

    fn unverified_attempts(&mut self, limit: u32) -> Result<Vec<StoredAttempt>, PortError> {
        self.all(Call::UnverifiedAttempts, |state| state.unverified(limit))
    }
}

impl Handle {
    fn reserved(
        &self,
        answers: Result<Vec<ReserveAnswer>, Trouble>,
    ) -> Result<Vec<ReserveAnswer>, PortError> {
        let opened = match &answers {
            Ok(answers) => answers.iter().any(|answer| {
                let own = matches!(answer, ReserveAnswer::NonceTaken(_));
                own || matches!(answer, ReserveAnswer::Reserved { .. })
            }),
            Err(trouble) => *trouble == Trouble::Unknown,
        };
        if opened {
            self.stage(Stage::Reserved);
        }
        answers.map_err(failed)
    }
}
