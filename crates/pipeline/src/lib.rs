//! Carries envelopes from block to block; holds no rules of its own.
//!
//! [`Pipeline::register`] is the main job: intake, gate, the blocks in order, reservation, the one
//! transaction, verification. [`Pipeline::plan`] is the same minus the write, [`Pipeline::recover`]
//! settles what a crash left open. Whatever is decided is decided by a block; what is done here is
//! order, and handing on bytes.

#![forbid(unsafe_code)]

mod answer;
pub mod contract;
mod error;
mod event;
mod evidence;
mod frame;
mod gatehouse;
mod integration;
mod plan;
mod recover;
mod register;
mod resolve;
mod verify;
mod world;

pub use answer::{Answer, Outcome};
pub use error::PipelineError;
pub use event::{Event, Phase, Trace};
pub use evidence::Evidence;
pub use frame::FrameBuilder;
pub use gatehouse::{GateView, Gatehouse};
pub use plan::Plan;
pub use recover::Recovered;
pub use register::Pipeline;
pub use world::{Caller, Edge, Observer, ObserverFault, Ports, Process, Reports, World};
