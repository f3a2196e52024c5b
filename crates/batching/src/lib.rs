//! Concurrent calls of one process share batches through a bounded queue (spec section 3: the write
//! takes a batch, a single registration is a batch of one).
//!
//! What arrives while one batch is on its way is the next batch: batches form by themselves under
//! load, and a lone caller waits for nobody longer than the linger.

#![forbid(unsafe_code)]

use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// How batches form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchOptions {
    /// How long a batch waits for more work once it has some; zero waits for nothing.
    pub linger: Duration,
    /// How many calls may wait in the queue; further ones wait in their callers.
    pub queue_max: usize,
    /// How many items a batch takes at most, beyond the call that fills it.
    pub items_max: usize,
}

impl Default for BatchOptions {
    fn default() -> Self {
        Self {
            linger: Duration::ZERO,
            queue_max: 1024,
            items_max: 256,
        }
    }
}

/// What one thread does with a batch: as many answers as items, in order.
pub trait Work<T, A>: Send {
    /// Runs a batch; no item may answer for another.
    fn run(&mut self, items: &[T]) -> Vec<A>;
}

/// Nobody answers any more: the workers have ended.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the thread that runs batches has ended")]
pub struct Stopped;

/// A handle on the queue; the workers end when the last handle is gone.
#[derive(Debug)]
pub struct Batcher<T, A> {
    jobs: SyncSender<Job<T, A>>,
}

impl<T, A> Clone for Batcher<T, A> {
    fn clone(&self) -> Self {
        Self {
            jobs: self.jobs.clone(),
        }
    }
}

/// One call: its items, and where its answers go.
#[derive(Debug)]
struct Job<T, A> {
    items: Vec<T>,
    reply: SyncSender<Vec<A>>,
}

impl<T: Send + 'static, A: Send + 'static> Batcher<T, A> {
    /// Starts one thread for each worker; they share the queue.
    pub fn start(
        name: &str,
        options: BatchOptions,
        workers: Vec<Box<dyn Work<T, A>>>,
    ) -> std::io::Result<Self> {
        let (jobs, waiting) = sync_channel(options.queue_max);
        let waiting = Arc::new(Mutex::new(waiting));
        for worker in workers {
            let waiting = Arc::clone(&waiting);
            thread::Builder::new()
                .name(name.to_owned())
                .spawn(move || serve(worker, &waiting, options))?;
        }
        Ok(Self { jobs })
    }

    /// Hands items over and waits for their answers; fails only when nobody is there to answer.
    ///
    /// After a failure it is not known whether the items were worked on.
    pub fn call(&self, items: Vec<T>) -> Result<Vec<A>, Stopped> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let (reply, answers) = sync_channel(1);
        self.jobs.send(Job { items, reply }).map_err(|_| Stopped)?;
        answers.recv().map_err(|_| Stopped)
    }
}

fn serve<T, A>(
    mut worker: Box<dyn Work<T, A>>,
    waiting: &Mutex<Receiver<Job<T, A>>>,
    options: BatchOptions,
) {
    while let Some((items, replies)) = gather(waiting, options) {
        let mut answers = worker.run(&items).into_iter();
        for (count, reply) in replies {
            let own: Vec<A> = answers.by_ref().take(count).collect();
            // A caller that has gone needs no answer; what was done stays done.
            let _gone = reply.send(own);
        }
    }
}

/// One batch: its items in order, and for each call how many of them are its own.
type Batch<T, A> = (Vec<T>, Vec<(usize, SyncSender<Vec<A>>)>);

/// The next batch; none when every handle is gone. One worker gathers at a time.
fn gather<T, A>(
    waiting: &Mutex<Receiver<Job<T, A>>>,
    options: BatchOptions,
) -> Option<Batch<T, A>> {
    let waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
    let first = waiting.recv().ok()?;
    let until = Instant::now().checked_add(options.linger);
    let mut items = Vec::new();
    let mut replies = Vec::new();
    let mut next = Some(first);
    while let Some(job) = next {
        replies.push((job.items.len(), job.reply));
        items.extend(job.items);
        next = if items.len() < options.items_max {
            following(&waiting, until)
        } else {
            None
        };
    }
    Some((items, replies))
}

fn following<J>(waiting: &Receiver<J>, until: Option<Instant>) -> Option<J> {
    match waiting.try_recv() {
        Ok(job) => Some(job),
        Err(TryRecvError::Disconnected) => None,
        Err(TryRecvError::Empty) => {
            let left = until?.saturating_duration_since(Instant::now());
            waiting.recv_timeout(left).ok()
        }
    }
}

#[cfg(test)]
mod tests;
