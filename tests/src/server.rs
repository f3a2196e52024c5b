//! The store on a server under faults: the program as processes, what lies between it and the
//! server, and a checker that shares no code with the store.

pub mod damage;
pub mod journal;
pub mod proxy;
pub mod random;
pub mod rules;
pub mod scene;
mod wire;
