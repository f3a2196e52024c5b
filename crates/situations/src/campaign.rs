//! Many situations, judged twice.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::answer::Answer;
use crate::baseline::Baseline;
use crate::coverage::Coverage;
use crate::draw::Drawing;
use crate::error::SituationError;
use crate::foreign::Foreign;
use crate::shrink::shrunk;
use crate::situation::{Situation, Texts};

/// How many situations are under way with one process: while it judges them, E does.
const BATCH: u64 = 64;

/// After so many differences the rest is not looked at.
const DIFFERENCES_MAX: usize = 20;

/// What to compare with, and how wide.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The other validator, words separated by spaces.
    pub program: String,
    /// How many processes of it run at once.
    pub processes: usize,
}

/// A situation on which two validators differ.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The seed that drew it.
    pub seed: u64,
    /// Cut down to the steps that it needs.
    pub situation: Situation,
    /// What E answered to that.
    pub block_e: Option<Answer>,
    /// What the other one answered.
    pub other: Option<Answer>,
}

/// What a comparison found.
#[derive(Clone, Debug, Default)]
pub struct Campaign {
    /// How often what was reached.
    pub coverage: Coverage,
    /// Where they differ.
    pub differences: Vec<Difference>,
}

impl Campaign {
    /// Judges the situations of these seeds with both; `step` is called for each.
    pub fn run(
        seeds: Range<u64>,
        plan: &Plan,
        step: &(dyn Fn(u64) + Sync),
    ) -> Result<Self, SituationError> {
        let drawing = Drawing::new(&Baseline::all()?);
        let next = AtomicU64::new(seeds.start);
        let work = || worker(&drawing, &next, seeds.end, plan, step);
        let found: Result<Vec<Self>, SituationError> = thread::scope(|scope| {
            let threads: Vec<_> = (0..plan.processes.max(1))
                .map(|_| scope.spawn(work))
                .collect();
            let ended = threads
                .into_iter()
                .map(|thread| thread.join().map_err(|_| SituationError::ThreadEnded)?);
            ended.collect()
        });
        let mut campaign = Self::default();
        for part in found? {
            campaign.coverage.join(part.coverage);
            campaign.differences.extend(part.differences);
        }
        campaign.differences.sort_by_key(|one| one.seed);
        Ok(campaign)
    }
}

fn worker(
    drawing: &Drawing,
    next: &AtomicU64,
    end: u64,
    plan: &Plan,
    step: &(dyn Fn(u64) + Sync),
) -> Result<Campaign, SituationError> {
    let mut found = Campaign::default();
    let mut foreign = Foreign::start(&plan.program)?;
    for baseline in Baseline::all()? {
        let untouched = Situation {
            baseline: baseline.into(),
            steps: Vec::new(),
        };
        foreign.keep(untouched.texts()?)?;
    }
    while found.differences.len() < DIFFERENCES_MAX {
        let from = next.fetch_add(BATCH, Ordering::Relaxed);
        if from >= end {
            break;
        }
        let to = from.saturating_add(BATCH).min(end);
        batch(drawing, from..to, &mut foreign, &mut found)?;
        step(to.saturating_sub(from));
    }
    Ok(found)
}

fn batch(
    drawing: &Drawing,
    seeds: Range<u64>,
    foreign: &mut Foreign,
    found: &mut Campaign,
) -> Result<(), SituationError> {
    let mut asked: Vec<(u64, Situation, Texts)> = Vec::new();
    for seed in seeds {
        if let Some(situation) = drawing.situation(seed) {
            let texts = situation.texts()?;
            asked.push((seed, situation, texts));
        }
    }
    let questions: Vec<&Texts> = asked.iter().map(|(_, _, texts)| texts).collect();
    let mut differing = Vec::new();
    foreign.judge_all(&questions, |place, other| {
        let Some((seed, situation, texts)) = asked.get(place) else {
            return Ok(());
        };
        let own = Answer::of_block_e(texts)?;
        found.coverage.note(own.as_ref());
        if other != own {
            differing.push((*seed, situation.clone()));
        }
        Ok(())
    })?;
    for (seed, situation) in differing {
        let mut judge = |situation: &Situation| {
            let texts = situation.texts()?;
            Ok::<_, SituationError>((Answer::of_block_e(&texts)?, foreign.judge(&texts)?))
        };
        let situation = shrunk(&situation, |smaller| {
            let (own, other) = judge(smaller)?;
            Ok(own != other)
        })?;
        let (block_e, other) = judge(&situation)?;
        found.differences.push(Difference {
            seed,
            situation,
            block_e,
            other,
        });
    }
    Ok(())
}
