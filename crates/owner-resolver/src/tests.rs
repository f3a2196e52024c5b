//! Block A through its filter: every code with a world that provokes it and one that does not.

mod action;
mod approval;
mod faults;
mod fixture;
mod inputs;
mod ownership;
mod quorum;
mod signoff;
