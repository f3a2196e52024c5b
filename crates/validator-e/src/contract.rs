//! The envelopes that block E reads and writes, as generated from their schemas.

#[rustfmt::skip]
pub mod generated;

pub use generated::*;
