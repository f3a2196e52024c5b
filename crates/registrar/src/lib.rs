//! The registrar: looks up, reserves, then consumes the single-use key and writes one inert head in
//! one transaction; owns replay state, and records every failure before it is answered.
//!
//! The order of the verbs: [`intake`] (is there an answer already?), [`readback`] (reread every row
//! the attestations rest on), [`reserve`] (open the attempt on an accepting verdict; [`foresee`] only
//! says whether it would), [`consume`]
//! (Phase 3), and on failure [`refuse`] before a reservation, [`fail`] or [`resolve_unknown`] after
//! one, [`verification_failed`] after a commit. [`hold`] answers a closed gate, [`unopenable`] what is
//! no request; [`recover`] settles what nobody finished.
//!
//! It deliberately does not judge: whether the attestations are good is the verdict's to say, and
//! the registrar only checks that the verdict was made on exactly these envelopes. It knows no SQL
//! and no clock; whatever it writes comes from attested values, never from the request.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod aftermath;
mod attempt;
mod compare;
mod consume;
pub mod contract;
mod decision;
mod error;
mod evidence;
mod failure;
mod filter;
mod header;
mod hold;
mod intake;
mod keys;
mod patience;
pub mod port;
mod prepare;
mod readback;
mod recheck;
mod recover;
mod rejection;
mod reserve;
#[cfg(test)]
mod tests;
mod unopenable;
mod verdict;
mod world;

pub use aftermath::{VerificationFailure, verification_failed};
pub use attempt::{Arrival, Attempt, Prior, PriorDecision};
pub use consume::{Consumed, consume};
pub use error::RegistrarError;
pub use evidence::Evidence;
pub use failure::{Answered, Ended, FailureInput, digest_of, fail, refuse, resolve_unknown};
pub use filter::{FilterError, filter};
pub use hold::{HoldInput, hold};
pub use intake::{Intake, intake};
pub use keys::{KeyInput, Keys, OWNER_BINDING};
pub use patience::RETRIES_MAX;
pub use prepare::{Prepared, ReserveInput};
pub use readback::{Caller, CarrierFacts, ProcessFacts, Readback, ReadbackInput, readback};
pub use recheck::recheck;
pub use recover::{RecoverInput, Recovery, Settled, Unsettled, Unverified, recover};
pub use rejection::Rejection;
pub use reserve::{Reserved, foresee, reserve};
pub use unopenable::unopenable;
pub use world::{World, WorldError, WorldRow};
