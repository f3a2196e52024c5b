//! Block B: captures the protected surfaces before and after, as an independent observer.
//!
//! A registration claims that nothing changed but this; two captures under one governed manifest
//! make that checkable. The verb is [`capture`]. What it cannot vouch for it refuses in its answer:
//! the envelope then carries `capture: null` and the codes.
//!
//! It does not know who the registrar or the verifier is, judges neither freshness nor the pair of
//! captures (block E does), and has no way to write anything.
//!
//! # What is hashed
//!
//! Everything is `canonical::hash`, that is SHA-256 over tag, line feed and RFC 8785 bytes.
//!
//! - manifest: `hash(tags::MANIFEST, {"manifest_id", "manifest_version", "issuer",
//!   "canonicalization_version", "surfaces"})`, where `surfaces` is the list of
//!   `{"name", "kind", "carrier"}` in the order of the manifest row.
//! - `state` surface, canonicalization version `jcs-rows/v1`: `hash(tags::SURFACE, [row, …])`, the
//!   rows in scope ordered by their canonical bytes.
//! - `file` surface: the plain SHA-256 of the content.
//! - `append_only` and `catalogue` surfaces have no hash but a write-set: the rows that this attempt
//!   added, with how the store knows.
//! - aggregate: `aggregate.hash = canonical::hash(tags::SURFACE,
//!   {"surfaces":[{"surface","content_hash"|null,"write_set_hash"|null}]})`, one entry per surface
//!   in manifest order with all three members, where `write_set_hash =
//!   canonical::hash(tags::SURFACE, the write_set JSON object)`; `aggregate.members` names the same
//!   surfaces in the same order.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod aggregate;
mod binding;
mod capture;
pub mod contract;
mod error;
pub mod filter;
mod manifest;
pub mod port;
mod refuse;
mod surface;
mod world;

#[cfg(test)]
mod tests;

pub use capture::{Attempt, Input, Observer, capture, same_observer};
pub use error::CaptureError;
pub use filter::{CaptureFrame, FilterError, filter};
