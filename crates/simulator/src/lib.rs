//! A seeded simulator over the real registrar, verifier, recovery and pipeline code.

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
