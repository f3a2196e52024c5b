//! The registrar: reserves, consumes and writes one inert head in one transaction; owns replay state.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

pub mod port;
mod recheck;

pub use recheck::recheck;
