//! One file per command.

pub(crate) mod config;
pub(crate) mod explain;
pub(crate) mod schema;
pub(crate) mod shell;
