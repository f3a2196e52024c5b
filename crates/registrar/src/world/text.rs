//! A world as JSON, for the block run as a filter.

use canonical::{Digest, Timestamp, Uuid};
use envelope::Refusal;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::{World, WorldHead, WorldRow};
use crate::attempt::Arrival;
use crate::port::{AttemptState, ObserverSession, StoredAttempt};

/// Why a world could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WorldError {
    /// The text is not a world.
    #[error("world is not readable")]
    Malformed(#[source] serde_json::Error),
    /// The request of an attempt does not open.
    #[error("request of attempt `{attempt_id}` does not open")]
    Request {
        /// The attempt.
        attempt_id: Uuid,
        /// Why.
        source: Refusal,
    },
}

impl World {
    /// Reads a world from JSON.
    ///
    /// Members: `clock`; `fingerprint` (of the catalogue); `rows` (`carrier`, `row_key`, `columns`,
    /// `row_hash`); `attempts` (`attempt_id`, `state`, `request`, `replay_key`, `effect_identity`,
    /// `authorization_binding_digest`, `owner_token`, `epoch`, `target`, `opened_at`, `answer`,
    /// `evidence`); `heads` (`dot_code`, `row_key`, `status`); `holds` (targets); `open_config`
    /// (codes); and, for a store that records who stores captures, `observer_session` (`principal`,
    /// `backend_pid`, `backend_started`).
    pub fn parse(text: &[u8]) -> Result<Self, WorldError> {
        let text: WorldText = serde_json::from_slice(text).map_err(WorldError::Malformed)?;
        let world = Self::new(text.clock, text.fingerprint);
        let mut state = world.state();
        for row in text.rows {
            state.insert_row(WorldRow {
                carrier: row.carrier,
                row_key: row.row_key,
                columns: row.columns,
                row_hash: row.row_hash,
            });
        }
        for attempt in text.attempts {
            if let Some(evidence) = &attempt.evidence {
                let bytes = evidence.get().as_bytes().to_vec();
                state.evidence.insert(attempt.attempt_id, bytes);
            }
            state.attempts.push(attempt.stored()?);
        }
        state
            .heads
            .extend(text.heads.into_iter().map(HeadText::head));
        state.holds.extend(text.holds);
        state.open_config.extend(text.open_config);
        state.observer_session = text.observer_session.map(SessionText::session);
        drop(state);
        Ok(world)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorldText {
    clock: Timestamp,
    fingerprint: Digest,
    rows: Vec<RowText>,
    attempts: Vec<AttemptText>,
    heads: Vec<HeadText>,
    holds: Vec<String>,
    open_config: Vec<String>,
    #[serde(default)]
    observer_session: Option<SessionText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SessionText {
    principal: String,
    backend_pid: u64,
    backend_started: Timestamp,
}

impl SessionText {
    fn session(self) -> ObserverSession {
        ObserverSession {
            principal: self.principal,
            backend_pid: self.backend_pid,
            backend_started: self.backend_started,
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowText {
    carrier: String,
    row_key: String,
    columns: Map<String, Value>,
    row_hash: Digest,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadText {
    dot_code: String,
    row_key: String,
    status: String,
}

impl HeadText {
    fn head(self) -> WorldHead {
        WorldHead {
            dot_code: self.dot_code,
            row_key: self.row_key,
            status: self.status,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum StateText {
    Reserved,
    Consumed,
    Aborted,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AttemptText {
    attempt_id: Uuid,
    state: StateText,
    request: Box<RawValue>,
    replay_key: Digest,
    effect_identity: Digest,
    authorization_binding_digest: Digest,
    owner_token: Uuid,
    epoch: u64,
    target: String,
    opened_at: Timestamp,
    answer: Option<Box<RawValue>>,
    evidence: Option<Box<RawValue>>,
}

impl AttemptText {
    fn stored(self) -> Result<StoredAttempt, WorldError> {
        let attempt_id = self.attempt_id;
        let arrival = Arrival::open(self.request.get().as_bytes())
            .map_err(|source| WorldError::Request { attempt_id, source })?;
        Ok(StoredAttempt {
            attempt_id,
            state: match self.state {
                StateText::Reserved => AttemptState::Reserved,
                StateText::Consumed => AttemptState::Consumed,
                StateText::Aborted => AttemptState::Aborted,
            },
            nonce: arrival.nonce().to_owned(),
            request_digest: arrival.digest(),
            request: arrival.bytes().to_vec(),
            replay_key: self.replay_key,
            effect_identity: self.effect_identity,
            authorization_binding_digest: self.authorization_binding_digest,
            owner_token: self.owner_token,
            epoch: self.epoch,
            target: self.target,
            opened_at: self.opened_at,
            answer: self.answer.map(|answer| answer.get().as_bytes().to_vec()),
        })
    }
}
