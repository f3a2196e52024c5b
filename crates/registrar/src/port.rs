//! What the registrar needs of a store: replay state, the catalogue, authority rows to reread, and
//! the failure-audit sink, which is a different connection with a different credential.

mod attempt;
mod consume;
mod failure;
mod head;
mod rows;

use std::error::Error;

use canonical::{ContentHasher, Digest, Timestamp, Uuid};

pub use self::attempt::{AttemptState, Reservation, ReserveAnswer, StoredAttempt};
pub use self::consume::{
    ConsumeAnswer, ConsumeError, ConsumeItem, Decide, LossReason, SealedDecision, TransactionFacts,
};
pub use self::failure::{FailureRecord, FailureSink, Fence, RecordAnswer};
pub use self::head::HeadRow;
pub use self::rows::{ExpectedRow, HeadVersion, RereadRow, RowRef, RowStatus, Standing};

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
