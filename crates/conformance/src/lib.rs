//! The case suite of each block, and the runner that puts it to a block: the built-in one, or any
//! program that speaks the envelopes.
//!
//! A case is data (`tests/cases/<family>/<id>/case.json`): a baseline on which everything holds, the
//! one mutation, the codes that it has to get, and an accept twin. [`Suite::load`] gives the cases
//! that can be put to a block; [`run()`] asks a [`Door`] both frames of each, and a [`Report`] says
//! what came of it. What is due and what was answered is compared in one place, [`judge`].
//!
//! A pass where a reject is due is [`FAIL_OPEN`]: nothing excuses it, and it fails the run whatever
//! else passed.
//!
//! It does not know stores, pipelines or the command line, and it judges no envelope itself: what
//! is right stands in the cases.

#![forbid(unsafe_code)]
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod answer;
mod baseline;
mod block;
mod case;
mod change;
mod derive;
pub mod door;
mod error;
mod excuse;
mod fit;
mod frame;
mod index;
pub mod judge;
mod listing;
mod path;
mod place;
pub mod report;
mod run;
mod seal;
mod suite;

pub use answer::Answer;
pub use block::Block;
pub use case::{AtBlock, Case, Expect, NoFrame, NoSteps, Outcome};
pub use change::Change;
pub use door::{Door, Library, Program, Trouble, Unanswered};
pub use error::SuiteError;
pub use excuse::{ExcuseError, Excuses};
pub use frame::Frame;
pub use judge::{FAIL_OPEN, Finding};
pub use listing::listing;
pub use report::{Report, Result};
pub use run::run;
pub use suite::Suite;
