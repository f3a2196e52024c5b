//! The block against a store in memory: every answer of spec §3, each reject beside its accept.

mod bench;
mod breaking;
mod consuming;
mod failing;
mod faults;
mod filtering;
mod governing;
mod intaking;
mod keying;
mod patience;
mod rereading;
mod reserving;
mod storing;
mod unopening;
