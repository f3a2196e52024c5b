//! The snapshot provider as a separate process, and what the kernel says about it

#![forbid(unsafe_code)]

pub mod port;

pub use port::{BatchReader, InsertAnswer, ReportRow, SinkError, SnapshotRow, SnapshotSink};
