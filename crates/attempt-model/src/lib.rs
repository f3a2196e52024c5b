//! The attempt protocol as a model: every state that a few processes, a store and their faults can
//! be in, within bounds, and the invariants that hold in each of them.
//!
//! A process takes one step at a time; a step is a transaction, a read or an answer, as the code has
//! them, and between any two steps everything else may happen. [`Protocol`] is what is checked,
//! [`scenario`] under which bounds, [`property`] for what. A [`Defect`] is the protocol with one
//! mistake of design, seeded to see that an invariant catches it. Nothing of the workspace is used
//! here: the model says what the code has to do, and the tests of the code whether it does.
//!
//! # Actions and the code that they stand for
//!
//! | [`Action`](action::Action) | function | one step because |
//! |---|---|---|
//! | `Intake` | `registrar::intake` | one read; what it acts on is final |
//! | `Gate` | `Pipeline::gate`, `pipeline::resolve::heads` | a kept report is one taken earlier |
//! | `Gather` | `pipeline::resolve::gather` after the heads | one reading of the rows, and E on it |
//! | `Reserve` | `registrar::reserve`, `store_sqlite::registrar::reserve` | one transaction |
//! | `ReserveUnacknowledged` | the same, tried again by `patience` | the transaction is found to be one's own |
//! | `Consume` | `registrar::consume`, `store_sqlite::registrar::{consume, judge}` | one transaction |
//! | `ConsumeUnacknowledged` | the same, ending in `ConsumeError::OutcomeUnknown` | up to the commit |
//! | `CommitLands`, `CommitIsUndone` | the engine, whoever still waits | the lock is held until then |
//! | `ResolveUnknown` | `registrar::resolve_unknown` | one transaction of the audit writer |
//! | `Fail` | `registrar::fail`, `store_sqlite::audit` | one transaction of the audit writer |
//! | `Refuse` | `registrar::refuse` | one transaction of the audit writer |
//! | `Verify` | `Pipeline::phase_four` up to its report | one reading of the store |
//! | `RecordFailedVerification` | `registrar::verification_failed` | audit and hold, one transaction |
//! | `StoreReport` | `Observer::record`, `Pipeline::complete` | inserted once; else the one that stands |
//! | `Answer` | `Pipeline::{replay, verified, ended}` | a caller is told |
//! | `Recover` | `registrar::recover` | the fence is one transaction for each attempt |
//! | `FinishUnverified` | `Pipeline::finish` | begins a phase 4 with no caller |
//! | `InsertAuthorityRow`, `Revoke`, `PlaceHold` | `store_sqlite::authority` | one transaction, moves the head |
//! | `CloseGate` | a change of schema or policy | the fingerprint or the policy is another |
//! | `LosePower` | `synchronous` as the store sets it for each role | what did not wait for the disk is gone |
//! | `Ask`, `Crash`, `MoveClock`, `Disturb` | callers, deaths, the clock, other programs | from outside |
//!
//! `WriteHead` and `Record` are steps that only a defect takes. A step that is not the protocol's own is
//! paid from a [`Budget`](state::Budget), so every run ends.
//!
//! # The invariants
//!
//! In the model: one effect for each replay key (I1), nonce (I2) and target (I3); consumed, head and
//! decision together (I4); answers (I5, I6, I7, I9); audits (I10); gate and holds (I12); time (I13);
//! the retry counter (I14); recovery (I15: every run ends, and where it ends a live recovery has left
//! nothing open); authority (I18). I8 is reached, not forbidden: registered is answered where nothing
//! was ever audited.
//!
//! Elsewhere, because nothing of it is a matter of order:
//!
//! | invariant | held by |
//! |---|---|
//! | I11 only `draft`, no notification | the catalogue's triggers, the verifier, the tests of phase 4 |
//! | I16 the audit log verifies | the sink's triggers and its dense positions; `audit-log`, against a head kept elsewhere |
//! | I17 E is pure | the dependency rules, and E's own tests |
//! | I19 what cannot be answered holds | `PipelineError`, and the tests of crashes and lost answers |
//! | I20 canonical bytes are unique | `canonical` |
//! | I21 a restored store holds | nothing here; it takes a checkpoint outside the store |
//! | I22 the verifier only reads | the roles of the store |
//!
//! # What is left out
//!
//! - Block E's check that a nonce was minted for its effect: the store refuses without it.
//! - Owner tokens and epochs: they never pass to anybody else, so that an attempt is open is all that
//!   a conditional update can find.
//! - Ages: recovery may fence an attempt at any time, and a retry may stop waiting at any time.
//! - Answers that decide nothing: "pending", and an error after which nobody was told anything. For
//!   the store both are a process that died.
//! - Serialization failures and busy stores: a transaction that is rolled back and run again is one
//!   that ran later.
//! - More than one transaction at a time: the embedded store has one writer, and a server's row locks
//!   order those that meet.
//! - The records of refusals beyond their order: they close nothing.
//! - A loss of power that keeps some of what did not wait for the disk: it is one that came earlier.
//! - Retirement, batches and restored backups.

#![forbid(unsafe_code)]

pub mod action;
mod defect;
pub mod process;
pub mod property;
mod protocol;
pub mod request;
pub mod scenario;
pub mod state;
mod step;
pub mod store;

pub use defect::Defect;
pub use protocol::Protocol;
