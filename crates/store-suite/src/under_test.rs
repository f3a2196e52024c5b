//! What a store lends the suite: a handle for each role, and the few acts that no port has.

use artifact_resolver_f::port::AdmissionReader;
use authority::port::AuthorityWriter;
use canonical::Uuid;
use gate::port::GateStore;
use observer::{BatchReader, SnapshotSink};
use owner_resolver::port::AuthorityReader;
use registrar::port::{FailureSink, RegistrarStore};
use verifier::port::CommittedReader;

use crate::history::HistoryReader;

/// One fresh store for one case: it holds no row, and nobody else has it.
///
/// A value of an implementation is the store; its constructor makes an empty one (a new file, a new
/// database) and its last clone or [`StoreUnderTest::reopened`] twin to be dropped takes it away. A
/// handle is opened by every call and belongs to its caller, so a call may be as slow as a
/// connection is; the suite keeps the handles that it uses again. What cannot be opened ends the
/// case: implementations panic with what they tried.
///
/// Whatever a store's own words are, the suite asks for none of them: transaction ids are any text,
/// a fingerprint is any digest, the time is the store's, and who wrote a row is whom the store
/// recorded.
pub trait StoreUnderTest: Send + Sync + Sized {
    /// The authority writer's credential.
    type Authority: AuthorityWriter + Send;
    /// Block A's read side.
    type Owners: AuthorityReader;
    /// Block F's read side.
    type Admissions: AdmissionReader;
    /// The registrar's credential.
    type Registrar: RegistrarStore + Send;
    /// The failure-audit sink.
    type Failures: FailureSink + Send;
    /// The observer's read side.
    type Observer: BatchReader;
    /// The observer's write side.
    type Snapshots: SnapshotSink + Send;
    /// The verifier's read side.
    type Verifier: CommittedReader;
    /// The gate's read side.
    type Gate: GateStore;
    /// What people read an attempt's and a code's past from.
    type History: HistoryReader;

    /// Opens the authority writer.
    fn authority(&self) -> Self::Authority;

    /// Whom the store records as the writer of what [`StoreUnderTest::authority`] inserts.
    fn recorded_writer(&self) -> String;

    /// Opens block A's read side.
    fn owners(&self) -> Self::Owners;

    /// Opens block F's read side.
    fn admissions(&self) -> Self::Admissions;

    /// Opens the registrar as one caller of one process has it: all handles of one value may share a
    /// writer in memory, handles of a [`StoreUnderTest::reopened`] twin share nothing with them.
    fn registrar(&self) -> Self::Registrar;

    /// Opens the failure-audit sink.
    fn failures(&self) -> Self::Failures;

    /// Opens the observer's read side.
    fn observer(&self) -> Self::Observer;

    /// Opens the observer's write side.
    fn snapshots(&self) -> Self::Snapshots;

    /// Opens the verifier's read side.
    fn verifier(&self) -> Self::Verifier;

    /// Opens the gate's read side.
    fn gate(&self) -> Self::Gate;

    /// Opens the read side of people.
    fn history(&self) -> Self::History;

    /// The same rows, opened as another process would: nothing in memory is shared with `self`.
    #[must_use]
    fn reopened(&self) -> Self;

    /// Does to the store what no port can: as somebody who may write every byte of it.
    ///
    /// Guards that stand in the way (triggers, grants) are taken down for it and put up again, so that
    /// the schema is what it was, but for what the tampering itself is about.
    fn tamper(&self, tampering: Tampering<'_>);

    /// Whether the store records the session that stores a capture, and tells it to the registrar.
    fn records_sessions(&self) -> bool {
        false
    }

    /// How many threads of a case ask at once, each with a handle of its own: 16 to 64, as many as
    /// the store has connections for.
    fn threads(&self) -> usize {
        64
    }
}

/// What somebody did to a store behind its back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tampering<'a> {
    /// One text column of an authority row says something else; the hash stored with it stays.
    AuthorityRow {
        /// The carrier.
        carrier: &'a str,
        /// The row's key there.
        row_key: &'a str,
        /// A column that holds text.
        column: &'a str,
        /// What it says from now on.
        text: &'a str,
    },
    /// `size_bytes` of a catalogue row is another number; the hash stored with it stays.
    HeadSize {
        /// The row's key.
        row_key: &'a str,
        /// The number from now on.
        size_bytes: u32,
    },
    /// An attempt was opened a minute later than it was: the store's clock has gone back since.
    OpenedLater {
        /// The attempt.
        attempt_id: Uuid,
    },
    /// The catalogue has a trigger that this program did not make.
    ForeignTrigger {
        /// Its name, an identifier of lower-case letters and underscores.
        name: &'a str,
        /// When it fires; what it does is nothing.
        fires: Fires,
    },
    /// The table of failure audits has another name, so that nothing can be appended to it.
    AuditSinkAway,
}

/// When a foreign trigger of the catalogue fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fires {
    /// After an update, when the new status is `active`, and never else.
    OnActive,
    /// After every insert, whatever the status.
    OnEveryInsert,
}
