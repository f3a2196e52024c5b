//! Phase 4: an independent reread, after the commit, of what a registration claims to have written.
//!
//! [`verify`] reports six conditions (spec §6), always all of them, and beside them that the target
//! is closed, that the decision belongs to its verdict, and what the validator's second run said:
//!
//! | condition | code when it fails |
//! |---|---|
//! | `verify.one_head` | `HEAD_COUNT_NOT_ONE` |
//! | `verify.draft` | `HEAD_NOT_DRAFT` |
//! | `verify.metadata` | `HEAD_METADATA_MISMATCH` |
//! | `verify.no_notify` | `DRAFT_WRITE_EMITTED_ACTIVATION_NOTIFY` |
//! | `verify.postcondition_verifier` | `POSTCONDITION_VERIFIER_UNRESOLVED` |
//! | `verify.write_readback` | `WRITE_READBACK_MISMATCH` |
//! | `verify.config_closed` | `TARGET_CONFIG_NOT_CLOSED` |
//! | `verify.decision_ref` | `DECISION_REF_MISSING`, `DECISION_REF_MISMATCH` |
//! | `verify.second_verdict` | the codes of that verdict |
//!
//! `VERIFICATION_FAILED` joins whatever failed. The conditions judge the row version that was
//! written: a head that was retired since is reported in `later_change` and fails nothing.
//!
//! [`foresee`] judges, for a plan, the two of them that rest on nothing that is written:
//! `verify.no_notify` and `verify.postcondition_verifier`.
//!
//! It deliberately knows of no audit. A success is complete without any, so there is neither an
//! envelope nor a port through which one could be asked for. It never sees the registrar's memory:
//! only the decision it answered, the attestations, and what a read-only connection rereads.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod condition;
pub mod contract;
mod error;
mod filter;
mod head;
pub mod port;
mod provenance;
mod readback;
#[cfg(test)]
mod tests;
mod verify;
mod world;

pub use error::VerifyError;
pub use filter::{FilterError, filter};
pub use verify::{Attempt, Foresight, Input, foresee, verify};
pub use world::{World, WorldError};
