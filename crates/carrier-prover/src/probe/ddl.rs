//! Catalog rows as the statements that would make them.

mod rights;
mod routines;
mod tables;

pub(super) use rights::{guards, rights, roles};
pub(super) use routines::{function, schemas, types, view};
pub(super) use tables::{keys, table};
