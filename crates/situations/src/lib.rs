//! Seeded random situations for block E, and the comparison of two validators on them.
//!
//! A [`Situation`] is a baseline that the real blocks made and that E accepts, with some [`Step`]s
//! taken on it. Each step changes one place; what hashes over it is made to fit again where the step
//! says so ([`Seal`]), so that a change is judged for what it says and not only for a broken hash.
//!
//! [`Campaign`] judges many situations with block E and with another program that speaks the line
//! mode of `examples/validator`, and keeps every one on which they differ, cut down by
//! [`shrunk`] to the steps that it needs. Outcome, ordered codes, every check's outcome, the decision
//! reference and the keys have to be the same.
//!
//! It judges nothing itself, and a seed gives the same situation always.

#![forbid(unsafe_code)]

mod answer;
mod baseline;
mod campaign;
mod coverage;
mod draw;
mod error;
mod fault;
mod foreign;
mod pool;
mod reseal;
mod shrink;
mod situation;
mod step;

pub use answer::{Answer, CheckAnswer};
pub use baseline::Baseline;
pub use campaign::{Campaign, Difference, Plan};
pub use coverage::{Coverage, raisable};
pub use draw::draw;
pub use error::SituationError;
pub use fault::Fault;
pub use foreign::Foreign;
pub use shrink::shrunk;
pub use situation::{Situation, Texts};
pub use step::{Change, Seal, Step};
