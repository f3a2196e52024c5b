//! The snapshot provider as a separate process, and what the kernel says about it.
//!
//! An observer that shares a process with the registrar is not independent, whatever it calls
//! itself. So the parent spawns it ([`ObserverProcess`]), records what the kernel reports about the
//! child ([`ProcessFacts`]), and talks to it in one JSON line per request and reply; the child
//! ([`serve()`] with a [`Handler`]) holds the only handles that read the surfaces for evidence and
//! store what was seen.
//!
//! # The lines
//!
//! | request | reply |
//! |---|---|
//! | `{"id":n,"verb":"capture","frame":{slots}}` | `{"id":n,"ok":{snapshot envelope}}` |
//! | `{"id":n,"verb":"record","attempt_id":"…","report":{…},"verdict_after":{…}}` | `{"id":n,"ok":null}` |
//! | any | `{"id":n,"error":"…"}` |
//!
//! Envelopes pass through byte for byte. The slots of a capture are those that
//! `snapshot_provider::CaptureFrame` reads; clock and identity are the child's own.
//!
//! It judges nothing: block B refuses inside its envelope, block E compares the facts.

#![forbid(unsafe_code)]

mod client;
mod error;
mod handler;
mod lines;
pub mod port;
mod process;
mod serve;
mod wire;

pub use client::ObserverProcess;
pub use error::ObserverError;
pub use handler::Handler;
pub use port::{BatchReader, InsertAnswer, ReportRow, SinkError, SnapshotRow, SnapshotSink};
pub use process::{Executables, ProcessError, ProcessFacts, facts, own_facts};
pub use serve::{
    ObserverAnswer, ObserverHandler, ObserverReply, ObserverRequest, ObserverVerb, ServeError,
    serve,
};
