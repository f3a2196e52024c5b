//! The life of a simulated process: it does what its clients ask, dies, and is started again.

use std::sync::Arc;

use pipeline::{Outcome, Pipeline};

use crate::call::Call;
use crate::checker::Given;
use crate::crash::{Life, live};
use crate::kernel::{Handle, Stage};
use crate::ports::{SimulatedPorts, pipeline};
use crate::workload::{Task, Workload};

/// How often a client asks again, after a death or when it got no answer.
const RETRIES_MAX: u32 = 2;

/// One process with what it is to do.
pub(crate) struct Process {
    pub(crate) handle: Handle,
    pub(crate) workload: Arc<Workload>,
    pub(crate) script: usize,
}

/// Whether a task has been done.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Done {
    Answered,
    NoAnswer,
}

impl Process {
    /// Lives until its script is done.
    pub(crate) fn run(&self) {
        self.handle.kernel.await_turn(self.handle.seat);
        let mut pipeline = None;
        let tasks = self.workload.scripts.get(self.script);
        for task in tasks.into_iter().flatten() {
            self.see_to(*task, &mut pipeline);
        }
        drop(pipeline);
        self.handle.kernel.leave(self.handle.seat);
    }

    /// Does one task, through deaths and errors, as often as its client asks for it.
    fn see_to(&self, task: Task, pipeline: &mut Option<Pipeline<SimulatedPorts>>) {
        for _ in 0..=RETRIES_MAX {
            let life = live(|| {
                let pipeline = pipeline.get_or_insert_with(|| self.begin_life());
                perform(&self.handle, &self.workload, task, pipeline)
            });
            match life {
                Life::Ended(Done::Answered) => return,
                Life::Ended(Done::NoAnswer) => {}
                Life::Killed => *pipeline = None,
                Life::Panicked(words) => {
                    *pipeline = None;
                    self.handle.kernel.lock().checker.panicked(words);
                }
            }
            if self.handle.kernel.lock().rng.u8(..4) == 0 {
                return;
            }
        }
    }

    fn begin_life(&self) -> Pipeline<SimulatedPorts> {
        let life = self.handle.kernel.lock().born(self.handle.seat);
        pipeline(&self.handle, life)
    }
}

fn perform(
    handle: &Handle,
    workload: &Workload,
    task: Task,
    pipeline: &mut Pipeline<SimulatedPorts>,
) -> Done {
    match task {
        Task::Act(act) => {
            let mut inner = handle.kernel.lock();
            inner.act(act, handle.seat);
            Done::Answered
        }
        Task::Recover => {
            let recovered = pipeline.recover();
            drop(handle.step(Call::Answer));
            note(
                handle,
                if recovered.is_ok() {
                    "recovered"
                } else {
                    "recovery failed"
                },
            )
        }
        Task::Plan(number) => {
            let Some(request) = workload.requests.get(number) else {
                return Done::Answered;
            };
            let planned = pipeline.plan(&request.bytes);
            drop(handle.step(Call::Answer));
            note(
                handle,
                if planned.is_ok() {
                    "planned"
                } else {
                    "plan failed"
                },
            )
        }
        Task::Register(number) => register(handle, workload, number, pipeline),
    }
}

fn note(handle: &Handle, kind: &'static str) -> Done {
    handle.kernel.lock().coverage.answer(kind);
    Done::Answered
}

/// One request, one answer, if it arrives.
pub(crate) fn register_one(
    handle: &Handle,
    workload: &Workload,
    number: usize,
    pipeline: &mut Pipeline<SimulatedPorts>,
) {
    let _done = register(handle, workload, number, pipeline);
}

fn register(
    handle: &Handle,
    workload: &Workload,
    number: usize,
    pipeline: &mut Pipeline<SimulatedPorts>,
) -> Done {
    let Some(request) = workload.requests.get(number) else {
        return Done::Answered;
    };
    handle.stage(Stage::Fresh);
    let begun = handle.kernel.lock().store.current();
    let answered = pipeline.register(&request.bytes);
    // Who dies here has answered nothing, whatever it was about to say.
    let mut step = handle.step(Call::Answer);
    let inner = &mut *step.inner;
    let done = match answered {
        Ok(answer) => {
            let kind = kind(&answer.outcome);
            inner.coverage.answer(kind);
            inner.say(|| {
                format!(
                    "process {}: request {number} is answered: {kind}",
                    handle.seat
                )
            });
            inner.checker.answered(Given {
                request: request.clone(),
                answer,
                begun,
                ended: inner.store.current(),
            });
            Done::Answered
        }
        Err(error) => {
            inner.coverage.answer("no answer");
            inner.say(|| {
                format!(
                    "process {}: request {number} has no answer: {error}",
                    handle.seat
                )
            });
            Done::NoAnswer
        }
    };
    drop(step);
    handle.stage(Stage::Idle);
    done
}

fn kind(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Registered => "registered",
        Outcome::Replayed => "replayed",
        Outcome::Rejected => "rejected",
        Outcome::Hold => "hold",
        Outcome::VerificationFailed => "verification failed",
        Outcome::Pending => "pending",
        Outcome::WouldRegister => "would register",
        Outcome::Unopenable(_) => "unopenable",
    }
}
