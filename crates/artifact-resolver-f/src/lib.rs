//! Block F: from an admission to the one artifact it names, its canonical path, its content hash
//! and whether it still is what was admitted; or why it cannot be attested.
//!
//! It takes everything from the admission row and the artifact itself. What the request proposes
//! is compared and never attested: the target comes from the admission alone. It hashes from an
//! opened handle, in constant memory, and only what lies under the admitted origin.
//!
//! It does not know who owns the target, whether the request's hash is right (block E compares
//! the two), or how a file system is read.
//!
//! # One artifact
//!
//! An artifact is a regular file, or a directory tree that was admitted as a `tree`. A glob, a
//! list, and a directory that was not admitted as a tree are `MASS_REGISTRATION_ATTEMPTED`. The
//! request has to name the admitted canonical path itself: a path that leads to the same file
//! through a link or a dot segment is `PATH_NOT_CANONICAL`, one that leads to another file is
//! `ARTIFACT_NOT_ADMITTED`.
//!
//! # What is hashed
//!
//! `raw-bytes/v1`, for files: the SHA-256 of the content.
//!
//! `tree/v1`, for trees: `SHA-256("holdfast/tree/v1" ‖ 0x0A ‖ JCS({"entries":[…]}))`, one entry for
//! everything below the root, the root itself excluded, in the order of the UTF-8 bytes of `path`:
//!
//! | member | holds |
//! |---|---|
//! | `path` | the path relative to the root, with `/`, without a leading one |
//! | `kind` | `file`, `directory` or `link` |
//! | `mode_exec` | whether the owner may execute the file; false for what is no file |
//! | `hash` | the file's content hash as for `raw-bytes/v1`; null for what is no file |
//! | `size` | the file's size in bytes; 0 for what is no file |
//! | `target` | the text of the link; null for what is no link |
//!
//! A link is recorded and never followed. It has to stay inside the tree by its own text: relative,
//! `..` only at its beginning, and no more of them than it lies deep. A pipe, device or socket, a
//! name that is not UTF-8, more than 100,000 entries or a depth beyond 64 make no tree.
//! Owners, groups, times and other permission bits are not part of the hash.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod admission;
mod content;
pub mod contract;
mod error;
pub mod filter;
mod findings;
mod input;
mod measure;
mod place;
pub mod port;
mod resolve;
mod tree;
mod world;

#[cfg(test)]
mod tests;

pub use error::ResolveError;
pub use input::{Attempt, Input};
pub use measure::{ArtifactType, MeasureError, Measured, measure};
pub use resolve::resolve;
