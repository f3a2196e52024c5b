//! Interleaved rounds and their medians: what disturbs one round disturbs all tasks alike.

use std::hint::black_box;

use crate::clock::thread_ns;

/// How long one task runs in one round, nanoseconds of CPU.
const SLICE_NS: u64 = 4_000_000;

/// Something to measure, and how often one slice runs it.
pub(crate) struct Task<'a> {
    run: Box<dyn FnMut() + 'a>,
    calls: u32,
}

impl<'a> Task<'a> {
    /// Finds out how often the task fits into one slice.
    pub(crate) fn new<T>(mut work: impl FnMut() -> T + 'a) -> Self {
        let mut run: Box<dyn FnMut() + 'a> = Box::new(move || {
            black_box(work());
        });
        run();
        let begin = thread_ns();
        for _ in 0..8 {
            run();
        }
        let one = thread_ns().saturating_sub(begin) / 8;
        let calls = SLICE_NS.checked_div(one).unwrap_or(SLICE_NS).max(1);
        Self {
            run,
            calls: u32::try_from(calls).unwrap_or(u32::MAX),
        }
    }
}

/// Nanoseconds of CPU per call of each task: medians over the rounds, in the tasks' order.
pub(crate) fn medians(mut tasks: Vec<Task<'_>>, rounds: usize) -> Vec<f64> {
    let mut samples: Vec<Vec<f64>> = tasks.iter().map(|_| Vec::with_capacity(rounds)).collect();
    for _ in 0..rounds {
        for (task, samples) in tasks.iter_mut().zip(&mut samples) {
            let begin = thread_ns();
            for _ in 0..task.calls {
                (task.run)();
            }
            samples.push(ratio(thread_ns().saturating_sub(begin), task.calls.into()));
        }
    }
    samples.into_iter().map(median).collect()
}

/// The middle one.
pub(crate) fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}

/// One number by another.
#[expect(
    clippy::cast_precision_loss,
    reason = "a figure needs no more than three digits"
)]
pub(crate) fn ratio(dividend: u64, divisor: u64) -> f64 {
    dividend as f64 / divisor as f64
}
