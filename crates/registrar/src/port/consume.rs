//! The one transaction: key, head and decision.

use std::fmt;

use canonical::{Digest, Timestamp, Uuid};

use super::{ExpectedRow, HeadRow, HeadVersion, PortError, REGISTER, REREGISTER, StoredAttempt};

/// What only the transaction knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionFacts {
    /// The transaction's own id, `txn:<ordinal>` on the embedded store.
    pub transaction_id: String,
    /// The store's clock when the transaction began.
    pub operation_start: Timestamp,
    /// The hash of the head that was inserted.
    pub head_row_hash: Digest,
}

/// A decision, sealed inside the transaction that stores it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealedDecision {
    /// The envelope's bytes; they never change again.
    pub bytes: Vec<u8>,
    /// Its evidence hash.
    pub evidence_hash: Digest,
}

/// Seals the decision from what only the transaction knows; `Err` says why it could not.
pub type Decide = Box<dyn Fn(&TransactionFacts) -> Result<SealedDecision, String> + Send>;

/// One attempt to be consumed: key, head and decision, in one transaction.
pub struct ConsumeItem {
    /// The reserved attempt.
    pub attempt_id: Uuid,
    /// The token that reserved it.
    pub owner_token: Uuid,
    /// The token's epoch.
    pub epoch: u64,
    /// The key to consume.
    pub replay_key: Digest,
    /// The nonce, unique by itself.
    pub nonce: String,
    /// When the nonce was minted; stored keys may start with it.
    pub nonce_minted_at: Timestamp,
    /// The effect, committed at most once.
    pub effect_identity: Digest,
    /// The authority it is allowed under.
    pub authorization_binding_digest: Digest,
    /// The canonical target.
    pub target: String,
    /// The registered code.
    pub dot_code: String,
    /// The canonical operation.
    pub operation: String,
    /// The caller's run.
    pub run_id: String,
    /// The caller's retry counter, a plain attribute.
    pub attempt_no: u64,
    /// The artifact's content hash.
    pub artifact_hash: Digest,
    /// Digest of the owner or approval binding.
    pub owner_binding_digest: Digest,
    /// When it is too late to consume, by the store's clock.
    pub expires_at: Timestamp,
    /// The row to write.
    pub head: HeadRow,
    /// The authority heads as they were before the readback.
    pub head_versions: Vec<HeadVersion>,
    /// The rows that must still hold when a head has moved.
    pub expected: Vec<ExpectedRow>,
    /// The catalogue fingerprint that the gate report rests on.
    pub gate_fingerprint: Digest,
    /// When the gate report ends.
    pub gate_expires_at: Timestamp,
    /// The [`policy_digest`](super::policy_digest) of the policy that everything was judged under.
    pub policy_digest: Digest,
    /// Called inside the transaction, after the head is inserted.
    pub decide: Decide,
}

impl ConsumeItem {
    /// Whether the operation is the one that registers a target with this past.
    pub fn fits_past(&self, has_retired_head: bool) -> bool {
        match self.operation.as_str() {
            REGISTER => !has_retired_head,
            REREGISTER => has_retired_head,
            _ => false,
        }
    }
}

impl fmt::Debug for ConsumeItem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ConsumeItem")
            .field("attempt_id", &self.attempt_id)
            .field("replay_key", &self.replay_key)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

/// What became of one item of a consume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConsumeAnswer {
    /// Committed; these bytes are the decision.
    Registered {
        /// The decision as stored.
        decision: Vec<u8>,
        /// The transaction that stored it.
        transaction_id: String,
    },
    /// Rolled back, nothing written.
    Lost(LossReason),
}

/// Why an item of a consume was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LossReason {
    /// The attempt is not reserved under this token: fenced, or consumed by a sibling.
    NotReserved(Option<Box<StoredAttempt>>),
    /// The key is consumed, by this attempt.
    KeyConsumed(Box<StoredAttempt>),
    /// The effect is committed, by this attempt.
    EffectCommitted(Box<StoredAttempt>),
    /// The target has a head.
    HeadExists {
        /// The head's row key.
        head_key: String,
    },
    /// Past its end by the store's clock.
    Expired,
    /// The store's clock stands before the reservation: it was set back.
    ClockWentBack,
    /// The operation registers no target with this past: its head was retired, or none ever was.
    OtherOperation,
    /// Authority rows no longer hold; the codes of [`crate::recheck`].
    AuthorityChanged(Vec<&'static str>),
    /// A hold lies on the target.
    HoldPlaced,
    /// The gate report has ended, the catalogue is not the one it describes, or the policy is not the
    /// one in force.
    GateChanged,
    /// The target has runtime configuration that is not closed.
    ConfigNotClosed,
    /// The decision could not be sealed, for this reason.
    DecisionUnsealable(String),
}

/// A consume that gave no answer at all.
#[derive(Debug, thiserror::Error)]
pub enum ConsumeError {
    /// Rolled back, certainly.
    #[error("consume was rolled back")]
    Port(#[source] PortError),
    /// The commit was sent and its outcome is not known.
    #[error("outcome of the commit is unknown")]
    OutcomeUnknown(#[source] PortError),
}
