//! Many seeds, on several runners at once; each seed is a run of its own and knows of no other.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

use crate::coverage::Coverage;
use crate::error::SimulatorError;
use crate::run::{Outcome, Runner};
use crate::store::Bug;
use crate::trace::Trace;

/// How many failing seeds are kept; one is enough to stop a release.
const FAILURES_MAX: usize = 20;

/// What came of many seeds.
#[derive(Clone, Debug, Default)]
pub struct Campaign {
    /// What they reached.
    pub coverage: Coverage,
    /// The seeds that broke an invariant, lowest first.
    pub failures: Vec<Outcome>,
}

/// How a campaign is run.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// How many seeds run at once.
    pub runners: usize,
    /// A defect to give to the store.
    pub bug: Option<Bug>,
    /// Whether the first failing seed ends it.
    pub stops_at_failure: bool,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            runners: thread::available_parallelism().map_or(1, usize::from),
            bug: None,
            stops_at_failure: false,
        }
    }
}

impl Campaign {
    /// Runs every seed of a range; `advanced` is told of each that is done.
    pub fn run(
        seeds: Range<u64>,
        plan: Plan,
        advanced: &(dyn Fn() + Sync),
    ) -> Result<Self, SimulatorError> {
        let (next, stop) = (AtomicU64::new(seeds.start), AtomicBool::new(false));
        let work = || -> Result<Self, SimulatorError> {
            let runner = Runner::new(plan.bug)?;
            let mut own = Self::default();
            while !stop.load(Ordering::Relaxed) {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds.end {
                    break;
                }
                own.take(runner.run(seed, Trace::default())?);
                let failed = !own.failures.is_empty();
                if failed && (plan.stops_at_failure || own.failures.len() >= FAILURES_MAX) {
                    stop.store(true, Ordering::Relaxed);
                }
                advanced();
            }
            Ok(own)
        };
        let all = thread::scope(|scope| {
            let runners: Vec<_> = (0..plan.runners.max(1))
                .map(|_| scope.spawn(work))
                .collect();
            let joined = runners.into_iter().map(|runner| {
                let ended = runner.join();
                ended.unwrap_or(Err(SimulatorError::ThreadEnded))
            });
            joined.collect::<Vec<_>>()
        });
        let mut campaign = Self::default();
        for own in all {
            let own = own?;
            campaign.coverage.add(&own.coverage);
            campaign.failures.extend(own.failures);
        }
        campaign.failures.sort_by_key(|outcome| outcome.seed);
        Ok(campaign)
    }

    fn take(&mut self, outcome: Outcome) {
        self.coverage.add(&outcome.coverage);
        if !outcome.violations.is_empty() {
            self.failures.push(outcome);
        }
    }
}
