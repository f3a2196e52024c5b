//! The store on a real server: each test has a database of its own there.

pub(crate) mod fixture;
mod gating;
mod installing;
mod privileges;
mod proving;
mod refusals;
mod schema;
mod suite;
