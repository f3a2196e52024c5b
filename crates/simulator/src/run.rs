//! One seed: a run under faults, then one last recovery without any, then every question again.

use std::sync::Arc;

use crate::call::Call;
use crate::checker::Violation;
use crate::coverage::Coverage;
use crate::error::SimulatorError;
use crate::kernel::{DIRECTOR, Handle, Kernel, SEATS};
use crate::pool::Pool;
use crate::ports::pipeline;
use crate::process::{Process, register_one};
use crate::scene::Scene;
use crate::store::Bug;
use crate::trace::Trace;
use crate::workload::Workload;

/// What the last recovery waits for: longer than any policy's horizon.
const PAST_HORIZON_MS: i64 = 120_000;

/// What came of a seed.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// What its clients wanted.
    pub workload: &'static str,
    /// What must never be, and was.
    pub violations: Vec<Violation>,
    /// What it reached.
    pub coverage: Coverage,
    /// Its steps.
    pub trace: Trace,
}

/// Runs seeds, one after the other, on threads that it keeps.
pub struct Runner {
    scene: Arc<Scene>,
    pool: Pool,
    bug: Option<Bug>,
}

impl Runner {
    /// A runner; `bug` is a defect to give to the store.
    pub fn new(bug: Option<Bug>) -> Result<Self, SimulatorError> {
        Ok(Self {
            scene: Arc::new(Scene::new()?),
            pool: Pool::new(SEATS.saturating_sub(1))?,
            bug,
        })
    }

    /// Runs one seed.
    pub fn run(&self, seed: u64, trace: Trace) -> Result<Outcome, SimulatorError> {
        let kernel = Kernel::new(seed, &self.scene, self.bug, trace);
        let workload = Arc::new(Workload::draw(&mut kernel.lock().rng, &self.scene)?);
        let scripts = workload.scripts.len();
        for script in 0..scripts {
            let handle = Handle {
                kernel: Arc::clone(&kernel),
                seat: script.saturating_add(1),
            };
            let workload = Arc::clone(&workload);
            self.pool.give(
                script,
                Process {
                    handle,
                    workload,
                    script,
                },
            )?;
        }
        kernel.direct(1..=scripts);
        settle(&kernel, &workload);
        let mut inner = kernel.lock();
        inner.coverage.seeds = 1;
        Ok(Outcome {
            seed,
            workload: workload.name,
            violations: inner.checker.take_violations(),
            coverage: std::mem::take(&mut inner.coverage),
            trace: std::mem::take(&mut inner.trace),
        })
    }
}

/// Everything works again: recovers once, asks every question again, and holds what is left to the
/// invariants.
fn settle(kernel: &Arc<Kernel>, workload: &Workload) {
    {
        let mut inner = kernel.lock();
        inner.end_commit();
        inner.mood.become_calm();
        (inner.sink_down, inner.verifier_down) = (false, false);
        inner.set_clock_past(PAST_HORIZON_MS);
        let steps = inner.coverage.steps;
        inner
            .trace
            .line(steps, 0, || "everything works again".to_owned());
    }
    let handle = Handle {
        kernel: Arc::clone(kernel),
        seat: DIRECTOR,
    };
    let mut last = pipeline(&handle, 1);
    let recovered = last.recover();
    match recovered {
        Ok(recovered) => {
            for (attempt_id, why) in recovered.failed {
                let why = format!("attempt `{attempt_id}` is not settled: {why}");
                kernel.lock().checker.not_recovered(why);
            }
        }
        Err(error) => kernel.lock().checker.not_recovered(error.to_string()),
    }
    for (number, request) in workload.requests.iter().enumerate() {
        let state = kernel.lock().store.current();
        let is_burned = state.attempts.iter().any(|row| row.nonce == request.nonce);
        if is_burned {
            register_one(&handle, workload, number, &mut last);
        }
    }
    drop(handle.step(Call::Answer));
    let mut inner = kernel.lock();
    let state = inner.store.current();
    inner.checker.finish(&state);
}
