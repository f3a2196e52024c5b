//! Shared helpers of the end-to-end tests.

#![forbid(unsafe_code)]

pub mod contracts;
pub mod fixture;
pub mod program;
pub mod shell;
