//! The one envelope that callers make, generated from its schema.

#[rustfmt::skip]
pub(crate) mod generated;

pub(crate) use generated::*;
