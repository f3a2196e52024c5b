//! Shared helpers of the end-to-end tests.

#![forbid(unsafe_code)]

pub mod acts;
pub mod answered;
pub mod checkpointed;
pub mod contracts;
pub mod disk;
pub mod faults;
pub mod fixture;
pub mod foreign;
pub mod handles;
pub mod interjection;
pub mod invariants;
pub mod kind;
pub mod ledger;
pub mod place;
pub mod program;
pub mod proving;
pub mod raw;
pub mod recorded;
pub mod runs;
pub mod second_validator;
pub mod server;
pub mod settings;
pub mod shell;
pub mod syscalls;
