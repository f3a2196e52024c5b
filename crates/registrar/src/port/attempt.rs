//! An attempt as the store keeps it, and how one is opened.

use canonical::{Digest, Timestamp, Uuid};

/// Where an attempt stands; both ends are final.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptState {
    /// Opened; nothing was consumed.
    Reserved,
    /// Its key was consumed and its decision stored.
    Consumed,
    /// It ended without an effect; its nonce stays burned.
    Aborted,
}

/// An attempt as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAttempt {
    /// Names the attempt, keys nothing else.
    pub attempt_id: Uuid,
    /// Where it stands.
    pub state: AttemptState,
    /// The nonce that it burned.
    pub nonce: String,
    /// Digest of the request that opened it.
    pub request_digest: Digest,
    /// That request, in canonical bytes.
    pub request: Vec<u8>,
    /// Its single-use key.
    pub replay_key: Digest,
    /// The effect it is for.
    pub effect_identity: Digest,
    /// The authority it was allowed under.
    pub authorization_binding_digest: Digest,
    /// Who may finish it.
    pub owner_token: Uuid,
    /// The ownership epoch of that token.
    pub epoch: u64,
    /// The canonical target, `dot:<dot_code>`.
    pub target: String,
    /// When it was reserved, by the store's clock.
    pub opened_at: Timestamp,
    /// The decision's bytes when consumed, the stored failure answer when aborted.
    pub answer: Option<Vec<u8>>,
}

/// What a reservation stores: the durable intent that recovery works from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// The attempt's identity.
    pub attempt_id: Uuid,
    /// Its single-use key.
    pub replay_key: Digest,
    /// The nonce that it burns.
    pub nonce: String,
    /// When the nonce was minted; stored keys may start with it.
    pub nonce_minted_at: Timestamp,
    /// Digest of the request.
    pub request_digest: Digest,
    /// The request in canonical bytes.
    pub request: Vec<u8>,
    /// The effect it is for.
    pub effect_identity: Digest,
    /// The authority it is allowed under.
    pub authorization_binding_digest: Digest,
    /// Who may finish it.
    pub owner_token: Uuid,
    /// The ownership epoch of that token; 1 at a reservation.
    pub epoch: u64,
    /// The canonical target.
    pub target: String,
    /// The caller's run.
    pub run_id: String,
    /// The caller's retry counter, a plain attribute.
    pub attempt_no: u64,
    /// When the attempt can no longer be consumed.
    pub expires_at: Timestamp,
    /// One frame of every envelope that led here.
    pub evidence: Vec<u8>,
}

/// What became of one reservation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReserveAnswer {
    /// The attempt is open.
    Reserved {
        /// By the store's clock.
        opened_at: Timestamp,
    },
    /// The nonce is burned already, by this attempt.
    NonceTaken(Box<StoredAttempt>),
    /// The effect is committed already, by this attempt.
    EffectCommitted(Box<StoredAttempt>),
    /// The target has a head.
    HeadExists {
        /// The head's row key.
        head_key: String,
        /// The target.
        dot_code: String,
    },
}
