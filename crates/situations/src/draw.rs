//! From a seed to a situation.

use std::sync::Arc;

use fastrand::Rng;
use serde_json::{Value, json};

use crate::baseline::Baseline;
use crate::fault::Fault;
use crate::pool::Pool;
use crate::situation::Situation;
use crate::step::{Change, EVERYWHERE, Seal, Step};

/// The most steps of one situation.
const STEPS_MAX: usize = 4;

/// Draws situations; the same seed draws the same one.
#[derive(Clone, Debug)]
pub(crate) struct Drawing {
    baselines: Vec<(Arc<Baseline>, Pool)>,
}

/// The situation of a seed, on one of these baselines.
pub fn draw(baselines: &[Baseline], seed: u64) -> Option<Situation> {
    Drawing::new(baselines).situation(seed)
}

impl Drawing {
    pub(crate) fn new(baselines: &[Baseline]) -> Self {
        let baselines = baselines.iter().map(|baseline| {
            let pool = Pool::of(baseline);
            (Arc::new(baseline.clone()), pool)
        });
        Self {
            baselines: baselines.collect(),
        }
    }

    /// `None` without baselines.
    pub(crate) fn situation(&self, seed: u64) -> Option<Situation> {
        let mut random = Rng::with_seed(seed);
        let (baseline, pool) = random.choice(&self.baselines)?;
        // Mostly one or two: what one step does is not hidden behind what others do.
        let count = match random.u8(..100) {
            0 => 0,
            1..=49 => 1,
            50..=79 => 2,
            80..=92 => 3,
            _ => STEPS_MAX,
        };
        let steps = (0..count).filter_map(|_| step(pool, baseline, &mut random));
        Some(Situation {
            baseline: Arc::clone(baseline),
            steps: steps.collect(),
        })
    }
}

fn step(pool: &Pool, baseline: &Baseline, random: &mut Rng) -> Option<Step> {
    let seal = match random.u8(..100) {
        0..=3 => Seal::Nothing,
        4..=17 => Seal::Own,
        _ => Seal::Everything,
    };
    let (slot, pointer, change) = match random.u8(..100) {
        0..=69 => leaf(pool, random)?,
        70..=81 => structure(pool, random)?,
        82..=86 => whole(baseline, random)?,
        87..=90 => fault(baseline, random)?,
        91..=94 => everywhere(pool, random)?,
        95 => proposer(random),
        _ => refusal(baseline, random)?,
    };
    Some(Step {
        slot,
        pointer,
        change,
        seal,
    })
}

type Place = (String, String, Change);

/// One value is another. Every slot is as likely as the next, however large it is.
fn leaf(pool: &Pool, random: &mut Rng) -> Option<Place> {
    let slots: std::collections::BTreeSet<&str> =
        pool.leaves.iter().map(|leaf| leaf.slot.as_str()).collect();
    let slot = random.choice(slots)?;
    let leaves = pool.leaves.iter().filter(|leaf| leaf.slot == slot);
    let leaf = random.choice(leaves.collect::<Vec<_>>())?;
    let value = pool.value(leaf, random);
    Some((leaf.slot.clone(), leaf.pointer.clone(), Change::Set(value)))
}

/// Something is there twice, or not at all, or beside what should be alone.
fn structure(pool: &Pool, random: &mut Rng) -> Option<Place> {
    let ((slot, pointer), change) = match random.u8(..10) {
        0..=2 => (random.choice(&pool.items)?, Change::Remove),
        3 | 4 => (random.choice(&pool.items)?, Change::Twice),
        5 => (random.choice(&pool.lists)?, Change::Set(json!([]))),
        6 => (random.choice(&pool.lists)?, Change::Reverse),
        7 => (random.choice(&pool.objects)?, Change::Set(Value::Null)),
        8 => {
            let (name, value) = Pool::member(random);
            (random.choice(&pool.objects)?, Change::Insert(name, value))
        }
        _ => {
            let leaf = random.choice(&pool.leaves)?;
            return Some((leaf.slot.clone(), leaf.pointer.clone(), Change::Remove));
        }
    };
    Some((slot.clone(), pointer.clone(), change))
}

/// A whole envelope is absent, another one, or there once more.
fn whole(baseline: &Baseline, random: &mut Rng) -> Option<Place> {
    let slots: Vec<&String> = baseline.slots.keys().collect();
    let slot = random.choice(&slots)?;
    let snapshots = slots.iter().filter(|slot| slot.starts_with("snapshots/"));
    let change = match random.u8(..10) {
        0..=4 => Change::Slot(None),
        5..=7 => Change::Slot(Some((*random.choice(&slots)?).clone())),
        _ => {
            let slot = random.choice(snapshots.collect::<Vec<_>>())?;
            return Some(((*slot).clone(), String::new(), Change::Again));
        }
    };
    Some(((*slot).clone(), String::new(), change))
}

fn fault(baseline: &Baseline, random: &mut Rng) -> Option<Place> {
    let envelopes = baseline.slots.iter();
    let envelopes = envelopes.filter(|(_, value)| value.get("envelope_type").is_some());
    let (slot, _) = random.choice(envelopes.collect::<Vec<_>>())?;
    let fault = random.choice(Fault::ALL)?;
    Some((slot.clone(), String::new(), Change::Text(fault)))
}

/// One text is another everywhere, as if the registration had been about that from the beginning.
fn everywhere(pool: &Pool, random: &mut Rng) -> Option<Place> {
    let leaf = random.choice(&pool.leaves)?;
    let from = leaf.value.as_str().filter(|text| text.len() > 2)?;
    let to = pool.value(leaf, random);
    let to = to.as_str().filter(|text| !text.is_empty())?;
    let change = Change::Replace(from.to_owned(), to.to_owned());
    Some((EVERYWHERE.to_owned(), String::new(), change))
}

/// Whoever asks is counted among those who approve.
fn proposer(random: &mut Rng) -> Place {
    let pointer = if random.bool() {
        "/trusted_attested/actor_principal"
    } else {
        "/trusted_attested/owner_or_approval_binding/quorum/counted/0/principal"
    };
    let who = if random.bool() {
        "principal/olga"
    } else {
        "principal/alice"
    };
    let change = Change::Set(json!(who));
    ("owner_attestation".to_owned(), pointer.to_owned(), change)
}

/// A block refuses, beside its statement or in place of it.
fn refusal(baseline: &Baseline, random: &mut Rng) -> Option<Place> {
    let refusing = baseline.slots.iter();
    let refusing = refusing.filter(|(_, value)| value.get("refusals").is_some());
    let (slot, value) = random.choice(refusing.collect::<Vec<_>>())?;
    if random.bool() {
        let change = Change::Insert(String::new(), Pool::refusal(random));
        return Some((slot.clone(), "/refusals".to_owned(), change));
    }
    let mut refused = Value::clone(value);
    for name in ["trusted_attested", "capture", "manifest"] {
        if let Some(member) = refused.get_mut(name) {
            *member = Value::Null;
        }
    }
    if let Some(Value::Array(refusals)) = refused.get_mut("refusals") {
        refusals.push(Pool::refusal(random));
    }
    Some((slot.clone(), String::new(), Change::Set(refused)))
}
