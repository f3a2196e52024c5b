//! The envelope of this crate, generated from the schemas.

#[rustfmt::skip]
pub mod generated;

pub use generated::*;
