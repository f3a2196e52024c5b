//! What a store keeps, whatever the store: attempts, heads, failures and reports as people read
//! them ([`Records`]), and rows of the write path as their rereaders hash them ([`rows`]).
//!
//! It does not know any store, and reads into no envelope.

#![forbid(unsafe_code)]

mod checkpoint;
pub mod rows;
mod views;

pub use checkpoint::{LastRow, RecordedCheckpoint};
pub use views::{AttemptKey, AttemptView, AuditRecord, DotHistory, HeadView, Records, ReportView};
