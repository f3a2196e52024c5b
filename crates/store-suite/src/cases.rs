//! The cases, by what they are about.

pub(crate) mod auditing;
pub(crate) mod batching;
pub(crate) mod concurrency;
pub(crate) mod consuming;
pub(crate) mod gating;
pub(crate) mod judging;
pub(crate) mod landing;
pub(crate) mod observing;
pub(crate) mod rechecking;
pub(crate) mod recovering;
pub(crate) mod reserving;
pub(crate) mod resolving;
pub(crate) mod retiring;
pub(crate) mod surfaces;
pub(crate) mod verifying;
pub(crate) mod write_sets;
pub(crate) mod writing_authority;
