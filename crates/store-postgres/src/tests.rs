//! The store on a real server: each test has a database of its own there.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot make what it needs has failed"
)]

mod fixture;
mod installing;
mod privileges;
mod proving;
mod refusals;
mod schema;
mod suite;
