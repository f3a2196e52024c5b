//! The one thread that writes for the registrar, and commits what waits in one transaction.

use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use registrar::port::{
    ConsumeAnswer, ConsumeError, ConsumeItem, PortError, Reservation, ReserveAnswer,
};

use super::worker::{Outcome, Task, Worker};
use crate::error::{During, StoreError, registrar_error};

/// How the writer forms its groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupOptions {
    /// How long a group waits for more work once it has some; zero waits for nothing.
    ///
    /// Groups form without it: what arrives while one group is on its way to the disk is the next.
    pub linger: Duration,
    /// How many calls may wait; more wait in their callers.
    pub queue_max: usize,
    /// How many items one transaction takes at most, beyond the call that fills it.
    pub items_max: usize,
}

impl Default for GroupOptions {
    fn default() -> Self {
        Self {
            linger: Duration::ZERO,
            queue_max: 1024,
            items_max: 256,
        }
    }
}

/// A handle on the writing thread; the thread ends when its last handle is gone.
#[derive(Clone, Debug)]
pub struct GroupWriter {
    jobs: SyncSender<Job>,
}

/// One call: its items, and where its outcomes go after the commit.
#[derive(Debug)]
struct Job {
    tasks: Vec<Task>,
    reply: SyncSender<Vec<Outcome>>,
}

impl GroupWriter {
    /// Opens the registrar's write connection and starts the thread that owns it.
    pub fn start(path: &Path, options: GroupOptions) -> Result<Self, StoreError> {
        let worker = Worker::open(path)?;
        let (jobs, waiting) = sync_channel(options.queue_max);
        thread::Builder::new()
            .name("store-writer".to_owned())
            .spawn(move || serve(worker, &waiting, options))
            .during("start the writing thread")?;
        Ok(Self { jobs })
    }

    /// Opens attempts; answers when they are committed.
    ///
    /// The commit does not wait for the disk by itself: the log is ordered, so the commit that
    /// consumes the key, which does wait, makes the reservation durable first. A reservation that
    /// is lost with power was never consumed, and its nonce is as good as never used.
    pub(super) fn reserve(
        &self,
        reservations: Vec<Reservation>,
    ) -> Result<Vec<ReserveAnswer>, PortError> {
        let tasks = reservations.into_iter().map(Task::reserve).collect();
        self.call(tasks)
            .map_err(|error| registrar_error(Arc::new(error)))?
            .into_iter()
            .map(|outcome| match outcome {
                Outcome::Reserved(answer) => Ok(answer),
                Outcome::RolledBack(error) | Outcome::Unknown(error) => Err(registrar_error(error)),
                Outcome::Consumed(_) => Err(registrar_error(Arc::new(StoreError::WriterStopped))),
            })
            .collect()
    }

    /// Consumes attempts; answers when they are committed and on the disk.
    pub(super) fn consume(
        &self,
        items: Vec<ConsumeItem>,
    ) -> Result<Vec<ConsumeAnswer>, ConsumeError> {
        let unknown = |error| ConsumeError::OutcomeUnknown(registrar_error(error));
        let tasks = items.into_iter().map(Task::consume).collect();
        let outcomes = self.call(tasks).map_err(|error| unknown(Arc::new(error)))?;
        // An error speaks for the whole call, so it may only say "rolled back" where nothing of
        // the call was committed.
        let nothing_written = outcomes
            .iter()
            .all(|outcome| matches!(outcome, Outcome::RolledBack(_)));
        outcomes
            .into_iter()
            .map(|outcome| match outcome {
                Outcome::Consumed(answer) => Ok(answer),
                Outcome::RolledBack(error) if nothing_written => {
                    Err(ConsumeError::Port(registrar_error(error)))
                }
                Outcome::RolledBack(error) | Outcome::Unknown(error) => Err(unknown(error)),
                Outcome::Reserved(_) => Err(unknown(Arc::new(StoreError::WriterStopped))),
            })
            .collect()
    }

    fn call(&self, tasks: Vec<Task>) -> Result<Vec<Outcome>, StoreError> {
        if tasks.is_empty() {
            return Ok(Vec::new());
        }
        let (reply, outcomes) = sync_channel(1);
        self.jobs
            .send(Job { tasks, reply })
            .map_err(|_| StoreError::WriterStopped)?;
        outcomes.recv().map_err(|_| StoreError::WriterStopped)
    }
}

fn serve(mut worker: Worker, waiting: &Receiver<Job>, options: GroupOptions) {
    while let Ok(first) = waiting.recv() {
        let (tasks, replies) = gather(first, waiting, options);
        let mut outcomes = worker.run(&tasks).into_iter();
        for (count, reply) in replies {
            let own: Vec<Outcome> = outcomes.by_ref().take(count).collect();
            // A caller that has gone needs no answer; what was committed stays committed.
            let _gone = reply.send(own);
        }
    }
}

/// One group: its tasks in order, and for each call how many of them are its own.
type Group = (Vec<Task>, Vec<(usize, SyncSender<Vec<Outcome>>)>);

fn gather(first: Job, waiting: &Receiver<Job>, options: GroupOptions) -> Group {
    let until = Instant::now().checked_add(options.linger);
    let mut tasks = Vec::new();
    let mut replies = Vec::new();
    let mut next = Some(first);
    while let Some(job) = next {
        replies.push((job.tasks.len(), job.reply));
        tasks.extend(job.tasks);
        next = if tasks.len() < options.items_max {
            following(waiting, until)
        } else {
            None
        };
    }
    (tasks, replies)
}

fn following(waiting: &Receiver<Job>, until: Option<Instant>) -> Option<Job> {
    match waiting.try_recv() {
        Ok(job) => Some(job),
        Err(TryRecvError::Disconnected) => None,
        Err(TryRecvError::Empty) => {
            let left = until?.saturating_duration_since(Instant::now());
            waiting.recv_timeout(left).ok()
        }
    }
}
