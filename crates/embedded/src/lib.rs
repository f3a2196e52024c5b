//! The pipeline wired to the embedded store, the local file system and an observer process.

#![forbid(unsafe_code)]

pub mod edge;
