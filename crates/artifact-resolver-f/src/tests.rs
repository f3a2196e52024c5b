//! Block F through its filter, on an artifact source in memory.

mod admission;
mod faults;
mod fixture;
mod inputs;
mod memory;
mod place;
mod tree;
