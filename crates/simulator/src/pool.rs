//! Threads that are kept from seed to seed.

use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread;

use crate::error::SimulatorError;
use crate::process::Process;

/// One thread for each process that a run can have.
pub(crate) struct Pool {
    threads: Vec<SyncSender<Process>>,
}

impl Pool {
    pub(crate) fn new(threads: usize) -> Result<Self, SimulatorError> {
        let started = (0..threads).map(|number| {
            let (jobs, waiting) = sync_channel::<Process>(1);
            thread::Builder::new()
                .name(format!("process-{number}"))
                .spawn(move || {
                    for process in waiting {
                        process.run();
                    }
                })?;
            Ok(jobs)
        });
        Ok(Self {
            threads: started.collect::<Result<_, SimulatorError>>()?,
        })
    }

    /// Gives a thread its process; it begins when the kernel gives it the turn.
    pub(crate) fn give(&self, number: usize, process: Process) -> Result<(), SimulatorError> {
        let thread = self.threads.get(number);
        let thread = thread.ok_or(SimulatorError::ThreadEnded)?;
        thread
            .send(process)
            .map_err(|_| SimulatorError::ThreadEnded)
    }
}
