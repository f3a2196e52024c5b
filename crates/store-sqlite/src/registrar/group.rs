//! The one thread that writes for the registrar, and commits what waits in one transaction.

use std::path::Path;
use std::sync::Arc;

use batching::{Batcher, Work};
use registrar::port::{
    ConsumeAnswer, ConsumeError, ConsumeItem, PortError, Reservation, ReserveAnswer,
};

use super::worker::{Outcome, Task, Worker};
use crate::error::{During, StoreError, registrar_error};

pub use batching::BatchOptions as GroupOptions;

/// A handle on the writing thread; the thread ends when its last handle is gone.
#[derive(Clone, Debug)]
pub struct GroupWriter {
    batches: Batcher<Task, Outcome>,
}

impl Work<Task, Outcome> for Worker {
    fn run(&mut self, tasks: &[Task]) -> Vec<Outcome> {
        Self::run(self, tasks)
    }
}

impl GroupWriter {
    /// Opens the registrar's write connection and starts the thread that owns it.
    pub fn start(path: &Path, options: GroupOptions) -> Result<Self, StoreError> {
        let worker = Worker::open(path)?;
        let batches = Batcher::start("store-writer", options, vec![Box::new(worker)])
            .during("start the writing thread")?;
        Ok(Self { batches })
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
        self.batches
            .call(tasks)
            .map_err(|_| StoreError::WriterStopped)
    }
}
