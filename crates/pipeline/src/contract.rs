//! The envelopes the pipeline carries, generated from the schemas.

#[rustfmt::skip]
pub mod generated;

pub use generated::*;
