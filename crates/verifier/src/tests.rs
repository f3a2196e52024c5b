//! Phase 4 against committed state in memory: every condition failed alone, beside its twin that
//! holds.

mod bench;
mod conditions;
mod faults;
mod filtering;
mod foreseeing;
mod reporting;
