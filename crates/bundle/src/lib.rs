//! Everything behind a decision in one document, and its verification without a store.
//!
//! A [`Bundle`] is shaped as an in-toto Statement v1 whose subject is the artifact and whose
//! predicate holds every envelope that led to the decision and followed it, in its own bytes, with
//! what the store recorded of the attempt. [`gather`] takes one from what any store keeps,
//! [`Bundle::write`] gives its one spelling, [`verify`] recomputes it: every evidence hash, the keys,
//! the row that was written, and both verdicts, by running block E again on the same bytes.
//!
//! Nothing is signed, and nothing pretends to be: whoever can write a bundle can write another one
//! that agrees with itself. [`UNSHOWN`] says what follows from that.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod error;
mod gather;
mod read;
mod slot;
mod statement;
mod unshown;
mod verify;

pub use error::{BundleError, ReadError};
pub use gather::{Found, find, gather};
pub use slot::Slot;
pub use statement::{AttemptRecord, Bundle, PREDICATE_TYPE, STATEMENT_TYPE, Subject};
pub use unshown::UNSHOWN;
pub use verify::{Check, CheckOutcome, Verification, verify};
