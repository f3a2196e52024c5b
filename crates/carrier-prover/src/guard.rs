//! Which triggers refuse whatever happens, and which checks bind a payload: recognised from their
//! text, in a small grammar; everything outside it is unproven.
//!
//! Pure: it is given catalog rows as [`facts`] and answers from them alone. [`judge_body`] says what
//! a function's body does when its trigger fires, [`judge_family`] whether a table and all that
//! share its rows refuse an operation, [`judge_binding`] which columns a digest binds.
//!
//! What is read by the server differently under another setting, version or search path is never
//! proven. Static analysis proves; a probe may only refute it (spec 4).
//!
//! Texts are expected as the server prints them to a session whose `search_path` is
//! `pg_catalog, pg_temp`, so that an unqualified function or operator can only be the built-in one.

mod binding;
mod body;
pub mod facts;
mod family;
pub(crate) mod lexer;
mod path;
mod reason;
#[cfg(test)]
mod totality;

pub use binding::{
    Binding, BindingCode, BindingColumn, BindingFacts, BindingRefusal, BindingSource, fixed_length,
    judge_binding,
};
pub use body::{BodyOutcome, BodyVerdict, judge_body};
pub use family::{Exposed, FamilyVerdict, Outcome, insert_order, judge_family};
pub(crate) use path::listed;
pub use reason::{Place, Reason, ReasonCode};
