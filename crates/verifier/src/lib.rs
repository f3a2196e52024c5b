//! Phase 4: an independent reread, after the commit, of what a registration claims to have written.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

pub mod port;
