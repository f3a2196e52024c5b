//! The authority writer's rows: what may be written, checked before it is

#![forbid(unsafe_code)]

pub mod port;
