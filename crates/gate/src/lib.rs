//! The gate: HOLD or OPEN, derived from what was proven of a store.
//!
//! [`evaluate`] reads a store once, judges the thirteen prerequisites of registration and every
//! carrier, and answers with two envelopes: the gate report and the carrier report it rests on.
//! `REGISTRATION_HOLD` unless each prerequisite holds; all missing ones are named, not the first.
//!
//! The gate knows no request, so nothing in one can open it. It writes nothing, and it judges by
//! the schema objects that are really there, not by what they are called: whatever differs from what
//! the migrations make, by one byte, is charged to a prerequisite.
//!
//! # Where the store is a database
//!
//! There the carrier report is the prover's, made from the server's catalogs as they are now, and
//! taken byte for byte. Both must hold: the schema is the migrations', and every carrier is proven
//! for its declared use. Whoever the proofs take on trust has to stand in the policy, by name.
//!
//! # What a file can prove, and what it cannot
//!
//! On the embedded store every proof is relative to the operating-system user that owns the file,
//! who can rewrite all of it with any tool. Triggers, checks and row hashes hold against every
//! connection that goes through the engine, and they make a clumsy change show; against that user
//! only a checkpoint outside the file does. So one principal is every role there, and only a policy
//! row that accepts `single-principal` opens the gate; the report then states it.

#![forbid(unsafe_code)]

mod carriers;
mod catalogs;
pub mod contract;
mod error;
mod evaluate;
mod facts;
pub mod port;
mod prerequisite;
mod report;
mod rights;
mod schema;

#[cfg(test)]
mod tests;

pub use error::GateError;
pub use evaluate::{GateEvaluation, evaluate};
pub use prerequisite::Prerequisite;
pub use report::{Assessment, Standing, assessments, is_open};
