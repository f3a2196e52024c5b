//! HOLD or OPEN, derived from what was proven

#![forbid(unsafe_code)]

pub mod port;
