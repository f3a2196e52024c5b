//! Canonical bytes, strict parse, tagged digests and the scalar newtypes; no I/O, knows no envelope.
//!
//! Every other crate hashes, compares and reads JSON through this one, so that two parts of the
//! system can never disagree about what a document says or which bytes stand for it.
//!
//! The profile is RFC 8785 narrowed to what every parser reads alike: integers inside ±(2^53−1),
//! no floats, ASCII member names, no NUL, depth at most 16. What falls outside is refused when it
//! is parsed, never repaired.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod digest;
pub mod document;
mod hex;
mod locate;
pub mod nonce;
mod parse;
mod pattern;
pub mod row;
mod scalar;
mod scan;
pub mod tags;
mod write;

pub use digest::{ContentHasher, Digest, hash, hash_bytes, hash_parts};
pub use document::Document;
pub use locate::locate;
pub use nonce::{Nonce, NonceError};
pub use parse::{Form, ParseError, parse};
pub use pattern::{Matcher, matcher};
pub use row::{GovernedRow, RowError};
pub use scalar::{
    Identifier, PathText, ProposedText, SafeUint, ScalarError, Tag, Text, Timestamp, Uuid, Version,
};
pub use write::{SerializeError, WriteError, Written, serialize, write};

/// The largest document that is parsed or written, in bytes.
///
/// Bounds the work that anyone who can send bytes can cause; the largest envelope of the system is
/// two orders of magnitude smaller.
pub const SIZE_MAX_BYTES: usize = 262_144;

/// The deepest nesting of arrays and objects that is parsed or written.
pub const DEPTH_MAX: usize = 16;

/// The largest magnitude of an integer: 2^53 − 1, beyond which parsers that use doubles round.
pub const INTEGER_MAX: u64 = 9_007_199_254_740_991;

/// The code of input that canonical JSON cannot carry faithfully.
pub(crate) const UNSUPPORTED: &str = "CANONICALIZATION_UNSUPPORTED";

/// The code of input that is not a document of the profile at all.
pub(crate) const MALFORMED: &str = "ENVELOPE_MALFORMED";
