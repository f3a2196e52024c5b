//! Clock, fresh identities and whoever watches: the effects that the pipeline is handed.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use artifact_resolver_f::port::Progress;
use canonical::{Timestamp, Uuid};
use pipeline::{Edge, Event, Trace};

/// Something that is told of events and of bytes hashed.
pub trait Watcher: Trace + Progress + Send {}

impl<T: Trace + Progress + Send> Watcher for T {}

/// A watcher that looks away.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Trace for Unwatched {
    fn event(&mut self, _event: Event<'_>) {}
}

impl Progress for Unwatched {
    fn advanced(&mut self, _bytes: u64, _total: u64) {}
}

/// The edge of a real process.
pub struct ProcessEdge {
    watcher: Box<dyn Watcher>,
}

impl ProcessEdge {
    /// An edge that tells this watcher.
    pub fn new(watcher: Box<dyn Watcher>) -> Self {
        Self { watcher }
    }
}

impl Trace for ProcessEdge {
    fn event(&mut self, event: Event<'_>) {
        self.watcher.event(event);
    }
}

impl Progress for ProcessEdge {
    fn advanced(&mut self, bytes: u64, total: u64) {
        self.watcher.advanced(bytes, total);
    }
}

impl Edge for ProcessEdge {
    fn now(&mut self) -> Timestamp {
        now()
    }

    fn fresh_id(&mut self) -> Uuid {
        fresh_id()
    }

    fn pause_ms(&mut self, milliseconds: u64) {
        std::thread::sleep(Duration::from_millis(milliseconds));
    }
}

/// The clock of this process, in UTC microseconds.
///
/// A clock before 1970 or past 9999 reads as 1970, which every freshness bound refuses.
pub fn now() -> Timestamp {
    let micros = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_micros()).ok())
        .and_then(|micros| Timestamp::from_micros(micros).ok());
    micros.unwrap_or(Timestamp::EPOCH)
}

/// A new time-ordered identity (UUIDv7).
pub fn fresh_id() -> Uuid {
    Uuid::from_bytes(*uuid::Uuid::now_v7().as_bytes())
}
