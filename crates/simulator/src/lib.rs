//! A seeded simulator over the real registrar, verifier, recovery and pipeline code.
//!
//! What is real: every block, the gate, the pipeline with its recovery, the observer's handler, and
//! the authority's rules. What is simulated: the store, the files, the clocks, the processes, and
//! everything that can go wrong with them. A seed is the whole run, so `--seed N --trace` at the
//! same commit shows a failure step by step.
//!
//! # How a run goes
//!
//! A few processes register a few requests of kinds that have gone wrong somewhere: the same one at
//! once, one nonce for two effects, two nonces for one, another retry counter, a target that was
//! retired. Every call of a port is a step at which somebody else may go on, time may pass,
//! an owner may revoke, a clock may jump, power may fail; and the call itself may be refused,
//! lost, delivered twice, end later, or be the last thing that its process does. At the end
//! everything works again, recovery runs once, and every question that burned a nonce is asked once
//! more.
//!
//! Each commit, each answer and the end are held to the [`Invariant`]s, which are judged from rows
//! and bytes alone. That the checker bites is shown by giving the store a [`Bug`].
//!
//! # What it does not show
//!
//! Nothing about a real store: that the stores answer as this one does is what their own suite
//! shows. Nothing inside a call of a port: a transaction is one step here.

#![forbid(unsafe_code)]

mod act;
pub mod call;
mod campaign;
mod checker;
mod coverage;
mod crash;
mod error;
mod files;
mod kernel;
mod mood;
mod pool;
mod ports;
mod process;
mod run;
mod scene;
mod store;
mod trace;
mod workload;

pub use campaign::{Campaign, Plan};
pub use checker::{Invariant, Violation};
pub use coverage::{Coverage, CrashPoint};
pub use error::SimulatorError;
pub use run::{Outcome, Runner};
pub use store::Bug;
pub use trace::Trace;
