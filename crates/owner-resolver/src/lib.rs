//! Block A: the active accountable owner, the approval and its quorum for one request; or why
//! there is none.
//!
//! It takes the artifact's hash from block F's attestation, uses what the request proposes only as
//! the key of a question, and attests nothing but what stands in rows that it read. Every predicate
//! that can be evaluated is, so that one answer names everything that is missing.
//!
//! It does not know where rows are kept, whether their carriers are proven (the registrar's
//! readback and block E judge that), what the artifact is, or what becomes of the registration.
//!
//! # Decisions where the specification leaves a choice
//!
//! - An operation without governed row is `ACTION_TYPE_UNGOVERNED` when it is an identifier and
//!   `FREE_TEXT_ACTION_REJECTED` when it is not even one; an approval whose own operation has no
//!   governed row is `FREE_TEXT_ACTION_REJECTED`. `OPERATION_MISMATCH` is block E's, which compares
//!   proposal and attestation.
//! - The owner of record is an *accountable* row only. A delegated row never stands in for one; it
//!   and an accountable row outside its time are named (`DELEGATION_…`) beside
//!   `OWNER_OF_RECORD_ABSENT`.
//! - A rejection counts whatever its row's later status: after one, a new approval is opened.
//! - Neither the approval's proposer nor the caller is counted: both ask for the registration.
//! - Sign-off votes are evidence of a review and never count towards the quorum.
//! - Only a vote recorded through a credential that is bound to the voter counts.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod action;
mod approval;
mod artifact;
pub mod contract;
mod error;
pub mod filter;
mod input;
mod ownership;
pub mod port;
mod principals;
mod quorum;
mod reading;
mod resolve;
mod signoff;
mod votes;
mod world;

#[cfg(test)]
mod tests;

pub use error::ResolveError;
pub use input::{Attempt, Caller, Input};
pub use resolve::resolve;
