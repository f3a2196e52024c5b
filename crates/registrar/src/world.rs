//! A store that is held in memory: every uniqueness rule, state and atomic step of a real one.
//!
//! It makes the block usable and testable with no store at all. Clones share one state, so that
//! the registrar's handle and the audit writer's are two, as they are in production.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use canonical::{Digest, Timestamp, Uuid};
use serde_json::{Map, Value};

use crate::port::{
    AttemptState, ConsumeAnswer, ConsumeError, ConsumeItem, DRAFT, FailureRecord, FailureSink,
    Fence, HeadRow, HeadVersion, ObserverSession, PortError, RecordAnswer, RegistrarStore,
    RereadRow, Reservation, ReserveAnswer, RowRef, Standing, StoredAttempt, policy_digest,
};

mod consume;
mod rows;
mod text;

pub use text::WorldError;

/// Committed state that is held in memory, shared by its clones.
#[derive(Clone, Debug)]
pub struct World(Arc<Mutex<State>>);

/// A governed row of a world, as its carrier stores it.
#[derive(Clone, Debug, PartialEq)]
pub struct WorldRow {
    /// The carrier.
    pub carrier: String,
    /// The row's key there.
    pub row_key: String,
    /// Its columns.
    pub columns: Map<String, Value>,
    /// The hash stored with it, right or not.
    pub row_hash: Digest,
}

#[derive(Clone, Debug)]
struct WorldHead {
    dot_code: String,
    row_key: String,
    status: String,
}

impl WorldHead {
    fn is_current(&self) -> bool {
        self.status == DRAFT || self.status == "active"
    }
}

#[derive(Debug)]
struct State {
    clock: Timestamp,
    rows: Vec<WorldRow>,
    versions: BTreeMap<String, u64>,
    attempts: Vec<StoredAttempt>,
    evidence: BTreeMap<Uuid, Vec<u8>>,
    heads: Vec<WorldHead>,
    written: Vec<HeadRow>,
    holds: BTreeSet<String>,
    open_config: BTreeSet<String>,
    fingerprint: Digest,
    policy: Option<Digest>,
    transactions: u64,
    audits: Vec<FailureRecord>,
    verified: BTreeSet<Uuid>,
    observer_session: Option<ObserverSession>,
}

impl World {
    /// An empty world at this moment, with this catalogue fingerprint.
    pub fn new(clock: Timestamp, fingerprint: Digest) -> Self {
        Self(Arc::new(Mutex::new(State {
            clock,
            rows: Vec::new(),
            versions: BTreeMap::new(),
            attempts: Vec::new(),
            evidence: BTreeMap::new(),
            heads: Vec::new(),
            written: Vec::new(),
            holds: BTreeSet::new(),
            open_config: BTreeSet::new(),
            fingerprint,
            policy: None,
            transactions: 0,
            audits: Vec::new(),
            verified: BTreeSet::new(),
            observer_session: None,
        })))
    }

    /// Sets the store's clock.
    pub fn set_clock(&self, clock: Timestamp) {
        self.state().clock = clock;
    }

    /// Changes the catalogue, so that it no longer is the one a gate report describes.
    pub fn set_fingerprint(&self, fingerprint: Digest) {
        self.state().fingerprint = fingerprint;
    }

    /// Puts a policy in force; until then a world takes every policy for the one in force.
    pub fn set_policy(&self, policy: &[u8]) {
        self.state().policy = Some(policy_digest(policy));
    }

    /// Inserts an authority row and moves its authority head.
    pub fn insert_row(&self, row: WorldRow) {
        self.state().insert_row(row);
    }

    /// Places a hold on a target, `*` for all.
    pub fn place_hold(&self, target: &str) {
        self.state().holds.insert(target.to_owned());
    }

    /// Releases the hold on a target.
    pub fn release_hold(&self, target: &str) {
        self.state().holds.remove(target);
    }

    /// Opens a configuration entry of a code.
    pub fn open_config(&self, dot_code: &str) {
        self.state().open_config.insert(dot_code.to_owned());
    }

    /// Retires the current head of a code, as its owner does.
    pub fn retire(&self, dot_code: &str) {
        let mut state = self.state();
        let heads = state.heads.iter_mut();
        for head in heads.filter(|head| head.dot_code == dot_code && head.is_current()) {
            "retired".clone_into(&mut head.status);
        }
    }

    /// Notes that an attempt has its verification report.
    pub fn mark_verified(&self, attempt_id: Uuid) {
        self.state().verified.insert(attempt_id);
    }

    /// Every failure recorded so far, in order.
    pub fn audits(&self) -> Vec<FailureRecord> {
        self.state().audits.clone()
    }

    /// Every head written so far, in order.
    pub fn written(&self) -> Vec<HeadRow> {
        self.state().written.clone()
    }

    /// Whether a hold lies on a target.
    pub fn is_held(&self, target: &str) -> bool {
        self.state().is_held(target)
    }

    /// A state is only ever left whole, so one that another thread abandoned is still good.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn find(&self, wanted: impl Fn(&StoredAttempt) -> bool) -> Option<StoredAttempt> {
        self.attempts
            .iter()
            .find(|attempt| wanted(attempt))
            .cloned()
    }

    fn is_held(&self, target: &str) -> bool {
        self.holds.contains(target) || self.holds.contains("*")
    }

    fn current_head(&self, dot_code: &str) -> Option<String> {
        let of_code = |head: &&WorldHead| head.dot_code == dot_code && head.is_current();
        let head = self.heads.iter().find(of_code)?;
        Some(head.row_key.clone())
    }

    fn has_retired_head(&self, dot_code: &str) -> bool {
        let mut heads = self.heads.iter();
        heads.any(|head| head.dot_code == dot_code && head.status == "retired")
    }

    fn committed_effect(&self, effect: &Digest) -> Option<StoredAttempt> {
        self.find(|attempt| {
            attempt.state == AttemptState::Consumed && attempt.effect_identity == *effect
        })
    }

    fn reserve(&mut self, reservation: Reservation) -> ReserveAnswer {
        let nonce = &reservation.nonce;
        let key = &reservation.replay_key;
        let taken = |it: &StoredAttempt| it.nonce == *nonce || it.replay_key == *key;
        if let Some(stored) = self.find(taken) {
            return ReserveAnswer::NonceTaken(Box::new(stored));
        }
        if let Some(stored) = self.committed_effect(&reservation.effect_identity) {
            return ReserveAnswer::EffectCommitted(Box::new(stored));
        }
        let target = &reservation.target;
        let dot_code = target.strip_prefix("dot:").unwrap_or(target).to_owned();
        if let Some(head_key) = self.current_head(&dot_code) {
            return ReserveAnswer::HeadExists { head_key, dot_code };
        }
        self.evidence
            .insert(reservation.attempt_id, reservation.evidence);
        self.attempts.push(StoredAttempt {
            attempt_id: reservation.attempt_id,
            state: AttemptState::Reserved,
            nonce: reservation.nonce,
            request_digest: reservation.request_digest,
            request: reservation.request,
            replay_key: reservation.replay_key,
            effect_identity: reservation.effect_identity,
            authorization_binding_digest: reservation.authorization_binding_digest,
            owner_token: reservation.owner_token,
            epoch: reservation.epoch,
            target: reservation.target,
            opened_at: self.clock,
            answer: None,
        });
        ReserveAnswer::Reserved {
            opened_at: self.clock,
        }
    }

    fn record(&mut self, record: FailureRecord) -> Result<RecordAnswer, PortError> {
        let same = |old: &FailureRecord| {
            old.attempt_id == record.attempt_id && old.failure_digest == record.failure_digest
        };
        if let Some(index) = self.audits.iter().position(same) {
            let position = position(index)?;
            return Ok(RecordAnswer::AlreadyRecorded { position });
        }
        if let Some(fence) = record.abort {
            let id = record.attempt_id;
            let attempts = self.attempts.iter_mut();
            let Some(attempt) = attempts.into_iter().find(|it| it.attempt_id == id) else {
                return Err(PortError::new(
                    "attempt to close is gone",
                    "no such attempt",
                ));
            };
            if attempt.state != AttemptState::Reserved || !admits(fence, attempt) {
                return Ok(RecordAnswer::NotOpen(Box::new(attempt.clone())));
            }
            attempt.state = AttemptState::Aborted;
            attempt.answer = Some(record.answer.clone());
        }
        self.holds.extend(record.hold_target.clone());
        let position = position(self.audits.len())?;
        self.audits.push(record);
        Ok(RecordAnswer::Recorded { position })
    }
}

fn admits(fence: Fence, attempt: &StoredAttempt) -> bool {
    fence
        .owner_token
        .is_none_or(|token| token == attempt.owner_token)
        && fence.epoch.is_none_or(|epoch| epoch == attempt.epoch)
}

fn position(index: usize) -> Result<u64, PortError> {
    u64::try_from(index).map_err(|error| PortError::new("log is too long", error))
}

impl RegistrarStore for World {
    fn observer_session(
        &mut self,
        _attempt_id: &Uuid,
    ) -> Result<Option<ObserverSession>, PortError> {
        Ok(self.state().observer_session.clone())
    }

    fn clock(&mut self) -> Result<Timestamp, PortError> {
        Ok(self.state().clock)
    }

    fn attempt_by_nonce(&mut self, nonce: &str) -> Result<Option<StoredAttempt>, PortError> {
        Ok(self.state().find(|attempt| attempt.nonce == nonce))
    }

    fn attempt_by_replay_key(&mut self, key: &Digest) -> Result<Option<StoredAttempt>, PortError> {
        Ok(self.state().find(|attempt| attempt.replay_key == *key))
    }

    fn attempt_by_id(&mut self, id: &Uuid) -> Result<Option<StoredAttempt>, PortError> {
        Ok(self.state().find(|attempt| attempt.attempt_id == *id))
    }

    fn attempt_by_effect(&mut self, effect: &Digest) -> Result<Option<StoredAttempt>, PortError> {
        Ok(self.state().committed_effect(effect))
    }

    fn current_head(&mut self, dot_code: &str) -> Result<Option<String>, PortError> {
        Ok(self.state().current_head(dot_code))
    }

    fn retired_head(&mut self, dot_code: &str) -> Result<bool, PortError> {
        Ok(self.state().has_retired_head(dot_code))
    }

    fn standing(&mut self, target: &str) -> Result<Standing, PortError> {
        let state = self.state();
        let dot_code = target.strip_prefix("dot:").unwrap_or(target);
        Ok(Standing {
            is_held: state.is_held(target),
            has_open_config: state.open_config.contains(dot_code),
        })
    }

    fn reread(&mut self, refs: &[RowRef]) -> Result<Vec<RereadRow>, PortError> {
        let state = self.state();
        Ok(refs.iter().map(|row| state.reread(row)).collect())
    }

    fn head_versions(&mut self, target: &str) -> Result<Vec<HeadVersion>, PortError> {
        Ok(self.state().head_versions(target))
    }

    fn reserve(&mut self, reservations: Vec<Reservation>) -> Result<Vec<ReserveAnswer>, PortError> {
        let mut state = self.state();
        let reservations = reservations.into_iter();
        Ok(reservations.map(|one| state.reserve(one)).collect())
    }

    fn consume(&mut self, items: Vec<ConsumeItem>) -> Result<Vec<ConsumeAnswer>, ConsumeError> {
        let mut state = self.state();
        Ok(items.into_iter().map(|item| state.consume(&item)).collect())
    }

    fn evidence(&mut self, attempt_id: &Uuid) -> Result<Option<Vec<u8>>, PortError> {
        Ok(self.state().evidence.get(attempt_id).cloned())
    }

    fn open_attempts(
        &mut self,
        opened_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredAttempt>, PortError> {
        let state = self.state();
        let open = |it: &&StoredAttempt| {
            it.state == AttemptState::Reserved && it.opened_at < opened_before
        };
        Ok(bounded(state.attempts.iter().filter(open), limit))
    }

    fn unverified_attempts(&mut self, limit: u32) -> Result<Vec<StoredAttempt>, PortError> {
        let state = self.state();
        let unverified = |it: &&StoredAttempt| {
            it.state == AttemptState::Consumed && !state.verified.contains(&it.attempt_id)
        };
        Ok(bounded(state.attempts.iter().filter(unverified), limit))
    }
}

impl FailureSink for World {
    fn record(&mut self, records: Vec<FailureRecord>) -> Result<Vec<RecordAnswer>, PortError> {
        let mut state = self.state();
        let records = records.into_iter();
        records.map(|record| state.record(record)).collect()
    }
}

/// Attempts are kept in the order they were opened in.
fn bounded<'a>(
    attempts: impl Iterator<Item = &'a StoredAttempt>,
    limit: u32,
) -> Vec<StoredAttempt> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    attempts.take(limit).cloned().collect()
}
