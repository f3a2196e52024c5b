//! The requests under way, and the threads that write and read the child's pipes.

use std::collections::HashMap;
use std::io::{BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::ObserverError;
use crate::lines::{REPLY_MAX_BYTES, next_line};
use crate::wire::{Reply, read_reply};

/// How many requests may wait for answers.
const PENDING_MAX: usize = 1024;

/// How many requests may wait to be written, those included that nobody waits for any more.
pub(crate) const UNSENT_MAX: usize = 2 * PENDING_MAX;

/// How often it is looked whether a child has ended.
const FAREWELL_LOOK: Duration = Duration::from_millis(5);

/// The bytes that were answered, or the child's words.
pub(crate) type Answer = Result<Vec<u8>, String>;

/// What the threads of the parent share with those that read and write the pipes.
#[derive(Debug)]
pub(crate) struct Exchange {
    child: Mutex<Child>,
    pending: Mutex<Pending>,
    room: Condvar,
}

#[derive(Debug, Default)]
struct Pending {
    issued: u64,
    waiting: HashMap<u64, SyncSender<Answer>>,
    gone: Option<String>,
}

impl Exchange {
    pub(crate) fn new(child: Child) -> Arc<Self> {
        Arc::new(Self {
            child: Mutex::new(child),
            pending: Mutex::default(),
            room: Condvar::new(),
        })
    }

    /// A place among the pending requests, waited for when all are taken.
    pub(crate) fn enter(
        &self,
        deadline: Instant,
    ) -> Result<(u64, Receiver<Answer>), ObserverError> {
        let patience = deadline.saturating_duration_since(Instant::now());
        let full =
            |pending: &mut Pending| pending.gone.is_none() && pending.waiting.len() >= PENDING_MAX;
        let waited = self
            .room
            .wait_timeout_while(lock(&self.pending), patience, full);
        let (mut pending, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = &pending.gone {
            return Err(ObserverError::Gone {
                reason: reason.clone(),
            });
        }
        let waiting = pending.waiting.len();
        if waiting >= PENDING_MAX {
            return Err(ObserverError::Busy { waiting });
        }
        let id = pending.issued;
        pending.issued = id.wrapping_add(1);
        let (answered, answer) = sync_channel(1);
        pending.waiting.insert(id, answered);
        Ok((id, answer))
    }

    pub(crate) fn leave(&self, id: u64) {
        lock(&self.pending).waiting.remove(&id);
        self.room.notify_one();
    }

    /// Hands a reply to whoever waits; false when no such request was ever made.
    fn deliver(&self, reply: Reply) -> bool {
        let mut pending = lock(&self.pending);
        match pending.waiting.remove(&reply.id) {
            // Sending fails only when who asked has just given up.
            Some(waiting) => drop(waiting.try_send(reply.outcome)),
            // A reply to a request that timed out comes late; any other id was made up.
            None if reply.id < pending.issued => (),
            None => return false,
        }
        true
    }

    /// Ends every wait, now and later; the first reason stands.
    fn close(&self, reason: String) {
        let mut pending = lock(&self.pending);
        pending.gone.get_or_insert(reason);
        pending.waiting.clear();
        self.room.notify_all();
    }

    /// Fails when no request will be answered any more.
    pub(crate) fn check_open(&self) -> Result<(), ObserverError> {
        match &lock(&self.pending).gone {
            Some(reason) => Err(ObserverError::Gone {
                reason: reason.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Why a request could not be sent or was not answered.
    pub(crate) fn gone(&self) -> ObserverError {
        let reason = lock(&self.pending).gone.clone();
        ObserverError::Gone {
            reason: reason.unwrap_or_else(|| "it does not take requests".to_owned()),
        }
    }

    /// Waits for the child to end by itself, then ends it; leaves no zombie.
    pub(crate) fn end_child(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        let mut child = lock(&self.child);
        while Instant::now() < deadline && matches!(child.try_wait(), Ok(None)) {
            thread::sleep(FAREWELL_LOOK);
        }
        // Both fail only when the child is already reaped.
        let _ = child.kill();
        let _ = child.wait();
    }
}

/// Starts the two threads; what is sent to the answer is written to the child.
pub(crate) fn start_threads(
    (input, output): (ChildStdin, ChildStdout),
    exchange: &Arc<Exchange>,
) -> Result<SyncSender<Vec<u8>>, ObserverError> {
    let (lines, outgoing) = sync_channel(UNSENT_MAX);
    let named = |name: &str| thread::Builder::new().name(name.to_owned());
    let writing = named("observer-requests").spawn(move || write_all(input, &outgoing));
    writing.map_err(ObserverError::Spawn)?;
    let reader_exchange = Arc::clone(exchange);
    let reading = named("observer-replies").spawn(move || read_all(output, &reader_exchange));
    reading.map_err(ObserverError::Spawn)?;
    Ok(lines)
}

/// Writes what waits in one piece; ends with the channel, or with the child.
fn write_all(mut input: ChildStdin, outgoing: &Receiver<Vec<u8>>) {
    while let Ok(first) = outgoing.recv() {
        let mut piece = first;
        for line in outgoing.try_iter() {
            piece.extend_from_slice(&line);
        }
        // The reading thread notices the child's end and tells everyone.
        if input.write_all(&piece).is_err() {
            return;
        }
    }
}

/// Delivers replies until the child ends or breaks the protocol, then ends every wait.
fn read_all(output: ChildStdout, exchange: &Exchange) {
    let mut output = BufReader::new(output);
    let reason = loop {
        match next_line(&mut output, REPLY_MAX_BYTES) {
            Ok(None) => break "it ended".to_owned(),
            Err(error) => break format!("it broke off: {error}"),
            Ok(Some(line)) => match read_reply(&line) {
                None => break "it wrote what is no reply".to_owned(),
                Some(reply) => {
                    if !exchange.deliver(reply) {
                        break "it answered what nobody asked".to_owned();
                    }
                }
            },
        }
    };
    exchange.close(reason);
    exchange.end_child(Duration::ZERO);
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // INVARIANT: no code that can panic runs under these locks, so what they guard is whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
