//! The cases, by what they are about.

pub(crate) mod auditing;
pub(crate) mod concurrency;
pub(crate) mod consuming;
pub(crate) mod judging;
pub(crate) mod rechecking;
pub(crate) mod reserving;
pub(crate) mod writing_authority;
