//! The one path by which envelope bytes are opened at every boundary; knows no particular envelope.
//!
//! Opening is: size cap, strict parse of canonical bytes, type and version, JSON Schema,
//! deserialisation, evidence hash over the input bytes. Whatever is [`Opened`] has passed all of
//! it; there is no other way to hold one, and no shorter path.

#![forbid(unsafe_code)]

mod attesting;
mod contract;
mod expand;
pub mod frame;
mod keyword;
mod opened;
mod refusal;
mod schema;
mod seal;
mod seen;
#[cfg(test)]
mod tests;

pub use attesting::brings_attestation;
pub use contract::Contract;
pub use frame::{Frame, FrameError};
pub use opened::Opened;
pub use refusal::{Refusal, Stage};
pub use seal::{SealError, Sealed};
