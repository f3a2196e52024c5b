//! What the registrar needs of a store: replay state, the catalogue, authority rows to reread, and
//! the failure-audit sink, which is a different connection with a different credential.

use std::error::Error;
use std::fmt;

use canonical::{ContentHasher, Digest, Timestamp, Uuid, WriteError, tags};
use serde_json::{Map, Value, json};

/// The carrier of catalogue rows, as their row hashes name it.
pub const CATALOGUE: &str = "dot_catalogue";

/// The status that a registration writes; nothing else is ever written by the registrar.
pub const DRAFT: &str = "draft";

/// A first registration of a target.
pub const REGISTER: &str = "register_dot";

/// The registration of a target whose head was retired.
pub const REREGISTER: &str = "reregister_dot";

/// What a store and a reservation recognise a policy by: the hash of its envelope's bytes.
pub fn policy_digest(policy: &[u8]) -> Digest {
    let mut hasher = ContentHasher::new();
    hasher.update(policy);
    hasher.finish()
}

/// A store that did not answer.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct PortError {
    what: String,
    transient: bool,
    source: Box<dyn Error + Send + Sync>,
}

impl PortError {
    /// A failure that trying again cannot help.
    pub fn new(what: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            what: what.into(),
            transient: false,
            source: source.into(),
        }
    }

    /// A failure that passes by itself: the store is busy, or a transaction lost a race.
    ///
    /// Nothing may have been written when a store says this.
    pub fn transient(
        what: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self {
            transient: true,
            ..Self::new(what, source)
        }
    }

    /// Whether the same call may be tried again within the attempt.
    pub fn is_transient(&self) -> bool {
        self.transient
    }
}

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

/// The effective status of a governed row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowStatus {
    /// In force.
    Active,
    /// Replaced by a later row.
    Superseded,
    /// Taken back.
    Revoked,
    /// Past its end.
    Expired,
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

/// The version of one authority head: it moves with every insert of an authority row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeadVersion {
    /// `dot:<dot_code>`, or `*` for rows that concern every target.
    pub scope_key: String,
    /// The number of inserts so far; 0 where there was none.
    pub version: u64,
}

/// A governed row by its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowRef {
    /// The carrier.
    pub carrier: String,
    /// The row's key there.
    pub row_key: String,
}

/// A governed row read again at the consuming boundary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RereadRow {
    /// The carrier.
    pub carrier: String,
    /// The row's key there.
    pub row_key: String,
    /// Recomputed from the columns; `None` when the row is not there or its stored hash differs.
    pub row_hash: Option<Digest>,
    /// When the row was issued.
    pub issued_at: Option<Timestamp>,
    /// Its effective status; a rejecting vote makes an approval `Revoked`.
    pub status: Option<RowStatus>,
    /// When another row changed it; none while it is the one that it was issued with.
    pub status_changed_at: Option<Timestamp>,
    /// Active rows for the same logical head, normally 1.
    ///
    /// For ownership: active accountable rows of the same object whose scope covers the same scope.
    pub active_heads: u64,
}

/// A row that must still be what the envelopes said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedRow {
    /// The carrier.
    pub carrier: String,
    /// The row's key there.
    pub row_key: String,
    /// The hash that was attested and reread.
    pub row_hash: Digest,
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

/// The one row that a registration writes; its status is always `draft`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadRow {
    /// The attempt id as text.
    pub row_key: String,
    /// The registered code.
    pub dot_code: String,
    /// `dot:<dot_code>`.
    pub canonical_target: String,
    /// `dot`.
    pub object_type: String,
    /// The admitted path.
    pub canonical_path: String,
    /// The admitted origin.
    pub origin: String,
    /// The artifact's content hash.
    pub artifact_hash: Digest,
    /// Its algorithm.
    pub hash_algorithm: String,
    /// What was hashed, and how.
    pub canonicalization_version: String,
    /// `file` or `tree`.
    pub artifact_type: String,
    /// The admission row.
    pub admission_ref: String,
    /// The artifact's size.
    pub size_bytes: u64,
    /// The scope it was registered in.
    pub scope: String,
    /// The accountable owner.
    pub owner_principal: String,
    /// The consumed key.
    pub replay_key: Digest,
    /// The attempt that wrote it.
    pub attempt_id: Uuid,
}

impl HeadRow {
    /// The columns as hashed, `status` = `draft` among them, the row key not.
    pub fn columns(&self) -> Map<String, Value> {
        let texts = [
            ("dot_code", self.dot_code.clone()),
            ("canonical_target", self.canonical_target.clone()),
            ("object_type", self.object_type.clone()),
            ("canonical_path", self.canonical_path.clone()),
            ("origin", self.origin.clone()),
            ("artifact_hash", self.artifact_hash.to_string()),
            ("hash_algorithm", self.hash_algorithm.clone()),
            (
                "canonicalization_version",
                self.canonicalization_version.clone(),
            ),
            ("artifact_type", self.artifact_type.clone()),
            ("admission_ref", self.admission_ref.clone()),
            ("scope", self.scope.clone()),
            ("owner_principal", self.owner_principal.clone()),
            ("replay_key", self.replay_key.to_string()),
            ("attempt_id", self.attempt_id.to_string()),
            ("status", DRAFT.to_owned()),
        ];
        let mut columns: Map<String, Value> = texts
            .into_iter()
            .map(|(name, text)| (name.to_owned(), Value::String(text)))
            .collect();
        columns.insert("size_bytes".to_owned(), Value::from(self.size_bytes));
        columns
    }

    /// The row hash that the store keeps with the row and the decision states.
    pub fn row_hash(&self) -> Result<Digest, WriteError> {
        let row = json!({"carrier": CATALOGUE, "key": self.row_key, "columns": self.columns()});
        canonical::hash(tags::ROW, &row)
    }
}

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
    /// The [`policy_digest`] of the policy that everything was judged under.
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

/// Who stored a capture, as the store itself recorded the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObserverSession {
    /// The principal that the store authenticated, such as `db_role:holdfast_observer`.
    pub principal: String,
    /// The server process that served the session.
    pub backend_pid: u64,
    /// When that server process started.
    pub backend_started: Timestamp,
}

/// The store as the registrar's credential sees it.
#[auto_impl::auto_impl(Box)]
pub trait RegistrarStore {
    /// The name of this credential, as the store authenticates it.
    fn credential(&self) -> String {
        "registrar".to_owned()
    }
    /// Who stored the capture before of an attempt; none where the store records no sessions, and
    /// then the observer is told apart by its process and user alone.
    fn observer_session(
        &mut self,
        attempt_id: &Uuid,
    ) -> Result<Option<ObserverSession>, PortError> {
        // Such a store has nothing to look up.
        let _ = attempt_id;
        Ok(None)
    }
    /// The store's clock.
    fn clock(&mut self) -> Result<Timestamp, PortError>;
    /// The attempt that burned this nonce.
    fn attempt_by_nonce(&mut self, nonce: &str) -> Result<Option<StoredAttempt>, PortError>;
    /// The attempt that has this key.
    fn attempt_by_replay_key(&mut self, key: &Digest) -> Result<Option<StoredAttempt>, PortError>;
    /// The attempt of this id.
    fn attempt_by_id(&mut self, id: &Uuid) -> Result<Option<StoredAttempt>, PortError>;
    /// The attempt that committed this effect.
    fn attempt_by_effect(&mut self, effect: &Digest) -> Result<Option<StoredAttempt>, PortError>;
    /// The row key of the current head of a code.
    fn current_head(&mut self, dot_code: &str) -> Result<Option<String>, PortError>;
    /// Whether the code has a retired head.
    fn retired_head(&mut self, dot_code: &str) -> Result<bool, PortError>;
    /// What stands against a write to the target now.
    fn standing(&mut self, target: &str) -> Result<Standing, PortError>;
    /// Reads rows again, one answer for each reference, in order.
    fn reread(&mut self, refs: &[RowRef]) -> Result<Vec<RereadRow>, PortError>;
    /// The versions of the target's authority head and of `*`.
    fn head_versions(&mut self, target: &str) -> Result<Vec<HeadVersion>, PortError>;
    /// Opens attempts; one answer for each reservation, in order.
    fn reserve(&mut self, reservations: Vec<Reservation>) -> Result<Vec<ReserveAnswer>, PortError>;
    /// Consumes attempts; one answer for each item, in order, and no item answers for another.
    fn consume(&mut self, items: Vec<ConsumeItem>) -> Result<Vec<ConsumeAnswer>, ConsumeError>;
    /// The evidence frame of a reservation.
    fn evidence(&mut self, attempt_id: &Uuid) -> Result<Option<Vec<u8>>, PortError>;
    /// Attempts still reserved that were opened before this instant, oldest first.
    fn open_attempts(
        &mut self,
        opened_before: Timestamp,
        limit: u32,
    ) -> Result<Vec<StoredAttempt>, PortError>;
    /// Consumed attempts without a verification report, oldest first.
    fn unverified_attempts(&mut self, limit: u32) -> Result<Vec<StoredAttempt>, PortError>;
}

/// What stands against a write to a target, whatever a request says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// A hold on the target, or on all targets, was placed and not released.
    pub is_held: bool,
    /// The target has runtime configuration that is not closed.
    pub has_open_config: bool,
}

/// Who may close an attempt; a member that is `None` is not compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fence {
    /// The token that must still own it.
    pub owner_token: Option<Uuid>,
    /// The epoch that must still be its own.
    pub epoch: Option<u64>,
}

/// One failure to be recorded before it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailureRecord {
    /// The attempt that failed.
    pub attempt_id: Uuid,
    /// Keys the record, together with the attempt.
    pub failure_digest: Digest,
    /// The failure-audit envelope.
    pub audit: Vec<u8>,
    /// The decision that is answered.
    pub answer: Vec<u8>,
    /// Close the attempt together with the record; `None` when there is no open attempt to close.
    pub abort: Option<Fence>,
    /// Place a hold on this target: a verification failed after the commit.
    pub hold_target: Option<String>,
}

/// What became of one failure record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordAnswer {
    /// Appended.
    Recorded {
        /// Its dense position in the log.
        position: u64,
    },
    /// There already, written once.
    AlreadyRecorded {
        /// Its dense position in the log.
        position: u64,
    },
    /// The conditional update matched nothing: this is the attempt's state, read after it.
    NotOpen(Box<StoredAttempt>),
}

/// The failure-audit sink: another connection, with a credential that can do this and nothing else.
#[auto_impl::auto_impl(Box)]
pub trait FailureSink {
    /// Records failures, each durable before its answer returns; one answer for each, in order.
    fn record(&mut self, records: Vec<FailureRecord>) -> Result<Vec<RecordAnswer>, PortError>;
}
