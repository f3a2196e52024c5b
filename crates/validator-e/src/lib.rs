//! Block E: judges the envelopes of one registration, as a pure function of its arguments.
//!
//! The verb is [`validate`]: envelopes as bytes, the policy, the attempt and `now` in, one sealed
//! verdict out, the same bytes for the same bytes. It runs twice, before the write and after it;
//! what needs the capture after or the decision is not reached in the first run.
//!
//! [`checks`] is the fixed table of everything that is judged, in precedence order. Every verdict
//! reports every check: held, failed with its codes, or not reached with the check that stopped it.
//! A verdict accepts only when each check of its stage was reached and held.
//!
//! | second run | is judged at |
//! |---|---|
//! | request, attestations, readback, capture before, integration, first verdict, policy | the decision's `operation_start`: they were fresh when they were consumed |
//! | capture after, decision | `now`: recovery may finish a registration late |
//!
//! A check that does not come to its end has failed with `CHECK_NOT_COMPLETED`: where the steps of one
//! verdict are used up (from there on every check), and where a check panics.
//!
//! E reads no clock, store, file or environment, owns no replay state, and resolves no alias and no
//! path: who the caller is and where a path leads is attested by others, and their refusals surface
//! here with exactly their codes.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod case;
mod checks;
pub mod contract;
mod decision_ref;
pub mod filter;
mod finding;
mod input;
mod open;
mod run;
mod steps;
mod table;
mod time;
mod verdict;

#[cfg(test)]
mod tests;

pub use contract::VerdictStage;
pub use filter::{FilterError, filter};
pub use input::{Attempt, Input, ValidateError};
pub use table::{Check, PassesOn, checks};
pub use verdict::validate;
