//! The parent's side: one child, shared by many threads.

mod exchange;

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TrySendError};
use std::time::{Duration, Instant};

use canonical::Uuid;

use crate::error::ObserverError;
use crate::process::{Executables, ProcessError, ProcessFacts, start_time};
use crate::wire::{capture_line, record_line};
use exchange::{Answer, Exchange, UNSENT_MAX, start_threads};

/// How long an answer is waited for, unless [`ObserverProcess::with_timeout`] says otherwise.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// How long a child may take to end by itself once its input is closed.
const FAREWELL_MAX: Duration = Duration::from_secs(2);

/// The observer in a process of its own; clones share it, the last one ends it.
#[derive(Clone, Debug)]
pub struct ObserverProcess {
    shared: Arc<Shared>,
    answer_max: Duration,
}

#[derive(Debug)]
struct Shared {
    facts: ProcessFacts,
    parent: ProcessFacts,
    lines: Option<SyncSender<Vec<u8>>>,
    exchange: Arc<Exchange>,
}

impl ObserverProcess {
    /// Starts the child and records what the kernel reports about it, and about this process.
    ///
    /// The command's input and output become the pipes of the protocol. A child that cannot be
    /// identified is ended again.
    pub fn spawn(mut command: Command) -> Result<Self, ObserverError> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(ObserverError::Spawn)?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let pid = child.id();
        let exchange = Exchange::new(child);
        let identified = identify(pid).and_then(|(facts, parent)| {
            let pipes = pipes.ok_or(ObserverError::Request("there is no pipe to the child"))?;
            Ok((facts, parent, start_threads(pipes, &exchange)?))
        });
        match identified {
            Ok((facts, parent, lines)) => Ok(Self {
                shared: Arc::new(Shared {
                    facts,
                    parent,
                    lines: Some(lines),
                    exchange,
                }),
                answer_max: ANSWER_MAX,
            }),
            Err(error) => {
                exchange.end_child(Duration::ZERO);
                Err(error)
            }
        }
    }

    /// The same child, asked with another patience.
    #[must_use]
    pub fn with_timeout(mut self, answer_max: Duration) -> Self {
        self.answer_max = answer_max;
        self
    }

    /// What the kernel reported about the child when it started.
    ///
    /// Fails when the child is gone, or the process of that id is not that child any more.
    pub fn facts(&self) -> Result<&ProcessFacts, ObserverError> {
        self.shared.exchange.check_open()?;
        let facts = &self.shared.facts;
        if start_time(facts.pid)? != facts.start_time {
            return Err(ProcessError::Replaced { pid: facts.pid }.into());
        }
        Ok(facts)
    }

    /// The number that the child started under, whether or not it still runs.
    pub fn pid(&self) -> u32 {
        self.shared.facts.pid
    }

    /// What the kernel reported about this process when it started the child.
    pub fn parent_facts(&self) -> &ProcessFacts {
        &self.shared.parent
    }

    /// Asks for a capture; gives the snapshot envelope's bytes as the child wrote them.
    ///
    /// `frame` is one line: the slots that `snapshot_provider::CaptureFrame` reads. A capture
    /// before is stored when this returns; a capture after is stored with [`Self::record`].
    pub fn capture(&self, frame: &[u8]) -> Result<Vec<u8>, ObserverError> {
        let envelope = self.ask(|id| capture_line(id, frame))?;
        if envelope == b"null" {
            return Err(ObserverError::Mismatched);
        }
        Ok(envelope)
    }

    /// Stores the verification of an attempt, with the capture after that this child made of it.
    pub fn record(
        &self,
        attempt_id: &Uuid,
        report: &[u8],
        verdict_after: &[u8],
    ) -> Result<(), ObserverError> {
        let answer = self.ask(|id| record_line(id, attempt_id, report, verdict_after))?;
        if answer != b"null" {
            return Err(ObserverError::Mismatched);
        }
        Ok(())
    }

    fn ask(
        &self,
        line: impl FnOnce(u64) -> Result<Vec<u8>, ObserverError>,
    ) -> Result<Vec<u8>, ObserverError> {
        let deadline = Instant::now() + self.answer_max;
        let exchange = &self.shared.exchange;
        let (id, answer) = exchange.enter(deadline)?;
        let sent = line(id).and_then(|line| self.send(line));
        let answered = sent.and_then(|()| self.wait(&answer, deadline));
        exchange.leave(id);
        answered
    }

    /// Never blocks, so that a child that does not read cannot hold up anyone past their patience.
    fn send(&self, line: Vec<u8>) -> Result<(), ObserverError> {
        let lines = self.shared.lines.as_ref();
        let lines = lines.ok_or_else(|| self.shared.exchange.gone())?;
        lines.try_send(line).map_err(|error| match error {
            TrySendError::Full(_) => ObserverError::Busy {
                waiting: UNSENT_MAX,
            },
            TrySendError::Disconnected(_) => self.shared.exchange.gone(),
        })
    }

    fn wait(&self, answer: &Receiver<Answer>, deadline: Instant) -> Result<Vec<u8>, ObserverError> {
        match answer.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(reason)) => Err(ObserverError::Refused { reason }),
            Err(RecvTimeoutError::Timeout) => Err(ObserverError::Timeout {
                millis: self.answer_max.as_millis(),
            }),
            Err(RecvTimeoutError::Disconnected) => Err(self.shared.exchange.gone()),
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        // The writing thread ends with the channel and closes the child's input.
        self.lines = None;
        self.exchange.end_child(FAREWELL_MAX);
    }
}

fn identify(pid: u32) -> Result<(ProcessFacts, ProcessFacts), ObserverError> {
    let mut executables = Executables::default();
    let facts = executables.facts(pid)?;
    Ok((facts, executables.facts(std::process::id())?))
}
