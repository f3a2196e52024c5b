//! The failure audits as a Merkle log (spec §6, RFC 6962): recomputed record by record, and held to
//! a tree head that somebody took out of the store before.
//!
//! Leaf `n` is a hash of the record at position `n` ([`leaf`]): of its attempt, its failure digest,
//! and the evidence hashes of the audit and of the answer, each made again from what the store keeps.
//! The tree is not stored, so nothing of it can be rewritten together with the records: whoever may
//! change a row can make the log agree with itself, but not with a [`TreeHead`] kept elsewhere.
//!
//! It reads through [`Records`](records::Records) and knows no store. A head is not signed, and says
//! no more than whoever exported it can vouch for.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod head;
mod log;
mod record;
#[cfg(test)]
mod tests;
mod verify;

pub use head::TreeHead;
pub use log::{CODE, Inconsistency, Log};
pub use record::leaf;
pub use verify::verify;
